"""Tables of study A for each region: every table from the cells of the region alone, with the false discovery rate
among them and intervals from the draws of years that serve all cells (docs/methods.md#c1, #a4)."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import significance
from vadose.statistics.quality import Reason
from vadose.studies import regions
from vadose.studies.variability import intervals, results, tables

BY_REGION = "By region: region (code) and region_name. "
TITLES = {
    "year_intervals_by_region": f"Headline numbers by region. {BY_REGION}{intervals.TITLE} Significant by false "
    "discovery rate: among the cells of the region.",
    "trend_tests_by_region": f"Trend tests by region. {BY_REGION}False discovery rate among the cells of the region. "
    + tables.TITLES["trend_tests"],
    **{
        f"{name}_by_region": f"{words} by region. {BY_REGION}{tables.TITLES[name]}"
        for name, words in (
            ("shares", "Shares of the variance"),
            ("trends", "Trends"),
            ("trend_shares", "Trend shares"),
        )
    },
}
DETAILS = ("term", "difference of dynamics", "difference of season", "difference of layer")


class Merged(NamedTuple):
    """Merged products of the study that the tables are made from."""

    attribution: xr.Dataset
    trends: xr.Dataset
    splice: xr.Dataset
    seasonal: xr.Dataset

    def of(self, inside: Array) -> "Merged":
        """The same of some cells."""
        return Merged(*(part.isel(cell=np.flatnonzero(inside)) for part in self))


class Settings(NamedTuple):
    """Keys of the configuration."""

    weight: str
    alpha: float
    alpha_fdr: float
    resamples: int
    seed: int


def by_region(
    merged: Merged, codes: Array, names: Mapping[int, str], null: pd.DataFrame, settings: Settings
) -> dict[str, pd.DataFrame]:
    """Tables of all regions that have cells.

    Parameters
    ----------
    merged : Merged
    codes : (cell,) int array
        Region of each cell, 0 where there is none.
    names : mapping of int to str
        Of the regions, by code.
    null : DataFrame
        Table of false positives of the run.
    settings : Settings

    Returns
    -------
    dict of DataFrame
        By the names of `TITLES`.
    """
    return regions.gathered(_each(merged, codes, names, null, settings))


def _each(
    merged: Merged, codes: Array, names: Mapping[int, str], null: pd.DataFrame, settings: Settings
) -> Iterator[tuple[dict, dict[str, pd.DataFrame]]]:
    for labels, inside in regions.each(codes, names):
        part = merged.of(inside)
        periods = [str(period) for period in part.trends["period"].values]
        means = results.means_of_periods(part.trends, part.seasonal)
        years = part.seasonal["year"].values
        yield (
            labels,
            {
                "year_intervals_by_region": _headline(part, periods, settings),
                "shares_by_region": tables.shares(part.attribution, settings.weight),
                "trends_by_region": tables.trends(part.trends, means, years),
                "trend_tests_by_region": tables.trend_tests(
                    part.trends, field(part.trends["p"], settings.alpha_fdr), settings.alpha, null
                ),
                "trend_shares_by_region": tables.trend_shares(part.splice, settings.alpha, periods, null),
            },
        )


def field(p: xr.DataArray, alpha_fdr: float) -> xr.Dataset:
    """Which tests the false discovery rate admits among these cells: `rejected` with the dimensions of `p`."""
    rejected = np.empty(p.shape, np.int8)
    for place in np.ndindex(p.shape[1:]):
        _, rejected[:, *place] = significance.field_significance(p.values[:, *place], alpha_fdr)
    return xr.Dataset({"rejected": (p.dims, rejected)}, coords={name: p[name] for name in p.dims[1:]})


def _headline(part: Merged, periods: list[str], settings: Settings) -> pd.DataFrame:
    """Headline numbers with intervals; single terms and differences are left to the table of the whole."""
    means = part.seasonal
    headline = intervals.resampled(
        means["soil_moisture"].values,
        means["year"].values,
        np.equal(part.attribution["reason"].values, Reason.OK),
        means["area"].values,
        periods,
        resamples=settings.resamples,
        seed=settings.seed,
        levels=intervals.Levels(settings.alpha, settings.alpha_fdr),
    )
    names = [str(season) for season in means["season"].values], list(means["layer"].values)
    table = intervals.tabulate(headline, names, periods)
    return table[~table["quantity"].isin(DETAILS)]
