"""From the fields of ERA5-Land files to months: monthly means as they are, days and hours summed one field at a
time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from vadose.core import calendar
from vadose.formats.era5_land.layouts import Piece
from vadose.formats.opening import FormatError

DAY = np.timedelta64(1, "D")
SPARSEST = np.timedelta64(6, "h")  # fewer hours a day are no mean of it
BATCH = 64 * 2**20  # bytes of fields read at a time, a day at most: bounded whatever the grid and the length


def collector(route: str, monthly: bool = True) -> type:
    """The class that collects fields on a route."""
    if not monthly:
        return Days
    return {"monthly_means": Months, "daily_statistics": DailyMeans, "hourly": HourlyMeans}[route]


def expect_once(times: np.ndarray, path: Path, name: str) -> None:
    """Check that no time occurs twice.

    Raises
    ------
    FormatError
        Naming the time.
    """
    unique, counts = np.unique(times, return_counts=True)
    if np.any(counts > 1):
        twice = np.datetime_as_string(unique[counts > 1][0], unit="h")
        raise FormatError(
            f"{path}: expected every time of {name} once, found {twice} {counts.max()} times. Delete the file and "
            "fetch it again."
        )


def _fields(piece: Piece, index: np.ndarray, rows: slice) -> Iterator[np.ndarray]:
    """Single fields of a piece, read in batches of bounded size."""
    cells = max(1, len(range(*rows.indices(piece.lat.size))) * piece.lon.size)
    batch = max(1, min(24, BATCH // (4 * cells)))
    for first in range(0, index.size, batch):
        yield from piece.fields(index[first : first + batch], rows)


def _within(stamps: np.ndarray, years: Sequence[int] | None) -> np.ndarray:
    """Positions of the stamps that are used (not NaT) and lie in the years."""
    if years is None:
        return np.flatnonzero(~np.isnat(stamps))
    first, end = np.datetime64(f"{years[0]}-01-01"), np.datetime64(f"{years[1] + 1}-01-01")
    return np.flatnonzero((stamps >= first) & (stamps < end))  # False where NaT


class Months:
    """Monthly means: every field belongs to the month of its validity."""

    unit = "M"
    advice = "Files of days or hours need the route daily_statistics or hourly; otherwise fetch the file again."

    def __init__(self, path: Path, accumulated: Sequence[str], years: Sequence[int] | None = None) -> None:
        self.path, self.years, self.kept = path, years, {}

    def stamps(self, piece: Piece) -> np.ndarray:
        return calendar.month_start(piece.times)

    def add(self, path: Path, piece: Piece, rows: slice) -> None:
        kept = self.kept.setdefault(piece.name, {})
        stamps = self.stamps(piece)
        used = _within(stamps, self.years)
        for stamp, field in zip(stamps[used], _fields(piece, used, rows)):
            if stamp in kept:
                raise FormatError(
                    f"{path}: expected each {'month' if self.unit == 'M' else 'day'} of {piece.name} once, "
                    f"found {np.datetime_as_string(stamp, unit=self.unit)} twice. {self.advice}"
                )
            kept[stamp] = field

    def finish(self, names: Sequence[str]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        times = _common({name: set(self.kept.get(name, ())) for name in names}, self.path, self.unit)
        # Fields move one by one into their array, so that they are never held twice.
        fields = {}
        for name in names:
            first = self.kept[name][times[0]]
            fields[name] = np.empty((times.size, *first.shape), dtype=np.float32)
            for index, stamp in enumerate(times):
                fields[name][index] = self.kept[name].pop(stamp)
        return times, fields


class Days(Months):
    """Daily statistics, kept as days."""

    unit = "D"
    advice = "The file is damaged or was joined wrongly: fetch it again."

    def stamps(self, piece: Piece) -> np.ndarray:
        return piece.times.astype("datetime64[D]").astype("datetime64[ns]")


class DailyMeans:
    """Monthly means of daily means; every day of a month must be there once."""

    def __init__(self, path: Path, accumulated: Sequence[str], years: Sequence[int] | None = None) -> None:
        self.path, self.accumulated, self.years = path, accumulated, years
        self.sums: dict[tuple[str, np.datetime64], np.ndarray] = {}
        self.seen: dict[tuple[str, np.datetime64], set] = {}

    def stamps(self, piece: Piece) -> np.ndarray:
        """The step to which each field belongs; NaT where a field is not used."""
        return piece.times.astype("datetime64[D]").astype("datetime64[ns]")

    def add(self, path: Path, piece: Piece, rows: slice) -> None:
        stamps = self.stamps(piece)
        used = _within(stamps, self.years)
        months = calendar.month_start(stamps[used])
        for stamp, month, field in zip(stamps[used], months, _fields(piece, used, rows)):
            self.note(path, piece.name, stamp, month)
            key = piece.name, month
            if key in self.sums:
                self.sums[key] += field
            else:
                self.sums[key] = field.astype(float)

    def note(self, path: Path, name: str, stamp: np.datetime64, month: np.datetime64) -> None:
        """Remember a step; one that is there already is an error, across files too.

        Parameters
        ----------
        path : Path
            The file it stands in.
        name : str
            The variable.
        stamp, month : datetime64
            The step, and the month that it belongs to.
        """
        seen = self.seen.setdefault((name, month), set())
        if stamp in seen:
            raise FormatError(
                f"{path}: expected every time of {name} once, found {np.datetime_as_string(stamp, unit='h')} twice. "
                "Two files overlap, or the file is damaged: remove one or fetch it again."
            )
        seen.add(stamp)

    def finish(self, names: Sequence[str]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        self.drop_edges()
        months = {name: {month for each, month in self.sums if each == name} for name in names}
        for name in names:
            for month in sorted(months[name]):
                self.expect_complete(name, month)
        times = _common(months, self.path, "M")
        fields = {}
        for name in names:
            fields[name] = np.empty((times.size, *self.sums[name, times[0]].shape), dtype=np.float32)
            for index, month in enumerate(times):
                total, count = self.sums.pop((name, month)), len(self.seen[name, month])
                fields[name][index] = total if name in self.accumulated else total / count
        return times, fields

    def drop_edges(self) -> None:
        """Nothing to drop among days."""

    def steps(self, name: str, month: np.datetime64) -> np.ndarray:
        """All steps that a month must have."""
        return np.arange(
            month.astype("datetime64[D]"), (month.astype("datetime64[M]") + 1).astype("datetime64[D]"), DAY
        )

    def hour_of(self, name: str, step: np.datetime64) -> np.datetime64:
        """Time in the files at which a step stands."""
        return step

    def expect_complete(self, name: str, month: np.datetime64) -> None:
        wanted = self.steps(name, month).astype("datetime64[ns]")
        missing = [step for step in wanted if step not in self.seen[name, month]]
        if missing:
            first = np.datetime_as_string(self.hour_of(name, missing[0]), unit="h")
            raise FormatError(
                f"{self.path}: expected {wanted.size} steps of {name} in {np.datetime_as_string(month, unit='M')}, "
                f"found {wanted.size - len(missing)} (first missing: {first}). Fetch the rest of the month and give "
                "all its files together."
            )


class HourlyMeans(DailyMeans):
    """Monthly means of hours, and monthly totals of what accumulates from 00 UTC.

    The total of a day is the value at 00:00 of the next day. So the first hour of a series closes the month before, and
    the first hour of the next month must be there; both edges are dropped from the months to which they add nothing.
    """

    def stamps(self, piece: Piece) -> np.ndarray:
        if piece.name not in self.accumulated:
            return piece.times
        midnight = piece.times.astype("datetime64[D]")
        days = (midnight - DAY).astype("datetime64[ns]")
        return np.where(piece.times == midnight, days, np.datetime64("NaT", "ns"))

    def hour_of(self, name: str, step: np.datetime64) -> np.datetime64:
        return step + DAY if name in self.accumulated else step

    def drop_edges(self) -> None:
        for key in list(self.sums):
            name, month = key
            others = sum(each == name for each, _ in self.sums) > 1
            last = (month.astype("datetime64[M]") + 1).astype("datetime64[D]") - DAY
            edge = last if name in self.accumulated else month
            if self.seen[key] == {edge.astype("datetime64[ns]")} and (others or name in self.accumulated):
                del self.sums[key]

    def steps(self, name: str, month: np.datetime64) -> np.ndarray:
        if name in self.accumulated:
            return super().steps(name, month)
        # ASSUME: requests may thin the hours, but evenly and from 00 UTC on; the smallest interval is taken for the
        # step.
        seen = np.sort(np.array(list(self.seen[name, month])))
        step = np.diff(seen).min() if seen.size > 1 else np.timedelta64(1, "h")
        if DAY % step or step > SPARSEST:
            step = np.timedelta64(1, "h")
        return np.arange(month, (month.astype("datetime64[M]") + 1).astype("datetime64[ns]"), step)


def _common(times: dict[str, set], path: Path, unit: str) -> np.ndarray:
    """Times that all variables have; the sets must be equal and not empty."""
    every = set().union(*times.values())
    if not every:
        raise FormatError(
            f"{path}: expected at least one whole month, found none. Fetch the hours up to 00:00 of the next month."
        )
    for name, have in times.items():
        lacking = sorted(every - have)
        if lacking:
            raise FormatError(
                f"{path}: expected {name} for every time of the other variables, found "
                f"{np.datetime_as_string(lacking[0], unit=unit)} missing "
                f"({len(lacking)} in all). Fetch the variables for the same period."
            )
    return np.array(sorted(every), dtype="datetime64[ns]")
