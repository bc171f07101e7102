"""The gallery: its pages say where their data come from, ask nothing of the network, and print no number that the files
beside them do not hold."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from matplotlib import pyplot

from vadose.pages import breakdown, gallery
from vadose.studies.manuscript import check, citable
from vadose.studies.sensitivity.verdicts import COLUMNS, YEARS, Number

STUDIES = ("variability", "dependence")
SOURCE = {"title": "A product", "version": "1", "doi": "10.1/a", "licence": "CC-BY-4.0"}
MOST = 40_000_000  # bytes of the whole gallery
LAYERS = ("0-10 cm", "10-40 cm")
ORIGIN = {"product": "a.nc", "sha256": "0" * 64, "rule": "merge"}


def number(study, quantity, case, value, reach, region=""):
    one = Number(study, quantity, case, "1", 0.5, value, value - reach, value + reach, basis=YEARS)
    return one._replace(region=region)


def asked_of_the_network(page: str) -> list[str]:
    """What a page fetches by itself; links that are to be clicked are none."""
    asked = re.findall(r"<(?:script|img|iframe|source|link)[^>]*\s(?:src|href)=[\"'](?:https?:)?//[^\"']*", page)
    return asked + re.findall(r"url\([\"']?(?:https?:)?//|@import|fetch\(|XMLHttpRequest", page)


def of_table(path: Path) -> dict[str, dict]:
    """Numbers of a sensitivity table as numbers.json would hold them."""
    frame = pd.read_csv(path).query("number.notna() and base.notna()")
    names = [("base", "base_low", "base_high"), ("under_alternative", "low", "high")]
    names += [("difference", "difference_low", "difference_high")]
    listed = {}
    for row in frame[frame["number"].isin(sum(breakdown.QUANTITIES.values(), ()))].to_dict("records"):
        for value, low, high in names:
            quantity = f"change_of_{row['number']}" if value == "difference" else row["number"]
            limits = (row[value], row[low], row[high])
            one = Number(row["study"], quantity, row["case"], row["unit"], row["reference"], *limits, basis=YEARS)
            listed[f"{row['alternative']} {row['case']} {row['number']} {value}"] = citable.entry(one, ORIGIN)
    return listed


def unsupported(index: str, folder: Path) -> list[str]:
    """Numbers of findings and tables, without figures, sources and what says how to make it, that no file holds."""
    told = "\n".join(
        re.findall(
            r"^(?:\* .*|\| (?!A:|B:).*)$", re.sub(r"### Sources.*?(?=^## |\Z)", "", index, flags=re.M | re.S), re.M
        )
    )
    told = re.sub(
        r"in \d+ cells|over \d+ cells|without a trend \d+ %|Under \d+ alternatives.*|Of \d+ published.*", "", told
    )
    told = told.replace("\u2212", "-").replace("\u2013", "-").replace("\xa0", " ")
    listed: dict[str, dict] = {}
    for study in STUDIES:
        entries = json.loads((folder / study / "numbers.json").read_text(encoding="utf-8"))["numbers"]
        listed |= entries | of_table(folder / study / "sensitivity.csv")
    return [f"{one.text}: {one.reason}" for one in check.remarks(told, listed, tex=False)]


@pytest.fixture
def runs(tmp_path):
    """Two finished runs, of what the gallery takes from them."""
    own = {"grid": {"spacing": 2.0, "south": 0, "north": 90, "west": -180, "east": 180}, "years": [2012, 2022]}
    settings = {
        "variability": own | {"periods": [[2012, 2022]], "productivity": False},
        "dependence": own | {"product": "gldas", "precipitation": "gldas", "controls": False, "drivers": False},
    }
    for study in STUDIES:
        run = tmp_path / f"run_{study}"
        listed = [number("variability", "trend", "2012-2022", -0.31, 0.02, region) for region in ("", "forests")]
        listed += [number("variability", "declining", "2012-2022", 0.612, 0.02, region) for region in ("", "forests")]
        if study == "dependence":
            shares = zip(LAYERS, (0.341, 0.284))
            listed = [number(study, "negative_share", f"monthly, {layer}", share, 0.02) for layer, share in shares]
        entries = citable.entries(listed, {one.quantity: ORIGIN for one in listed})
        (run / "tables").mkdir(parents=True)
        (run / "numbers.json").write_text(json.dumps({"run": {}, "numbers": entries}), encoding="utf-8")
        rows = []
        for layer, left in zip(LAYERS, (0.009, 0.3)):
            row = {"study": "dependence", "alternative": "thawed_months", "question": "?", "number": "negative_share"}
            row |= {"case": f"monthly, {layer}", "base": 0.341, "base_low": 0.321, "base_high": 0.361}
            row |= {"under_alternative": left, "low": left - 0.005, "high": left + 0.005, "verdict": "same"}
            row |= {"difference": left - 0.2, "difference_low": left - 0.21, "difference_high": left - 0.19}
            rows.append(row | {"common_cells": 8415})
        pd.DataFrame(rows, columns=COLUMNS).to_csv(run / "tables/sensitivity.csv", index=False)
        record = {"configuration": {"source": "local", "studies": [study], study: settings[study]}}
        record["configuration"]["intervals"] = {"resamples": 200}
        origin = {"revision": "abc", "library_version": "0.1", "run": study, "configuration_hash": "0a"}
        record["provenance"] = origin | {"sources": {study: [SOURCE]}}
        (run / "run_config.yaml").write_text(yaml.safe_dump(record), encoding="utf-8")
        page = '<a href="atlas.html">atlas</a> <a href="figures/a.pdf" download>PDF</a> <a href="#b">b</a> '
        page += '<a href="numbers.json">n</a>'
        for name in ("report.html", "atlas.html"):
            (run / name).write_text(page, encoding="utf-8")
        picture = run / f"figures/{study}/figure_1.png"
        picture.parent.mkdir(parents=True)
        figure = pyplot.figure(figsize=(1, 1))
        figure.savefig(picture)
        pyplot.close(figure)
        picture.with_suffix(".md").write_text("What one sees. How it was made.\n\nData: x.\n", encoding="utf-8")
    return [tmp_path / f"run_{study}" for study in STUDIES]


def test_a_gallery_is_written_from_runs(runs, tmp_path):
    folder = tmp_path / "gallery"
    gallery.write(runs, folder)
    index = (folder / "index.md").read_text(encoding="utf-8")
    assert not unsupported(index, folder)
    for part in (
        "no genuine file of productivity",
        "come from one model",
        "CC-BY-4.0",
        "https://doi.org/10.1/a",
        "forests",
    ):
        assert part in index, part
    assert "The share at 0\u201310 cm shrinks most in thawed months alone." in index
    assert "The share at 10\u201340 cm falls for certain under none of them." in index
    page = (folder / "variability/report.html").read_text(encoding="utf-8")
    assert page == '<a href="atlas.html">atlas</a> PDF <a href="#b">b</a> <a href="numbers.json">n</a>'
    assert (folder / "dependence/figure_1.webp").read_bytes()[8:12] == b"WEBP"


def test_a_changed_number_changes_the_gallery(runs, tmp_path):
    folder = tmp_path / "gallery"
    path = runs[0] / "numbers.json"
    gallery.write(runs, folder)
    assert "61.2" in (folder / "index.md").read_text(encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace('"61.2"', '"48.7"'), encoding="utf-8")
    gallery.write(runs, folder)
    index = (folder / "index.md").read_text(encoding="utf-8")
    assert "48.7" in index and "61.2" not in index
    assert any(one.startswith("48.7") for one in unsupported(index, folder))


def test_a_gallery_stays_where_a_run_is_not_finished(runs, tmp_path):
    folder = tmp_path / "gallery"
    gallery.write(runs, folder)
    (runs[1] / "report.html").unlink()
    with pytest.raises(FileNotFoundError, match="expected a finished run"):
        gallery.write(runs, folder)
    assert (folder / "dependence/report.html").is_file()


def test_a_synthetic_earth_does_not_come_into_the_gallery(runs, tmp_path):
    path = runs[0] / "run_config.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("source: local", "source: synthetic"), encoding="utf-8")
    with pytest.raises(ValueError, match="expected a run on genuine data"):
        gallery.write(runs, tmp_path / "gallery")


def test_the_gallery_of_the_documentation(root):
    """Of the genuine runs: sources and licences, no synthetic data, no request, every number from a file beside it."""
    folder = root / "docs/gallery"
    index = (folder / "index.md").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < MOST
    assert not unsupported(index, folder)
    assert "synthetic" not in index.lower() and not re.search(r"\bnan\b|None|<<|<%", index)
    for study in STUDIES:
        run = json.loads((folder / study / "numbers.json").read_text(encoding="utf-8"))["run"]
        assert run["run"] in index and run["revision"] in index and "SYNTHETIC" not in run["source"]
        for name in ("report.html", "atlas.html"):
            page = (folder / study / name).read_text(encoding="utf-8")
            assert not asked_of_the_network(page), (study, name)
            assert re.search("licence", page, re.I) or name == "atlas.html"
    for doi in ("10.5067/LWTYSMP3VM5Z", "10.5067/MODIS/MCD12C1.006"):
        assert index.count(f"https://doi.org/{doi}") >= len(STUDIES)
    assert index.count("free to use and to pass on with citation") >= 2 * len(STUDIES)
    for name in re.findall(r'(?:\]\(|href=")(?!https?:|#|\.\.)([^)"]+)', index):
        assert (folder / name).is_file(), name
