"""Steps of time: months, days or parts of a day, and which month each of them belongs to."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vadose.core.arrays import AnyArray, Array
from vadose.core.calendar import days_in_month, month_start
from vadose.formats.opening import FormatError

DAY = np.timedelta64(86400, "s")
SHORTEST_MONTH = np.timedelta64(27, "D")  # between stamps in the middle of January and of February, say


class Step(NamedTuple):
    """How long the steps of a data set are."""

    a_day: int  # steps a day; 0 where they are months

    @property
    def words(self) -> str:
        """For messages."""
        return {0: "months", 1: "days"}.get(self.a_day, f"steps of {24 / max(self.a_day, 1):g} hours")

    def in_months(self, starts: AnyArray) -> Array:
        """Number of steps that each month has."""
        return days_in_month(starts) * self.a_day if self.a_day else np.ones(starts.size, dtype=int)

    def seconds(self, starts: AnyArray) -> Array:
        """Length of a step in each month, s."""
        return np.full(starts.size, 86400.0 / self.a_day) if self.a_day else days_in_month(starts) * 86400.0


def step_of(starts: AnyArray, where: str) -> Step:
    """The step of a data set, from the starts of all its steps.

    Parameters
    ----------
    starts : (time,) datetime64 array
        In any order, repetitions allowed (one for each layer).
    where : str
        Data set and files, for the message.

    Raises
    ------
    FormatError
        If steps are neither months nor days nor an even part of a day.
    """
    between = np.diff(np.unique(starts.astype("datetime64[s]")))
    if not between.size or between.min() >= SHORTEST_MONTH:
        months = np.unique(month_start(starts))
        if months.size < np.unique(starts).size:
            raise FormatError(f"{where}: expected one step a month, found two in one month. Check the time axis.")
        return Step(0)
    shortest = between.min()
    a_day = DAY / shortest
    if shortest > DAY or abs(a_day - round(a_day)) > 1e-6:
        hours = shortest / np.timedelta64(3600, "s")
        raise FormatError(
            f"{where}: expected months, days or even parts of a day, found steps of {hours:g} hours. Make months "
            "of them first (cdo monmean, monsum)."
        )
    return Step(round(a_day))


def months_of(starts: AnyArray, months: AnyArray) -> Array:
    """Places of steps among ascending months; -1 where a step belongs to none of them."""
    of = month_start(starts)
    place = np.searchsorted(months, of)
    inside = (place < months.size) & (months[np.minimum(place, months.size - 1)] == of)
    return np.where(inside, place, -1)


def complete(months: AnyArray, by_field: Sequence[AnyArray], step: Step, share: float) -> Array:
    """Whether the steps that are there make up the month, for each field of the data set.

    Parameters
    ----------
    months : (month,) datetime64 array
        Ascending.
    by_field : sequence of datetime64 arrays
        Starts of the steps of each field (layer).
    step : Step
        Of the data set.
    share : float
        Least share of the steps.

    Returns
    -------
    (month,) bool array
    """
    needed = np.ceil(share * step.in_months(months) - 1e-9)
    enough = np.ones(months.size, bool)
    for starts in by_field:
        place = months_of(starts, months)
        enough &= np.bincount(place[place >= 0], minlength=months.size) >= needed
    return enough


def first_absent(month: np.datetime64, by_field: Sequence[AnyArray], step: Step) -> str:
    """The first step of a month that a field lacks, as text."""
    if not step.a_day:
        return str(month.astype("datetime64[M]"))
    length = DAY // step.a_day
    for starts in by_field:
        inside = starts[month_start(starts) == month].astype("datetime64[s]")
        begin = month.astype("datetime64[s]") + np.arange(int(step.in_months(np.array([month]))[0])) * length
        slots = np.unique((inside - begin[0]) // length)
        lacking = np.setdiff1d(np.arange(begin.size), slots)
        if lacking.size:
            return str(begin[lacking[0]].astype("datetime64[D]" if step.a_day == 1 else "datetime64[h]"))
    return str(month.astype("datetime64[M]"))
