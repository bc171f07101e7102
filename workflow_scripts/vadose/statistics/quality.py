"""Quality control of monthly soil moisture (study A, docs/methods.md#a1): which values, years and cells take part, and
why others do not."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array


class Reason(IntEnum):
    """Why a cell takes part or not. The first that applies, from the most to the least severe, is the cell's reason."""

    OK = 0
    NO_DATA = 1
    LAYER_MISSING = 2
    TOO_FEW_YEARS = 3
    CONSTANT = 4


REASON_NAMES = {
    Reason.OK: "analysed",
    Reason.NO_DATA: "no value in any layer (ice, water or outside the product)",
    Reason.LAYER_MISSING: "a layer without any value",
    Reason.TOO_FEW_YEARS: "too few complete years",
    Reason.CONSTANT: "total soil moisture does not vary",
}


def mask_soil_moisture(values: NDArray, limits: Array) -> NDArray:
    """Soil moisture with impossible values made missing.

    Parameters
    ----------
    values : (cell, layer, time) float array, kg m-2
        float32 or float64; more axes may follow `layer`.
    limits : (layer,) float array, kg m-2
        Largest possible value of each layer; the limit itself stays.

    Returns
    -------
    array of the shape and dtype of `values`
        NaN where the value is above its layer's limit, zero or less (fill values such as -9999 among them), or not
        finite.

    Raises
    ------
    ValueError
        If `values` is not floating or its second axis does not match `limits`.

    Notes
    -----
    Files hold float32, in which 99.9 is 99.90000153: the limit compared with is the larger of the limit and its float32
    neighbour.
    """
    values, limits = np.asarray(values), np.asarray(limits, float)
    if values.ndim < 3 or not np.issubdtype(values.dtype, np.floating):
        raise ValueError(
            f"values: expected a float array (cell, layer, time), found {values.dtype} with shape {values.shape}."
        )
    if limits.shape != (values.shape[1],):
        raise ValueError(
            f"limits: expected one limit for each of the {values.shape[1]} layers, found {limits.tolist()}. In a "
            "configuration they are variability.limits."
        )
    stored = np.maximum(limits, limits.astype(np.float32).astype(float)).astype(values.dtype)
    upper = stored.reshape((1, -1) + (1,) * (values.ndim - 2))
    possible = (values > 0) & (values <= upper)  # a NaN is neither
    return np.where(possible, values, np.array(np.nan, values.dtype))


def complete_years(values: NDArray, min_months: int = 12) -> NDArray[np.bool_]:
    """Years in which every layer has at least `min_months` months.

    Parameters
    ----------
    values : (cell, layer, year, 12) float array
        NaN marks a missing month.
    min_months : int
        Months each layer needs; study A takes 12 (`variability.min_months`). The seasons need all 12:
        `vadose.statistics.seasons` leaves out other years.

    Returns
    -------
    (cell, year) bool array

    Raises
    ------
    ValueError
        If `values` has another shape or `min_months` is not between 1 and 12.
    """
    values = np.asarray(values)
    if values.ndim != 4 or values.shape[3] != 12:
        raise ValueError(f"values: expected shape (cell, layer, year, 12), found {values.shape}.")
    if not 1 <= min_months <= 12:
        raise ValueError(f"min_months: expected between 1 and 12, found {min_months}.")
    return (np.isfinite(values).sum(axis=3) >= min_months).all(axis=1)


def enough_years(complete: NDArray[np.bool_], share: float = 0.8) -> NDArray[np.bool_]:
    """Cells that have at least a share of the years of a period.

    Parameters
    ----------
    complete : (cell, year) bool array
        From `complete_years`, over the years of one period.
    share : float
        0.8 in study A: 20 of 25 years.

    Returns
    -------
    (cell,) bool array

    Raises
    ------
    ValueError
        If `share` is not between 0 and 1.
    """
    complete = np.asarray(complete, bool)
    return complete.sum(axis=1) >= needed_years(complete.shape[1], share)


def needed_years(years: int, share: float = 0.8) -> int:
    """Least number of years that a cell must have in a period of `years`; at least one.

    Raises
    ------
    ValueError
        If `share` is not above 0 and up to 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share: expected a number above 0 and up to 1, found {share}.")
    return max(int(np.ceil(round(share * years, 9))), 1)  # rounded, else 0.8 of 25 may become 21 by a hair


def reasons(values: NDArray, complete: NDArray[np.bool_], share: float = 0.8) -> NDArray[np.int8]:
    """Reason code of each cell over one period.

    Parameters
    ----------
    values : (cell, layer, year, 12) float array
        Masked soil moisture of the period.
    complete : (cell, year) bool array
        From `complete_years`.
    share : float
        As in `enough_years`.

    Returns
    -------
    (cell,) int8 array
        Values of `Reason`. A cell that is OK is the only one with a defined result.

    Notes
    -----
    Constant means that the annual total does not change over the complete years: its variance, by which attribution
    divides, is zero.
    """
    values = np.asarray(values)
    complete = np.asarray(complete, bool)
    present = np.isfinite(values).any(axis=(2, 3))
    total = np.nansum(values, axis=(1, 3), dtype=float)
    highest = np.where(complete, total, -np.inf).max(axis=1, initial=-np.inf)
    lowest = np.where(complete, total, np.inf).min(axis=1, initial=np.inf)
    codes = np.select(
        [~present.any(axis=1), ~present.all(axis=1), ~enough_years(complete, share), highest <= lowest],
        [Reason.NO_DATA, Reason.LAYER_MISSING, Reason.TOO_FEW_YEARS, Reason.CONSTANT],
        default=Reason.OK,
    )
    return codes.astype(np.int8)


def count_reasons(codes: NDArray[np.int8], area: Array) -> list[tuple[Reason, str, int, float]]:
    """The reasons table: every reason with its name, its number of cells and their area (m2), those with no cell too.

    Parameters
    ----------
    codes : (cell,) int array
        From `reasons`.
    area : (cell,) float array, m2

    Returns
    -------
    list of (reason, name, cells, area)
        In the order of the codes; the numbers of cells sum to all cells.
    """
    codes, area = np.asarray(codes), np.asarray(area, float)
    return [
        (reason, REASON_NAMES[reason], int(np.sum(codes == reason)), float(area[codes == reason].sum()))
        for reason in Reason
    ]
