"""Kendall's tau-b by counting pairs: for a few hundred values one vectorised pass over all pairs beats sorting them.

Kernels take dense ranks as float32 (exact, and sixteen to a register), in arrays of twice the length so that the series
can be laid out twice: then the pairs at distance d around the circle are one straight loop.
"""

import numpy as np

from vadose.core.compiled import kernel


@kernel
def dense_ranks(values, n, order, ranks):
    """Dense ranks 0, 1, 2 ... of the first n values (equal values share one) into ranks; returns how many different
    values there are."""
    order[:n] = np.argsort(values[:n])
    rank = 0
    for k in range(n):
        if k and values[order[k]] > values[order[k - 1]]:
            rank += 1
        ranks[order[k]] = rank
    return rank + 1


@kernel(fastmath={"reassoc"})
def circle_score(x, y, far_x, far_y, count):
    """Sum of sign((x_i - x_j)(y_i - y_j)) over count pairs; the ranks are integers, so clamping to [-1, 1] is the
    sign."""
    score = np.float32(0.0)
    one = np.float32(1.0)
    for i in range(count):
        product = (far_x[i] - x[i]) * (far_y[i] - y[i])
        score += min(max(product, -one), one)
    return score


@kernel
def concordance_score(x, y, n):
    """Concordant minus discordant pairs of the first n values; x and y have room for 2 n, the second half is filled
    here."""
    x[n : 2 * n] = x[:n]
    y[n : 2 * n] = y[:n]
    score = 0.0
    for distance in range(1, (n - 1) // 2 + 1):
        score += circle_score(x, y, x[distance:], y[distance:], n)
    if n % 2 == 0 and n:
        score += circle_score(x, y, x[n // 2 :], y[n // 2 :], n // 2)
    return score


@kernel
def untied_pairs(ranks, n, counts):
    """Number of pairs with different values."""
    counts[:] = 0  # all of it: the ranks may be a subset of a longer series'
    tied = 0
    for i in range(n):
        r = int(ranks[i])
        tied += counts[r]
        counts[r] += 1
    return 0.5 * n * (n - 1) - tied


@kernel
def tau_b(x, y, n, counts):
    """Kendall's tau-b of the first n dense ranks (a subset of ranks is fine while they stay below the length of
    counts); NaN if one is constant."""
    untied = untied_pairs(x, n, counts) * untied_pairs(y, n, counts)
    return concordance_score(x, y, n) / np.sqrt(untied) if untied > 0.0 else np.nan
