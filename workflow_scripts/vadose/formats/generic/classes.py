"""Maps of classes of a user's own (land cover, regions): which area of each cell carries which code.

A map may have any regular grid: areas of overlap are exact, so nothing asks for whole numbers of pixels. Rows of the
map are read a bounded piece at a time.
"""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy import sparse

from vadose.core.arrays import AnyArray, Array
from vadose.core.grid import EARTH_RADIUS, Grid, weights
from vadose.formats.generic import identify
from vadose.formats.generic.description import Description
from vadose.formats.generic.gathering import AT_ONCE
from vadose.formats.generic.source import opened
from vadose.formats.opening import FormatError

NOTHING = -1  # where a map has no code
HIGHEST = 2**31 - 1


class ClassMap(NamedTuple):
    """One map of classes: a file, or one step of a file."""

    path: Path
    step: int | None  # place along the time axis; None where there is none
    year: int | None  # None where nothing says it


def maps_of(paths: Sequence[Path], described: Description) -> list[ClassMap]:
    """The maps that files hold, by year; those without a year in the order of the files.

    Raises
    ------
    FormatError
        If a file holds no map of classes, or two maps are of one year.
    """
    maps = []
    for path in map(Path, paths):
        with opened(path, described) as dataset:
            field = field_of(dataset, described, path)
            if "time" in field.dims:
                starts = identify.starts(dataset, field, described, path)
                maps += [ClassMap(path, step, _year(start)) for step, start in enumerate(starts)]
            else:
                stamp = described.stamp_in_name(path)
                maps.append(ClassMap(path, None, None if stamp is None else _year(stamp)))
    maps.sort(key=lambda one: -1 if one.year is None else one.year)
    for one, other in zip(maps, maps[1:]):
        if one.year is not None and one.year == other.year:
            raise FormatError(
                f"{other.path}: expected one map of {described.dataset} a year, found {other.year} in {one.path.name} "
                f"too. Remove one of them, or narrow {described.key}.pattern."
            )
    return maps


def _year(stamp: np.datetime64) -> int:
    return int(stamp.astype("datetime64[Y]").astype(int)) + 1970


