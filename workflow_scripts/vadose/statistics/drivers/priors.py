"""Priors of the driver models, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from scipy.special import gammaln

from vadose.core.arrays import Array
from vadose.statistics.drivers.terms import PUBLISHED, Terms


@dataclass(frozen=True)
class Priors:
    """B ~ Normal, standard deviations ~ half Student t, correlations ~ LKJ; the defaults are those of
    docs/models.md#priors.

    Every value is handed to the compiled model as data: another prior needs no other compilation.
    """

    coefficient_mean: float = 0.0
    coefficient_scale: float = 1.0
    intercept_mean: float = 0.0
    intercept_scale: float = 1.0
    residual_df: float = 3.0  # of the half Student t of sigma
    residual_scale: float = 2.5
    group_df: float = 3.0  # of tau, and of the deviations of common shocks
    group_scale: float = 2.5
    residual_lkj: float = 1.0  # 1 is uniform on (-1, 1)
    group_lkj: float = 1.0
    terms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # {term: {mean, scale}} of single ones

    def __post_init__(self):
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "terms"}
        for term, own in self.terms.items():
            if not set(own) <= {"mean", "scale"}:
                raise ValueError(f"priors.terms.{term}: expected mean and scale, found {', '.join(own)}.")
            values |= {f"terms.{term}.{name}": value for name, value in own.items()}
        for name, value in values.items():
            if not np.isfinite(value) or (value <= 0 and not name.endswith("mean")):
                raise ValueError(
                    f"priors.{name}: expected a {'finite' if name.endswith('mean') else 'positive'} number, found "
                    f"{value}."
                )

    @classmethod
    def of(cls, given: "Priors | Mapping[str, Any] | None") -> "Priors":
        """Priors from themselves, from a mapping of some of their fields (a piece of the configuration), or the
        defaults from None."""
        if given is None:
            return cls()
        if isinstance(given, Priors):
            return given
        unknown = set(given) - {each.name for each in fields(cls)}
        if unknown:
            raise ValueError(
                f"priors: {', '.join(sorted(unknown))} is unknown; expected "
                f"{', '.join(each.name for each in fields(cls))}."
            )
        return cls(**given)

    def components(self, count: int, name: str) -> Array:
        """One value ("df", "scale" or "lkj") for each of residual, group and time, (count,); time shares the prior of
        the groups."""
        return np.array(
            [getattr(self, f"residual_{name}")] + [getattr(self, f"group_{name}")] * (count - 1), dtype=float
        )

    def coefficients(self, terms: Terms = PUBLISHED) -> tuple[Array, Array]:
        """Prior mean and scale of B, (width, 2) each."""
        mean = np.full((terms.width, 2), self.coefficient_mean)
        scale = np.full((terms.width, 2), self.coefficient_scale)
        mean[0], scale[0] = self.intercept_mean, self.intercept_scale
        for term, own in self.terms.items():
            if term not in terms.names:
                raise ValueError(f"priors.terms: expected terms of {', '.join(terms.names)}, found {term}.")
            place = 1 + terms.names.index(term)
            mean[place] = own.get("mean", self.coefficient_mean)
            scale[place] = own.get("scale", self.coefficient_scale)
        return mean, scale

    def log_density(self, deviations: Array, correlations: Array) -> float:
        """Log prior density of the deviations (component, 2) and correlations (component,), residual first, then group
        and time."""
        df, scale, lkj = (self.components(len(correlations), name) for name in ("df", "scale", "lkj"))
        return float(half_student_t(deviations, df[:, None], scale[:, None]).sum() + lkj_pair(correlations, lkj).sum())


def half_student_t(x: Array, df: Array | float, scale: Array | float) -> Array:
    """Log density of |t| with `df` degrees of freedom and `scale`."""
    constant = np.log(2) + gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * np.log(df * np.pi) - np.log(scale)
    return constant - (df + 1) / 2 * np.log1p((x / scale) ** 2 / df)


def lkj_pair(rho: Array, shape: Array) -> Array:
    """Log density of one correlation under LKJ(shape): (1 + rho) / 2 is Beta(shape, shape)."""
    return gammaln(2 * shape) - 2 * gammaln(shape) - (2 * shape - 1) * np.log(2) + (shape - 1) * np.log1p(-rho * rho)
