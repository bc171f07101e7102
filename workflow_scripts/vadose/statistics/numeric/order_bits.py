"""Order of a series as bits, so that pairs are counted sixty-four at a time: row t has bit s where value s is the
larger (or the smaller) of s and t. Two series at any lag give their score by AND and by counting bits.

Rows are stored word by word, (word, step), so that the loop over steps is the inner one and becomes vector
instructions.
"""

import numpy as np
from numba import types
from numba.extending import intrinsic

from vadose.core.compiled import kernel

WORD = 64
ONE = np.uint64(1)


@intrinsic
def bits_set(typing_context, x):
    """How many of the 64 bits of an unsigned integer are set."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@kernel
def fill_bits(values, order, n, larger, row, bits):
    """bits[word, t]: the steps whose value is larger (or smaller) than that of t, for every step that has a value.

    Parameters
    ----------
    values : (time,) array
        Missing is NaN.
    order : (time + 1,) int array
        Steps in ascending order of their values; the first n have one.
    n : int
        Number of steps with a value.
    larger : bool
        The larger ones, or the smaller ones.
    row : (word,) uint64 array
        Room to work in.
    bits : (word, time) uint64 array
        Filled; rows of missing values are 0.
    """
    bits[:] = 0
    row[:] = 0
    begin = 0
    while begin < n:  # groups of equal values
        first = order[n - 1 - begin] if larger else order[begin]
        end = begin
        while end < n:
            t = order[n - 1 - end] if larger else order[end]
            if values[t] != values[first]:
                break
            bits[:, t] = row
            end += 1
        for k in range(begin, end):
            t = order[n - 1 - k] if larger else order[k]
            row[t // WORD] |= ONE << np.uint64(t % WORD)
        begin = end


@kernel
def fill_twice(bits, length, twice):
    """Rows of `bits` laid out twice in both directions, so that a turn around the circle is one straight piece.

    Parameters
    ----------
    bits : (word, length) uint64 array
        From `fill_bits`.
    length : int
        Time steps.
    twice : (more words, 2 length) uint64 array
        Filled; needs as many words as 2 length bits, and one more.
    """
    words, shift, last = bits.shape[0], np.uint64(length % WORD), length // WORD
    twice[:] = 0
    for word in range(words):
        for t in range(length):
            value = bits[word, t]
            twice[word, t] |= value
            twice[word + last, t] |= value << shift
            if shift:
                twice[word + last + 1, t] |= value >> (np.uint64(WORD) - shift)
    twice[:, length:] = twice[:, :length]


@kernel
def agreement(low, high, shift, more, less, mask):
    """Concordant less discordant pairs of one word of many steps.

    Parameters
    ----------
    low, high : (step,) uint64 arrays
        The two neighbouring words of the first series in which the 64 bits lie.
    shift : uint64
        Where in `low` they begin.
    more, less : (step,) uint64 arrays
        Words of the second series: steps that are larger, and that are smaller.
    mask : uint64
        The bits that count.
    """
    total = np.int64(0)
    left = np.uint64(WORD - 1) - shift
    for t in range(more.size):
        first = ((low[t] >> shift) | ((high[t] << ONE) << left)) & mask
        total += np.int64(bits_set(first & more[t])) - np.int64(bits_set(first & less[t]))
    return total


@kernel
def lagged_score(twice, more, less, lag, around, length):
    """Concordant less discordant pairs of first[t - lag] with second[t], as whole numbers.

    Parameters
    ----------
    twice : (word, 2 length) uint64 array
        Of the first series, from `fill_twice`.
    more, less : (word, length) uint64 arrays
        Of the second, from `fill_bits`.
    lag : int
        0 to length - 1.
    around : bool
        Whether the end of the first series is joined to its beginning; else only steps from the lag on count.
    length : int
        Time steps.
    """
    total = np.int64(0)
    turn = (length - lag) % length  # where the first series is read from
    begin = 0 if around else lag
    for word in range(begin // WORD, more.shape[0]):
        place = turn + word * WORD
        mask = ~np.uint64(0)
        if word * WORD < begin:
            mask = mask << np.uint64(begin - word * WORD)
        steps = slice(turn + begin, turn + length)
        total += agreement(
            twice[place // WORD, steps],
            twice[place // WORD + 1, steps],
            np.uint64(place % WORD),
            more[word, begin:],
            less[word, begin:],
            mask,
        )
    return total
