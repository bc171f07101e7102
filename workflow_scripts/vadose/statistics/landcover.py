"""Land cover classes of study A: IGBP codes regrouped, and the mode of the pixels of each cell (docs/methods.md#a5)."""

from collections.abc import Sequence

import numpy as np

from vadose.core.arrays import AnyArray, Array
from vadose.core.grid import Grid, block_mode

CLASSES = {1: "forests", 2: "shrublands", 3: "grasslands", 4: "croplands"}
NONE = 0
GROUP_OF = np.zeros(17, np.uint8)  # IGBP 0 water, 13 urban, 15 snow and ice, 16 barren stay without a class
GROUP_OF[[1, 2, 3, 4, 5]] = 1
GROUP_OF[[6, 7, 8, 9, 11]] = 2
GROUP_OF[10] = 3
GROUP_OF[[12, 14]] = 4


def regroup(codes: AnyArray) -> Array:
    """Class of each IGBP code.

    Parameters
    ----------
    codes : array
        IGBP codes 0..16 of MCD12C1 (water is 0); NaN, 255 or any other code is missing.

    Returns
    -------
    uint8 array
        1 forests (1-5), 2 shrublands (6-9, 11), 3 grasslands (10), 4 croplands (12, 14), 0 for the rest.

    References
    ----------
    Study A, section 2.2.
    """
    valid = np.isfinite(codes) & (codes >= 0) & (codes < GROUP_OF.size)
    return np.where(valid, GROUP_OF[np.where(valid, codes, 0).astype(np.int64)], NONE).astype(np.uint8)


def classify(codes: AnyArray, factor: int, mode: str = "regroup_first") -> Array:
    """Class of each block of pixels.

    Parameters
    ----------
    codes : (lat, lon) array
        IGBP codes of the pixels, NaN missing.
    factor : int
        Pixels along each side of a cell (20 from 0.05 to 1 degree).
    mode : {"regroup_first", "mode_first"}
        Regroup the pixels and take the mode over those with a class (the lowest class on a tie), or take the mode of
        the IGBP codes over all valid pixels and regroup that.

    Returns
    -------
    (lat / factor, lon / factor) uint8 array
        0 where no pixel has a class.

    Raises
    ------
    ValueError
        If `mode` is unknown or `factor` does not divide the axes.
    """
    if mode == "regroup_first":
        return block_mode(regroup(codes), factor, NONE)
    if mode == "mode_first":
        return regroup(block_mode(np.asarray(codes, dtype=float), factor))
    raise ValueError(f"variability.land_cover.mode: expected regroup_first or mode_first, found {mode!r}.")


def stable(years: Sequence[Array]) -> Array:
    """Pixels whose class is the same in all years; the others become missing.

    Parameters
    ----------
    years : sequence of (lat, lon) arrays
        IGBP codes of each year.

    Returns
    -------
    (lat, lon) array
        The codes of the first year, NaN where the class changes.
    """
    first = np.asarray(years[0], dtype=float)
    same = np.ones(first.shape, bool)
    for other in years[1:]:
        same &= regroup(other) == regroup(first)
    return np.where(same, first, np.nan)


def block_factor(source: Grid, target: Grid) -> int:
    """Pixels of `source` along each side of a cell of `target`.

    Raises
    ------
    ValueError
        If the cells do not hold a whole number of pixels.
    """
    pixel = source.lat[1] - source.lat[0]
    cell = target.lat[1] - target.lat[0]
    factor = round(cell / pixel)
    if factor < 1 or abs(factor * pixel - cell) > 1e-6 * cell:
        raise ValueError(
            f"land cover: expected cells that hold a whole number of pixels, found cells of {cell:g} and pixels of "
            f"{pixel:g} degrees."
        )
    return factor


def onto(blocks: Array, coarse: Grid, target: Grid) -> Array:
    """Rows and columns of `coarse` that are the cells of `target`.

    Raises
    ------
    ValueError
        If a cell of the target is none of the blocks.
    """
    row = np.searchsorted(coarse.lat, target.lat - 1e-6)
    first = coarse.lon[0]
    lon = (target.lon - first + 1e-6) % 360.0 + first - 1e-6  # the same meridians in the numbers of the map
    column = np.searchsorted(coarse.lon, lon - 1e-6)
    inside = row.max() < coarse.lat.size and column.max() < coarse.lon.size
    if not inside or np.abs(coarse.lat[row] - target.lat).max() > 1e-5 or np.abs(coarse.lon[column] - lon).max() > 1e-5:
        raise ValueError(
            "land cover: expected a study grid whose cells are blocks of pixels, found cells that lie between them. "
            "Choose another spacing."
        )
    return blocks[np.ix_(row, column)]
