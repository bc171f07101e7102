"""Findings of study A on productivity, with what rules of land cover make of them."""

import numpy as np
import pandas as pd
import xarray as xr

from vadose.pages.report import coverage
from vadose.pages.report.finding import NOT_COMPUTED, also, row_of


def findings(
    correlated: xr.Dataset, seed: int, rules: pd.DataFrame | None = None, cover: pd.DataFrame | None = None
) -> list[dict]:
    """Findings of study A on productivity: the season and layer with the largest mean correlation, how much of it is
    left without trends and under other rules of land cover.

    Parameters
    ----------
    correlated : Dataset
        Product "productivity_correlation".
    seed : int
        Of the interval over places.
    rules, cover : DataFrame, optional
        Tables of the rules of land cover, `land_cover_rules` and `land_cover_cells`.
    """
    r = correlated["r"].sel(detrend="none").values
    if not np.isfinite(r).any():
        return []
    means = np.nanmean(r, axis=0)
    season, layer = np.unravel_index(np.nanargmax(means), means.shape)
    values, detrended = r[:, season, layer], correlated["r"].sel(detrend="linear").values[:, season, layer]
    both = np.isfinite(values) & np.isfinite(detrended)
    rejected = correlated["rejected"].sel(detrend="none").values[:, season, layer]
    labels = str(correlated["season"].values[season]), str(correlated["layer"].values[layer])
    share = 100.0 * np.mean(rejected[np.isfinite(values)] == 1)
    judging = ""
    if both.any():
        pair = float(values[both].mean()), float(detrended[both].mean())
        judging = f"{pair[0]:.2g} and {pair[1]:.2g} with linear trends removed, over the same {int(both.sum())} cells; "
    judging += f"{share:.0f} % of cells significant by the false discovery rate"
    interval, held = NOT_COMPUTED, ""
    if rules is not None:
        here = rules[(rules["season"] == labels[0]) & (rules["layer"] == labels[1]) & (rules["detrend"] == "none")]
        interval, held = _of_all_land(here), coverage.rates("correlation of a class", 25)
        judging += also(_under_rules(here)) + also(_mostly(cover))
    name = f"Largest mean correlation with annual productivity ({labels[0]} season, layer {labels[1]})"
    return [row_of(name, values, correlated, "1", judging, seed, interval, held)]


def _of_all_land(rules: pd.DataFrame) -> str:
    """Interval over years of the mean correlation of all land."""
    row = rules[rules["class"] == "all land"].iloc[0]
    if not np.isfinite(row["r_low"]):
        return "too few years"
    return f"{row['r_low']:.3g} to {row['r_high']:.3g}"


def _under_rules(rules: pd.DataFrame) -> str:
    """Mean correlation of the cells that have a class, under each rule of land cover."""
    listed = rules[rules["class"] == "all classes"]
    parts = [f"{row['r']:.3g} {row['rule']} ({row['cells']} cells)" for _, row in listed.iterrows()]
    apart = [
        f"{row['r_difference']:.2g} ({row['r_difference_low']:.2g} to {row['r_difference_high']:.2g} over years)"
        for _, row in listed.iloc[1:].iterrows()
    ]
    return f"cells with a land-cover class: {', '.join(parts)}; difference {', '.join(apart)}"


def _mostly(cover: pd.DataFrame | None) -> str:
    """How many cells have a class although they are mostly barren or ice."""
    if cover is None:
        return ""
    part = cover[
        (cover["rule"] == "as published") & (cover["class"] != "none") & cover["mostly"].isin(["barren", "ice"])
    ]
    share = 100 * float(part["area_share"].sum())
    return f"{int(part['cells'].sum())} cells with a class are mostly barren or ice ({share:.2g} % of the land)"
