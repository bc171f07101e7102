"""One pass over the rows, chunk by chunk: memory grows with groups and time steps, never with rows."""

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.statistics.drivers.row_sums import add_rows, complete_rows
from vadose.statistics.drivers.statistics import SufficientStatistics, refuse_constants
from vadose.statistics.drivers.terms import PUBLISHED, RESPONSES, NotEstimable, Terms, change_of_basis

FIRST_ROWS = 1024  # complete rows whose mean and standard deviation are the provisional centre and scale


Strata = tuple[Array, Array, Array, Array]  # degrees, multipliers of the group and time covariances, sscp


class Accumulator:
    """Statistics of one model, gathered from chunks of raw rows.

    Sums are taken about a provisional centre and scale (those of the first complete rows unless given), which keeps
    them accurate for temperatures in kelvin; `statistics` moves them to z-scores over all rows by exact algebra
    (`terms.change_of_basis`), so one pass is enough. Rows are added one after the other, with what rounding loses kept
    beside the sums: the same rows in the same order give the same bits, however they are cut into chunks.

    Parameters
    ----------
    centre, scale : (predictor + 2,) float arrays, optional
        Provisional centre and scale of Ta, GPP, LST, P, SM.
    terms : Terms
        Of the model; by default those of the published ones. Sums are of these and of all that a shift brings in.
    """

    def __init__(self, centre: Array | None = None, scale: Array | None = None, terms: Terms = PUBLISHED):
        self.terms = terms
        count, columns = len(terms.predictors) + len(RESPONSES), terms.closure.columns
        self.placed = centre is not None and scale is not None  # without these, the first complete rows give them
        self.centre = np.zeros(count) if centre is None else np.asarray(centre, dtype=float)
        self.scale = np.ones(count) if scale is None else np.asarray(scale, dtype=float)
        self.rows_seen, self.count = 0, 0
        self.present = np.zeros(count, dtype=np.int64)  # values there in each column, complete row or not
        self.low, self.high = np.full(count, np.inf), np.full(count, -np.inf)
        self.within = np.zeros((columns, columns))  # about the group means
        self.lost = np.zeros((columns, columns))  # by rounding of `within`
        self.waiting: list[tuple] = []  # chunks that came before there is a centre
        self.groups: dict = {}
        self.group_counts = np.zeros(0)
        self.group_means = np.zeros((0, columns))
        self.times: dict = {}
        self.time_counts = np.zeros(0)
        self.time_sscp = np.zeros((0, columns, columns))
        self.labelled: tuple[bool, bool] | None = None
        self.repeated = False  # a group holds a time twice

    def add(
        self, predictors: Array, responses: Array, groups: NDArray | None = None, times: NDArray | None = None
    ) -> "Accumulator":
        """Add rows: predictors (row, predictor), responses (row, 2), labels (row,). A group may come in several chunks.
        Returns itself.

        Parameters
        ----------
        predictors : (row, predictor) array
            Missing is NaN; only complete rows count.
        responses : (row, 2) array
            Missing is NaN.
        groups, times : (row,) arrays, optional
            Labels of each row.
        """
        predictors = _table(predictors, len(self.terms.predictors), "predictors")
        responses = _table(responses, 2, "responses")
        self._check(predictors, responses, groups, times)
        complete = complete_rows(predictors, responses, self.present, self.low, self.high)
        self.rows_seen += complete.size
        if not complete.any():
            return self
        chunk = (
            predictors[complete],
            responses[complete],
            None if groups is None else np.asarray(groups).ravel()[complete],
            None if times is None else np.asarray(times).ravel()[complete],
        )
        self.count += chunk[0].shape[0]
        if self.placed:
            self._sum(*chunk)
            return self
        self.waiting.append(chunk)
        if self.count >= FIRST_ROWS:
            self._place()
        return self

    def _place(self) -> None:
        """Provisional centre and scale of the first rows, and the sums of all that wait for them."""
        if self.waiting:
            first = np.hstack([np.concatenate([chunk[side] for chunk in self.waiting]) for side in (0, 1)])[:FIRST_ROWS]
            spread = first.std(axis=0)
            self.placed = True
            self.centre = first.mean(axis=0)
            self.scale = np.where(spread > 0, spread, 1.0)
        for chunk in self.waiting:
            self._sum(*chunk)
        self.waiting = []

    def _sum(self, predictors: Array, responses: Array, groups: NDArray | None, times: NDArray | None) -> None:
        """Add complete rows."""
        rows = predictors.shape[0]
        group_labels, group_of = _codes(groups, rows)
        time_labels, time_of = _codes(times, rows)
        if groups is not None and times is not None:
            self.repeated |= _repeats(group_of, time_of, len(time_labels))
        add_rows(
            predictors,
            responses,
            self.centre,
            self.scale,
            *self.terms.closure.recipe,
            self._places_of_groups(group_labels)[group_of],
            self._places_of_times(time_labels)[time_of] if times is not None else time_of,
            self.group_counts,
            self.group_means,
            self.within,
            self.lost,
            self.time_counts,
            self.time_sscp,
        )

    def merge(self, other: "Accumulator") -> "Accumulator":
        """Add all rows of another accumulator (of another tile, say), whose provisional centre may differ. Returns
        itself."""
        if self.terms != other.terms:
            raise ValueError("terms: expected the same in both accumulators.")
        if None not in (self.labelled, other.labelled) and self.labelled != other.labelled:
            raise ValueError("groups and times: expected in both accumulators or in neither.")
        self.labelled = self.labelled or other.labelled
        self.rows_seen, self.present = self.rows_seen + other.rows_seen, self.present + other.present
        self.low, self.high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        self.repeated |= other.repeated
        self._place()
        other._place()
        if other.count == 0:
            return self
        if not self.placed:
            self.placed, self.centre, self.scale = True, other.centre, other.scale
        change = change_of_basis(
            (self.centre - other.centre) / other.scale, self.scale / other.scale, self.terms.closure
        )
        self.count += other.count
        self._merge_groups(
            list(other.groups), other.group_counts, other.group_means @ change, change.T @ other.within @ change
        )
        self._merge_times(list(other.times), other.time_counts, change.T @ other.time_sscp @ change)
        return self

    def statistics(self, kind: str = "pooled", *, standardised: bool = True) -> SufficientStatistics:
        """Strata of model A ("pooled"), B ("grouped") or "crossed", of z-scores over all rows, or of the columns as
        they are."""
        self._refuse()
        self._place()
        self._sort()
        if kind == "pooled":
            total = self.within + (self.group_means * self.group_counts[:, None]).T @ self.group_means
            strata: Strata = np.array([float(self.count)]), np.zeros(1), np.zeros(1), total[None]
        elif kind == "grouped":
            self._refuse_groups()
            between = np.einsum("j,ja,jb->jab", self.group_counts, self.group_means, self.group_means)
            sizes, member = np.unique(self.group_counts, return_inverse=True)
            sums = np.stack([between[member == k].sum(axis=0) for k in range(sizes.size)])
            degrees = np.concatenate([[self.count - self.group_counts.size], np.bincount(member)])
            strata = (
                degrees.astype(float),
                np.concatenate([[0.0], sizes]),
                np.zeros(sizes.size + 1),
                np.concatenate([self.within[None], sums]),
            )
        elif kind == "crossed":
            strata = self._crossed()
        else:
            raise ValueError(f"kind: expected pooled, grouped or crossed, found {kind!r}.")
        degrees, group_size, time_size, sscp = strata
        grouped = self.labelled is not None and self.labelled[0]
        summed = SufficientStatistics(
            kind=kind,
            count=self.count,
            degrees=degrees,
            group_size=group_size,
            time_size=time_size,
            sscp=sscp,
            group_labels=np.array(list(self.groups) if grouped else []),
            group_counts=self.group_counts if grouped else np.zeros(0),
            group_means=self.group_means if grouped else np.zeros((0, self.terms.closure.columns)),
            time_labels=np.array(list(self.times)),
            time_counts=self.time_counts,
            time_sscp=self.time_sscp,
            terms=self.terms.closure,
        )
        if standardised:
            return summed.standardised().restricted(self.terms)
        if np.any(self.centre) or np.any(self.scale != 1):
            summed = summed.changed(-self.centre / self.scale, 1.0 / self.scale)
        return summed.restricted(self.terms)

    def _crossed(self) -> Strata:
        if self.labelled != (True, True):
            raise ValueError("kind: the crossed model needs both groups and times with every row.")
        self._refuse_groups()
        cells, steps = self.group_counts.size, self.time_counts.size
        balanced = (self.group_counts == steps).all() and (self.time_counts == cells).all() and not self.repeated
        if not balanced or steps < 2:
            raise NotEstimable(
                "the crossed model needs every cell exactly once in every of at least two time steps; found "
                f"{self.count} rows in "
                f"{cells} cells and {steps} time steps. Use model B, or drop incomplete cells."
            )
        mean = self.group_means.mean(axis=0)
        by_cell = self.group_means - mean
        by_time = self.time_sscp[:, 0, :] / cells - mean
        cell = steps * by_cell.T @ by_cell
        time = cells * by_time.T @ by_time
        grand = cells * steps * np.outer(mean, mean)
        degrees = np.array([(cells - 1) * (steps - 1), cells - 1, steps - 1, 1], dtype=float)
        sscp = np.stack(
            [self.within - time, cell, time, grand]
        )  # rows about their cell mean, less what all cells share
        return degrees, np.array([0.0, steps, 0.0, steps]), np.array([0.0, 0.0, cells, cells]), sscp

    def _check(self, predictors: Array, responses: Array, groups: NDArray | None, times: NDArray | None) -> None:
        lengths = {"predictors": len(predictors), "responses": len(responses)}
        lengths |= {name: np.size(given) for name, given in (("groups", groups), ("times", times)) if given is not None}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"rows: expected the same number everywhere, found {lengths}.")
        given = (groups is not None, times is not None)
        if self.labelled not in (None, given):
            raise ValueError("groups and times: expected with every chunk or with none.")
        self.labelled = given

    def _merge_groups(self, labels: list, counts: Array, means: Array, within: Array) -> None:
        place = self._places_of_groups(labels)
        old = self.group_counts[place]
        both = self.group_counts[place] + counts
        step = means - self.group_means[place]
        self.within += within + (step * (old * counts / both)[:, None]).T @ step
        self.group_means[place] += step * (counts / both)[:, None]
        self.group_counts[place] = both

    def _merge_times(self, labels: list, counts: Array, sums: Array) -> None:
        place = self._places_of_times(labels)
        self.time_counts[place] += counts
        self.time_sscp[place] += sums

    def _places_of_groups(self, labels: list) -> NDArray:
        """Places of groups in the sums, which grow where a label is new."""
        place, fresh = _places(self.groups, labels)
        if fresh:
            self.group_counts = np.concatenate([self.group_counts, np.zeros(fresh)])
            self.group_means = np.concatenate([self.group_means, np.zeros((fresh, self.terms.closure.columns))])
        return place

    def _places_of_times(self, labels: list) -> NDArray:
        """Places of times in the sums, which grow where a label is new."""
        place, fresh = _places(self.times, labels)
        if fresh:
            self.time_counts = np.concatenate([self.time_counts, np.zeros(fresh)])
            self.time_sscp = np.concatenate([self.time_sscp, np.zeros((fresh, *self.within.shape))])
        return place

    def _sort(self) -> None:
        """Groups and times in the order of their labels, whichever came first."""
        names = sorted(self.groups)
        order = [self.groups[name] for name in sorted(self.groups)]
        self.groups = {name: place for place, name in enumerate(names)}
        self.group_counts, self.group_means = self.group_counts[order], self.group_means[order]
        names = sorted(self.times)
        order = [self.times[name] for name in sorted(self.times)]
        self.times = {name: place for place, name in enumerate(names)}
        self.time_counts, self.time_sscp = self.time_counts[order], self.time_sscp[order]

    def _refuse(self) -> None:
        names = (*self.terms.predictors, *RESPONSES)
        absent = [name for name, number in zip(names, self.present) if number == 0]
        if absent and self.rows_seen:
            raise NotEstimable(
                f"{', '.join(absent)}: missing in all {self.rows_seen} rows; the model needs all of {', '.join(names)}."
            )
        if self.count < self.terms.columns:
            coefficients = "eight" if self.terms.width == 8 else self.terms.width
            raise NotEstimable(
                f"rows: expected at least {self.terms.columns} complete ones for {coefficients} coefficients and two "
                f"variances, found {self.count} of {self.rows_seen}."
            )
        refuse_constants(self.low, self.high, names, self.count)

    def _refuse_groups(self) -> None:
        if self.labelled is None or not self.labelled[0]:
            raise ValueError("kind: the grouped model needs a group with every row.")
        if self.group_counts.size < 2 or self.group_counts.max() < 2:
            raise NotEstimable(
                "groups: expected at least two, and one with two rows, to tell them from residuals; found "
                f"{self.group_counts.size} groups, "
                f"the largest with {int(self.group_counts.max())} rows. Pool the rows (model A) or group them "
                "otherwise."
            )


