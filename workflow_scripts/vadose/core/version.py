"""The version of the library: the one place that says it."""

VERSION = "0.1.0"
