"""avops: SOPs of an audio-visual operations team as reviewed, executable runbooks."""

__version__ = "0.1.0"
