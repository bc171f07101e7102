"""The gallery: what finished runs on genuine data found, as pages small enough for the repository."""

import base64
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from vadose.files import provenance, yaml_files
from vadose.pages import breakdown, sentences, summary
from vadose.pages.manuscript import content
from vadose.pages.report import page

WIDTH = 1800  # pixels of the pictures
PAGES = ("report.html", "atlas.html")
TABLES = ("numbers.json", "tables/sensitivity.csv", "tables/dependence/partial_dependence.csv")
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
    record = yaml_files.read(run / provenance.RUN_FILE)
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
    regions = breakdown.by_region(cited["numbers"].values(), study)
    period = content.last_period(own)
    chances = summary.without_trend(run.glob("tables/*/*.csv"), period)
    return {
        "study": study,
        "title": content.TITLES[study],
        "own": own,
        "run": record["provenance"],
        "place": content.place(own["grid"], own["years"])[0],
        "cells": listed.cells,
        "resamples": configuration["intervals"]["resamples"],
        "findings": summary.findings(study, listed, period, chances),
        "survives": summary.survives(compared, study)["text"],
        "regions": regions,
        "ice": breakdown.of_ice(row[0] for row in regions["rows"]),
        "area": breakdown.by_area(compared, study),
        "explained": breakdown.explained(compared) if study == "dependence" else None,
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
