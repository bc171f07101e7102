"""Which of the yearly maps of a data set are taken."""

from collections.abc import Sequence
from typing import Any

from vadose.formats.opening import FormatError


def years_of_maps(years: Sequence[Any], year: int | str, name: str) -> list[Any]:
    """Years of the maps that are taken.

    Parameters
    ----------
    years : sequence of int, or of None where nothing says the year
        Of the maps that are there, ascending.
    year : int or str
        A year; "any", which is the first map; or "stable", all of them.
    name : str
        Of the data set, for the message.

    Raises
    ------
    FormatError
        If there is no map of the year.
    """
    if year == "any":
        return list(years[:1])
    if year == "stable":
        return list(years)
    if year in years:
        return [year]
    there = ", ".join("a map without a year" if one is None else str(one) for one in years)
    raise FormatError(
        f"{name}: expected land cover of {year}, found {there}. Fetch it, or set variability.land_cover.year to one of "
        "them, any or stable."
    )
