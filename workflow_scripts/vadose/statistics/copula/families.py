"""The forty families: codes, names, bounds and starting values, and how each rotation reduces to a base copula.

The codes and the parametrisation are those of R's VineCopula (docs/methods.md#b2), so that results can be compared
family by family. Every family is one of eleven base copulas seen from one of four sides, either of (u, v) or, for
negative dependence, of (1 - u, v).
"""

import difflib
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

GAUSSIAN, STUDENT, CLAYTON, GUMBEL, FRANK, JOE, BB1, BB6, BB7, BB8, TAWN = range(1, 12)
AS_IS, FLIPPED, SWAPPED, SWAPPED_FLIPPED = range(4)  # (u, v), (1-u, 1-v), (v, u), (1-v, 1-u)

FAMILIES = {
    0: "independence", 1: "Gaussian", 2: "Student t", 3: "Clayton", 4: "Gumbel",
    5: "Frank", 6: "Joe", 7: "BB1", 8: "BB6", 9: "BB7", 10: "BB8",
    13: "Clayton 180", 14: "Gumbel 180", 16: "Joe 180", 17: "BB1 180", 18: "BB6 180", 19: "BB7 180", 20: "BB8 180",
    23: "Clayton 90", 24: "Gumbel 90", 26: "Joe 90", 27: "BB1 90", 28: "BB6 90", 29: "BB7 90", 30: "BB8 90",
    33: "Clayton 270", 34: "Gumbel 270", 36: "Joe 270", 37: "BB1 270", 38: "BB6 270", 39: "BB7 270", 40: "BB8 270",
    104: "Tawn 1", 114: "Tawn 1 180", 124: "Tawn 1 90", 134: "Tawn 1 270",
    204: "Tawn 2", 214: "Tawn 2 180", 224: "Tawn 2 90", 234: "Tawn 2 270",
}  # fmt: skip
CODES = np.array(sorted(FAMILIES), dtype=np.int64)
COUNT = CODES.size
_TAWN_SIDES = {
    104: AS_IS,
    114: FLIPPED,
    204: SWAPPED,
    214: SWAPPED_FLIPPED,
    224: AS_IS,
    234: FLIPPED,
    124: SWAPPED,
    134: SWAPPED_FLIPPED,
}
_NEGATIVE_TAWN = (124, 134, 224, 234)


def _reduce(code: int) -> tuple[int, int, bool]:
    """Base copula, side, and whether it is the problem of (1 - u, v)."""
    if code > 100:
        return TAWN, _TAWN_SIDES[code], code in _NEGATIVE_TAWN
    return (code % 10 or 10 if code else 0), FLIPPED if 11 <= code <= 20 or code > 30 else AS_IS, code > 20


BASE, SIDE, NEGATIVE = (np.array(column) for column in zip(*(_reduce(int(code)) for code in CODES)))
SYMMETRIC = np.isin(BASE, (GAUSSIAN, STUDENT, FRANK))  # one code for both signs of dependence
PARAMETERS = np.where(CODES == 0, 0, np.where(np.isin(BASE, (STUDENT, BB1, BB6, BB7, BB8, TAWN)), 2, 1))
BB = (BASE >= BB1) & (BASE <= BB8)

# Bounds and start of (first, second), by base copula; docs/methods.md#b2. NaN: found from the data (see
# `fitting.start`).
BOUNDS = np.full((12, 4), np.nan)  # low1, high1, low2, high2
BOUNDS[GAUSSIAN, :2] = -0.9999, 0.9999
BOUNDS[STUDENT] = -0.9999, 0.9999, 2.0001, 30.0
BOUNDS[CLAYTON, :2] = 1e-4, 28.0
BOUNDS[GUMBEL, :2] = 1.0001, 17.0
BOUNDS[FRANK, :2] = -35.0, 35.0
BOUNDS[JOE, :2] = 1.0001, 30.0
BOUNDS[BB1] = 0.001, 5.0, 1.001, 6.0
BOUNDS[BB6] = 1.001, 6.0, 1.001, 6.0
BOUNDS[BB7] = 1.001, 5.0, 0.001, 6.0
BOUNDS[BB8] = 1.001, 6.0, 0.001, 1.0
BOUNDS[TAWN, :2] = 1.001, 20.0
# The same with the widest bounds that Tawn's second parameter can have, and 0 for a parameter that is not there.
WIDEST = np.where(np.isnan(BOUNDS), 0.0, BOUNDS) + np.outer(np.arange(12) == TAWN, (0.0, 0.0, 1e-4, 0.99))
STARTS = np.full((12, 2), np.nan)
STARTS[BB1] = 0.5, 1.5
STARTS[BB6] = 1.5, 1.5
STARTS[BB7] = 1.5, 0.5
STARTS[BB8] = 1.5, 0.5

# Pre-selection of the published tool: which families remain after comparing the correlation in the upper with that in
# the lower quadrant.
_UPPER = (13, 4, 6, 7, 17, 8, 9, 19, 10, 104, 204)
_LOWER = (3, 14, 16, 7, 17, 18, 9, 19, 20, 114, 214)
_KEPT = (tuple(FAMILIES), (0, 2, *_UPPER), (0, 1, 2, 5, 20, *_UPPER), (0, 2, *_LOWER), (0, 1, 2, 5, 10, *_LOWER))
_TAWN_MIRROR = {104: 224, 204: 124, 114: 234, 214: 134}


def code_of(family: int | float | str) -> int:
    """The code of a family given by its code (3, "3") or its name ("Clayton 180", "clayton_180"), in any case.

    Raises
    ------
    ValueError
        If it is none of the forty.
    """
    text = " ".join(str(family).replace("_", " ").split())
    by_name = {name.lower(): code for code, name in FAMILIES.items()}
    number = text.removesuffix(".0")
    code = by_name.get(text.lower(), int(number) if number.isdigit() else -1)
    if code in FAMILIES:
        return code
    near = difflib.get_close_matches(text.lower(), by_name, n=1)
    meant = f" Did you mean {FAMILIES[by_name[near[0]]]}?" if near else ""
    raise ValueError(
        f"families names {family}, which are none of the forty; use codes or names of "
        f"vadose.statistics.copula.FAMILIES.{meant}"
    )


def codes_of(families: int | str | Iterable[int | str] | None) -> NDArray[np.int64]:
    """Codes of one or several families by code or name; of all where None is given."""
    if families is None:
        return CODES
    several = [families] if isinstance(families, int | str | np.integer) else families
    return np.array([code_of(family) for family in several], dtype=np.int64)


def as_codes(family: ArrayLike) -> NDArray:
    """An array of codes (NaN where missing) as it is, one of names as codes."""
    given = np.asarray(family)
    if given.dtype.kind not in "UO":
        return given
    return np.array([code_of(one) for one in given.ravel()], dtype=float).reshape(given.shape)


def tawn_bounds(size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the second parameter of Tawn copulas of data whose tau-b has this size."""
    return np.maximum(size - 0.1, 1e-4), np.minimum(size + 0.2, 0.99)


def negative_of(code: int) -> int:
    """The code that `code` takes when it is fitted to (1 - u, v) instead of (u, v)."""
    if code in _TAWN_MIRROR:
        return _TAWN_MIRROR[code]
    return code if code in (0, 1, 2, 5) else code + 20


# (filter, negative dependence, family): kept or not
KEPT = np.stack(
    [
        np.stack(
            [np.isin(CODES, kept), np.isin(CODES, kept if len(kept) == COUNT else [negative_of(code) for code in kept])]
        )
        for kept in _KEPT
    ]
)
