"""The compiled loops of `vadose.core.grid`: remapping, and the mode of blocks."""

import numpy as np

from vadose.core.compiled import kernel


@kernel(fastmath={"contract"})
def remap(planes, rows, row_of, row_weight, columns, column_of, column_weight, least, out):
    """Fill `out` with Wy (x m) Wx' / (Wy m Wx').

    Parameters
    ----------
    planes : (plane, lat, lon) array
        Fields on the source grid; NaN is missing.
    rows, row_of, row_weight : arrays
        Of Wy, by rows: where each begins, which source rows it takes, and their overlaps.
    columns, column_of, column_weight : arrays
        The same of Wx.
    least : (lat, lon) array
        Area that valid parts must cover.
    out : (plane, lat, lon) array
        Filled; on the target grid.
    """
    width = planes.shape[2]
    sums, covered = np.empty(width), np.empty(width)
    for plane in range(planes.shape[0]):
        for i in range(out.shape[1]):
            sums[:] = 0.0
            covered[:] = 0.0
            for a in range(rows[i], rows[i + 1]):
                weight = row_weight[a]
                source = planes[plane, row_of[a]]
                for j in range(width):
                    valid = weight if source[j] == source[j] else 0.0
                    covered[j] += valid
                    sums[j] += valid * source[j] if valid > 0.0 else 0.0
            for k in range(out.shape[2]):
                total, area = 0.0, 0.0
                for b in range(columns[k], columns[k + 1]):
                    total += column_weight[b] * sums[column_of[b]]
                    area += column_weight[b] * covered[column_of[b]]
                out[plane, i, k] = total / area if area > 0.0 and area >= least[i, k] else np.nan


@kernel
def mode_of_blocks(classes, factor, missing, counts):
    """Most frequent code of each block, the lowest where several are.

    Parameters
    ----------
    classes : (lat, lon) int64 array
        Codes of 0 and above, or `missing`.
    factor : int
        Pixels along each side of a block.
    missing : int
        Code that takes no part, and of blocks without another.
    counts : (code,) int64 array
        Room for the counts.
    """
    rows = classes.shape[0] // factor
    columns = classes.shape[1] // factor
    out = np.empty((rows, columns), np.int64)
    for i in range(rows):
        for j in range(columns):
            counts[:] = 0
            for a in range(i * factor, (i + 1) * factor):
                for b in range(j * factor, (j + 1) * factor):
                    if classes[a, b] != missing:
                        counts[classes[a, b]] += 1
            best = 0
            for code in range(1, counts.size):
                if counts[code] > counts[best]:
                    best = code
            out[i, j] = best if counts[best] > 0 else missing
    return out
