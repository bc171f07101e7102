"""Land cover classes of study A: IGBP codes regrouped, and the mode of the pixels of each cell (docs/methods.md#a5)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import sparse

from vadose.core.arrays import AnyArray, Array
from vadose.core.grid import Grid

CLASSES = {1: "forests", 2: "shrublands", 3: "grasslands", 4: "croplands"}
NONE = 0
NO_PIXEL = 255
GROUP_OF = np.zeros(17, np.uint8)  # IGBP 0 water, 13 urban, 15 snow and ice, 16 barren stay without a class
GROUP_OF[[1, 2, 3, 4, 5]] = 1
GROUP_OF[[6, 7, 8, 9, 11]] = 2
GROUP_OF[10] = 3
GROUP_OF[[12, 14]] = 4
# The IGBP class that stands for a group of the classes of another map.
IGBP_OF = {
    "forests": 5,
    "shrublands": 7,
    "grasslands": 10,
    "croplands": 12,
    "water": 0,
    "urban": 13,
    "ice": 15,
    "barren": 16,
}


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


def pixel_counts(codes: AnyArray, factor: int) -> NDArray[np.int32]:
    """Number of pixels of each IGBP code in each block: from them the class follows by any rule.

    Parameters
    ----------
    codes : (lat, lon) array
        IGBP codes of the pixels; NaN, 255 or any other code is missing.
    factor : int
        Pixels along each side of a cell (20 from 0.05 to 1 degree).

    Returns
    -------
    (lat / factor, lon / factor, 17) int32 array
        By IGBP code.

    Raises
    ------
    ValueError
        If `factor` does not divide the axes.
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or factor < 1 or any(size % factor for size in codes.shape):
        raise ValueError(f"land cover: expected a factor that divides {codes.shape}, found {factor}.")
    rows, columns = codes.shape[0] // factor, codes.shape[1] // factor
    counts = np.empty((rows, columns, GROUP_OF.size), np.int32)
    for code in range(GROUP_OF.size):
        counts[..., code] = (codes == code).reshape(rows, factor, columns, factor).sum(axis=(1, 3))
    return counts


def pixels_of_maps(maps: Sequence[xr.DataArray], target: Grid) -> AnyArray:
    """Number of pixels of each IGBP code in each cell of a grid.

    Parameters
    ----------
    maps : sequence of (lat, lon) DataArrays
        IGBP codes, NaN missing; of several, pixels count whose class is the same in all.
    target : Grid
        Of cells that hold whole numbers of pixels.

    Returns
    -------
    (lat, lon, 17) int32 array
    """
    pixels = Grid(maps[0]["lat"].values, maps[0]["lon"].values)
    factor = block_factor(pixels, target)
    codes = stable([one.values for one in maps]) if len(maps) > 1 else maps[0].values
    return onto(pixel_counts(codes, factor), pixels.coarsen(factor), target)


def in_millionths(codes: NDArray[np.integer], areas: sparse.csr_array, target: Grid) -> NDArray[np.int32]:
    """Areas as whole numbers beside `pixels_of_maps`: millionths of the area of each cell.

    Parameters
    ----------
    codes : (code,) int array
        Of `IGBP_OF`.
    areas : (lat * lon, code) sparse array
        m2.
    target : Grid
        The cells.

    Returns
    -------
    (lat, lon, 17) int32 array
    """
    share = areas.toarray().reshape(*target.shape, codes.size) / target.area[..., None]
    pixels = np.zeros((*target.shape, GROUP_OF.size), np.int32)
    pixels[..., codes] = np.rint(1e6 * share)
    return pixels


def dominant(pixels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """IGBP code of the most pixels, water among them; the lowest code on a tie, 255 where there is no pixel.

    Parameters
    ----------
    pixels : (..., 17) int array
        From `pixel_counts`.
    """
    return np.where(pixels.any(axis=-1), pixels.argmax(axis=-1), NO_PIXEL).astype(np.uint8)


def class_share(pixels: NDArray[np.integer]) -> Array:
    """Share of the land pixels that carry one of the four classes.

    Parameters
    ----------
    pixels : (..., 17) int array
        From `pixel_counts`. Land is every pixel but water (IGBP 0).

    Returns
    -------
    (...) array
        0 to 1; NaN where no pixel is land.
    """
    land = pixels[..., 1:].sum(axis=-1)
    carrying = pixels[..., GROUP_OF > NONE].sum(axis=-1)
    return np.divide(carrying, land, out=np.full(land.shape, np.nan), where=land > 0)


def classes_of(pixels: NDArray[np.integer], mode: str = "regroup_first", min_share: float = 0.0) -> NDArray[np.uint8]:
    """Class of each cell from the number of its pixels by IGBP code.

    Parameters
    ----------
    pixels : (..., 17) int array
        From `pixel_counts`.
    mode : {"regroup_first", "mode_first"}
        Regroup the pixels and take the mode over those with a class (the lowest class on a tie), or take the mode of
        the IGBP codes over all valid pixels and regroup that.
    min_share : float
        Least share of the land pixels that carry one of the four classes (`class_share`); a cell below has none.
        0 as published: one pixel of savanna in a desert makes a shrubland.

    Returns
    -------
    (...) uint8 array
        1 to 4 as in `CLASSES`, 0 for none.

    Raises
    ------
    ValueError
        If `mode` is unknown.

    References
    ----------
    Study A, section 2.2 (docs/methods.md#c5).
    """
    if mode == "regroup_first":
        grouped = np.stack([pixels[..., group == GROUP_OF].sum(axis=-1) for group in CLASSES], axis=-1)
        classes = np.where(grouped.any(axis=-1), grouped.argmax(axis=-1) + 1, NONE)
    elif mode == "mode_first":
        classes = regroup(dominant(pixels))
    else:
        raise ValueError(f"variability.land_cover.mode: expected regroup_first or mode_first, found {mode!r}.")
    return np.where(class_share(pixels) >= min_share, classes, NONE).astype(np.uint8)


def of_cells(pixels: NDArray[np.integer], mode: str, min_share: float) -> dict[str, tuple]:
    """Variables of the product "land_cover" from the (cell, igbp) numbers of pixels."""
    return {
        "land_cover": ("cell", classes_of(pixels, mode, min_share)),
        "dominant": ("cell", dominant(pixels)),
        "class_share": ("cell", class_share(pixels)),
        "pixels": (("cell", "igbp"), pixels),
        "igbp": ("igbp", np.arange(pixels.shape[-1])),
    }


def classify(codes: AnyArray, factor: int, mode: str = "regroup_first", min_share: float = 0.0) -> NDArray[np.uint8]:
    """Class of each block of pixels: `classes_of` the `pixel_counts`.

    Parameters
    ----------
    codes : (lat, lon) array
        IGBP codes of the pixels, NaN missing.
    factor : int
        Pixels along each side of a cell.
    mode, min_share
        As in `classes_of`.

    Returns
    -------
    (lat / factor, lon / factor) uint8 array
        0 where no pixel has a class.
    """
    return classes_of(pixel_counts(codes, factor), mode, min_share)


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


def onto(blocks: AnyArray, coarse: Grid, target: Grid) -> AnyArray:
    """Rows and columns of `coarse` that are the cells of `target`; further axes of `blocks` are kept.

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
