"""Errors of three products that measure the same thing, from their covariances alone (docs/methods.md#d1).

Each product is a line in the unknown truth plus an error; the errors are independent of the truth and of one another.
Then what two products share is truth, and what is left of each product's variance is its error.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.core.compiled import kernel
from vadose.core.threads import share
from vadose.statistics import year_blocks
from vadose.statistics.numeric.fastmath import vlog

FEWEST_MONTHS = 60  # ASSUME: common months below which covariances say nothing; 60 are five years
ROUNDING = 8 * np.finfo(float).eps  # of a variance: an error variance within it is zero
# Codes of `reason`: estimated, too few common months, a product that does not vary or shares nothing with the others,
# negative signal variance, negative error variance.
ESTIMATED, TOO_FEW, NOTHING_SHARED, NEGATIVE_SIGNAL, NEGATIVE_ERROR = range(5)
SUMS = 10  # count, three sums, six sums of products: 00, 01, 02, 11, 12, 22
TOGETHER = 512  # cells whose sums are kept before their estimates: time, never the result
CHUNK = 256  # cells worked on at once: memory, never the result
OF_A_THREAD = 2048  # fewest cells for which a thread is begun: time, never the result
LARGEST_MEAN = 100.0  # square of a mean over its variance from which sums are taken about a value of the series
DECIBEL = 10 / np.log(10)


class TripleCollocation(NamedTuple):
    """Estimates for three products, (product, cell) each. What is not to be had is NaN, and `reason` says why."""

    error_variance: Array  # in the square of the product's own unit; negative as estimated, never its absolute value
    snr: Array  # signal variance over error variance, dB; inf without error
    r: Array  # correlation with the truth, of the sign of the scaling
    scaling: Array  # factor that brings the product to the scale of the first
    reason: NDArray[np.int8]  # 0 where estimated
    months: NDArray[np.int64]  # (cell,) months that all three have


class Intervals(NamedTuple):
    """Estimates with the ends of their intervals over years, (product, cell) each."""

    record: TripleCollocation
    error_low: Array
    error_high: Array
    r_low: Array  # of the size of R, without its sign
    r_high: Array


@kernel(fastmath={"reassoc", "contract"}, inline="always")
def _sums_less(x0, y0, z0, x, y, z):
    """Count, sums and sums of products over the steps that all three series have, of values less x0, y0 and z0."""
    n, sx, sy, sz, xx, xy, xz, yy, yz, zz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(x.size):
        a, b, c = x[t] - x0, y[t] - y0, z[t] - z0
        together = a + b + c
        if together == together:  # added under a mask of the processor
            n += 1.0
            sx, sy, sz = sx + a, sy + b, sz + c
            xx, xy, xz = xx + a * a, xy + a * b, xz + a * c
            yy, yz, zz = yy + b * b, yz + b * c, zz + c * c
    return n, sx, sy, sz, xx, xy, xz, yy, yz, zz


@kernel(fastmath={"reassoc", "contract"}, inline="always")
def _sums_of_whole(x, y, z):
    """`_sums_less` 0 of series without gaps: NaN of others. Without the mask it takes two thirds of the time."""
    sx, sy, sz, xx, xy, xz, yy, yz, zz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(x.size):
        a, b, c = np.float64(x[t]), np.float64(y[t]), np.float64(z[t])
        sx, sy, sz = sx + a, sy + b, sz + c
        xx, xy, xz = xx + a * a, xy + a * b, xz + a * c
        yy, yz, zz = yy + b * b, yz + b * c, zz + c * c
    return np.float64(x.size), sx, sy, sz, xx, xy, xz, yy, yz, zz


@kernel(fastmath={"reassoc", "contract"})
def fill_sums(x, y, z, begin, sums):
    """sums[:, cell, part] over the steps begin[part] to begin[part + 1] that all three series of a cell have.

    Parameters
    ----------
    x, y, z : (cell, step) arrays
        Missing is NaN.
    begin : (part + 1,) int array
        Ascending.
    sums : (10, cell, part) array
        Filled: count, sums, sums of products, all less the first common values, so that a large mean costs no digits.
    """
    for cell in range(x.shape[0]):
        first = 0
        while first < x.shape[1] and not np.isfinite(x[cell, first] + y[cell, first] + z[cell, first]):
            first += 1
        if first == x.shape[1]:
            sums[:, cell] = 0.0
            continue
        x0, y0, z0 = np.float64(x[cell, first]), np.float64(y[cell, first]), np.float64(z[cell, first])
        for part in range(begin.size - 1):
            steps = slice(begin[part], begin[part + 1])  # slices, counted from 0, become vector instructions
            n, sx, sy, sz, xx, xy, xz, yy, yz, zz = _sums_less(
                x0, y0, z0, x[cell, steps], y[cell, steps], z[cell, steps]
            )
            sums[0, cell, part] = n
            sums[1, cell, part], sums[2, cell, part], sums[3, cell, part] = sx, sy, sz
            sums[4, cell, part], sums[5, cell, part], sums[6, cell, part] = xx, xy, xz
            sums[7, cell, part], sums[8, cell, part], sums[9, cell, part] = yy, yz, zz


@kernel
def _digits_kept(n, total, squares):
    """Whether a mean is not so large against the spread that a sum of squares loses digits; False of NaN."""
    return LARGEST_MEAN * (n * squares - total * total) >= total * total


@kernel(fastmath={"reassoc", "contract"})
def _fill_plain_sums(x, y, z, sums):
    """sums[:, cell] over the steps that all three series have, as in `fill_sums`; not less a first value where that
    costs no digits."""
    for k in range(x.shape[0]):
        n, sx, sy, sz, xx, xy, xz, yy, yz, zz = _sums_of_whole(x[k], y[k], z[k])
        if np.isnan(sx + sy + sz):
            n, sx, sy, sz, xx, xy, xz, yy, yz, zz = _sums_less(0.0, 0.0, 0.0, x[k], y[k], z[k])
        if _digits_kept(n, sx, xx) and _digits_kept(n, sy, yy) and _digits_kept(n, sz, zz):
            sums[0, k], sums[1, k], sums[2, k], sums[3, k] = n, sx, sy, sz
            sums[4, k], sums[5, k], sums[6, k], sums[7, k], sums[8, k], sums[9, k] = xx, xy, xz, yy, yz, zz
        else:
            about = np.empty((SUMS, 1, 1))
            fill_sums(x[k : k + 1], y[k : k + 1], z[k : k + 1], np.array([0, x.shape[1]]), about)
            sums[:, k] = about[:, 0, 0]


@kernel(nogil=True)
def _fill_estimates(sums, fewest, start, space, error, snr, r, scaling, reason):
    """Estimates of each column of sums, kept from column `start` on. Loops over columns without a branch become vector
    instructions. `space` is (8, column) numbers to work with."""
    covariance, share, degree = space[:6], space[6], space[7]
    for k in range(sums.shape[1]):
        share[k], degree[k] = 1.0 / sums[0, k], 1.0 / (sums[0, k] - 1.0)
    for entry, (i, j) in enumerate(((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))):
        for k in range(sums.shape[1]):
            covariance[entry, k] = (sums[4 + entry, k] - sums[1 + i, k] * sums[1 + j, k] * share[k]) * degree[k]
    # Product; its variance, its covariances with the two others, theirs; what scales it to the first product.
    for i, own, one, two, rest, over, under in (
        (0, 0, 1, 2, 4, 0, 0),
        (1, 3, 4, 1, 2, 2, 4),
        (2, 5, 2, 4, 1, 1, 4),
    ):
        own_error, own_snr, own_r = error[i, start:], snr[i, start:], r[i, start:]
        own_scaling, own_reason = scaling[i, start:], reason[i, start:]
        for k in range(sums.shape[1]):
            variance = covariance[own, k]
            signal = covariance[one, k] * covariance[two, k] / covariance[rest, k]
            noise = variance - signal
            noise = 0.0 if abs(noise) <= ROUNDING * variance else noise
            beta = covariance[over, k] / covariance[under, k] if i > 0 else 1.0
            code = NEGATIVE_SIGNAL if signal < 0.0 else NEGATIVE_ERROR if noise < 0.0 else ESTIMATED
            code = code if np.isfinite(signal) else NOTHING_SHARED
            code = TOO_FEW if sums[0, k] < fewest else code
            own_reason[k] = code
            usable = (code != TOO_FEW) & (code != NOTHING_SHARED)
            own_error[k] = noise if usable else np.nan
            own_scaling[k] = beta if usable else np.nan
            ratio = signal / noise
            level = DECIBEL * vlog(ratio) if ratio < np.inf else ratio
            level = level if ratio != 0.0 else -np.inf
            own_snr[k] = level if code == ESTIMATED else np.nan
            size = np.sqrt(signal / variance)
            size = size if beta > 0.0 else -size
            own_r[k] = size if code == ESTIMATED else np.nan


@kernel(nogil=True)
def _fill_all(x, y, z, first, last, fewest, months, error, snr, r, scaling, reason):
    """Sums and estimates of the cells from first to last, some at a time, so that sums need not leave the processor."""
    sums, space = np.empty((SUMS, TOGETHER)), np.empty((8, TOGETHER))
    for start in range(first, last, TOGETHER):
        stop = min(start + TOGETHER, last)
        if stop - start < TOGETHER:
            sums, space = np.empty((SUMS, stop - start)), np.empty((8, stop - start))
        _fill_plain_sums(x[start:stop], y[start:stop], z[start:stop], sums)
        for k in range(stop - start):
            months[start + k] = np.int64(sums[0, k])
        _fill_estimates(sums, fewest, start, space, error, snr, r, scaling, reason)


def estimates(sums: Array, fewest: int = FEWEST_MONTHS) -> TripleCollocation:
    """Triple collocation from sums over common months.

    Parameters
    ----------
    sums : (10, ...) array
        From `fill_sums`, added over parts.
    fewest : int
        Common months below which there is no estimate.

    Returns
    -------
    TripleCollocation
        With (product, ...) arrays.
    """
    flat = np.ascontiguousarray(sums).reshape(SUMS, -1)
    error, snr, r, scaling = (np.empty((3, flat.shape[1])) for _ in range(4))
    reason = np.empty((3, flat.shape[1]), dtype=np.int8)
    _fill_estimates(flat, max(fewest, 2), 0, np.empty((8, flat.shape[1])), error, snr, r, scaling, reason)
    shape = (3, *sums.shape[1:])
    error, snr, r, scaling = (values.reshape(shape) for values in (error, snr, r, scaling))
    return TripleCollocation(error, snr, r, scaling, reason.reshape(shape), sums[0].astype(np.int64))


def triple_collocation(
    x: Array, y: Array, z: Array, *, fewest: int = FEWEST_MONTHS, threads: int | None = None
) -> TripleCollocation:
    """Error variance, signal-to-noise ratio and correlation with the truth of three products, cell by cell.

    Parameters
    ----------
    x, y, z : (cell, time) float arrays, each in its own unit
        NaN is missing; only times that all three have are used.
    fewest : int
        Common times that a cell needs, at least 2.
    threads : int, optional
        Share the cells, 2048 or more each; as many as the process has processors where not given. Time, never the
        result.

    Returns
    -------
    TripleCollocation

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    With the covariances C of the common times (n - 1), signal_i = C_ij C_ik / C_jk, error_i = C_ii - signal_i,
    SNR_i = 10 log10(signal_i / error_i), R_i = sqrt(signal_i / C_ii). Equal to `pytesmo.metrics.tcol_metrics`, except
    where an estimate is negative: there pytesmo takes the absolute value for the SNR, here it is missing and counted.

    References
    ----------
    Stoffelen (1998), doi:10.1029/97JC03180; McColl et al. (2014), doi:10.1002/2014GL061322; Gruber et al. (2016),
    doi:10.1016/j.jag.2015.09.002.
    """
    series = _of_one_shape(x, y, z, (np.shape(x)[-1],))
    cells = len(series[0])
    error, snr, r, scaling = (np.empty((3, cells)) for _ in range(4))
    reason, months = np.empty((3, cells), dtype=np.int8), np.empty(cells, dtype=np.int64)

    def fill(first: int, last: int) -> None:
        _fill_all(*series, first, last, max(fewest, 2), months, error, snr, r, scaling, reason)

    share(fill, cells, threads, OF_A_THREAD)
    return TripleCollocation(error, snr, r, scaling, reason, months)


def year_sums(x: Array, y: Array, z: Array, year: NDArray[np.int64]) -> Array:
    """Sums over the common times of each year, of which resamples of years are made.

    Parameters
    ----------
    x, y, z : (cell, time) arrays
        As in `triple_collocation`.
    year : (time,) int array
        Place of each time's year, ascending from 0.

    Returns
    -------
    (10, cell, year) array
    """
    series = _of_one_shape(x, y, z, np.shape(year))
    years = int(year[-1]) + 1 if len(year) else 1
    sums = np.empty((SUMS, len(series[0]), years))
    fill_sums(*series, np.searchsorted(year, np.arange(years + 1)), sums)
    return sums


def _of_one_shape(x: Array, y: Array, z: Array, times: tuple[int, ...]) -> list[Array]:
    """The three series as the kernels take them."""
    shapes = [np.shape(side) for side in (x, y, z)]
    if len(set(shapes)) > 1 or len(shapes[0]) != 2 or times != shapes[0][1:]:
        raise ValueError(
            f"Triple collocation: expected three arrays (cell, time) of one shape, found {shapes} and years of {times}."
        )
    return [np.ascontiguousarray(side) for side in (x, y, z)]


@kernel(nogil=True)
def _fill_drawn(sums, weights, drawn):
    """drawn[sum, cell, resample]: sums of years times how often each was drawn. Added in the order of the years: the
    last digits of a library's product of matrices depend on its own number of threads, of which a job has as many."""
    for entry in range(sums.shape[0]):
        for cell in range(sums.shape[1]):
            own = drawn[entry, cell]
            own[:] = 0.0
            for year in range(sums.shape[2]):
                of_year, times = sums[entry, cell, year], weights[year]
                for resample in range(times.size):
                    own[resample] += of_year * times[resample]


