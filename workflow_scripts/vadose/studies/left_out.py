"""What a study leaves out before its statistics: a study that leaves out everything stops with a sentence; values that
were removed or set to zero are counted, whichever product they come from.

Prepared soil moisture carries the counts as attributes, as `vadose.studies.missing_months` has its months.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from vadose.files import netcdf
from vadose.statistics import quality
from vadose.studies.variability.limits import counts_of

RULES = {  # attribute of prepared soil moisture (`vadose.files.products.REMOVED`) -> the rule
    "snapped_negatives": "value of the files below zero by no more than the packing of their numbers: set to zero",
    "masked_negatives": "value of the files further below zero: made missing",
    "outside_limits": "value of the files above its layer's limit, zero or less: made missing",
}
ADVICE = {
    "attribution": "Look at the months without data (tables/missing_months.csv), variability.limits, "
    "variability.periods and variability.min_year_share.",
    "copulas": "Look at the months without data (tables/missing_months.csv) and dependence.years: a copula needs ten "
    "pairs of values that vary.",
}


def expect_some(path: Path, product: str) -> None:
    """Check that a merged product has at least one cell with results.

    Parameters
    ----------
    path : Path
        The product.
    product : str
        Its name; others than those with reasons why cells are left out are taken as they are.

    Raises
    ------
    ValueError
        If every cell was left out, with the reasons and how often each applies.
    """
    if product not in ADVICE:
        return
    with netcdf.sound(path, f"the product {product}"), netcdf.opened(path) as dataset:
        reason = dataset["reason"].load()
    if not reason.size or np.any(reason.values == 0):
        return
    codes, counts = np.unique(reason.values, return_counts=True)
    names = _reasons(product)
    words = [f"{names[int(code)]} ({count})" for code, count in zip(codes, counts, strict=True)]
    along = " and ".join(str(dim) for dim in reason.dims).replace("_", " ")
    raise ValueError(
        f"{path}: expected at least one cell to analyse, found none; reasons, counted by {along}: {', '.join(words)}. "
        f"{ADVICE[product]}"
    )


def _reasons(product: str) -> Mapping[int, str]:
    if product == "attribution":
        return quality.REASON_NAMES
    from vadose.studies.dependence import pairs  # and all of the copulas, half of the time of a merge

    return pairs.REASONS


def removed_values(paths: Sequence[Path]) -> pd.DataFrame:
    """Rules that removed or changed values of a study's soil moisture, and how many.

    Parameters
    ----------
    paths : sequence of Path
        Prepared soil moisture.

    Returns
    -------
    DataFrame
        Columns reason and values: values of the files (native cells, layers and months), over all years; one row for
        each rule that was applied, also where it met no value.
    """
    totals: dict[str, int] = {}
    for path in paths:
        with netcdf.sound(path, "prepared soil moisture"), netcdf.opened(path) as dataset:
            for name, count in counts_of(dataset.attrs).items():
                totals[name] = totals.get(name, 0) + count
    return pd.DataFrame([(RULES[name], totals[name]) for name in RULES if name in totals], columns=["reason", "values"])


def with_removed(reasons: pd.DataFrame, paths: Sequence[Path], whole: str) -> pd.DataFrame:
    """The table of reasons with the rules that removed values below the reasons of cells.

    Parameters
    ----------
    reasons : DataFrame
        With the columns reason and cells.
    paths : sequence of Path
        Prepared soil moisture.
    whole : str
        First column, which names the part of the record of a row: all of it here.
    """
    removed = removed_values(paths).assign(**{whole: "all years"})
    joined = pd.concat([reasons, removed], ignore_index=True) if len(removed) else reasons.assign(values=np.nan)
    whole_numbers = {
        name: joined[name].astype("Int64") for name in ("code", "layer", "cells", "values") if name in joined
    }
    return joined.assign(**whole_numbers)
