"""Bundles: a project's documents as one archive, out and in."""
