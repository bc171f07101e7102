"""Regions of a study: what they are called, and tables for each of them."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.files import products

NAMES: dict[int, str] = products.specifications()["codes"]["ecoregion"]


def names_of(regions: xr.Dataset) -> Mapping[int, str]:
    """Names by code, from the product "ecoregions" or "driver_statistics"."""
    return other_names(regions) or NAMES


def other_names(regions: xr.Dataset | None) -> dict[int, str] | None:
    """Names by code of regions other than WWF's; None where they are WWF's, or there are none."""
    if regions is None or "name" not in regions:
        return None
    names = [str(name) for name in regions["name"].values]
    codes = regions["ecoregion"].values if "ecoregion" in regions.dims else np.arange(1, len(names) + 1)
    return {int(code): name for code, name in zip(codes, names, strict=True)}


def each(codes: Array, names: Mapping[int, str]) -> Iterator[tuple[dict[str, object], Array]]:
    """Regions that have cells: their labels, region and region_name, and which cells are theirs.

    Parameters
    ----------
    codes : (cell,) int array
        0 where there is no region.
    names : mapping of int to str
        By code.
    """
    for code in np.unique(codes[codes > 0]):
        yield {"region": int(code), "region_name": names[int(code)]}, codes == code


def gathered(parts: Iterable[tuple[Mapping[str, object], Mapping[str, pd.DataFrame]]]) -> dict[str, pd.DataFrame]:
    """Tables of all regions from those of each, with the labels of the regions in front.

    Parameters
    ----------
    parts : iterable of (labels, tables by name)

    Returns
    -------
    dict of DataFrame
        Under the same names; empty where there is no region.
    """
    by_name: dict[str, list[pd.DataFrame]] = {}
    for labels, tables in parts:
        for name, table in tables.items():
            by_name.setdefault(name, []).append(pd.DataFrame([labels] * len(table)).join(table.reset_index(drop=True)))
    return {name: pd.concat(listed, ignore_index=True) for name, listed in by_name.items()}
