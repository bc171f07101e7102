"""The page of a comparison of finished runs."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from vadose.pages.report import page

TITLES = {
    "values": "Headline numbers by run. Means over the area of the cells that all runs have, in the unit named; shares "
    "of the area where the number is negative, and where it is significant (1). Each run has its own years.",
    "agreement": "Agreement in sign and significance. Shares of the area (1) by the classes of the IPCC's hatching: "
    "robust (at least 66 % of the runs significant, 80 % of one sign), no robust signal (fewer significant), "
    "conflicting (as many significant, fewer of one sign); mean standard deviation among the runs, in the unit named.",
    "statements": "What holds in how many runs. Statements that are true of the first run.",
    "collocation": "Triple collocation of soil moisture. Anomalies from the mean annual cycle over the common years: "
    "cells by outcome, medians of error variance (volume fraction squared), signal-to-noise ratio (dB) and correlation "
    "with the truth, with the ends of its 95 % interval over years (1).",
}
ORDER = ("statements", "agreement", "values", "collocation")


def render(record: Mapping, folder: Path, study: str, listed: Mapping[str, pd.DataFrame], runs: int, atlas: str) -> str:
    """The page.

    Parameters
    ----------
    record : mapping
        Of the comparison.
    folder : Path
        Where its figure lies.
    study : str
        "variability" or "dependence".
    listed : mapping
        Tables by their names in TITLES.
    runs : int
        How many runs are compared.
    atlas : str
        File of its atlas, beside the page.
    """
    tables = []
    for name in ORDER:
        if name in listed:
            title, _, note = TITLES[name].partition(". ")
            tables.append(page.table(listed[name], title, note) | {"folded": name == "values"})
    text = (
        f"{runs} runs on the coarsest of their grids (first-order conservative, half of a cell covered) and in common "
        "layers, to which layers contribute by the thickness that they share."
    )
    if "collocation" not in listed:
        text += " Triple collocation takes three runs with soil moisture of the same years."
    figures = [page.figure(folder / "spread.png", "compare_runs")]
    title = f"Runs side by side: {study}"
    section = page.section("comparison", title, text=text, tables=tables, figures=figures)
    return page.render(record, [section], atlas=atlas)
