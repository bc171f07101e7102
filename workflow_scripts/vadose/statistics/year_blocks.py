"""Statistics of resamples of whole years, from sums by year that are made once for each cell.

A resample of years is a count of how often each year was drawn. What a pair statistic such as Kendall's tau-b needs of
a record is a table, year by year, of concordant less discordant pairs and of untied pairs; then a resample costs one
quadratic form in the counts, whatever the number of months in a year (docs/methods.md#c1).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.core.steps import told
from vadose.statistics.lags import FEWEST_PAIRS
from vadose.statistics.numeric.concordance import dense_ranks
from vadose.statistics.numeric.fastmath import nearest

Counts = NDArray[np.int64]
BLOCK = 1  # ASSUME: years in a block of the draws; months of a year stay together, and years are nearly exchangeable
CHUNK = 256  # cells worked on at once: memory, never the result
LONGEST = 4096  # steps up to which sums over all pairs are exact in single precision


def year_counts(years: int, resamples: int, seed: int, block: int = BLOCK) -> Counts:
    """How often each year stands in each resample; the first row is the record itself, every year once.

    Parameters
    ----------
    years : int
        Years of the record.
    resamples, seed : int
        Each resample depends on (seed, its own number) alone, never on how many there are, on cells or on tiles.
    block : int
        Years that are drawn together; the last follows on the first.

    Returns
    -------
    (1 + resample, year) int array
        Each row sums to `years`.
    """
    rows = [np.ones(years, dtype=np.int64)]
    for number in range(resamples):
        first = np.random.default_rng([seed, number]).integers(years, size=-(-years // block))
        drawn = ((first[:, None] + np.arange(block)) % years).ravel()[:years]
        rows.append(np.bincount(drawn, minlength=years))
    return np.stack(rows)


def spread(values: Array, years: int) -> Array:
    """Resamples (last axis) with their deviations from their mean times sqrt(n / (n - 1)).

    Parameters
    ----------
    values : (..., resample) array
        Without the record.
    years : int
        n, from which each resample was drawn: draws vary about the mean of those years, not about that of all years.
    """
    centre = values.mean(axis=-1, keepdims=True)
    return np.asarray(centre + (values - centre) * np.sqrt(years / (years - 1.0)))


@kernel(fastmath={"reassoc"})
def _add_signs(a, b, x, y, score):
    """Add the pairs of one step (ranks a, b) with many steps to running sums; ranks are whole numbers, so clamping is
    the sign."""
    one = np.float32(1.0)
    for k in range(x.size):
        score[k] += min(max((x[k] - a) * (y[k] - b), -one), one)


@kernel
def _fill_untied(ranks, order, own, n, different, per_year, row_of, untied):
    """untied[(i, j)]: ordered pairs of steps of the years i <= j that differ in rank; all pairs less those in groups of
    equal ranks, which stand together in `order`."""
    years = per_year.size
    for i in range(years):
        for j in range(i, years):
            untied[row_of[i] + j] = per_year[i] * per_year[j]
        untied[row_of[i] + i] -= per_year[i]
    if different == n:
        return
    for k in range(n):
        other = k + 1
        while other < n and ranks[order[other]] == ranks[order[k]]:
            i, j = min(own[order[k]], own[order[other]]), max(own[order[k]], own[order[other]])
            untied[row_of[i] + j] -= 2 if i == j else 1
            other += 1


@kernel
def fill_year_pairs(driver, response, year, years, fewest, out, enough, whole):
    """out[0:3, cell, (i, j)] = concordant less discordant, untied in the driver, untied in the response: ordered pairs
    of steps of the years i <= j. Whole numbers; cells with too few complete pairs stay 0 with enough = False.

    Parameters
    ----------
    driver, response : (cell, time) arrays
        Missing is NaN.
    year : (time,) int array
        Place of each step's year, ascending.
    years : int
        Number of years.
    fewest : int
        Complete pairs that a cell needs.
    out : (3, cell, year pair) array
        Filled.
    enough : (cell,) bool array
        Filled.
    whole : (2, cell) bool array
        Filled: whether a side has neither gaps nor ties, so that its untied pairs are those of any such side.
    """
    length = driver.shape[1]
    a, b = np.empty(length), np.empty(length)
    x, y = np.empty(length, dtype=np.float32), np.empty(length, dtype=np.float32)
    score = np.empty(length, dtype=np.float32)
    order, own = np.empty(length, dtype=np.int64), np.empty(length, dtype=np.int64)
    per_year = np.empty(years, dtype=np.int64)
    # The upper triangle row by row: before row i stand i * years - i (i - 1) / 2 entries.
    row_of = np.array([i * years - i * (i - 1) // 2 - i for i in range(years)])
    for cell in range(driver.shape[0]):
        n = 0
        per_year[:] = 0
        for t in range(length):
            if np.isfinite(driver[cell, t]) and np.isfinite(response[cell, t]):
                a[n], b[n], own[n] = driver[cell, t], response[cell, t], year[t]
                per_year[own[n]] += 1
                n += 1
        enough[cell] = n >= fewest
        if n < fewest:
            continue
        different = dense_ranks(a, n, order, x)
        whole[0, cell] = different == length
        _fill_untied(x, order, own, n, different, per_year, row_of, out[1, cell])
        different = dense_ranks(b, n, order, y)
        whole[1, cell] = different == length
        _fill_untied(y, order, own, n, different, per_year, row_of, out[2, cell])
        begin = 0
        while begin < n:
            first, end = own[begin], begin
            score[begin:n] = 0.0
            while end < n and own[end] == first:
                _add_signs(x[end], y[end], x[begin:n], y[begin:n], score[begin:n])
                end += 1
            for t in range(begin, n):
                out[0, cell, row_of[first] + own[t]] += score[t]
            begin = end


def pair_weights(counts: Counts) -> NDArray[np.float32]:
    """Weights of the pairs of years i <= j in each resample, (year pair, resample); each i < j stands for j, i too."""
    first, second = np.triu_indices(counts.shape[1])
    both = np.where(first < second, 2, 1)
    return np.ascontiguousarray((counts[:, first] * counts[:, second] * both).T.astype(np.float32))


def kendall(
    driver: Array,
    response: Array,
    year: NDArray[np.int64],
    counts: Counts,
    *,
    fewest: int = FEWEST_PAIRS,
    at_once: int = CHUNK,
) -> Iterator[tuple[slice, Array]]:
    """Kendall's tau-b of every resample of years, some cells at a time.

    Parameters
    ----------
    driver, response : (cell, step) arrays, any units
        NaN is missing; a pair counts where both are there.
    year : (step,) int array
        Position of each step's year in `counts`, ascending.
    counts : (resample, year) int array
        From `year_counts`; or any sets of years, such as the two halves of the record.
    fewest : int
        Complete pairs of the record below which a cell has no tau.
    at_once : int
        Cells of a slice: memory, never the result.

    Yields
    ------
    slice, (cell of the slice, resample) array
        NaN without enough pairs, or where one side is constant in the resample.

    Raises
    ------
    ValueError
        If the shapes differ or the record is longer than 4096 steps.

    Notes
    -----
    With w the counts and S, A, B the year-by-year sums of sign(dx dy), |sign dx| and |sign dy| over ordered pairs,
    tau-b = w'Sw / sqrt(w'Aw w'Bw). It is tau-b of the resampled record to the last bit: two copies of one step are tied
    in both sides, which tau-b leaves out of the score and of both counts of untied pairs. So a year that is drawn
    twice adds no agreement with itself. All sums are whole numbers below 2**24: exact in any order, and so equal
    whatever the tiles.

    References
    ----------
    Kendall (1945), doi:10.1093/biomet/33.3.239.
    """
    weights = pair_weights(counts)
    told_as = "resampled tau"
    for part, sums, enough, whole in pair_sums(driver, response, year, counts.shape[1], told_as, fewest, at_once):
        score = (sums[0] @ weights).astype(float)
        untied_x, untied_y = (_untied(side, apart, weights) for side, apart in zip(sums[1:], whole, strict=True))
        untied = untied_x * untied_y
        tau = np.divide(score, np.sqrt(untied), out=np.full(score.shape, np.nan), where=untied > 0)
        yield part, np.where(enough[:, None], tau, np.nan)


def pair_sums(
    driver: Array, response: Array, year: NDArray[np.int64], years: int, told_as: str, fewest: int, at_once: int
) -> Iterator[tuple[slice, NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]]:
    """Sums over pairs of steps by pairs of years, some cells at a time.

    Parameters
    ----------
    driver, response, year, fewest, at_once : as in `kendall`
    years : int
        Years of the record.
    told_as : str
        What the log says is under way.

    Yields
    ------
    slice, (3, cell, year pair), (cell,), (2, cell) arrays
        As `fill_year_pairs` fills them.
    """
    driver, response = (np.ascontiguousarray(side, dtype=float) for side in (driver, response))
    year = np.asarray(year, dtype=np.int64)
    if driver.ndim != 2 or driver.shape != response.shape or year.shape != driver.shape[1:]:
        raise ValueError(
            "driver, response and year: expected (cell, step), the same and (step,), found "
            f"{driver.shape}, {response.shape}, {year.shape}."
        )
    if driver.shape[1] > LONGEST:
        raise ValueError(f"driver: expected at most {LONGEST} steps, found {driver.shape[1]}.")
    for start in told(range(0, driver.shape[0], at_once), f"{told_as}, {at_once} cells at a time"):
        part = slice(start, min(start + at_once, driver.shape[0]))
        sums = np.zeros((3, part.stop - part.start, years * (years + 1) // 2), dtype=np.float32)
        enough, whole = np.zeros(sums.shape[1], dtype=np.bool_), np.zeros((2, sums.shape[1]), dtype=np.bool_)
        fill_year_pairs(driver[part], response[part], year, years, fewest, sums, enough, whole)
        yield part, sums, enough, whole


def _untied(side: Array, whole: NDArray[np.bool_], weights: NDArray[np.float32]) -> Array:
    """(cell, resample) untied pairs of one side: sides without gaps and ties have the same, which are made once."""
    out = np.empty((side.shape[0], weights.shape[1]))
    out[~whole] = side[~whole] @ weights
    if whole.any():
        out[whole] = side[np.argmax(whole)] @ weights
    return out


@kernel
def _add_whole(values, weight, inside, out):
    """Add each cell's whole multiples to the sums of the sets that it is in; missing values add 0."""
    whole = np.empty(values.shape[1])
    for cell in range(values.shape[0]):
        row = values[cell]
        for k in range(row.size):
            product = row[k] * weight[cell]
            whole[k] = nearest(product) if product == product else 0.0
        for which in range(inside.shape[0]):
            if inside[which, cell]:
                out[which] += whole


def exact_sums(values: Array, weight: Array, inside: NDArray[np.bool_], unit: float) -> Array:
    """Weighted sums over sets of cells, equal to the last bit in whatever order or tiles they are added.

    Parameters
    ----------
    values : (cell, ...) array
        NaN takes no part.
    weight : (cell,) array
    inside : (set, cell) bool array
        Which cells each sum is over.
    unit : float
        Products of weight and value are rounded to whole multiples of it, and sums of those are exact as long as they
        stay below 2**53 units.

    Returns
    -------
    (set, ...) array
        In units: whole numbers as float64.
    """
    flat = np.ascontiguousarray(values, dtype=float).reshape(values.shape[0], int(np.prod(values.shape[1:])))
    out = np.zeros((inside.shape[0], flat.shape[1]))
    _add_whole(flat, np.asarray(weight / unit, dtype=float), np.ascontiguousarray(inside), out)
    return out.reshape(inside.shape[0], *values.shape[1:])
