"""Sufficient statistics of the driver models: all that the Gaussian likelihood needs of the rows, whatever their
number."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.statistics.drivers.terms import PUBLISHED, RESPONSES, NotEstimable, Terms, change_of_basis


@dataclass(frozen=True)
class SufficientStatistics:
    """Rows of one model as strata of sums of squares and cross-products (SSCP) of M = [X, Y].

    Stratum s has `degrees` d_s and covariance V_s = Sigma + group_size_s Psi + time_size_s Phi, and the log-likelihood
    is -n log 2 pi - 1/2 sum_s [d_s log|V_s| + tr(V_s^-1 C' sscp_s C)] with C = [-B; I]. Model A has one stratum; model
    B has the rows within groups and one stratum per distinct group size; the crossed model has interaction, cell, time
    and grand mean (docs/models.md#crossed).
    """

    kind: str  # "pooled" (A), "grouped" (B) or "crossed"
    count: int  # complete rows
    degrees: Array  # (stratum,)
    group_size: Array  # (stratum,) multiplier of the group covariance Psi
    time_size: Array  # (stratum,) multiplier of the time covariance Phi
    sscp: Array  # (stratum, 10, 10) for the published terms
    group_labels: NDArray  # (group,), empty without groups
    group_counts: Array  # (group,) rows of each group
    group_means: Array  # (group, 10) mean of M
    time_labels: NDArray  # (time,), empty without times
    time_counts: Array  # (time,)
    time_sscp: Array  # (time, 10, 10), uncentred
    terms: Terms = PUBLISHED

    @property
    def total(self) -> Array:
        """M'M over all rows, (10, 10): the strata add up to it."""
        return self.sscp.sum(axis=0)

    def moments(self) -> tuple[Array, Array]:
        """Mean and standard deviation (1/n) of Ta, GPP, LST, P, SM over the rows, (5,) each, of closed terms."""
        self._refuse_open()
        width, total = self.terms.width, self.total
        columns = [*(1 + place for place in self.terms.alone), *range(width, width + len(RESPONSES))]
        mean = total[0, columns] / self.count
        return mean, np.sqrt(np.maximum(total[columns, columns] / self.count - mean**2, 0.0))

    def changed(self, centre: Array, scale: Array) -> "SufficientStatistics":
        """The statistics of the same rows after (column - centre) / scale of Ta, GPP, LST, P, SM; exact, no row is read
        again. Of closed terms."""
        self._refuse_open()
        change = change_of_basis(np.asarray(centre, dtype=float), np.asarray(scale, dtype=float), self.terms)
        sscp, by_time = (change.T @ sums @ change for sums in (self.sscp, self.time_sscp))
        return replace(self, sscp=sscp, time_sscp=by_time, group_means=self.group_means @ change)

    def standardised(self) -> "SufficientStatistics":
        """The statistics of z-scores (1/n) over the model's rows; products of z-scores are not rescaled."""
        mean, deviation = self.moments()
        return self.changed(mean, deviation)

    def restricted(self, terms: Terms) -> "SufficientStatistics":
        """The statistics of some of the terms."""
        if terms == self.terms:
            return self
        kept = terms.among(self.terms)
        sscp, by_time = (sums[:, kept][:, :, kept] for sums in (self.sscp, self.time_sscp))
        return replace(self, sscp=sscp, time_sscp=by_time, group_means=self.group_means[:, kept], terms=terms)

    def _refuse_open(self) -> None:
        if not self.terms.is_closed:
            raise ValueError(
                f"statistics: expected every product that {', '.join(self.terms.names)} are multiples of, which a "
                "shift of the columns brings in; shift and scale the rows themselves (drivers.standardise)."
            )

    def correlation_rank(self) -> tuple[int, float]:
        """Rank of the terms and the constant, and the condition number of X with columns of unit length."""
        gram = self.total[: self.terms.width, : self.terms.width]
        length = np.sqrt(np.diag(gram))
        values = np.linalg.eigvalsh(gram / np.outer(length, length))
        return int((values > 1e-12 * values[-1]).sum()), float(np.sqrt(values[-1] / max(values[0], 1e-300)))


def standardise(*columns: Array) -> Array | tuple[Array, ...]:
    """Z-scores (1/n) of every column over the rows that are complete in all arrays.

    Parameters
    ----------
    *columns : (row,) or (row, k) float arrays, any units
        For example the predictors (row, 3) and the responses (row, 2) of one model; NaN or infinity is missing.

    Returns
    -------
    array, or tuple of arrays as given
        Same shapes; a row that lacks any value is NaN in all of them, so that rows keep their places beside group and
        time labels.

    Raises
    ------
    NotEstimable
        If no row is complete, or a column is constant over the complete rows.
    """
    arrays = [np.asarray(given, dtype=float) for given in columns]
    tables = [given[:, None] if given.ndim == 1 else given for given in arrays]
    if len({len(table) for table in tables}) != 1:
        raise ValueError(f"columns: expected the same number of rows in all, found {[len(table) for table in tables]}.")
    complete = np.all([np.isfinite(table).all(axis=1) for table in tables], axis=0)
    if not complete.any():
        raise NotEstimable(
            f"standardise: none of the {complete.size} rows is complete; a column is missing throughout, or no two are "
            "there together."
        )
    scored = []
    for table, given in zip(tables, arrays):
        rows = table[complete]
        refuse_constants(rows.min(axis=0), rows.max(axis=0), [f"column {i}" for i in range(table.shape[1])], len(rows))
        z = np.full(table.shape, np.nan)
        z[complete] = (rows - rows.mean(axis=0)) / rows.std(axis=0)
        scored.append(z.reshape(given.shape))
    return scored[0] if len(scored) == 1 else tuple(scored)


def refuse_constants(low: Array, high: Array, names: list[str] | tuple[str, ...], rows: int) -> None:
    """Raise NotEstimable, by name, if a column's smallest value equals its largest.

    Parameters
    ----------
    low, high : (column,) arrays
        Smallest and largest value of each column.
    names : sequence of str
        Of the columns.
    rows : int
        Number of complete rows.
    """
    # rounding of a constant (a unit conversion, say) is no variation
    flat = [name for name, a, b in zip(names, low, high) if b - a <= 1e-12 * max(abs(a), abs(b))]
    if flat:
        raise NotEstimable(
            f"{', '.join(flat)}: constant over the {rows} complete rows, so nothing can depend on it; leave the model "
            "out."
        )
