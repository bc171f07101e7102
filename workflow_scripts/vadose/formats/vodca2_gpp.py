"""VODCA2GPP: gross primary productivity every eight days from vegetation optical depth, one netCDF file of several
gigabytes.

Steps straddle months and years, so monthly means weigh each step by its days within the month.
ASSUME: a stamp is the first day of its step (the archive does not say).
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.calendar import days_in_month, months, year_of
from vadose.formats.axes import expect_ascending, expect_field, select_years
from vadose.formats.canonical import expect_units, label, orient
from vadose.formats.opening import FormatError, netcdf

Array = np.ndarray

PRODUCT = "VODCA2GPP"
UNITS = (
    "g C m-2 d-1",
    "gC m-2 d-1",
    "g C m-2 day-1",
    "gC m-2 day-1",
    "gC/m2/d",
    "gC/m2/day",
    "g C/m2/d",
    "gC m^-2 d^-1",
    "g C m^-2 d^-1",
    "gC/m^2/d",
    "gC/m²/d",
    "gC/m²/day",
    "g m-2 d-1",
)
STEP = np.timedelta64(8, "D")
SHORTER = (
    np.timedelta64(5, "D"),
    np.timedelta64(6, "D"),
)  # last step of a year where the steps begin anew on 1 January
BLOCK = 16  # steps read at a time: 66 MB at 0.25 degree, and few passes over files whose chunks are long in time


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[xr.Dataset, Array, Array]]:
    """The open file with first day and end of each step; variable, unit, axes and steps checked."""
    with netcdf(path, PRODUCT, required=("GPP", "time", "lat", "lon")) as source:
        expect_field(source, "GPP", path, PRODUCT)
        expect_units(source["GPP"].attrs.get("units", ""), UNITS, "GPP", path)
        orient(xr.Dataset(coords={name: source[name].values for name in ("lat", "lon")}), path)
        begin, end = _steps(source["time"].values, path)
        yield source, begin, end


def _steps(times: Array, path: Path) -> tuple[Array, Array]:
    """First day and end (exclusive) of each 8-day step."""
    expect_ascending(times, path, PRODUCT)
    begin = np.asarray(times).astype("datetime64[D]")
    expect_ascending(begin, path, PRODUCT)
    length = np.diff(begin)
    new_year = np.isin(length, SHORTER) & (begin[1:] == begin[1:].astype("datetime64[Y]"))
    wrong = np.flatnonzero((length != STEP) & ~new_year)
    if wrong.size:
        day, found = begin[wrong[0]], length[wrong[0]].astype(int)
        what = f"{day + STEP} missing" if found > 8 else f"a step of {found} days at {day}"
        raise FormatError(f"{path}: expected a step of {PRODUCT} every 8 days, found {what}. Fetch the file again.")
    return begin, begin + np.append(length, STEP)


def _values(source: xr.Dataset, part: slice) -> Array:
    """Steps as (time, lat, lon), float32; negative numbers are fills (ASSUME: no productivity is negative)."""
    values = source["GPP"].isel(time=part).transpose("time", "lat", "lon").values.astype(np.float32)
    values[values < 0] = np.nan
    return values


def _dataset(values: Array, begin: Array, end: Array, source: xr.Dataset, path: Path) -> xr.Dataset:
    """Canonical Dataset with the bounds of its steps."""
    bounds = np.stack([begin, end], axis=1).astype("datetime64[ns]")
    coordinates = {"time": bounds[:, 0], "lat": source["lat"].values, "lon": source["lon"].values}
    dataset = orient(xr.Dataset({"gross_primary_productivity": (("time", "lat", "lon"), values)}, coordinates), path)
    dataset = label(dataset).assign_coords(time_bnds=(("time", "bnds"), bounds))
    dataset["time"].attrs = {"bounds": "time_bnds"}
    return dataset


def read(path: Path, *, years: Sequence[int] | None = None) -> xr.Dataset:
    """Read the 8-day steps.

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
        `time_bnds` first day and end.

    Raises
    ------
    FormatError
        If the file is of another kind, cut, in another unit, lacks the variable, a step or a year, or repeats a step.
    """
    path = Path(path)
    with _opened(path) as (source, begin, end):
        part = select_years(begin, years, path, PRODUCT)
        return _dataset(_values(source, part), begin[part], end[part], source, path)


def monthly(path: Path, *, years: Sequence[int] | None = None, min_share: float = 0.5) -> xr.Dataset:
    """Monthly means, each step weighted by its days within the month.

    Parameters
    ----------
    path : Path
        `VODCA2GPP_v1.nc`.
    years : (first, last), optional
        Calendar years, inclusive; by default all that the file touches. Two fields for each month are held in memory.
    min_share : float
        ASSUME: a cell's month is missing if its valid steps cover less than this share of the month's days. With 0, one
        valid day is enough.

    Returns
    -------
    Dataset
        `gross_primary_productivity` (time, lat, lon), float64, g m-2 d-1 of carbon; `time_bnds` first day and end of
        each month.

    Raises
    ------
    FormatError
        As `read`.

    Notes
    -----
    Mean of month m over the valid steps s: sum_s d(s, m) x_s / sum_s d(s, m), with d the days of s within m.
    """
    path = Path(path)
    with _opened(path) as (source, begin, end):
        select_years(begin, years, path, PRODUCT)
        first, last = years or (int(year_of(begin[0])), int(year_of(end[-1] - 1)))
        start = months(first, last).astype("datetime64[D]")
        stop = (start.astype("datetime64[M]") + 1).astype("datetime64[D]")
        rows, columns = source.sizes["lat"], source.sizes["lon"]
        total = np.zeros((start.size, rows, columns))
        days = np.zeros(total.shape, np.float32)  # whole numbers up to 31
        touched = np.flatnonzero((end > start[0]) & (begin < stop[-1]))
        for block in np.split(touched, np.arange(BLOCK, touched.size, BLOCK)):
            for step, values in zip(block, _values(source, slice(int(block[0]), int(block[-1]) + 1))):
                valid = np.isfinite(values)
                known = np.where(valid, values, 0.0).astype(float)
                overlap = (np.minimum(stop, end[step]) - np.maximum(start, begin[step])).astype(int)
                for month in np.flatnonzero(overlap > 0):
                    total[month] += overlap[month] * known
                    days[month] += overlap[month] * valid
        enough = (days > 0) & (days >= min_share * days_in_month(start)[:, None, None])
        mean = np.divide(total, days, out=np.full(total.shape, np.nan), where=enough)
        return _dataset(mean, start, stop, source, path)


def check(path: Path) -> None:
    """Check kind, variable, unit, axes and steps without reading the field.

    Raises
    ------
    FormatError
        Saying what is wrong with it.
    """
    with _opened(Path(path)):
        pass
