"""The version, in a place that imports nothing."""

VERSION = "0.1.0"
"""Part of every key in a working folder: results of another version are not reused."""
