"""Numbers as whole steps of a stated size, column after column, so that a page can hold a whole Earth."""

import base64
import itertools
import zlib
from typing import NamedTuple

import numpy as np

from vadose.core.arrays import AnyArray, Array

LARGEST = 32767  # of two bytes; the smallest, -32768, is missing
MISSING = -32768
MISSING_BYTE = 255
FULL_BYTE = 250


class Packed(NamedTuple):
    """Columns of cells, (column, cell), as whole numbers."""

    values: Array  # int16 or uint8
    step: float  # value of one
    start: float  # value of zero
    shape: tuple[int, ...]  # of a cell's values


def quantise(values: Array, step: float) -> Packed:
    """Values rounded to multiples of a step, in two bytes each.

    Parameters
    ----------
    values : (cell, ...) array
        NaN is missing.
    step : float
        Wanted precision; where the values reach beyond 32767 steps it is taken 2, 5, 10 ... times as coarse until they
        fit.

    Returns
    -------
    Packed
        No value differs from the original by more than half a step.
    """
    values = np.asarray(values, dtype=float)
    finite = np.isfinite(values)
    reach = float(np.abs(values[finite]).max()) if finite.any() else 0.0
    finer = itertools.cycle((2.0, 2.5, 2.0))  # 1, 2, 5, 10, 20 ... of the wanted step
    while reach / step > LARGEST:
        step *= next(finer)
    steps = np.where(finite, np.rint(np.where(finite, values, 0.0) / step), MISSING).astype(np.int16)
    return Packed(_columns(steps), step, 0.0, values.shape[1:])


def quantise_share(values: Array) -> Packed:
    """Values from 0 to 1 in one byte each: steps of 1/250."""
    values = np.asarray(values, dtype=float)
    finite = np.isfinite(values)
    steps = np.where(
        finite, np.rint(np.clip(np.where(finite, values, 0.0), 0.0, 1.0) * FULL_BYTE), MISSING_BYTE
    ).astype(np.uint8)
    return Packed(_columns(steps), 1.0 / FULL_BYTE, 0.0, values.shape[1:])


def _columns(steps: AnyArray) -> Array:
    return np.ascontiguousarray(steps.reshape(steps.shape[0], -1).T)


def to_bytes(packed: Packed) -> bytes:
    """Bytes of the columns; of two-byte numbers all low bytes first, then all high bytes, which compresses better."""
    if packed.values.dtype == np.uint8:
        return packed.values.tobytes()
    pairs = packed.values.astype("<i2").reshape(-1, 1).view(np.uint8)
    return pairs[:, 0].tobytes() + pairs[:, 1].tobytes()


def compressed(parts: list[bytes]) -> str:
    """All parts one after another, deflated, as base64 text."""
    return base64.b64encode(zlib.compress(b"".join(parts), 9)).decode()
