"""Lagged dependence: Kendall's tau-b of an earlier driver with a later response, the best lag, and what the best of
many is worth."""

from typing import NamedTuple

import numpy as np

from vadose.core.compiled import kernel
from vadose.statistics.numeric.concordance import untied_pairs
from vadose.statistics.numeric.order_bits import WORD, fill_bits, fill_twice, lagged_score

MISSING = -1.0
FEWEST_PAIRS = (
    10  # ASSUME: as for copulas; with fewer, the largest of many |tau| is that of the lag with the fewest pairs
)


class OptimalLag(NamedTuple):
    """The lag with the largest |tau| of each cell; lag is NaN where no lag has a tau. p is NaN unless a null was asked
    for. `pairs` counts the complete pairs behind tau, 0 where there is none."""

    lag: np.ndarray
    tau: np.ndarray
    p: np.ndarray
    pairs: np.ndarray


@kernel
def ranks_with_gaps(values, order, ranks):
    """Dense ranks as float32, MISSING where the value is NaN; returns how many values there are, and how many different
    ones."""
    n = values.size
    order[:n] = np.argsort(values)  # NaN last
    rank = count = 0
    for k in range(n):
        if np.isnan(values[order[k]]):
            ranks[order[k]] = MISSING
            continue
        if k and values[order[k]] > values[order[k - 1]]:
            rank += 1
        ranks[order[k]] = rank
        count += 1
    return count, rank + 1


@kernel
def lagged_untied(driver, response, lag, around, x, y, counts):
    """Complete pairs of driver[t - lag] with response[t], and the product of the pairs of them that are untied on
    either side; `around` joins the end of the driver to its beginning."""
    length = driver.size
    n = 0
    for t in range(0 if around else lag, length):
        a = driver[t - lag] if t >= lag else driver[t - lag + length]
        b = response[t]
        if a != MISSING and b != MISSING:
            x[n] = a
            y[n] = b
            n += 1
    return n, untied_pairs(x, n, counts) * untied_pairs(y, n, counts)


