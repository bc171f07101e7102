"""The manuscript of one study of the run: a draft for its authors.

Input:  numbers.json, figures with captions, tables, claims, references. Output: Typst markup with layout and references
beside it, PDF and HTML. Reference: docs/publish.md.
"""

import json
import shutil
from pathlib import Path

from vadose.files import references
from vadose.files.atomic import replacing
from vadose.files.jobs import run
from vadose.pages import sentences, summary
from vadose.pages.manuscript import content, typeset
from vadose.pages.report import page


def main(
    *,
    numbers: Path,
    figures: list[Path],
    tables: list[Path],
    claims: Path,
    bibliography: Path,
    layout: Path,
    text: Path,
    pdf: Path,
    html: Path,
    study: str,
    record: dict,
) -> None:
    cited, by_name = json.loads(numbers.read_text(encoding="utf-8")), {path.name: path for path in tables}
    listed = sentences.Numbers(cited["numbers"], study)
    entries = references.parse(bibliography.read_text(encoding="utf-8"))
    paragraphs, _ = page.methods({**record["configuration"], "studies": [study]}, entries)
    words = content.of_run(study, record, cited["run"]) | {
        "paragraphs": paragraphs,
        "cells": listed.cells,
        "missing": content.missing(by_name.get("missing_months.csv"), study),
        "compared": summary.compared(claims, study),
        "sensitivity": summary.survives(by_name.get("sensitivity.csv"), study),
    }
    words |= content.tables(cited["numbers"], by_name.get("sensitivity.csv"), study)
    words["findings"] = summary.findings(study, listed, words["period"], summary.without_trend(tables, words["period"]))
    words["main"], words["supplement"] = content.figures(figures, study, text.parent)
    text.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(layout, text.parent / "layout.typ")
    listing = typeset.bibliography(bibliography.read_text(encoding="utf-8"))
    (text.parent / "references.bib").write_text(listing, encoding="utf-8")
    with replacing(text) as temporary:
        temporary.write_text(typeset.markup(study, words, listed), encoding="utf-8")
    with replacing(pdf) as as_pdf, replacing(html) as as_html:
        typeset.typeset(text, numbers.parent, as_pdf, as_html)


if __name__ == "__main__":
    run(main, snakemake)