def intervals(
    x: Array,
    y: Array,
    z: Array,
    year: NDArray[np.int64],
    counts: NDArray[np.int64],
    *,
    fewest: int = FEWEST_MONTHS,
    threads: int | None = None,
) -> Intervals:
    """Triple collocation with 95 % intervals over years: whole years are drawn, the same for all cells and products.

    Parameters
    ----------
    x, y, z : (cell, time) arrays
        As in `triple_collocation`.
    year : (time,) int array
        Place of each time's year, ascending from 0.
    counts : (1 + resample, year) int array
        How often each year stands in each, from `year_blocks.year_counts`; the first row is the record.
    fewest : int
        Common times that a cell needs.
    threads : int, optional
        As in `triple_collocation`; 256 cells or more each.

    Returns
    -------
    Intervals
        NaN where the record has no estimate of any kind. An interval of error variances may reach below zero.

    Notes
    -----
    Quantiles of the resamples, their spread about the mean inflated by sqrt(n / (n - 1)) of n years. Those of R are
    roots of quantiles of 1 - error variance / variance, kept within 0 and 1.
    """
    sums, years = year_sums(x, y, z, year), counts.shape[1]
    weights = np.ascontiguousarray(counts.T.astype(float))
    bounds = np.empty((2, 2, 3, sums.shape[1]))  # (quantity, end, product, cell)

    def fill(first: int, last: int) -> None:
        for start in range(first * CHUNK, min(last * CHUNK, sums.shape[1]), CHUNK):
            part = slice(start, start + CHUNK)
            of_years = np.ascontiguousarray(sums[:, part])
            drawn = np.empty((*of_years.shape[:2], weights.shape[1]))
            _fill_drawn(of_years, weights, drawn)
            error = estimates(drawn, fewest).error_variance
            variance = (drawn[[4, 7, 9]] - drawn[1:4] ** 2 / drawn[0]) / (drawn[0] - 1.0)
            for number, values in enumerate((error, 1.0 - error / variance)):
                drawn_values = year_blocks.spread(values[..., 1:], years)
                bounds[number, :, :, part] = np.quantile(drawn_values, (0.025, 0.975), axis=-1)

    share(fill, -(-sums.shape[1] // CHUNK), threads, 1)
    (low, high), r = bounds[0], np.sqrt(np.clip(bounds[1], 0.0, 1.0))
    return Intervals(estimates(sums.sum(axis=-1), fewest), low, high, r[0], r[1])
