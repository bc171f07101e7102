"""Vadose: statistics of soil moisture on packed land cells."""

__version__ = "0.1.0"
