"""What a file holds, in one line of a job's log: dimensions and shares of missing values. Shapes no product:
fingerprints do not count it."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from vadose.files.job_log import MISSING_MONTHS

LOG = logging.getLogger(__name__)
VALUES_AT_ONCE = 2**20  # missing values are counted in pieces, so that a log takes no memory


def log_dataset(verb: str, path: Path, product: str, dataset: xr.Dataset) -> None:
    """Write to the log that a product was read or written: its dimensions, and the missing share of every variable that
    lacks values.

    Parameters
    ----------
    verb : str
        "read" or "wrote".
    path : Path
        The file.
    product : str
        Name in the specifications.
    dataset : Dataset
        In memory.
    """
    if not LOG.isEnabledFor(logging.INFO):
        return
    sizes = ", ".join(f"{name} {size}" for name, size in dataset.sizes.items() if not name.startswith("grid_"))
    shares = {name: missing_share(variable.values) for name, variable in dataset.data_vars.items()}
    lacking = ", ".join(f"{name} {share:.1%}" for name, share in shares.items() if share)
    LOG.info("%s %s: %s (%s); missing: %s", verb, path, product, sizes or "no dimensions", lacking or "none")
    if verb == "wrote" and dataset.attrs.get("missing_months"):
        LOG.warning("%s%s in %s", MISSING_MONTHS, dataset.attrs["missing_months"], path)


def log_months(product: str, name: str, months: np.ndarray, values: np.ndarray, done: int, total: int) -> None:
    """Write to the log which months of a product's files were read and put on the cells, and how far the job is.

    Parameters
    ----------
    product, name : str
        The reader and the variable.
    months : (time,) datetime64 array
        Months of this piece.
    values : array
        What they hold on the cells.
    done, total : int
        Months read so far, and of the job.
    """
    if LOG.isEnabledFor(logging.INFO):
        span = " to ".join(dict.fromkeys(str(month.astype("datetime64[M]")) for month in (months[0], months[-1])))
        LOG.info(
            "read %s of %s, %s, on %d cells; missing: %.1f%%; %d of %d months", name, product, span, values.shape[0],
            100 * missing_share(values), done, total,
        )  # fmt: skip


def log_table(verb: str, path: Path, table: pd.DataFrame) -> None:
    """Write to the log that a table was read or written: its rows and columns."""
    LOG.info("%s %s: table of %d rows, %d columns", verb, path, *table.shape)


def missing_share(values: np.ndarray) -> float:
    """Share of NaN in an array, 0 for kinds of numbers that know no NaN and for empty arrays."""
    if values.dtype.kind != "f" or not values.size:
        return 0.0
    flat = values.reshape(-1)
    pieces = range(0, flat.size, VALUES_AT_ONCE)
    return sum(np.count_nonzero(np.isnan(flat[start : start + VALUES_AT_ONCE])) for start in pieces) / flat.size
