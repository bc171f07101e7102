"""Which months of its years a run lacks, whatever the configuration does about them.

Prepared products carry the months without data in their attribute `missing_months`; here they are gathered.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from vadose.core import calendar
from vadose.files import netcdf

COLUMNS = ("study", "product", "months", "missing", "missing_months")
YEARS = re.compile(r"_\d{4}-\d{4}$")  # of a product that comes in groups of years


def table(paths: Sequence[Path]) -> pd.DataFrame:
    """Months without data of every prepared product.

    Parameters
    ----------
    paths : sequence of Path
        Prepared products, `prepared/<study>/<product>[_<first>-<last>].nc`, with a time axis of months or years.

    Returns
    -------
    DataFrame
        One row per study and product, in the order of the paths: months of its years, how many of them have no data,
        and which ("1988-07, 2001-11 to 2002-01").
    """
    months: dict[tuple[str, str], int] = {}
    missing: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        key = (path.parent.name, YEARS.sub("", path.stem))
        with netcdf.sound(path, "a prepared product"), netcdf.opened(path) as dataset:
            months[key] = months.get(key, 0) + (dataset.sizes.get("time") or 12 * dataset.sizes["year"])
            missing.setdefault(key, []).extend(dataset.attrs.get("missing_months", "").split())
    rows = [(*key, months[key], len(missing[key]), spans(missing[key])) for key in months]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def spans(months: Iterable[str]) -> str:
    """Months "YYYY-MM" in words, those that follow one another as one span."""
    ordered = np.unique(np.array(list(months), dtype="datetime64[M]"))
    if not ordered.size:
        return ""
    groups = np.split(ordered, np.flatnonzero(np.diff(ordered).astype(int) > 1) + 1)
    return ", ".join(f"{group[0]} to {group[-1]}" if group.size > 1 else str(group[0]) for group in groups)


def outside(steps: Iterable[tuple[np.datetime64, np.datetime64]], years: tuple[int, int]) -> list[str]:
    """Months of the years that no step touches.

    Parameters
    ----------
    steps : iterable of (start, end)
        Bounds of the steps, the end not included.
    years : (first, last)
        Calendar years, inclusive.
    """
    one = np.timedelta64(1, "ns")
    touched = {
        month
        for start, end in steps
        for month in np.arange(start.astype("datetime64[M]"), (end - one).astype("datetime64[M]") + 1)
    }
    return calendar.missing_months(np.array(sorted(touched), dtype="datetime64[M]"), *years)