def summarise(
    predictors: Array,
    responses: Array,
    groups: NDArray | None = None,
    *,
    times: NDArray | None = None,
    crossed: bool = False,
    terms: Terms = PUBLISHED,
) -> SufficientStatistics:
    """Sufficient statistics of the rows of one model, columns taken as they are.

    Parameters
    ----------
    predictors : (row, predictor) float array
        Ta, GPP, LST, as z-scores (see `standardise`); NaN is missing.
    responses : (row, 2) float array
        P, SM, as z-scores; NaN is missing. Rows that lack any value are left out.
    groups : (row,) array, optional
        Label of the group (cell, block, year) of each row: model B, varying intercepts. Without it: model A, complete
        pooling.
    times : (row,) integer array, optional
        Time step of each row; kept beside the strata for Driscoll-Kraay and clustered errors.
    crossed : bool
        With `groups` and `times`, every group exactly once in every time: the model with common shocks of time.
    terms : Terms
        Of the model; by default those of the published ones.

    Returns
    -------
    SufficientStatistics

    Raises
    ------
    NotEstimable
        If fewer rows are complete than there are coefficients and variances (10), a column is constant or missing
        throughout, groups cannot be told from residuals (one group, or one row in each), or a crossed table has holes.
    ValueError
        If shapes do not match.

    References
    ----------
    Rows, groups and strata as in docs/models.md#model-b; merging after Chan, Golub and LeVeque (1983),
    doi:10.1080/00031305.1983.10483115.
    """
    count = len(terms.predictors) + len(RESPONSES)
    rows = Accumulator(centre=np.zeros(count), scale=np.ones(count), terms=terms)
    rows.add(predictors, responses, groups, times)
    kind = "crossed" if crossed else "pooled" if groups is None else "grouped"
    return rows.statistics(kind, standardised=False)


