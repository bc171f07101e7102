"""Random numbers that do not depend on the order of jobs, and smooth random fields that do not depend on the grid."""

import zlib

import numpy as np

from vadose.core.arrays import Array


def generator(seed: int, *keys: str | int) -> np.random.Generator:
    """A generator for one purpose: equal seed and keys give equal numbers, whatever ran before.

    Parameters
    ----------
    seed : int
        The seed of the synthetic Earth.
    *keys : str or int
        Product, variable, month ...: the purpose.
    """
    words = [seed, *(zlib.crc32(key.encode()) if isinstance(key, str) else int(key) + 2**20 for key in keys)]
    return np.random.default_rng(np.random.SeedSequence(words))


def smooth_field(seed: int, name: str, lat: Array, lon: Array, *, size: float = 20.0, waves: int = 40) -> Array:
    """A smooth random field on the sphere, of zero mean and unit variance over its ensemble.

    Parameters
    ----------
    seed, name : int, str
        Which field.
    lat, lon : arrays that broadcast
        Degrees.
    size : float
        Typical size of its features, degrees of arc.
    waves : int
        Number of plane waves.

    Returns
    -------
    array
        Values at the points; the same point has the same value on every grid.

    Notes
    -----
    f(x) = sqrt(2/K) sum_k cos(k . x + phase) with x on the unit sphere and k normal with standard deviation 1 / size: a
    Gaussian covariance exp(-d^2 / 2 size^2) in chord length d, without seam or pole.
    """
    random = generator(seed, "smooth field", name)
    vectors = random.standard_normal((waves, 3)) / np.deg2rad(size)
    phases = random.uniform(0.0, 2.0 * np.pi, waves)
    lat, lon = np.broadcast_arrays(np.deg2rad(lat), np.deg2rad(lon))
    x, y, z = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
    field = np.zeros(lat.shape)
    for (a, b, c), phase in zip(vectors, phases):
        field += np.cos(a * x + b * y + c * z + phase)
    return field * np.sqrt(2.0 / waves)