def class_areas(
    maps: Sequence[ClassMap],
    described: Description,
    target: Grid,
    joined: Callable[[list[Array]], Array] | None = None,
) -> tuple[Array, sparse.csr_array]:
    """Area of each code in each cell of a grid.

    Parameters
    ----------
    maps : sequence of ClassMap
        From `maps_of`; several lie on one grid.
    described : Description
        Of the configuration.
    target : Grid
        The cells.
    joined : function, optional
        One map from the pieces of all, (row, column) int arrays with `NOTHING` where there is no code; not needed for
        one map.

    Returns
    -------
    codes : (code,) int array
        Ascending; those that any cell of the grid has.
    areas : (row * column, code) sparse array
        m2, on the sphere of `vadose.core.grid`; cells row by row.

    Raises
    ------
    FormatError
        If maps lie on several grids, or values are no whole numbers from 0.
    """
    rows: list[tuple[int, Array, Array]] = []  # cell row, codes, (code, column) areas
    with contextlib.ExitStack() as files:
        fields = [field_of(files.enter_context(opened(one.path, described)), described, one.path) for one in maps]
        source = _grid(maps[0], fields[0])
        for other, field in zip(maps[1:], fields[1:]):
            if _grid(other, field) != source:
                raise FormatError(
                    f"{other.path}: expected the grid of {maps[0].path.name}, found another. Remap one of the maps."
                )
        by_row, by_column = weights(source, target)
        columns = _parts_of_columns(by_column)
        at_once = max(1, AT_ONCE // (8 * source.lon.size * len(maps)))
        for row in range(target.lat.size):
            part = slice(by_row.indptr[row], by_row.indptr[row + 1])
            of, heights = by_row.indices[part], by_row.data[part]
            order = np.argsort(of)
            of, heights = of[order], heights[order]
            for begin in range(0, of.size, at_once):
                piece = slice(int(of[begin]), int(of[min(begin + at_once, of.size) - 1]) + 1)
                blocks = [_codes(one, field, described, piece) for one, field in zip(maps, fields)]
                block = blocks[0] if joined is None else joined(blocks)
                rows.append((row, *_summed(block, heights[begin : begin + at_once], columns, target.lon.size)))
    return _gathered(rows, target)


def _parts_of_columns(by_column: sparse.csr_array) -> list[tuple[Array, Array]]:
    """For each column of the map the cell columns that it reaches into, the first of each, the second, and so on:
    places and widths (rad); a width of 0 where a column reaches into fewer."""
    of_map = sparse.csc_array(by_column)
    counts = np.diff(of_map.indptr)
    parts = []
    for number in range(int(counts.max(initial=0))):
        there = counts > number
        place = np.where(there, of_map.indptr[:-1] + number, 0)
        parts.append((of_map.indices[place], np.where(there, of_map.data[place], 0.0)))
    return parts


def _summed(block: Array, heights: Array, columns: list[tuple[Array, Array]], count: int) -> tuple[Array, Array]:
    """Codes of some rows of the map and their areas, (code, cell column) m2, in one row of `count` cells."""
    codes = np.unique(block[block != NOTHING])
    place = np.searchsorted(codes, block)
    areas = np.zeros(codes.size * count)
    for line, at, height in zip(block, place, heights, strict=True):
        there = np.flatnonzero(line != NOTHING)
        for column, width in columns:
            key = at[there] * count + column[there]
            areas += np.bincount(key, width[there] * height, minlength=areas.size)
    areas = areas.reshape(codes.size, count) * EARTH_RADIUS**2
    inside = areas.any(axis=1)  # the map may go on beside the cells
    return codes[inside], areas[inside]


def _gathered(rows: list[tuple[int, Array, Array]], target: Grid) -> tuple[Array, sparse.csr_array]:
    """One sparse table of all rows of cells."""
    codes = np.unique(np.concatenate([np.zeros(0, np.int64), *(held for _, held, _ in rows)]))
    cells, places, areas = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for row, held, summed in rows:
        code, column = np.nonzero(summed)
        cells.append(row * target.lon.size + column)
        places.append(np.searchsorted(codes, held)[code])
        areas.append(summed[code, column])
    shape = (target.lat.size * target.lon.size, codes.size)
    return codes, sparse.csr_array((np.concatenate(areas), (np.concatenate(cells), np.concatenate(places))), shape)


def _grid(one: ClassMap, field: xr.DataArray) -> Grid:
    try:
        return Grid(field["lat"].values, field["lon"].values)
    except ValueError as error:
        raise FormatError(f"{one.path}: {error}") from None


def _codes(one: ClassMap, field: xr.DataArray, described: Description, rows: slice) -> Array:
    """Codes of some rows of a map, (row, column) int64, `NOTHING` where it has none."""
    field = field.isel(lat=rows)
    values: AnyArray = field.values if one.step is None else field.isel(time=one.step).values
    absent = ~np.isfinite(values)
    if described.missing is not None:
        absent |= values == described.missing
    whole = np.where(absent, 0, values)
    if np.any(whole != np.round(whole)) or whole.min(initial=0) < 0 or whole.max(initial=0) > HIGHEST:
        raise FormatError(
            f"{one.path}: expected codes of classes, whole numbers from 0, found {whole.min():g} to {whole.max():g}. "
            f"Check that the file holds classes; a number for missing values is given as {described.key}.missing."
        )
    return np.where(absent, NOTHING, whole).astype(np.int64)


def field_of(dataset: xr.Dataset, described: Description, path: Path) -> xr.DataArray:
    """The classes of a file, ([time,] lat, lon), lazily."""
    maps = [str(name) for name, variable in dataset.data_vars.items() if variable.ndim >= 2]
    names = [name for name in described.variable or maps if name in maps and not name.endswith(("_bnds", "_bounds"))]
    if len(names) != 1:
        raise FormatError(
            f"{path}: expected one map of classes, found {', '.join(maps) or 'none'}. Name it: "
            f"{described.key}.variable."
        )
    field = identify.renamed(dataset, names[0], described, path)
    if field.sizes.get("layer", 1) > 1:
        raise FormatError(
            f"{path}: expected {names[0]} as one map a file or a year, found {field.sizes['layer']} layers. Cut one "
            "out (gdal_translate -b 1)."
        )
    return field.isel(layer=0, drop=True) if "layer" in field.dims else field