def _table(values: Array, width: int, name: str) -> Array:
    values = np.ascontiguousarray(values, dtype=float)
    if values.ndim != 2 or values.shape[1] != width:
        raise ValueError(f"{name}: expected (row, {width}), found {values.shape}.")
    return values


def _places(places: dict, labels: list) -> tuple[NDArray, int]:
    before = len(places)
    return np.array([places.setdefault(label, len(places)) for label in labels], dtype=int), len(places) - before


def _codes(labels: NDArray | None, rows: int) -> tuple[list, NDArray]:
    """Sorted labels, and the place of each row's label among them."""
    if labels is None:
        return [0], np.zeros(rows, dtype=int)
    if np.issubdtype(labels.dtype, np.integer) and int(labels.max()) - int(labels.min()) < 4 * rows + 1000:
        offset = labels - labels.min()
        present = np.flatnonzero(np.bincount(offset))
        place = np.zeros(present[-1] + 1, dtype=int)
        place[present] = np.arange(present.size)
        return (present + int(labels.min())).tolist(), place[offset]
    present, inverse = np.unique(labels, return_inverse=True)
    return present.tolist(), inverse


def _repeats(group_of: NDArray, time_of: NDArray, steps: int) -> bool:
    """Whether a group holds a time step twice."""
    pairs = group_of.astype(np.int64) * steps + time_of
    if pairs.max() < 8 * pairs.size + 1000:
        return bool(np.bincount(pairs).max() > 1)
    return np.unique(pairs).size < pairs.size
