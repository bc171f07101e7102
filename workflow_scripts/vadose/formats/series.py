"""Many files as one series: sorted by time, no step twice, none missing, and read a year at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.formats.opening import FormatError

Array = np.ndarray


class Source(NamedTuple):
    """A file and the time stamps it holds, (time,) datetime64[ns], ascending."""

    path: Path
    times: Array


def arrange(
    paths: Iterable[Path],
    times_of: Callable[[Path], Array],
    *,
    product: str,
    expected: Array | None = None,
) -> list[Source]:
    """Sort files by time and check that their steps are complete and unique.

    Parameters
    ----------
    paths : iterable of Path
        Files of one product, in any order.
    times_of : callable
        Path -> (time,) datetime64 stamps of the file, by its name or its headers, such as `gldas.times_of`.
    product : str
        For messages.
    expected : (time,) datetime64 array, optional
        Steps that must be there, such as `calendar.months(1990, 1999)`; files with none of them are left aside. None:
        every month from the first to the last that is found (so for monthly products only).

    Returns
    -------
    list of Source

    Raises
    ------
    FormatError
        If there is no file, if two files (or one file twice) hold the same step, or if a step is missing.
    """
    sources = [Source(Path(path), np.asarray(times_of(Path(path))).astype("datetime64[ns]")) for path in paths]
    if expected is not None:
        expected = np.asarray(expected).astype("datetime64[ns]")
        sources = [source for source in sources if np.isin(source.times, expected).any()]
    sources = sorted(
        (source for source in sources if source.times.size), key=lambda source: (source.times[0], source.path)
    )
    if not sources:
        raise FormatError(
            f"{product}: expected files of the period, found none. Fetch them, or correct the path or the period."
        )
    _expect_once(sources, product)
    every = np.concatenate([source.times for source in sources])
    if expected is None:
        span = every.min().astype("datetime64[M]"), every.max().astype("datetime64[M]") + 1
        expected = np.arange(*span).astype("datetime64[ns]")
    missing = np.setdiff1d(expected, every)
    if missing.size:
        unit = "M" if np.array_equal(expected, calendar.month_start(expected)) else "D"
        names = ", ".join(np.datetime_as_string(missing[:5], unit=unit)) + (", ..." if missing.size > 5 else "")
        raise FormatError(
            f"{sources[0].path.parent}: expected {expected.size} steps of {product}, found "
            f"{expected.size - missing.size}; "
            f"missing: {names}. Fetch the missing files, or choose a period without them."
        )
    return sources


def _expect_once(sources: Sequence[Source], product: str) -> None:
    holder: dict[np.datetime64, Path] = {}
    for source in sources:
        for time in source.times:
            if time in holder:
                raise FormatError(
                    f"{source.path}: expected every step of {product} once, found "
                    f"{np.datetime_as_string(time, unit='D')} "
                    f"{'twice' if holder[time] == source.path else f'in {holder[time]}, too'}. Remove one of them."
                )
            holder[time] = source.path


def by_year(
    sources: Sequence[Source],
    read: Callable[[Path, int], xr.Dataset],
    *,
    first_year: int | None = None,
    last_year: int | None = None,
    year_of: Callable[[Array], Array] = calendar.year_of,
) -> Iterator[tuple[int, xr.Dataset]]:
    """Read a series year by year; memory holds one year, whatever the length of the record.

    Parameters
    ----------
    sources : sequence of Source
        From `arrange`.
    read : callable
        (path, year) -> canonical Dataset with the dimension time; it may hold more than the year (a reader of a file of
        many years can use the year to read only that): what is of other years is dropped.
    first_year, last_year : int, optional
        Inclusive; None for the first or last year found.
    year_of : callable
        Time stamps -> year; `calendar.season_year` puts December into the next winter's year.

    Yields
    ------
    (year, Dataset)
        Sorted by time, attributes of single files dropped. Years without any step do not occur.

    Raises
    ------
    FormatError
        If the files of a year are on different grids; the message names the file.
    """
    years = np.unique(np.concatenate([year_of(source.times) for source in sources]))
    for year in years:
        if (first_year is not None and year < first_year) or (last_year is not None and year > last_year):
            continue
        pieces = []
        for source in sources:
            if not np.any(year_of(source.times) == year):
                continue
            piece = read(source.path, int(year))
            inside = year_of(piece["time"].values) == year
            pieces.append(piece if inside.all() else piece.isel(time=np.flatnonzero(inside)))
            _expect_same_axes(pieces[0], pieces[-1], source.path)
        yield int(year), _joined(pieces)


def _expect_same_axes(first: xr.Dataset, other: xr.Dataset, path: Path) -> None:
    """All coordinates but time must be equal, to the last bit: readers round them."""
    for name in first.indexes:
        if name != "time" and not (name in other.indexes and np.array_equal(first[name].values, other[name].values)):
            found = f"{other.sizes[name]} values" if name in other.sizes else "none"
            raise FormatError(
                f"{path}: expected the axis {name} of the files before it ({first.sizes[name]} values), found {found} "
                "or other ones. "
                "Do not mix grids or versions: fetch the file again."
            )


def _joined(pieces: list[xr.Dataset]) -> xr.Dataset:
    if len(pieces) == 1:
        return pieces[0]
    joined = xr.concat(
        pieces,
        "time",
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="override",
        combine_attrs="drop_conflicts",
    )
    return joined if np.all(np.diff(joined["time"].values) > np.timedelta64(0)) else joined.sortby("time")
