"""The statistics: pure arrays in, pure arrays out, one subject a module."""
