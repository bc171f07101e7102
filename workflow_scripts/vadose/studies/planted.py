"""One table for what was planted and what was recovered: a row for each quantity and case, in all studies."""

import numpy as np

COLUMNS = ["quantity", "case", "planted", "recovered", "tolerance", "within", "cells"]


def row(quantity: str, case: str, planted: float, recovered: float, tolerance: float, cells: int) -> dict:
    """One row; `within` is missing where nothing was recovered or nothing can be said to be right or wrong.

    Parameters
    ----------
    quantity, case : str
        What is compared, with its unit, and where.
    planted, recovered : float
    tolerance : float
        Largest difference that counts as right; NaN where there is none.
    cells : int
        Cells (or models' cells) behind the recovered value.

    Returns
    -------
    dict
        Keys COLUMNS.
    """
    comparable = np.isfinite(recovered) and np.isfinite(tolerance) and cells
    within = bool(abs(recovered - planted) <= tolerance) if comparable else None
    values = (quantity, case, float(planted), float(recovered), float(tolerance), within, int(cells))
    return dict(zip(COLUMNS, values, strict=True))
