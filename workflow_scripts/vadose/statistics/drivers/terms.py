"""The names of the driver model, and how its terms change when the columns are shifted and scaled."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from vadose.core import formulas
from vadose.core.arrays import Array

RESPONSES = ("P", "SM")


class NotEstimable(ValueError):
    """The rows cannot carry a driver model; the sentence says why. The caller marks the model failed and goes on with
    the others."""


@dataclass(frozen=True)
class Terms:
    """Products of powers of predictors: the columns of X beside the constant, lower degrees first."""

    predictors: tuple[str, ...]
    powers: tuple[tuple[int, ...], ...]  # of every predictor in every term

    @classmethod
    def of(cls, formula: str) -> "Terms":
        """Terms of a formula such as Ta * GPP * LST (`vadose.core.formulas.parse`)."""
        return cls(*formulas.parse(formula))

    @classmethod
    def named(cls, names: Sequence[str]) -> "Terms":
        """Terms from their names, as `names` gives them."""
        factors = [[factor.partition("^")[::2] for factor in name.split(":")] for name in names]
        order: TopologicalSorter = TopologicalSorter()
        for term in factors:
            for place, (name, _) in enumerate(term):
                order.add(name, *(earlier for earlier, _ in term[:place]))
        predictors = tuple(order.static_order())
        powers = [{name: int(power or 1) for name, power in term} for term in factors]
        return cls(predictors, tuple(tuple(term.get(name, 0) for name in predictors) for term in powers))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the terms, as Ta, Ta^2 or Ta:GPP."""
        return tuple(formulas.name_of(self.predictors, powers) for powers in self.powers)

    @property
    def width(self) -> int:
        """Columns of X: the constant and the terms."""
        return 1 + len(self.powers)

    @property
    def columns(self) -> int:
        """Columns of M = [X, Y]."""
        return self.width + len(RESPONSES)

    @cached_property
    def alone(self) -> list[int]:
        """Places of the terms that are a predictor by itself."""
        return [place for place, powers in enumerate(self.powers) if sum(powers) == 1]

    @cached_property
    def closure(self) -> "Terms":
        """These terms and all that shifts of their predictors bring in: every divisor of each."""
        return Terms(self.predictors, tuple(sorted(formulas.divisors(self.powers), key=formulas.by_degree)))

    @property
    def is_closed(self) -> bool:
        """Whether the terms span the same space whatever the centre and scale of their predictors."""
        return set(self.powers) == set(self.closure.powers)

    @cached_property
    def recipe(self) -> tuple[NDArray, NDArray]:
        """Column of X and predictor whose product each term is, (term,) each; of closed terms, lower degrees first."""
        place = {powers: column for column, powers in enumerate([(0,) * len(self.predictors), *self.powers])}
        last = np.array([max(np.flatnonzero(powers)) for powers in self.powers])
        less = [
            tuple(power - (number == factor) for number, power in enumerate(powers))
            for powers, factor in zip(self.powers, last)
        ]
        return np.array([place[powers] for powers in less]), last

    def among(self, other: "Terms") -> NDArray:
        """Places of the columns of M = [X, Y] among those of other terms that hold them all."""
        of_term = {name: 1 + place for place, name in enumerate(other.names)}
        return np.array([0, *(of_term[name] for name in self.names), *(other.width + np.arange(len(RESPONSES)))])


PUBLISHED = Terms.of(formulas.PUBLISHED)
PREDICTORS = PUBLISHED.predictors
TERMS = PUBLISHED.names


def design(predictors: Array, terms: Terms = PUBLISHED) -> Array:
    """X of the model, (row, width): the constant, Ta, GPP, LST and their products, of columns taken as they are.

    Parameters
    ----------
    predictors : (row, predictor) array
    terms : Terms
        By default those of the published models.
    """
    predictors, closure = np.asarray(predictors, dtype=float), terms.closure
    columns = [np.ones(len(predictors))]
    for start, factor in zip(*closure.recipe):
        columns.append(columns[start] * predictors[:, factor])
    return np.stack(columns, axis=1)[:, terms.among(closure)[: terms.width]]


def change_of_basis(centre: Array, scale: Array, terms: Terms = PUBLISHED) -> Array:
    """Matrix T (10, 10) with [X, Y] of the shifted and scaled columns = [X, Y] T.

    Parameters
    ----------
    centre, scale : (predictor + 2,) float arrays
        Subtracted from, then divided into, Ta, GPP, LST, P, SM.
    terms : Terms
        Closed ones; by default those of the published models.

    Returns
    -------
    (columns, columns) float array
        Closed terms span the same space whatever the centre and scale of their predictors, because a product of
        shifted columns is a sum of products of the columns: (x - a)(y - b) = xy - bx - ay + ab, and powers go by the
        binomial theorem. So statistics of raw rows give those of z-scores exactly.
    """
    change, count = np.zeros((terms.columns, terms.columns)), len(terms.predictors)
    every = [(0,) * count, *terms.powers]
    numbers = np.arange(count)
    for to, powers in enumerate(every):
        whole = np.prod(scale[np.repeat(numbers, powers)])
        for start, part in enumerate(every):
            if all(a <= b for a, b in zip(part, powers)):
                rest = np.repeat(numbers, np.subtract(powers, part))
                ways = math.prod(math.comb(b, a) for a, b in zip(part, powers))
                change[start, to] = ways * np.prod(-centre[rest]) / whole
    for r in range(len(RESPONSES)):
        change[0, terms.width + r] = -centre[count + r] / scale[count + r]
        change[terms.width + r, terms.width + r] = 1.0 / scale[count + r]
    return change
