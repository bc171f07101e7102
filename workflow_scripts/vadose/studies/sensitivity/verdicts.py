"""The sensitivity analysis: headline numbers of a run against the same numbers under each alternative, and what
changes sign or significance."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from vadose.core.arrays import Array
from vadose.statistics import share_intervals, year_intervals
from vadose.studies.year_tables import RATES

NAN = float("nan")
ROUNDING = 1e-12  # a number so close to its reference lies on neither side

YEARS, PLACES, POSTERIOR = "years", "places", "posterior"  # what an interval comes from
BY_SIGN = ("negative_share", "copula_negative_share", "certain_negative")  # shares of cells by the sign of tau
BY_CLASS = ("correlation", "significant_correlation")  # an alternative may give a class other cells: that is its point
EFFECT, EXCESS, COUNT = "effect", "excess", "count"
SIGN, SIGNIFICANCE, SAME, NOT_APPLICABLE = "sign changes", "significance changes", "same", "not applicable"
SIGN_ALONE = "signs are compared without an interval, so chance may have changed this one"
TITLE = (
    "Sensitivity analysis. Headline numbers of the run (base) and under each alternative, with 95 % intervals, their "
    "difference over the cells of both, and whether sign or significance "
    "changes. The sign is that of the number minus its reference (no effect, or an equal share); a number is "
    "significant if its interval leaves the "
    "reference out, a share of significant cells if it lies above what chance brings, a count if it is not zero. "
    "A change counts only where the interval of the difference leaves zero out. Intervals are those over years, from "
    "the same draws under every alternative; those over places (blocks of the map) stand beside them and decide "
    "nothing. Where a number has no resamples of years, its interval is that over places or of the posterior, and the "
    "column interval says so. Numbers without any interval under an alternative (cells without a step at the splice, "
    "medians) are compared by sign alone, which chance may change: the note of a changed sign "
    f"says so. {RATES}"
)
TITLE_BY_REGION = (
    "Sensitivity analysis by region. The same from the cells of each region alone (region): numbers of the run with "
    "intervals over years where the tables by region have them, numbers under an alternative without. Differences of "
    "regions have no interval: a change of sign says nothing of its certainty. " + TITLE.split(". ", 1)[1]
)
COLUMNS = ["study", "alternative", "question", "number", "case", "unit", "reference", "base", "base_low", "base_high"]
COLUMNS += ["under_alternative", "low", "high", "difference", "difference_low", "difference_high", "interval"]
COLUMNS += ["base_places_low", "base_places_high", "places_low", "places_high"]
COLUMNS += ["base_cells", "cells", "common_cells", "verdict", "note"]


class Number(NamedTuple):
    """A headline number. What its reference is for, its kind says.

    EFFECT  its sign is that of value minus reference; it is significant if its interval leaves the reference out
    EXCESS  a share that chance alone brings to its reference: it has no sign; it is significant if its interval lies
    above COUNT   has neither sign nor interval; it is significant if it is not zero
    """

    study: str
    quantity: str
    case: str
    unit: str
    reference: float
    value: float
    low: float = NAN
    high: float = NAN
    kind: str = EFFECT
    basis: str = PLACES  # what low and high come from
    places: tuple[float, float] = (NAN, NAN)  # interval over places, where low and high are over years
    replicates: Array | None = None  # (resample,)
    years: float = NAN  # effective
    values: Array | None = None  # (cell,) whose mean the number is
    weights: Array | None = None  # (cell,)
    key: tuple | None = None  # `years.Key`: what it is called where years are resampled
    region: str = ""  # of whose cells alone it is; "": all


class Levels(NamedTuple):
    """Levels of tests, and the seed of intervals."""

    alpha: float
    alpha_fdr: float
    seed: int


def kind_of(quantity: str) -> str:
    """Shares of cells that are significant have no sign, only an excess over chance."""
    return EXCESS if quantity.startswith(("significant_", "certain_")) else EFFECT


def significant(number: Number) -> bool | None:
    """Whether a number differs from its reference for certain; None where it has no interval."""
    if number.kind == COUNT:
        return number.value != 0
    if not (np.isfinite(number.low) and np.isfinite(number.high)):
        return None
    if number.kind == EXCESS:
        return number.low > number.reference
    return not number.low <= number.reference <= number.high


def verdict(base: Number, other: Number, apart: tuple[float, float] = (NAN, NAN)) -> str:
    """What an alternative changes of a number; a change of sign comes first.

    Parameters
    ----------
    base, other : Number
        Of the run, and under the alternative, each with its own reference.
    apart : (low, high)
        Interval over years of their difference. Where there is one, a change counts only if it leaves zero out: the
        difference between significant and not significant need not be significant itself.

    Returns
    -------
    str
        SIGN if the two lie on opposite sides of their references, SIGNIFICANCE if one is significant and the other is
        known not to be, SAME otherwise, NOT_APPLICABLE where one has no value.

    References
    ----------
    Gelman and Stern (2006), doi:10.1198/000313006X152649.
    """
    if not (np.isfinite(base.value) and np.isfinite(other.value)):
        return NOT_APPLICABLE
    change = _change(base, other)
    return SAME if np.isfinite(apart[0]) and apart[0] <= 0 <= apart[1] else change


def _change(base: Number, other: Number) -> str:
    """What changes from one number to the other, whatever the interval of their difference."""
    sides = [
        np.sign(number.value - number.reference) * (abs(number.value - number.reference) > ROUNDING)
        for number in (base, other)
    ]
    if base.kind == EFFECT and sides[0] * sides[1] < 0:
        return SIGN
    both = significant(base), significant(other)
    return SIGNIFICANCE if None not in both and both[0] != both[1] else SAME


def _note(base: Number, other: Number, apart: tuple[float, float]) -> str:
    if not (np.isfinite(base.value) and np.isfinite(other.value)):
        return "no value in this run" if not np.isfinite(base.value) else "no value under this alternative"
    lacking = [name for name, number in (("the run", base), ("the alternative", other)) if significant(number) is None]
    if lacking and YEARS in (base.basis, other.basis):
        told = f"no interval over years of {' and '.join(lacking)}, so no verdict on significance"
        return told + (f"; {SIGN_ALONE}" if verdict(base, other, apart) == SIGN else "")
    if lacking:
        return f"no interval of {' and '.join(lacking)}: too few blocks of the map"
    if verdict(base, other, apart) != _change(base, other):
        return f"{_change(base, other)}, but the interval of the difference holds zero"
    return ""


def apart_over_common_cells(base: Number, other: Number) -> tuple[float, int | None]:
    """Difference of two numbers, over the cells that both have where both are means of the same cells; and how many.

    Cells that only one of the two has would bend the difference. Without values of cells it is the plain difference.
    """
    plain = other.value - base.value
    if base.values is None or other.values is None or base.values.shape != other.values.shape:
        return plain, None
    present = [_present(number) for number in (base, other)]
    both = present[0] & present[1]
    count = int(both.sum())
    if count == 0 or (present[0] == present[1]).all() or base.quantity in BY_CLASS:
        return plain, count
    means = [np.average(number.values[both], weights=number.weights[both]) for number in (base, other)]
    return float(means[1] - means[0]), count


def _present(number: Number) -> Array:
    return np.isfinite(number.values) & np.isfinite(number.weights)


def _cells(number: Number) -> int | None:
    return None if number.values is None else int(_present(number).sum())


def compare(
    study: str, alternative: str, question: str, reason: str, base: Sequence[Number], other: Sequence[Number]
) -> list[dict]:
    """Rows of one alternative: every number that both have, or one row that says why there is none.

    Parameters
    ----------
    study, alternative, question : str
        Whose rows they are.
    reason : str
        Why the alternative does not apply; "" where it does.
    base, other : sequences of Number
        Of the run, and under the alternative.

    Returns
    -------
    list of dict
        Keys of COLUMNS.
    """
    head = {"study": study, "alternative": alternative, "question": question}
    by_number = {(number.quantity, number.case, number.region): number for number in other}
    called = [(number, (number.quantity, number.case, number.region)) for number in base]
    shared = [(number, by_number[name]) for number, name in called if name in by_number]
    if reason or not shared:
        note = reason or "the run has none of the numbers that it touches"
        return [head | {"verdict": NOT_APPLICABLE, "note": note}]
    rows = []
    for one, two in shared:
        row = head | {"number": one.quantity, "case": one.case, "unit": one.unit, "reference": two.reference}
        row |= {"base": one.value, "base_low": one.low, "base_high": one.high, "interval": one.basis}
        row |= {"under_alternative": two.value, "low": two.low, "high": two.high}
        (row["base_places_low"], row["base_places_high"]), (row["places_low"], row["places_high"]) = (
            number.places
            if number.basis == YEARS
            else (number.low, number.high)
            if number.basis == PLACES
            else (NAN, NAN)
            for number in (one, two)
        )
        difference, common = apart_over_common_cells(one, two)
        apart = interval_of_difference(one, two, difference)
        row |= {"difference": difference, "difference_low": apart[0], "difference_high": apart[1]}
        row |= {"base_cells": _cells(one), "cells": _cells(two), "common_cells": common}
        row |= {"verdict": verdict(one, two, apart), "note": _note(one, two, apart)}
        rows.append(row | ({"region": one.region} if one.region else {}))
    return rows


def interval_of_difference(base: Number, other: Number, difference: float) -> tuple[float, float]:
    """Interval over years of a difference, from the same draws; NaN where one of the two has no resamples."""
    if base.replicates is None or other.replicates is None or base.replicates.shape != other.replicates.shape:
        return NAN, NAN
    apart = other.replicates - base.replicates
    # That 1.96 in the place of t is wide enough was seen of layers over the same years, not of half of the record.
    by_sign = base.quantity in BY_SIGN and base.years == other.years
    half = share_intervals.of_difference(apart) if by_sign else None
    bounds = year_intervals.interval(difference, apart, min(base.years, other.years), half_width=half)
    return bounds.low, bounds.high


def summary(compared: pd.DataFrame) -> pd.DataFrame:
    """One row per alternative and study: how many numbers were compared, how many change, which, or why it does not
    apply."""
    rows = []
    for (study, name), part in compared.groupby(["study", "alternative"], sort=False):
        there = part[part["number"].notna()]
        changed = there[there["verdict"].isin([SIGN, SIGNIFICANCE])]
        row = {"alternative": part["question"].iloc[0], "study": study, "name": name, "numbers": len(there)}
        row |= {kind: int((there["verdict"] == kind).sum()) for kind in (SIGN, SIGNIFICANCE)}
        which = ", ".join(changed["number"].unique()).replace("_", " ")
        rows.append(row | {"what changes": which if len(there) else f"{NOT_APPLICABLE}: {part['note'].iloc[0]}"})
    return pd.DataFrame(rows, columns=["alternative", "study", "name", "numbers", SIGN, SIGNIFICANCE, "what changes"])
