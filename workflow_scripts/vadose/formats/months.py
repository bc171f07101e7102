"""From the files of a product to monthly values on packed cells: year by year, so memory does not grow with the record.

The readers know the products (`vadose.formats.registry`); what they give is put on the study's cells here.
"""

import operator
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core import calendar, cells
from vadose.core.arrays import AnyArray, Array
from vadose.core.grid import Grid, regrid
from vadose.files import contents, products
from vadose.formats.opening import FormatError
from vadose.formats.registry import BoundReader


def monthly(
    product: str,
    paths: Sequence[Path],
    variables: Sequence[str],
    years: tuple[int, int],
    axis: xr.Dataset,
    *,
    min_valid: float = 0.0,
    allow_missing: bool = False,
    native: Callable[[xr.DataArray], Array] = operator.attrgetter("values"),
    **options,
) -> tuple[dict[str, Array], xr.Dataset, list[str]]:
    """Monthly values of variables on packed cells.

    Parameters
    ----------
    product : str
        Name of the reader.
    paths : sequence of Path
        Its files.
    variables : sequence of str
        Canonical names.
    years : (first, last)
        Calendar years, inclusive.
    axis : Dataset
        The cells (`vadose.core.cells.locate`).
    min_valid : float
        Least valid share of a target cell (docs/methods.md#b6).
    allow_missing : bool
        Whether months without a file stay, as missing values; else they stop with a sentence.
    native : function
        Values of each native field, (time, [layer,] lat, lon) with its coordinates and unit, before remapping: quality
        control belongs there.
    **options
        For the reader: `wet_day_mm` of daily products, `route` and `layers` of ERA5-Land.

    Returns
    -------
    dict of (cell, [layer,] time) float32 arrays
        By variable; NaN where missing.
    Dataset
        One native month without its values: coordinates and attributes; those that count what the reader removed
        (`vadose.files.products.REMOVED`) are sums over all parts.
    list of str
        Months without data, "YYYY-MM".

    Raises
    ------
    FormatError
        As the reader; or if months lack and may not; or no month of the years is there; or some months are of an area
        that holds other cells than the others do.
    """
    times = calendar.months(*years)
    target, out, described = cells.grid_of(axis), {}, None
    filled = {name: np.zeros(times.size, bool) for name in variables}
    covered: dict[bytes, Array] = {}
    counts: dict[str, int] = {}
    for part in BoundReader(product, options).months(paths, variables, years, allow_missing=allow_missing):
        position, chosen = _positions(part, times, product)
        if not chosen.size:
            continue
        for name in [name for name in variables if name in part]:
            if filled[name][position].any():
                month = str(times[position[filled[name][position]][0]].astype("datetime64[M]"))
                raise FormatError(
                    f"{paths[0].parent}: expected {month} of {product} once, found it twice. Remove one of the files."
                )
            _expect_area(part, axis, covered, f"{paths[0].parent}: expected {product}")
            packed = pack_on_cells(part[name].isel(time=chosen), axis, target, min_valid, native)
            out.setdefault(name, np.full((*packed.shape[:-1], times.size), np.nan, np.float32))[..., position] = packed
            filled[name][position] = True
            contents.log_months(product, name, times[position], packed, int(filled[name].sum()), times.size)
        counts |= {key: counts.get(key, 0) + int(part.attrs[key]) for key in products.REMOVED if key in part.attrs}
        described = part.isel(time=0, drop=True).assign_attrs(counts)
    absent = times[~np.all(list(filled.values()), axis=0)].astype("datetime64[M]").astype(str).tolist()
    if not all(name in out for name in variables) or (absent and not allow_missing):
        where = paths[0].parent if len(paths) else "the folder"
        few = ", ".join(absent[:3]) + (" ..." if len(absent) > 3 else "")
        raise FormatError(
            f"{where}: expected every month of {years[0]} to {years[1]} of {product}, found none for {few}. Fetch them "
            "or set missing_files: keep."
        )
    return out, described, absent


