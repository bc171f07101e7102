"""The gallery: what finished runs on genuine data found, as pages small enough for the repository."""

import base64
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import yaml

from vadose.files import provenance
from vadose.pages import sentences, summary
from vadose.pages.manuscript import content
from vadose.pages.report import page
from vadose.studies.manuscript import citable
from vadose.studies.sensitivity.verdicts import PLACES, YEARS, Number

WIDTH = 1800  # pixels of the pictures
PAGES = ("report.html", "atlas.html")
TABLES = ("numbers.json", "tables/sensitivity.csv", "tables/dependence/partial_dependence.csv")
# What is told by region, in the order of the columns.
BY_REGION = {"variability": ("trend", "declining", "trend_share"), "dependence": ("negative_share",)}
# Answers to why dependence is negative: alternatives of config/sensitivity.yaml and what they leave.
EXPLANATIONS = {
    "annual_cycle_removed": "without the annual cycle",
    "within_seasons": "within seasons, mean of the four",
    "thawed_months": "in thawed months alone",
    "partial": "given evapotranspiration",
}
LINK = re.compile(r'<a (?:[^>]*? )?href="(?!#|https?:|data:)([^"#]+)[^>]*>(.*?)</a>', re.S)


def write(runs: Sequence[Path], folder: Path) -> None:
    """Make the gallery anew.

    Parameters
    ----------
    runs : sequence of Path
        Folders of finished runs of one study each; a study that comes twice is an error of whoever calls.
    folder : Path
        For index.md, and a folder for each study with report, atlas, numbers, tables and pictures.

    Raises
    ------
    FileNotFoundError
        If a run lacks its report, numbers or sensitivity analysis.
    ValueError
        If a run was made from synthetic data.
    """
    for path in (run / name for run in runs for name in (provenance.RUN_FILE, *TABLES[:2], *PAGES)):
        if not path.is_file():
            raise FileNotFoundError(
                f"{path}: expected a finished run with its sensitivity analysis, found no such file."
            )
    shutil.rmtree(folder, ignore_errors=True)
    parts = [_part(run, folder) for run in runs]
    text = (page.TEMPLATES / "gallery.md").read_text(encoding="utf-8")
    templates = summary.environment({"gallery": text}, sentences.Numbers({}, ""))
    printed = re.sub(r"\n{3,}", "\n\n", templates.get_template("gallery").render(parts=parts))
    folder.joinpath("index.md").write_text(printed.lstrip(), encoding="utf-8")


def _part(run: Path, folder: Path) -> dict:
    """One run: its files copied, and what index.md says of it."""
    record = yaml.safe_load((run / provenance.RUN_FILE).read_text(encoding="utf-8"))
    configuration = record["configuration"]
    if configuration["source"] == "synthetic":
        raise ValueError(f"{run}: expected a run on genuine data for the gallery, found a synthetic Earth.")
    (study,) = configuration["studies"]
    target, own = folder / study, configuration[study]
    target.mkdir(parents=True)
    for name in TABLES:
        if (run / name).is_file() or name not in TABLES[2:]:
            shutil.copyfile(run / name, target / Path(name).name)
    main, others = content.figures(sorted((run / "figures").glob("*/*.png")), study, run)
    for count, item in enumerate([*main, *others], start=1):
        item["label"] = f"Figure {count}"  # as in the report
        png = run / f"{item['path']}.png"
        item["file"] = f"{study}/{png.stem}.webp"
        (folder / item["file"]).write_bytes(base64.b64decode(page.picture(png, WIDTH)))
        item["title"] = item["caption"].partition(". ")[0].rstrip(".")
    for name in PAGES:
        text = (run / name).read_text(encoding="utf-8")
        (target / name).write_text(_unlinked(text, target), encoding="utf-8")
    cited = json.loads((run / "numbers.json").read_text(encoding="utf-8"))
    listed, compared = sentences.Numbers(cited["numbers"], study), run / "tables/sensitivity.csv"
    return {
        "study": study,
        "title": content.TITLES[study],
        "own": own,
        "run": record["provenance"],
        "place": content.place(own["grid"], own["years"])[0],
        "cells": listed.cells,
        "resamples": configuration["intervals"]["resamples"],
        "findings": summary.findings(study, listed, content.last_period(own)),
        "survives": summary.survives(compared, study)["text"],
        "regions": _by_region(cited["numbers"].values(), study),
        "explained": _explained(compared) if study == "dependence" else None,
        "figures": main,
        "others": others,
        "sources": record["provenance"]["sources"][study],
    }


