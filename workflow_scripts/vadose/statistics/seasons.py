"""Moisture seasons: the months of a year ranked by total soil moisture, and the means of each season (study A,
docs/methods.md#a2)."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.core.compiled import kernel

SEASONS = ("humid", "sub-humid", "semi-arid", "arid")  # wettest three months first
MISSING = -1  # season of the months of an incomplete year

RankOn = Literal["total", "layer"]
Basis = Literal["year", "climatology"]


def rank_months(total: Array, basis: Basis = "year") -> NDArray[np.int8]:
    """Season of each month by the rank of its soil moisture.

    Parameters
    ----------
    total : (cell, year, 12) float array, kg m-2
        Soil moisture to rank by; NaN marks a missing month.
    basis : {"year", "climatology"}
        Rank the months of each year (the paper), or the mean of each month over the cell's complete years, the same for
        all years.

    Returns
    -------
    (cell, year, 12) int8 array
        0 for the wettest three months to 3 for the driest three; a tie goes to the earlier month. -1 throughout a year
        with a missing month.

    Raises
    ------
    ValueError
        If `total` has another shape or `basis` is unknown.
    """
    total = np.ascontiguousarray(total, dtype=np.float64)
    if total.ndim != 3 or total.shape[2] != 12:
        raise ValueError(f"total: expected shape (cell, year, 12), found {total.shape}.")
    if basis == "year":
        return _rank_rows(total.reshape(-1, 12)).reshape(total.shape)
    if basis != "climatology":
        raise ValueError(f'variability.season.basis: expected "year" or "climatology", found {basis!r}.')
    complete = np.all(np.isfinite(total), axis=2)
    sums = np.where(complete[:, :, None], total, 0.0).sum(axis=1)
    counts = complete.sum(axis=1)
    climatology = np.divide(sums, counts[:, None], out=np.full(sums.shape, np.nan), where=counts[:, None] > 0)
    return np.where(complete[:, :, None], _rank_rows(climatology)[:, None, :], np.int8(MISSING))


def moisture_seasons(values: NDArray, rank_on: RankOn = "total", basis: Basis = "year") -> NDArray[np.int8]:
    """Season of each month from layered soil moisture.

    Parameters
    ----------
    values : (cell, layer, year, 12) float array, kg m-2
        NaN marks a missing month. A vector of months is one cell with one layer, from a January to a December.
    rank_on : {"total", "layer"}
        Rank by the sum over the layers, one set of months for all of them (the paper), or rank each layer by itself.
    basis : {"year", "climatology"}
        As in `rank_months`.

    Returns
    -------
    (cell, year, 12) int8 array, or (cell, layer, year, 12) for rank_on "layer"; (month,) of a vector
        A year counts only if all months are there in all layers; else -1.

    Raises
    ------
    ValueError
        If `values` has another shape or a switch is unknown.

    Notes
    -----
    The sum over the layers is taken in float64 from the top layer down, and never skips a missing value.
    """
    values = np.asarray(values)
    if values.ndim == 1 and values.size and values.size % 12 == 0:
        return moisture_seasons(values.reshape(1, 1, -1, 12), rank_on, basis).reshape(-1)
    if values.ndim != 4 or values.shape[3] != 12:
        raise ValueError(
            f"values: expected shape (cell, layer, year, 12) or months of whole years, found {values.shape}."
        )
    total = np.zeros(values.shape[:1] + values.shape[2:])
    for layer in range(values.shape[1]):
        total += values[:, layer]
    if rank_on == "total":
        return rank_months(total, basis)
    if rank_on != "layer":
        raise ValueError(f'variability.season.rank_on: expected "total" or "layer", found {rank_on!r}.')
    complete = np.all(np.isfinite(total), axis=2)[:, None, :, None]
    cells, layers, years, _ = values.shape
    alone = np.where(complete, values, np.nan).reshape(cells * layers, years, 12)
    return rank_months(alone, basis).reshape(values.shape)


def seasonal_means(values: NDArray, season: NDArray[np.int8]) -> Array:
    """Mean soil moisture of each season, year and layer.

    Parameters
    ----------
    values : (cell, layer, year, 12) float array, kg m-2
    season : (cell, year, 12) or (cell, layer, year, 12) int array
        From `rank_months` or `moisture_seasons`.

    Returns
    -------
    (cell, year, season, layer) float64 array, kg m-2
        Mean of the three months of the season; NaN for a year whose season is -1, or where a month is missing.

    Raises
    ------
    ValueError
        If the shapes do not belong together.
    """
    values, season = np.asarray(values), np.asarray(season)
    cells, layers, years, months = values.shape
    if season.shape == (cells, years, months):
        season = np.broadcast_to(season[:, None], values.shape)
    elif season.shape != values.shape:
        raise ValueError(
            f"season: expected the shape (cell, year, 12) or (cell, layer, year, 12) of values {values.shape}, found "
            f"{season.shape}."
        )
    return _season_means(np.ascontiguousarray(values), season)


@kernel
def _rank_rows(rows):
    """Season of the 12 months of each row, by the number of months that are wetter, or as wet and earlier."""
    out = np.empty(rows.shape, np.int8)
    for r in range(rows.shape[0]):
        total = rows[r].sum()
        for i in range(12):
            wetter = 0
            for j in range(12):
                wetter += rows[r, j] > rows[r, i]
            for j in range(i):
                wetter += rows[r, j] == rows[r, i]
            out[r, i] = wetter // 3 if total - total == 0 else MISSING
    return out


@kernel
def _season_means(values, season):
    """Sum of the three months of each season, in the order of the calendar, divided by three."""
    cells, layers, years, months = values.shape
    out = np.zeros((cells, years, 4, layers))
    for cell in range(cells):
        for layer in range(layers):
            for year in range(years):
                for month in range(months):
                    s = season[cell, layer, year, month]
                    if s < 0:
                        out[cell, year, :, layer] = np.nan
                    else:
                        out[cell, year, s, layer] += np.float64(values[cell, layer, year, month])
                for s in range(4):
                    out[cell, year, s, layer] /= 3.0
    return out
