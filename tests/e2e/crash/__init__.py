"""The crash harness: runs that are killed and continued, judged by what the simulated site saw."""
