"""Annual sums of gross primary productivity from steps of 8 days, months or years (docs/methods.md#a5)."""

from collections.abc import Iterable

import numpy as np

from vadose.core.arrays import Array

DAY = np.timedelta64(1, "D")


def annual_sums(
    steps: Iterable[tuple[Array, np.datetime64, np.datetime64]], years: tuple[int, int], partial_years: str = "drop"
) -> tuple[Array, Array]:
    """Sums over calendar years.

    Parameters
    ----------
    steps : iterable of (values, start, end)
        `values` (cell,) in g m-2 d-1, mean over the step from `start` to before `end` (datetime64). A step counts for
        the year in which it starts, with its days in that year; NaN is missing.
    years : (first, last)
        Calendar years, inclusive.
    partial_years : {"drop", "keep"}
        A year whose steps do not cover all its days is missing, or the mean rate of its steps times the days of the
        year.

    Returns
    -------
    (cell, year) array
        g m-2 yr-1; a cell that is missing in one step is missing in its year ("drop"), or in all steps ("keep").
    (year,) array
        Share of the days of each year that steps cover.

    Raises
    ------
    ValueError
        If `partial_years` is unknown or no step lies in the years.
    """
    if partial_years not in ("drop", "keep"):
        raise ValueError(f"variability.productivity_partial_years: expected drop or keep, found {partial_years!r}.")
    count = years[1] - years[0] + 1
    total, days = np.empty((0, count)), np.empty((0, count))
    covered = np.zeros(count)
    for values, start, end in steps:
        year = int(start.astype("datetime64[Y]").astype(int)) + 1970 - years[0]
        if not 0 <= year < count:
            continue
        ends = (start.astype("datetime64[Y]") + 1).astype(start.dtype)
        length = float((min(end, ends) - start) / DAY)
        if not covered.any():
            total = np.zeros((values.size, count))
            days = np.zeros((values.size, count))
        valid = np.isfinite(values)
        total[:, year] += np.where(valid, values, 0.0) * length
        days[:, year] += valid * length
        covered[year] += length
    if not covered.any():
        raise ValueError(
            f"productivity: expected steps in {years[0]} to {years[1]}, found none. Check productivity_years and the "
            "files."
        )
    first = np.arange(years[0], years[1] + 1).astype(str).astype("datetime64[Y]")
    lengths = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(float)
    whole = np.abs(days - lengths) < 0.5
    enough = whole if partial_years == "drop" else days > 0
    rate = np.divide(total, days, out=np.full(total.shape, np.nan), where=enough)
    return rate * lengths, covered / lengths
