"""Formulas of the driver models: which products of powers of predictors they hold."""

import ast
import itertools
import math
import re
from collections.abc import Iterable, Sequence
from functools import cache

PUBLISHED = "Ta * GPP * LST"
KEY = "dependence.driver_models.formula"
_PUBLISHED_TERMS = ("Ta", "GPP", "LST", "Ta:GPP", "Ta:LST", "GPP:LST", "Ta:GPP:LST")
MOST = 31  # ASSUME: more would fill the memory with sums of products of every month
Powers = tuple[int, ...]


def by_degree(powers: Powers) -> tuple[int, Powers]:
    """Order of terms: lower degrees first, then earlier predictors."""
    return sum(powers), tuple(-power for power in powers)


def name_of(predictors: Sequence[str], powers: Powers) -> str:
    """Name of a term, as Ta, Ta^2 or Ta:GPP."""
    factors = [(name, power) for name, power in zip(predictors, powers) if power]
    return ":".join(name if power == 1 else f"{name}^{power}" for name, power in factors)


def divisors(terms: Iterable[Powers]) -> set[Powers]:
    """All products that a term is a multiple of, themselves among them, without the constant."""
    every = {part for powers in terms for part in itertools.product(*(range(power + 1) for power in powers))}
    return {part for part in every if any(part)}


@cache
def parse(formula: str) -> tuple[tuple[str, ...], tuple[Powers, ...]]:
    """Predictors of a formula, and their powers in every term.

    Parameters
    ----------
    formula : str
        In the language of R and formulaic: `a * b` is a + b + a:b, `a:b` the product alone, `(a + b + c)**2` all
        products of two, `I(a**2)` a power. The constant is always there and not named.

    Returns
    -------
    predictors, powers
        In the order in which they come first; terms by degree.

    Raises
    ------
    ValueError
        If a term is no product of powers of predictors; the sentence names it.

    References
    ----------
    Wilkinson and Rogers (1973), doi:10.2307/2346786.
    """
    terms = _products(formula)
    names = {name for powers in terms for name in powers}
    predictors = tuple(sorted(names, key=re.findall(r"\w+", formula).index))
    if not predictors:
        raise ValueError(f"{KEY}: expected at least one term, found {formula!r}. Name predictors, as in {PUBLISHED}.")
    every = {tuple(powers.get(name, 0) for name in predictors) for powers in terms}
    if max(len(every), *(math.prod(power + 1 for power in powers) for powers in every)) > MOST or (
        len(divisors(every)) > MOST
    ):
        raise ValueError(
            f"{KEY}: expected at most {MOST} products of predictors, those that the terms are multiples of among them, "
            f"found more in {formula!r}. Leave products or powers out."
        )
    return predictors, tuple(sorted(every, key=by_degree))


def _products(formula: str) -> list[dict[str, int]]:
    """Powers of the predictors in each term, without the constant."""
    # formulaic takes half a second to import, which every job of a run would pay at the published terms.
    if formula == PUBLISHED:
        return [dict.fromkeys(term.split(":"), 1) for term in _PUBLISHED_TERMS]
    from formulaic.errors import FormulaicError
    from formulaic.parser import DefaultFormulaParser

    sides = re.search(r"[~|]", formula)
    if sides:
        raise ValueError(
            f"{KEY}: expected terms alone, found {sides.group()} in {formula!r}. The responses are precipitation and "
            "soil moisture; leave it out."
        )
    bare = re.search(r"\b(\w+)\s*(\*\*|\^)\s*(\d+)", re.sub(r"\bI\([^()]*\)", "", formula))
    if bare:
        name, _, power = bare.groups()
        raise ValueError(
            f"{KEY}: expected a power as I({name}**{power}), found {bare.group()}, which the language of formulas "
            f"takes for {name}."
        )
    try:
        terms = [list(term.factors) for term in DefaultFormulaParser().get_terms(formula)]
    except (FormulaicError, SyntaxError) as error:
        reason = " ".join(re.sub(r"\x1b\[[0-9;]*m|[\u29d8-\u29df]", "", str(error)).split())
        raise ValueError(
            f"{KEY}: expected a formula such as {PUBLISHED}, found {formula!r}, which formulaic cannot read: {reason}"
        ) from None
    constant = [term for term in terms if [factor.expr for factor in term] == ["1"]]
    if not constant:
        raise ValueError(f"{KEY}: expected the constant to stay, found {formula!r}. Leave out 0 and -1.")
    return [_powers_of_term(term) for term in terms if term not in constant]


def _powers_of_term(factors: list) -> dict[str, int]:
    powers: dict[str, int] = {}
    for factor in factors:
        held = {factor.expr: 1} if factor.eval_method.value == "lookup" else _monomial(factor.expr)
        if held is None:
            raise ValueError(
                f"{KEY}: expected products of powers of predictors, as Ta, Ta:GPP or I(Ta**2), found "
                f"{':'.join(each.expr for each in factors)}. Give a transformed covariate as a data set of its own, in "
                "dependence.covariates."
            )
        for name, power in held.items():
            powers[name] = powers.get(name, 0) + power
    return powers


def _monomial(expression: str) -> dict[str, int] | None:
    """Powers of I(...), where these are a product of powers."""
    try:
        parsed = ast.parse(expression, mode="eval").body
    except SyntaxError:
        return None
    if not isinstance(parsed, ast.Call) or ast.unparse(parsed.func) != "I" or len(parsed.args) != 1 or parsed.keywords:
        return None
    return _powers(parsed.args[0])


def _powers(node: ast.expr) -> dict[str, int] | None:
    match node:
        case ast.Name(id=name):
            return {name: 1}
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            one, two = _powers(left), _powers(right)
            if one is None or two is None:
                return None
            return {name: one.get(name, 0) + two.get(name, 0) for name in (*one, *two)}
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(power))) if power >= 1:
            base = _powers(left)
            return None if base is None else {name: power * count for name, count in base.items()}
    return None