@kernel
def fill_lags(driver, response, step, around, fewest, tau, pairs):
    """tau[cell, lag] and pairs[cell, lag] for every lag that they have room for, counted in steps of `step`.

    Parameters
    ----------
    driver, response : (cell, time) arrays
        Missing is NaN.
    step : int
        Time steps between one lag and the next.
    around : bool
        Whether the end of the driver is joined to its beginning.
    fewest : int
        Complete pairs below which tau is missing.
    tau, pairs : (cell, lag) arrays
        Filled.
    """
    length = driver.shape[1]
    words = -(-length // WORD)
    order = np.empty(length + 1, dtype=np.int64)
    first, second = np.empty(length, dtype=np.float32), np.empty(length, dtype=np.float32)
    x, y = np.empty(length, dtype=np.float32), np.empty(length, dtype=np.float32)
    more, less = np.empty((words, length), dtype=np.uint64), np.empty((words, length), dtype=np.uint64)
    twice = np.empty((2 * words + 2, 2 * length), dtype=np.uint64)
    row = np.empty(words, dtype=np.uint64)
    for cell in range(driver.shape[0]):
        count, different = ranks_with_gaps(driver[cell], order, first)
        fill_bits(driver[cell], order, count, True, row, more)
        fill_twice(more, length, twice)
        other_count, other_different = ranks_with_gaps(response[cell], order, second)
        fill_bits(response[cell], order, other_count, True, row, more)
        fill_bits(response[cell], order, other_count, False, row, less)
        gaps = count < length or other_count < length
        untied_ever = not gaps and different == length and other_different == length
        for lag in range(tau.shape[1]):
            by = lag * step
            if untied_ever:
                n = length if around else length - by
                half = 0.5 * n * (n - 1)
                untied = half * half
            elif lag == 0 or gaps or not around:
                n, untied = lagged_untied(first, second, by, around, x, y, order)
            pairs[cell, lag] = n
            tau[cell, lag] = np.nan
            if n >= fewest and untied > 0.0:
                tau[cell, lag] = lagged_score(twice, more, less, by, around, length) / np.sqrt(untied)


def _check(driver: np.ndarray, response: np.ndarray, max_lag: int) -> tuple[np.ndarray, np.ndarray]:
    driver = np.ascontiguousarray(driver, dtype=float)
    response = np.ascontiguousarray(response, dtype=float)
    if driver.ndim != 2 or driver.shape != response.shape:
        raise ValueError(
            f"driver and response must be arrays (cell, time) of one shape; they have shapes {driver.shape} and "
            f"{response.shape}."
        )
    if not 0 <= max_lag < driver.shape[1]:
        raise ValueError(
            f"max_lag must lie between 0 and the number of time steps minus one ({driver.shape[1] - 1}); it is "
            f"{max_lag}."
        )
    return driver, response


def kendall_lags(
    driver: np.ndarray, response: np.ndarray, max_lag: int, *, min_pairs: int = FEWEST_PAIRS
) -> np.ndarray:
    """Kendall's tau-b of driver(t - lag) with response(t), for lags 0 to max_lag.

    Parameters
    ----------
    driver, response : (cell, time) float arrays, any units
        Equally spaced in time; NaN marks a missing value. A pair counts where both are there; gaps keep their place.
    max_lag : int
        Largest lag, in time steps.
    min_pairs : int
        Least number of complete pairs at a lag.

    Returns
    -------
    (cell, max_lag + 1) float array
        NaN where fewer than `min_pairs` pairs remain or one side is constant among them.

    Raises
    ------
    ValueError
        If the shapes differ, max_lag does not fit into the series or min_pairs is below two.

    Notes
    -----
    tau-b = (concordant - discordant) / sqrt(pairs untied in driver * pairs untied in response), by counting all pairs.

    References
    ----------
    Kendall (1945), doi:10.1093/biomet/33.3.239.
    """
    return lags_and_pairs(driver, response, max_lag, min_pairs=min_pairs)[0]


def lags_and_pairs(
    driver: np.ndarray, response: np.ndarray, max_lag: int, *, min_pairs: int = FEWEST_PAIRS
) -> tuple[np.ndarray, np.ndarray]:
    """As `kendall_lags`, with the (cell, max_lag + 1) count of complete pairs at each lag.

    Parameters
    ----------
    driver, response : (cell, time) arrays
        Missing is NaN.
    max_lag : int
        Largest number of steps by which the driver precedes.
    min_pairs : int
        Complete pairs below which tau is missing.
    """
    driver, response = _check(driver, response, max_lag)
    if min_pairs < 2:
        raise ValueError(f"min_pairs must be at least 2; it is {min_pairs}.")
    tau = np.empty((driver.shape[0], max_lag + 1))
    pairs = np.empty(tau.shape, dtype=np.int64)
    fill_lags(driver, response, 1, False, min_pairs, tau, pairs)
    return tau, pairs


def optimal_lag(
    driver: np.ndarray,
    response: np.ndarray,
    max_lag: int,
    *,
    null: str = "none",
    period: int = 1,
    min_pairs: int = FEWEST_PAIRS,
) -> OptimalLag:
    """The lag with the largest |tau| (the shortest of equals), and the p value of that maximum.

    Parameters
    ----------
    driver, response, max_lag, min_pairs : as in `kendall_lags`
    null : {"none", "circular"}
        "circular" compares with the maximum over the same lags after turning the driver around the circle of its time
        steps.
    period : int
        Only turns by multiples of it. 1 asks whether there is any dependence; 12 with monthly data keeps the season in
        place and asks whether there is more than a shared season.

    Returns
    -------
    OptimalLag
        lag in time steps; tau at that lag; p = (1 + turns whose maximum is at least as large) / (1 + turns).

    Raises
    ------
    ValueError
        As in `kendall_lags`; if null is unknown; if no turn is longer than max_lag both ways.

    Notes
    -----
    The best of 13 lags rejects independence in about 30 % of independent pairs at the 5 % level; turning keeps each
    series' autocorrelation and applies the same search, so p holds for the maximum. Observed and turned statistics are
    both taken around the circle, so that they are exchangeable.

    References
    ----------
    Phipson and Smyth (2010), doi:10.2202/1544-6115.1585 (p values of permutations).
    """
    tau, pairs = lags_and_pairs(driver, response, max_lag, min_pairs=min_pairs)
    size = np.where(np.isnan(tau), -1.0, np.abs(tau))
    best = np.argmax(size, axis=1)
    rows = np.arange(tau.shape[0])
    defined = size[rows, best] >= 0.0
    if null == "circular":
        p = _circular_p(driver, response, max_lag, period, min_pairs)
    elif null == "none":
        p = np.full(tau.shape[0], np.nan)
    else:
        raise ValueError(f"null must be 'none' or 'circular'; it is {null!r}.")
    return OptimalLag(
        np.where(defined, best, np.nan),
        np.where(defined, tau[rows, best], np.nan),
        np.where(defined, p, np.nan),
        np.where(defined, pairs[rows, best], 0),
    )


def _circular_p(driver: np.ndarray, response: np.ndarray, max_lag: int, period: int, min_pairs: int) -> np.ndarray:
    """p of the largest |tau| over the lags among all turns of the driver that are longer than max_lag both ways."""
    driver, response = _check(driver, response, max_lag)
    length = driver.shape[1]
    turns = np.array([turn for turn in range(period, length, period) if max_lag < turn < length - max_lag], dtype=int)
    if turns.size == 0:
        raise ValueError(
            f"{length} time steps leave no turn by a multiple of {period} that is longer than max_lag = {max_lag} both "
            "ways."
        )
    tau = np.empty((driver.shape[0], length))
    fill_lags(driver, response, 1, True, min_pairs, tau, np.empty(tau.shape, dtype=np.int64))
    size = np.where(np.isnan(tau), -1.0, np.abs(tau))
    lags = np.arange(max_lag + 1)
    observed = size[:, : max_lag + 1].max(axis=1)
    turned = size[:, (turns[:, None] + lags) % length].max(axis=2)
    return (1.0 + (turned >= observed[:, None] - 1e-12).sum(axis=1)) / (1.0 + turns.size)