def _unlinked(text: str, folder: Path) -> str:
    """A page of the run without its links to files of the run that the gallery does not hold."""

    def kept(link: re.Match) -> str:
        beside = (folder / link[1]).is_file() or link[1] in PAGES
        return link[0] if beside else link[2]

    return LINK.sub(kept, text)


def _by_region(entries, study: str) -> dict:
    """Headline numbers by region: heads and rows of a table, regions in the order of the run."""
    chosen = [one for one in entries if one.get("region") and one["quantity"] in BY_REGION[study]]
    chosen = [one for one in chosen if study == "variability" or one["case"].startswith("monthly, ")]
    heads = {(one["quantity"], one["case"]): None for one in chosen}
    rows: dict[str, dict] = {}
    for one in chosen:
        rows.setdefault(one["region"], {})[(one["quantity"], one["case"])] = sentences.value(one)
    named = [sentences.dashed(f"{quantity.replace('_', ' ')}, {case}") for quantity, case in heads]
    return {"heads": named, "rows": [[name, *(row.get(head, "") for head in heads)] for name, row in rows.items()]}


def _explained(table: Path) -> dict:
    """Negative shares of single months under each explanation, by layer: heads, rows, and a sentence a layer."""
    frame = pd.read_csv(table).query("number == 'negative_share'")
    frame = frame[frame["case"].str.startswith("monthly, ") & frame["alternative"].isin(EXPLANATIONS)]
    layers = list(dict.fromkeys(frame["case"].str.removeprefix("monthly, ")))
    by_name = {name: frame[frame["alternative"] == name].set_index("case") for name in EXPLANATIONS}
    by_name = {name: part for name, part in by_name.items() if len(part)}
    base = next(iter(by_name.values()))
    rows = [["all months", *(_share(base.loc[f"monthly, {layer}"], "base") for layer in layers)]]
    for name, part in by_name.items():
        cells = (part.loc[f"monthly, {layer}"] for layer in layers)
        rows.append([EXPLANATIONS[name], *(f"{_share(one, '')}<br>{_change(one)}" for one in cells)])
    told = []
    for layer in layers:
        rows_of_layer = {name: part.loc[f"monthly, {layer}"] for name, part in by_name.items()}
        certain = {name: _left(row) for name, row in rows_of_layer.items() if row["difference_high"] < 0}
        least = min(certain, key=certain.__getitem__, default="")
        what = f"least is left of it {EXPLANATIONS[least]}" if least else "it falls under none of them for certain"
        told.append(f"At {sentences.dashed(layer)} {what}.")
    return {"heads": list(map(sentences.dashed, layers)), "rows": rows, "sentences": told}


def _left(row: Mapping) -> float:
    """What an explanation leaves of a share, in the cells that both have."""
    return row["under_alternative"] / (row["under_alternative"] - row["difference"])


def _share(row: Mapping, which: str) -> str:
    """A share of the sensitivity table with its interval, rounded as in numbers.json."""
    names = ("base", "base_low", "base_high") if which else ("under_alternative", "low", "high")
    value, low, high = (float(row[name]) for name in names)
    places = row["base_places_low" if which else "places_low"]  # equal to the interval where that is not over years
    basis = PLACES if low == places else YEARS
    number = Number("dependence", "negative_share", "", "1", 0.5, value, low, high, basis=basis)
    return sentences.value(citable.entry(number, {}))


def _change(row: Mapping) -> str:
    """The difference in the cells that both have, with its interval."""
    limits = (float(row[name]) for name in ("difference", "difference_low", "difference_high"))
    number = Number("dependence", "change_of_negative_share", "", "1", 0.0, *limits, basis=YEARS)
    return f"{sentences.value(citable.entry(number, {}))} in {int(row['common_cells'])} cells"
