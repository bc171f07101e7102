"""Readers of the ten products: one module each, `read(path, ...)` gives a canonical xarray.Dataset."""
