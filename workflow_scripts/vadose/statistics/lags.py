"""Lagged dependence: Kendall's tau-b of an earlier driver with a later response, the best lag, and what the best of
many is worth."""

from typing import NamedTuple

import numpy as np
from scipy import special

from vadose.core.compiled import kernel
from vadose.statistics.numeric.concordance import untied_pairs
from vadose.statistics.numeric.order_bits import WORD, fill_bits, fill_twice, lagged_score

MISSING = -1.0
FEWEST_PAIRS = (
    10  # ASSUME: as for copulas; with fewer, the largest of many |tau| is that of the lag with the fewest pairs
)
FEWEST_TURNS = 4  # by whole years, of each month of the year
ROUNDING = 1e-12  # of tau


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
    if null not in ("none", "circular"):
        raise ValueError(f"null must be 'none' or 'circular'; it is {null!r}.")
    best = _largest(driver, response, max_lag, min_pairs)
    if null == "none":
        return best
    p = _circular_p(_around(driver, response, max_lag, min_pairs), max_lag, period)
    return best._replace(p=np.where(np.isfinite(best.lag), p, np.nan))


def optimal_lag_and_field_p(
    driver: np.ndarray, response: np.ndarray, max_lag: int, *, season: int = 12, min_pairs: int = FEWEST_PAIRS
) -> tuple[OptimalLag, np.ndarray]:
    """As `optimal_lag` with the circular null, and a p of dependence at any lag that a false discovery rate can use.

    Parameters
    ----------
    driver, response, max_lag, min_pairs : as in `kendall_lags`
    season : int
        Time steps of a year; the series is a whole number of years.

    Returns
    -------
    OptimalLag, (cell,) array
        The second NaN where tau is missing, any month of the year has fewer than four turns with a tau, or a season is
        all that turns show.

    Notes
    -----
    Neighbouring turns share most of their lags, so the largest |tau| of a series is the largest of all turns in about
    5 % of independent pairs: p by counting turns holds 5 %, but is 1/(1 + turns) in all of these, which a false
    discovery rate takes for evidence. Here the tau at a lag, less the mean m of the turns of the same month of the year
    (what a shared season gives), is compared with s, the standard deviation of the turns about such means: with
    z = max |tau - m| / (s sqrt(1 + 1/k)), k turns a month, p = 1 - (1 - p1)^g, p1 that of z by Student's t. Turns less
    months, divided by 1 + 2 sum r^2, are the degrees of freedom, r the autocorrelation of the turned tau at 1 to
    max_lag steps; g = (sum sqrt(e))^2 / sum e is how many independent lags there are, e the eigenvalues of the
    correlations r of the lags. Measured levels: docs/methods.md#c10.

    References
    ----------
    Bartlett (1935), doi:10.2307/2342284 (r^2); Galwey (2009), doi:10.1002/gepi.20408 (g).
    """
    best = _largest(driver, response, max_lag, min_pairs)
    around = _around(driver, response, max_lag, min_pairs)
    if around.shape[1] % season:
        raise ValueError(f"the {around.shape[1]} time steps must be whole years of {season}.")
    p = _circular_p(around, max_lag, 1)
    defined = np.isfinite(best.lag)
    return best._replace(p=np.where(defined, p, np.nan)), np.where(defined, _field_p(around, max_lag, season), np.nan)


def _largest(driver: np.ndarray, response: np.ndarray, max_lag: int, min_pairs: int) -> OptimalLag:
    tau, pairs = lags_and_pairs(driver, response, max_lag, min_pairs=min_pairs)
    size = np.where(np.isnan(tau), -1.0, np.abs(tau))
    best = np.argmax(size, axis=1)
    rows = np.arange(tau.shape[0])
    defined = size[rows, best] >= 0.0
    return OptimalLag(
        np.where(defined, best, np.nan),
        np.where(defined, tau[rows, best], np.nan),
        np.full(tau.shape[0], np.nan),
        np.where(defined, pairs[rows, best], 0),
    )


