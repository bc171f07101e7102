"""Tables of study B for each region: every table from the cells of the region alone, with false discovery rates among
them (docs/methods.md#b2, #b7)."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.studies import regions
from vadose.studies.controls import intervals as controls_intervals
from vadose.studies.controls import tables as controls_tables
from vadose.studies.dependence import intervals, tables

BY_REGION = "By region: region (code) and region_name; false discovery rates among the cells of the region. "
WORDS = {
    "copula_families": "Selected families",
    "copula_tails": "Tails of the selected copulas",
    "optimal_lags": "Optimal lags",
    "copula_reasons": "Cells with and without a copula",
}
TITLES = {
    **{f"{name}_by_region": f"{words} by region. {BY_REGION}{tables.TITLES[name]}" for name, words in WORDS.items()},
    "strong_controls_by_region": f"Controls by region. {BY_REGION}{controls_tables.TITLES['strong_controls']}",
    "control_year_intervals_by_region": f"Headline numbers of the controls by region. {BY_REGION}"
    f"{controls_intervals.TITLE}",
    "year_intervals_by_region": f"Headline numbers of dependence by region. {BY_REGION}{intervals.TITLE}",
}


class Merged(NamedTuple):
    """Merged products of the study that the tables are made from."""

    copulas: xr.Dataset
    lags: xr.Dataset
    controls: xr.Dataset | None

    def of(self, inside: Array) -> "Merged":
        """The same of some cells."""
        here = np.flatnonzero(inside)
        return Merged(*(None if part is None else part.isel(cell=here) for part in self))


def by_region(
    merged: Merged, codes: Array, names: Mapping[int, str], over_years: pd.DataFrame, levels: tuple[float, float]
) -> dict[str, pd.DataFrame]:
    """Tables of all regions that have cells.

    Parameters
    ----------
    merged : Merged
    codes : (cell,) int array
        Region of each cell, 0 where there is none.
    names : mapping of int to str
        Of the regions, by code.
    over_years : DataFrame
        Table of intervals over years, which has numbers of the regions by their codes.
    levels : (alpha, alpha_fdr)

    Returns
    -------
    dict of DataFrame
        By the names of `TITLES`; without controls there is no table of them.
    """
    by_name = regions.gathered(_each(merged, codes, names, levels))
    of_regions = over_years[over_years["region"] != tables.ALL]
    named = of_regions["region"].astype(int).map(names)
    place = of_regions.columns.get_loc("region") + 1
    of_regions.insert(place, "region_name", named)
    return by_name | {"year_intervals_by_region": of_regions}


def _each(
    merged: Merged, codes: Array, names: Mapping[int, str], levels: tuple[float, float]
) -> Iterator[tuple[dict, dict[str, pd.DataFrame]]]:
    alpha, alpha_fdr = levels
    for labels, inside in regions.each(codes, names):
        part = merged.of(inside)
        independence_p = part.copulas["independence_p"].where(part.copulas["reason"] == 0)
        tested = tables.field_tests(part.lags["field_p"], None, alpha_fdr, independence_p)
        dependent = tested["independence_rejected"].values
        listed = {
            "copula_families_by_region": tables.families(part.copulas, dependent),
            "copula_tails_by_region": tables.tails(part.copulas, dependent),
            "copula_reasons_by_region": tables.reasons(part.copulas),
            "optimal_lags_by_region": tables.optimal_lags(part.lags, tested, alpha),
        }
        if part.controls is not None:
            listed["strong_controls_by_region"] = controls_tables.strong_controls(part.controls)
        yield labels, listed
