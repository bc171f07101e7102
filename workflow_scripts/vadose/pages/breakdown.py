"""Headline numbers broken down: by region, by area beside by cells, and negative dependence under each explanation."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from vadose.pages import sentences
from vadose.studies.depths import dashed
from vadose.studies.manuscript import citable
from vadose.studies.sensitivity.verdicts import PLACES, YEARS, Number

# What is told by region, in the order of the columns.
QUANTITIES = {"variability": ("trend", "declining", "trend_share"), "dependence": ("negative_share",)}
# Answers to why dependence is negative: alternatives of config/sensitivity.yaml and what they leave.
EXPLANATIONS = {
    "annual_cycle_removed": "without the annual cycle",
    "within_seasons": "within seasons, mean of the four",
    "thawed_months": "in thawed months alone",
    "partial": "given evapotranspiration",
}
ICE = "What GLDAS has under ice is a column of its land surface model, and no soil."
NAMES = {"negative_share": "negative dependence"}


def by_region(entries: Iterable[Mapping], study: str) -> dict:
    """Headline numbers by region; of study B those of single months.

    Parameters
    ----------
    entries : iterable of mapping
        Values of `numbers` of numbers.json.
    study : str

    Returns
    -------
    dict
        `heads` and `rows` of a table, regions in the order of the run; no rows where a run has no regions.
    """
    chosen = [one for one in entries if one["study"] == study and one.get("region")]
    chosen = [one for one in chosen if one["quantity"] in QUANTITIES[study]]
    chosen = [one for one in chosen if study == "variability" or one["case"].startswith("monthly, ")]
    heads = {(one["quantity"], one["case"]): None for one in chosen}
    rows: dict[str, dict] = {}
    for one in chosen:
        rows.setdefault(one["region"], {})[(one["quantity"], one["case"])] = sentences.value(one)
    named = [_named(quantity, case) for quantity, case in heads]
    return {"heads": named, "rows": [[name, *(row.get(head, "") for head in heads)] for name, row in rows.items()]}


def of_ice(regions: Iterable[str]) -> str:
    """What must be known of a row of ice; "" where there is none."""
    return ICE if set(regions) & {"ice", "rock and ice"} else ""


def by_area(table: Path | None, study: str) -> list[list[str]]:
    """Rows of a table: a headline number, over cells, weighted by area; none where the run has no such alternative."""
    if table is None:
        return []
    frame = pd.read_csv(table).query("study == @study and alternative == 'weight_area'")
    frame = frame[frame["number"].isin(QUANTITIES[study])]
    return [
        [_named(row["number"], row["case"]), _printed(row, "base"), _printed(row, "")]
        for row in frame.to_dict("records")
    ]


def explained(table: Path | None, between: str = "<br>") -> dict | None:
    """Negative shares of single months under each explanation.

    Parameters
    ----------
    table : Path or None
        The sensitivity analysis of a run of study B.
    between : str
        What stands between a share and its change.

    Returns
    -------
    dict or None
        `heads` (layers), `rows`, and `sentences`, one a layer; None where the run has none of the explanations.
    """
    if table is None:
        return None
    frame = pd.read_csv(table).query("number == 'negative_share'")
    frame = frame[frame["case"].str.startswith("monthly, ") & frame["alternative"].isin(EXPLANATIONS)]
    layers = list(dict.fromkeys(frame["case"].str.removeprefix("monthly, ")))
    by_name = {name: frame[frame["alternative"] == name].set_index("case") for name in EXPLANATIONS}
    by_name = {name: part for name, part in by_name.items() if len(part)}
    if not by_name:
        return None
    base = next(iter(by_name.values()))
    rows = [["all months", *(_printed(base.loc[f"monthly, {layer}"], "base") for layer in layers)]]
    for name, part in by_name.items():
        cells = (part.loc[f"monthly, {layer}"] for layer in layers)
        rows.append([EXPLANATIONS[name], *(f"{_printed(one, '')}{between}{_change(one)}" for one in cells)])
    told = []
    for layer in layers:
        rows_of_layer = {name: part.loc[f"monthly, {layer}"] for name, part in by_name.items()}
        certain = {name: _left(row) for name, row in rows_of_layer.items() if row["difference_high"] < 0}
        least = min(certain, key=certain.__getitem__, default="")
        what = f"shrinks most {EXPLANATIONS[least]}" if least else "falls for certain under none of them"
        told.append(f"The share at {dashed(layer)} {what}.")
    return {"heads": list(map(dashed, layers)), "rows": rows, "sentences": told}


def _named(quantity: str, case: str) -> str:
    """A quantity and its case as the head of a column or row."""
    return dashed(f"{NAMES.get(quantity, quantity.replace('_', ' '))}, {case}")


def _left(row: Mapping) -> float:
    """What an explanation leaves of a share, in the cells that both have."""
    return row["under_alternative"] / (row["under_alternative"] - row["difference"])


def _printed(row: Mapping, which: str) -> str:
    """A number of the sensitivity table, that of the run ("base") or of the alternative ("")."""
    names = ("base", "base_low", "base_high") if which else ("under_alternative", "low", "high")
    places = row["base_places_low" if which else "places_low"]  # equal to the interval where that is not over years
    basis = PLACES if row[names[1]] == places else YEARS
    limits = (float(row[name]) for name in names)
    number = Number(row["study"], row["number"], "", row["unit"], row["reference"], *limits, basis=basis)
    return sentences.value(citable.entry(number, {}))


def _change(row: Mapping) -> str:
    """The difference in the cells that both have, with its interval."""
    limits = (float(row[name]) for name in ("difference", "difference_low", "difference_high"))
    number = Number("dependence", "change_of_negative_share", "", "1", 0.0, *limits, basis=YEARS)
    return f"{sentences.value(citable.entry(number, {}))} in {int(row['common_cells'])} cells"
