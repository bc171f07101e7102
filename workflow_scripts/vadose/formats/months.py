"""From the files of a product to monthly values on packed cells: year by year, so memory does not grow with the record.

The readers know the products; this room knows how each delivers its months, and puts them on the study's cells.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core import calendar, cells
from vadose.core.grid import Grid, regrid
from vadose.files import products
from vadose.formats.opening import FormatError

Array = np.ndarray


def reader(name: str):
    """The reader of a product: a module of `vadose.formats`.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    try:
        return importlib.import_module(f"vadose.formats.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"vadose.formats.{name}":
            raise
        raise ValueError(
            f"{name}: expected the name of a reader in vadose/formats, found no module of that name. Add one, or "
            "correct the name."
        ) from None


def _one_file_a_month(
    product: str, paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], missing: bool, **_
) -> Iterator[xr.Dataset]:
    room = reader(product)
    by_month: dict[str, Path] = {}
    for path in paths:
        month = str(room.times_of(path)[0].astype("datetime64[M]"))
        if month in by_month:
            raise FormatError(
                f"{path}: expected one file for {month}, found also {by_month[month].name}. Keep the newer one."
            )
        by_month[month] = path
    for month in calendar.months(*years).astype("datetime64[M]").astype(str):
        if month in by_month:
            yield room.read(by_month[month], variables=variables)
        elif not missing:
            where = paths[0].parent if paths else "the folder"
            raise FormatError(
                f"{where}: expected a file of {product} for {month}, found none. Fetch it, or set missing_files: keep "
                "to leave the month missing."
            )


def _all_at_once(
    product: str, paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], missing: bool, **_
) -> Iterator[xr.Dataset]:
    for path in paths:
        yield reader(product).read(path, years=years)[list(variables)]


def _year_by_year(read: str) -> Callable:
    def months(
        product: str, paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], missing: bool, **_
    ) -> Iterator[xr.Dataset]:
        for path in paths:
            for year in range(years[0], years[1] + 1):
                yield getattr(reader(product), read)(path, years=(year, year))[list(variables)]

    return months


def _passes(
    product: str, paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], missing: bool, **_
) -> Iterator[xr.Dataset]:
    for year in range(years[0], years[1] + 1):
        yield reader(product).series(paths, years=(year, year), allow_missing=missing)[list(variables)]


def _several_months(
    product: str, paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], missing: bool, **options
) -> Iterator[xr.Dataset]:
    room = reader(product)
    for _, group in _by_year(room, paths, years):
        yield room.read(group, variables=variables, **options)


def _by_year(room, paths: Sequence[Path], years: tuple[int, int]) -> Iterator[tuple[int, list[Path]]]:
    """Files that hold months of each year; a file of several years comes with its first one."""
    groups: dict[int, list[Path]] = {}
    for path in paths:
        touched = np.unique(calendar.year_of(room.times_of(path)))
        touched = touched[(touched >= years[0]) & (touched <= years[1])]
        if touched.size:
            groups.setdefault(int(touched[0]), []).append(path)
    yield from sorted(groups.items())


def _days(
    product: str,
    paths: Sequence[Path],
    variables: Sequence[str],
    years: tuple[int, int],
    missing: bool,
    wet_day_mm: float = 1.0,
) -> Iterator[xr.Dataset]:
    for year in range(years[0], years[1] + 1):
        yield reader(product).monthly(paths, wet_day_mm=wet_day_mm, years=(year, year), allow_missing=missing)[
            list(variables)
        ]


MONTHS = {
    "gpcp_daily": _days,
    "gldas": _one_file_a_month,
    "era5_land": _several_months,
    "cru_ts": _all_at_once,  # a .gz is unpacked once
    "vodca2_gpp": _year_by_year("monthly"),
    "gleam": _year_by_year("read"),
    "cci_lst": _passes,
}


def monthly(
    product: str,
    paths: Sequence[Path],
    variables: Sequence[str],
    years: tuple[int, int],
    axis: xr.Dataset,
    *,
    min_valid: float = 0.0,
    allow_missing: bool = False,
    native: Callable[[Array], Array] = lambda values: values,
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
        Applied to each native field, (time, [layer,] lat, lon), before remapping: quality control belongs there.
    **options
        For the reader: `wet_day_mm` of daily products, `route` and `layers` of ERA5-Land.

    Returns
    -------
    dict of (cell, [layer,] time) float32 arrays
        By variable; NaN where missing.
    Dataset
        One native month without its values: coordinates and attributes.
    list of str
        Months without data, "YYYY-MM".

    Raises
    ------
    FormatError
        As the reader; or if months lack and may not; or no month of the years is there.
    """
    times = calendar.months(*years)
    target, out, described = cells.grid_of(axis), {}, None
    filled = np.zeros(times.size, bool)
    for part in MONTHS.get(product, _several_months)(product, paths, variables, years, allow_missing, **options):
        part_times = calendar.month_start(part["time"].values)
        chosen = np.flatnonzero(np.isin(part_times, times))
        if not chosen.size:
            continue
        position = np.searchsorted(times, part_times[chosen])
        if filled[position].any():
            month = str(times[position[filled[position]][0]].astype("datetime64[M]"))
            raise FormatError(
                f"{paths[0].parent}: expected {month} of {product} once, found it twice. Remove one of the files."
            )
        for name in variables:
            packed = pack_on_cells(part[name].isel(time=chosen), axis, target, min_valid, native)
            out.setdefault(name, np.full((*packed.shape[:-1], times.size), np.nan, np.float32))[..., position] = packed
        filled[position], described = True, part.isel(time=0, drop=True)
    absent = times[~filled].astype("datetime64[M]").astype(str).tolist()
    if not out or (absent and not allow_missing):
        where = paths[0].parent if len(paths) else "the folder"
        few = ", ".join(absent[:3]) + (" ..." if len(absent) > 3 else "")
        raise FormatError(
            f"{where}: expected every month of {years[0]} to {years[1]} of {product}, found none for {few}. Fetch them "
            "or set missing_files: keep."
        )
    return out, described, absent


def pack_on_cells(
    field: xr.DataArray,
    axis: xr.Dataset,
    target: Grid,
    min_valid: float,
    native: Callable[[Array], Array] = lambda values: values,
) -> Array:
    """One native field, (time, [layer,] lat, lon), remapped and packed to (cell, [layer,] time)."""
    source = Grid(field["lat"].values, field["lon"].values)
    remapped = regrid(native(field.transpose("time", ..., "lat", "lon").values), source, target, min_valid)
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