def _around(driver: np.ndarray, response: np.ndarray, max_lag: int, min_pairs: int) -> np.ndarray:
    """tau at each turn of the driver around the circle of its time steps, (cell, turn)."""
    driver, response = _check(driver, response, max_lag)
    tau = np.empty(driver.shape)
    fill_lags(driver, response, 1, True, min_pairs, tau, np.empty(tau.shape, dtype=np.int64))
    return tau


def _field_p(around: np.ndarray, max_lag: int, season: int) -> np.ndarray:
    """p of the largest deviation from a shared season, as `optimal_lag_and_field_p` has it; (cell,)."""
    months = np.arange(around.shape[1]) % season
    there = np.isfinite(around)
    count, mean = np.empty((2, around.shape[0], season))
    for month in range(season):  # sums of whole rows, whatever the number of cells
        chosen = max_lag + 1 + np.flatnonzero(months[max_lag + 1 :] == month)
        count[:, month] = there[:, chosen].sum(axis=1)
        sums = np.ascontiguousarray(np.where(there, around, 0.0)[:, chosen]).sum(axis=1)
        mean[:, month] = sums / np.maximum(count[:, month], 1.0)
    deviation = np.where(there, around - mean[:, months], 0.0)
    near, far = deviation[:, : max_lag + 1], np.ascontiguousarray(deviation[:, max_lag + 1 :])
    n, squares = count.sum(axis=1), (far**2).sum(axis=1)
    usable = (count.min(axis=1) >= FEWEST_TURNS) & (squares > n * ROUNDING**2)  # else a shared season alone
    freedom, squares = np.where(usable, n - season, 1.0), np.where(usable, squares, 1.0)
    memory, independent = _memory(far, there[:, max_lag + 1 :], max_lag, squares / np.maximum(n, 1.0))
    reach = np.sqrt(1.0 + 1.0 / np.maximum(count, 1.0))[:, months[: max_lag + 1]]
    z = (np.abs(near) / reach).max(axis=1) / np.sqrt(squares / freedom)
    alone = 2.0 * special.stdtr(freedom / memory, -z)
    return np.where(usable, -np.expm1(independent * np.log1p(-np.minimum(alone, 1.0 - 1e-16))), np.nan)


def _memory(turned: np.ndarray, there: np.ndarray, max_lag: int, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """1 + 2 sum r^2 of the autocorrelation r of turned taus (cell, turn), and the number of independent lags."""
    memory = np.ones(turned.shape[0])
    correlations = np.broadcast_to(np.eye(max_lag + 1), (turned.shape[0], max_lag + 1, max_lag + 1)).copy()
    for lag in range(1, max_lag + 1):
        both = np.maximum((there[:, lag:] & there[:, :-lag]).sum(axis=1), 1)
        r = (turned[:, lag:] * turned[:, :-lag]).sum(axis=1) / both / variance
        memory += 2.0 * r**2
        late, early = np.arange(lag, max_lag + 1), np.arange(max_lag + 1 - lag)
        correlations[:, late, early] = correlations[:, early, late] = r[:, None]
    eigenvalues = np.maximum(np.linalg.eigvalsh(correlations), 0.0)
    return memory, np.sqrt(eigenvalues).sum(axis=1) ** 2 / eigenvalues.sum(axis=1)


def _circular_p(tau: np.ndarray, max_lag: int, period: int) -> np.ndarray:
    """p of the largest |tau| over the lags among all turns of the driver that are longer than max_lag both ways, from
    the tau of each turn."""
    length = tau.shape[1]
    turns = np.array([turn for turn in range(period, length, period) if max_lag < turn < length - max_lag], dtype=int)
    if turns.size == 0:
        raise ValueError(
            f"{length} time steps leave no turn by a multiple of {period} that is longer than max_lag = {max_lag} both "
            "ways."
        )
    size = np.where(np.isnan(tau), -1.0, np.abs(tau))
    lags = np.arange(max_lag + 1)
    observed = size[:, : max_lag + 1].max(axis=1)
    turned = size[:, (turns[:, None] + lags) % length].max(axis=2)
    return (1.0 + (turned >= observed[:, None] - 1e-12).sum(axis=1)) / (1.0 + turns.size)
