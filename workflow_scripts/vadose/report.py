"""The report: one self-contained page of figures, tables and provenance."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import yaml

TEMPLATES = Path(__file__).parent / "templates"
DIGITS = 4  # significant digits of numbers in tables


def figure(png: Path, rule: str) -> dict:
    """A figure of the report from its picture, with the caption and the data that lie beside it.

    Raises
    ------
    FileNotFoundError
        If the caption is not there.
    """
    caption = png.with_suffix(".md").read_text().strip()
    title, _, text = caption.partition(". ")
    beside = sorted(path.name for path in png.parent.glob(f"{png.stem}*") if path.suffix in (".nc", ".csv"))
    encoded = base64.b64encode(png.read_bytes()).decode()
    return {"id": png.stem, "png": encoded, "title": title.strip().rstrip(".") + ".", "text": text, "data": ", ".join(beside), "rule": rule}


def table(frame: pd.DataFrame, caption: str) -> dict:
    """A table of the report; numbers are rounded to a few significant digits, missing ones are empty."""

    def cell(value: object) -> dict:
        if value is None or (isinstance(value, float) and pd.isna(value)):
            return {"text": "", "number": False}
        if isinstance(value, float):
            return {"text": f"{value:.{DIGITS}g}", "number": True}
        return {"text": str(value), "number": isinstance(value, int) and not isinstance(value, bool)}

    rows = [[cell(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    return {"caption": caption, "columns": list(frame.columns), "rows": rows}


def section(identifier: str, title: str, *, text: str = "", figures: Sequence[dict] = (), tables: Sequence[dict] = ()) -> dict:
    """A section of the report."""
    return {"id": identifier, "title": title, "text": text, "figures": list(figures), "tables": list(tables)}


def render(record: Mapping, sections: Sequence[Mapping]) -> str:
    """The page.

    Parameters
    ----------
    record : mapping
        The run's record (`vadose.provenance.record`).
    sections : sequence of mappings
        From `section`.

    Returns
    -------
    str
        HTML that asks nothing of the network. Equal inputs give equal text: no clock time stands in it.
    """
    import jinja2

    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined)
    known, configuration = record["provenance"], record["configuration"]
    unique = {item["id"]: item for items in known["sources"].values() for item in items}
    return environment.get_template("report.html").render(
        run=known["run"],
        studies=" and ".join(configuration["studies"]),
        provenance=known,
        synthetic=configuration["source"] == "synthetic",
        sections=sections,
        sources=list(unique.values()),
        configuration=yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True),
    )
