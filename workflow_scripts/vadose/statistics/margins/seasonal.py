"""Anomalies from the monthly climatology."""

import numpy as np


def deseasonalise(values: np.ndarray, months: np.ndarray) -> np.ndarray:
    """Subtract each calendar month's mean.

    Parameters
    ----------
    values : (cell, time) float array, any unit
        NaN marks a missing value; it stays missing and takes no part in the mean.
    months : (time,) integers
        Calendar month (or season) of each step.

    Returns
    -------
    (cell, time) float array in the unit of values
        A month that occurs once in a row becomes zero there.

    Raises
    ------
    ValueError
        If months does not match values.
    """
    values = np.asarray(values, dtype=float)
    months = np.asarray(months)
    if values.ndim != 2 or months.shape != values.shape[1:]:
        raise ValueError(
            "months must have one entry for each of the time steps of values (cell, time); they have shapes "
            f"{months.shape} and {values.shape}."
        )
    there = np.isfinite(values)
    anomalies = np.full(values.shape, np.nan)
    for month in np.unique(months):
        when = months == month
        count = np.maximum(there[:, when].sum(axis=1), 1)
        mean = np.where(there[:, when], values[:, when], 0.0).sum(axis=1) / count
        anomalies[:, when] = np.where(there[:, when], values[:, when] - mean[:, None], np.nan)
    return anomalies