def _positions(part: xr.Dataset, times: AnyArray, product: str) -> tuple[Array, Array]:
    """Places of a part's months among those wanted, and which of its months they are."""
    stamps = calendar.month_start(part["time"].values)
    if np.unique(stamps).size < stamps.size:
        raise ValueError(f"{product}: expected months, found steps shorter than a month. Take a monthly product.")
    chosen = np.flatnonzero(np.isin(stamps, times))
    return np.searchsorted(times, stamps[chosen]), chosen


def _expect_area(part: xr.Dataset, axis: xr.Dataset, covered: dict[bytes, Array], before: str) -> None:
    """Every month lies on an area with the same of the study's cells: where boxes were fetched, one may lack.

    Parameters
    ----------
    part : Dataset
        Months on their native grid.
    axis : Dataset
        The cells.
    covered : dict
        By native grid, whether it holds the centre of each cell; kept from month to month.
    before : str
        How the message begins.
    """
    lat, lon = part["lat"].values, part["lon"].values
    key = lat.tobytes() + lon.tobytes()
    if key in covered:
        return
    source = Grid(lat, lon)
    south, north, west = source.lat_edges.min(), source.lat_edges.max(), source.lon_edges[0]
    width = source.lon_edges[-1] - west
    rows = (axis["lat"].values >= south) & (axis["lat"].values <= north)
    covered[key] = rows & (np.mod(axis["lon"].values - west, 360.0) <= width)
    other = next(iter(covered.values()))
    differ = np.flatnonzero(covered[key] != other)
    if differ.size:
        first = axis.isel(cell=int(differ[0]))
        raise FormatError(
            f"{before} on one area in all months, found {south:g} to {north:g} N and {west:g} to {west + width:g} E "
            f"from {str(part['time'].values[0])[:7]} on, where {differ.size} cells lie in the files of some months "
            f"only (the first at {float(first['lat']):g} N, {float(first['lon']):g} E). Fetch the same areas for every "
            "month, or choose a region that all hold."
        )


def pack_on_cells(
    field: xr.DataArray,
    axis: xr.Dataset,
    target: Grid,
    min_valid: float,
    native: Callable[[xr.DataArray], Array] = operator.attrgetter("values"),
) -> Array:
    """One native field, (time, [layer,] lat, lon), remapped and packed to (cell, [layer,] time).

    Parameters
    ----------
    field : (time, [layer,] lat, lon) DataArray
        On the product's own grid; missing is NaN.
    axis : Dataset
        Land cells of the target.
    target : Grid
        The grid of the study.
    min_valid : float
        Share (0..1) of a target cell that must have values; below, it is missing.
    native : callable
        Applied to the values before they are remapped.
    """
    source = Grid(field["lat"].values, field["lon"].values)
    remapped = regrid(native(field.transpose("time", ..., "lat", "lon")), source, target, min_valid)
    return np.moveaxis(cells.pack(remapped, axis), 1, -1)


def choose_version(
    lists: Sequence[Sequence[Path]], years: tuple[int, int], splice_year: int | None
) -> list[tuple[tuple[int, int], list[Path]]]:
    """Which files serve which years where a product comes in an older and a newer version.

    Parameters
    ----------
    lists : sequence of sequences of Path
        Files of the only version, or of the older and the newer one.
    years : (first, last)
        Years wanted.
    splice_year : int or None
        First year of the newer version.

    Returns
    -------
    list of ((first, last), paths)
        Parts that follow one another and cover the years.
    """
    if len(lists) == 1 or splice_year is None:
        return [(years, list(lists[-1]))]
    parts = [
        ((years[0], min(years[1], splice_year - 1)), list(lists[0])),
        ((max(years[0], splice_year), years[1]), list(lists[1])),
    ]
    return [(part, paths) for part, paths in parts if part[0] <= part[1]]


def label_months(axis: xr.Dataset, years: tuple[int, int], absent: Sequence[str]) -> xr.Dataset:
    """Coordinates of a prepared monthly product; months without data are named in an attribute."""
    return (
        products.cell_coordinates(axis)
        .assign_coords(time=calendar.months(*years))
        .assign_attrs(missing_months=" ".join(absent))
    )
