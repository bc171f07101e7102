"""VODCA2GPP: gross primary productivity every eight days from vegetation optical depth, in one netCDF file of several
gigabytes or in pieces of it.

Steps straddle months, years and pieces, so monthly means weigh each step by its days within the month, whichever file
it stands in. The axis of the genuine file is not certain (steps that go on through the years, or begin again on 1
January; single steps absent): any ascending axis of about eight days is read, absent steps are counted.
ASSUME: a stamp is the first day of its step (the archive does not say).
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.core.arrays import Array
from vadose.core.calendar import days_in_month, month_start, year_of
from vadose.formats import areas
from vadose.formats.axes import expect_ascending, expect_field, select_years, stamps_of, within_years
from vadose.formats.canonical import decimal, expect_range, expect_units, label, orient
from vadose.formats.opening import FormatError, netcdf

PRODUCT = "VODCA2GPP"
VARIABLES = ("gross_primary_productivity",)
UNITS = ("g C m-2 d-1",)
STEP = 8  # days
HIGHEST = 100.0  # g m-2 d-1 of carbon; more than twice what any vegetation assimilates
# Days between stamps that are one step: the last of a year has 5 or 6 where steps begin again on 1 January, and stamps
# in the middle of steps come 4 to 7 days after that.
ONE_STEP = (4, 11)
BLOCK = 16  # steps read at a time: 66 MB at 0.25 degree, and few passes over files whose chunks are long in time


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[xr.Dataset, Array]]:
    """The open file with the first day of each step; variable, unit, axes and steps checked."""
    with netcdf(path, PRODUCT, required=("GPP", "time", "lat", "lon")) as source:
        expect_field(source, "GPP", path, PRODUCT)
        expect_units(source["GPP"].attrs.get("units", ""), UNITS, "GPP", path)
        orient(xr.Dataset(coords={name: source[name].values for name in ("lat", "lon")}), path)
        times = stamps_of(source, path)
        expect_ascending(times, path, PRODUCT)
        begin = np.asarray(times).astype("datetime64[D]")
        _ends(begin, path)
        yield source, begin


def _ends(begin: Array, path: Path) -> tuple[Array, int]:
    """End (exclusive) of each step, and how many steps are absent.

    Raises
    ------
    FormatError
        If the stamps are not about eight days apart.
    """
    expect_ascending(begin, path, PRODUCT)
    length = np.diff(begin).astype(int)
    wrong = np.flatnonzero(length < ONE_STEP[0])
    if wrong.size or (length.size and abs(np.median(length) - STEP) > 1):
        day, days = (begin[wrong[0]], length[wrong[0]]) if wrong.size else (begin[0], np.median(length))
        raise FormatError(
            f"{path}: expected a step of {PRODUCT} about every {STEP} days, found one of {days:g} days at {day}. Check "
            "that the file is of this product."
        )
    whole = length <= ONE_STEP[1]
    absent = int(np.sum(np.rint(length[~whole] / STEP) - 1))
    return begin + np.append(np.where(whole, length, STEP), STEP).astype("timedelta64[D]"), absent


def _values(source: xr.Dataset, part: slice, path: Path) -> Array:
    """Steps as (time, lat, lon), float32; negative numbers are fills (ASSUME: no productivity is negative)."""
    values = source["GPP"].isel(time=part).transpose("time", "lat", "lon").values.astype(np.float32)
    values[values < 0] = np.nan
    expect_range(values, (0.0, HIGHEST), f"GPP of {PRODUCT} in g C m-2 d-1", path)
    return values


def _dataset(values: Array, begin: Array, end: Array, axes: tuple[Array, Array], path: Path) -> xr.Dataset:
    """Canonical Dataset with the bounds of its steps."""
    bounds = np.stack([begin, end], axis=1).astype("datetime64[ns]")
    coordinates = {"time": bounds[:, 0], "lat": axes[0], "lon": axes[1]}
    dataset = orient(xr.Dataset({"gross_primary_productivity": (("time", "lat", "lon"), values)}, coordinates), path)
    dataset = label(dataset).assign_coords(time_bnds=(("time", "bnds"), bounds))
    dataset["time"].attrs = {"bounds": "time_bnds"}
    return dataset


def read(path: Path, *, years: Sequence[int] | None = None) -> xr.Dataset:
    """Read the 8-day steps of one file.

    Parameters
    ----------
    path : Path
        `VODCA2GPP_v1.nc`.
    years : (first, last), optional
        Years in which the steps begin, inclusive; only they are held in memory (190 MB a year at 0.25 degree).

    Returns
    -------
    Dataset
        `gross_primary_productivity` (time, lat, lon), float32, g m-2 d-1 of carbon; `time` is the first day,
        `time_bnds` first day and end; attribute `missing_steps` of the whole file.

    Raises
    ------
    FormatError
        If the file is of another kind, cut, in another unit, lacks the variable or a year, or repeats a step.
    """
    path = Path(path)
    with _opened(path) as (source, begin):
        end, absent = _ends(begin, path)
        part = select_years(begin, years, path, PRODUCT)
        axes = source["lat"].values, source["lon"].values
        return _dataset(_values(source, part, path), begin[part], end[part], axes, path).assign_attrs(
            missing_steps=absent
        )


def times_of(path: Path) -> Array:
    """Starts of the months in which steps of a file begin, ascending. (month,) datetime64[ns]."""
    with _opened(Path(path)) as (_, begin):
        return np.unique(month_start(begin))


def _paths(path: Path | Iterable[Path]) -> list[Path]:
    return [Path(path)] if isinstance(path, (str, Path)) else [Path(item) for item in path]


def monthly(path: Path | Iterable[Path], *, years: Sequence[int] | None = None, min_share: float = 0.5) -> xr.Dataset:
    """Monthly means, each step weighted by its days within the month.

    Parameters
    ----------
    path : Path or iterable of Path
        `VODCA2GPP_v1.nc`, or pieces of it in any order.
    years : (first, last), optional
        Calendar years, inclusive; by default all that the files touch. Two fields for each month are held in memory.
    min_share : float
        ASSUME: a cell's month is missing if its valid steps cover less than this share of the month's days. With 0, one
        valid day is enough.

    Returns
    -------
    Dataset
        `gross_primary_productivity` (time, lat, lon), float64, g m-2 d-1 of carbon; `time_bnds` first day and end of
        each month; attribute `missing_steps`, absent from the axis in these years.

    Raises
    ------
    FormatError
        As `read`; or if pieces hold a step twice or lie on different grids.

    Notes
    -----
    Mean of month m over the valid steps s: sum_s d(s, m) x_s / sum_s d(s, m), with d the days of s within m.
    """
    paths = _paths(path)
    pieces = _pieces(paths)
    begin = np.sort(np.concatenate([piece[1] for piece in pieces]))
    end, _ = _ends(begin, paths[0])
    select_years(begin, years, paths[0], PRODUCT)
    first, last = years or (int(year_of(begin[0])), int(year_of(end[-1] - 1)))
    start = calendar.months(first, last).astype("datetime64[D]")
    stop = (start.astype("datetime64[M]") + 1).astype("datetime64[D]")
    total = days = axes = None
    for each, own in pieces:
        own_end = end[np.searchsorted(begin, own)]
        touched = np.flatnonzero((own_end > start[0]) & (own < stop[-1]))
        if not touched.size:
            continue
        with _opened(each) as (source, _):
            file_axes = decimal(source["lat"].values), decimal(source["lon"].values)
            axes = file_axes if axes is None else axes
            if not all(np.array_equal(one, other) for one, other in zip(axes, file_axes)):
                raise FormatError(f"{each}: expected the grid of the other pieces of {PRODUCT}, found another.")
            if total is None:
                total = np.zeros((start.size, file_axes[0].size, file_axes[1].size))
                days = np.zeros(total.shape, np.float32)  # whole numbers up to 31
            for block in np.split(touched, np.arange(BLOCK, touched.size, BLOCK)):
                values = _values(source, slice(int(block[0]), int(block[-1]) + 1), each)
                _add(total, days, values, own[block], own_end[block], start, stop)
    enough = (days > 0) & (days >= min_share * days_in_month(start)[:, None, None])
    mean = np.divide(total, days, out=np.full(total.shape, np.nan), where=enough)
    inside = begin[(begin >= start[0]) & (begin < stop[-1])]
    return _dataset(mean, start, stop, axes, paths[0]).assign_attrs(missing_steps=_ends(inside, paths[0])[1])


def _pieces(paths: Sequence[Path]) -> list[tuple[Path, Array]]:
    """Files with the first days of their steps; no step stands in two."""
    pieces: list[tuple[Path, Array]] = []
    for path in paths:
        with _opened(path) as (_, begin):
            for other, other_begin in pieces:
                twice = np.intersect1d(begin, other_begin)
                if twice.size:
                    raise FormatError(
                        f"{path}: expected each step of {PRODUCT} once, found {twice[0]} in {other}, too. Remove "
                        "one of them."
                    )
            pieces.append((path, begin))
    return pieces


def _add(total: Array, days: Array, values: Array, begin: Array, end: Array, start: Array, stop: Array) -> None:
    """Add steps to the sums of the months that they touch, each weighted by its days there."""
    for step in range(values.shape[0]):
        valid = np.isfinite(values[step])
        amount = np.where(valid, values[step], 0.0).astype(float)
        overlap = (np.minimum(stop, end[step]) - np.maximum(start, begin[step])).astype(int)
        for month in np.flatnonzero(overlap > 0):
            total[month] += overlap[month] * amount
            days[month] += overlap[month] * valid


def months(
    paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], *, allow_missing: bool = False
) -> Iterator[xr.Dataset]:
    """Monthly means, a year at a time (`vadose.formats.protocol.Reader.months`, and `monthly`); a month without any
    step is not given.

    Parameters
    ----------
    paths : sequence of Path
        Files of the product, in any order.
    variables : sequence of str
        Canonical names, of `VARIABLES`.
    years : (first, last)
        Calendar years, inclusive.
    allow_missing : bool
        Whether steps within a month may be absent, which makes the month a missing one.

    Raises
    ------
    FormatError
        As `monthly` and `vadose.formats.areas.months`.
    """
    files = _paths(paths)
    groups = areas.by_area(files, _axes_of) if len(files) > 1 else [files]
    yield from areas.months(_of_area, groups, years, times_of)


def _of_area(paths: Sequence[Path], years: tuple[int, int]) -> Iterator[xr.Dataset]:
    """Monthly means from the pieces of one area."""
    begin = np.concatenate([begin for _, begin in _pieces(paths)]) if len(paths) else np.array([], "M8[D]")
    for year in np.unique(year_of(begin[within_years(begin, years)])):
        part = monthly(paths, years=(int(year), int(year)))
        yield part.isel(time=np.flatnonzero(np.isfinite(part["gross_primary_productivity"].values).any(axis=(1, 2))))


def _axes_of(path: Path) -> tuple[Array, Array]:
    """Latitudes and longitudes of a file."""
    with _opened(path) as (source, _):
        return source["lat"].values, source["lon"].values


def check(path: Path) -> None:
    """Check kind, variable, unit, axes and steps without reading the field.

    Raises
    ------
    FormatError
        Saying what is wrong with it.
    """
    with _opened(Path(path)):
        pass
