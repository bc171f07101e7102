"""The sensitivity analysis: headline numbers of a run against the same numbers under each alternative, and what
changes sign or significance."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

NAN = float("nan")
ROUNDING = 1e-12  # a number so close to its reference lies on neither side

EFFECT, EXCESS, COUNT = "effect", "excess", "count"
SIGN, SIGNIFICANCE, SAME, NOT_APPLICABLE = "sign changes", "significance changes", "same", "not applicable"
TITLE = (
    "Sensitivity analysis. Headline numbers of the run (base) and under each alternative, with 95 % intervals, their "
    "difference, and whether sign or significance "
    "changes. The sign is that of the number minus its reference (no effect, or an equal share); a number is "
    "significant if its interval leaves the "
    "reference out, a share of significant cells if it lies above what chance brings, a count if it is not zero. "
    "Intervals of "
    "means and medians over cells come from resampling blocks of the map."
)
COLUMNS = ["study", "alternative", "question", "number", "case", "unit", "reference", "base", "base_low", "base_high"]
COLUMNS += ["under_alternative", "low", "high", "difference", "verdict", "note"]


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


def significant(number: Number) -> bool | None:
    """Whether a number differs from its reference for certain; None where it has no interval."""
    if number.kind == COUNT:
        return number.value != 0
    if not (np.isfinite(number.low) and np.isfinite(number.high)):
        return None
    if number.kind == EXCESS:
        return number.low > number.reference
    return not number.low <= number.reference <= number.high


def verdict(base: Number, other: Number) -> str:
    """What an alternative changes of a number; a change of sign comes first.

    Parameters
    ----------
    base, other : Number
        Of the run, and under the alternative, each with its own reference.

    Returns
    -------
    str
        SIGN if the two lie on opposite sides of their references, SIGNIFICANCE if one is significant and the other is
        known not to be, SAME otherwise, NOT_APPLICABLE where one has no value.
    """
    if not (np.isfinite(base.value) and np.isfinite(other.value)):
        return NOT_APPLICABLE
    sides = [
        np.sign(number.value - number.reference) * (abs(number.value - number.reference) > ROUNDING)
        for number in (base, other)
    ]
    if base.kind == EFFECT and sides[0] * sides[1] < 0:
        return SIGN
    both = significant(base), significant(other)
    return SIGNIFICANCE if None not in both and both[0] != both[1] else SAME


def _note(base: Number, other: Number) -> str:
    if not (np.isfinite(base.value) and np.isfinite(other.value)):
        return "no value in this run" if not np.isfinite(base.value) else "no value under this alternative"
    lacking = [name for name, number in (("the run", base), ("the alternative", other)) if significant(number) is None]
    return f"no interval of {' and '.join(lacking)}: too few blocks of the map" if lacking else ""


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
    by_number = {(number.quantity, number.case): number for number in other}
    shared = [
        (number, by_number[number.quantity, number.case])
        for number in base
        if (number.quantity, number.case) in by_number
    ]
    if reason or not shared:
        note = reason or "the run has none of the numbers that it touches"
        return [head | {"verdict": NOT_APPLICABLE, "note": note}]
    rows = []
    for one, two in shared:
        row = head | {"number": one.quantity, "case": one.case, "unit": one.unit, "reference": two.reference}
        row |= {
            "base": one.value,
            "base_low": one.low,
            "base_high": one.high,
            "under_alternative": two.value,
            "low": two.low,
            "high": two.high,
        }
        rows.append(row | {"difference": two.value - one.value, "verdict": verdict(one, two), "note": _note(one, two)})
    return rows


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
