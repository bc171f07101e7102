"""The report: one self-contained page of findings, figures, tables, claims, methods and provenance."""

import base64
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import yaml

from vadose.figures.style import TEST_NAMES
from vadose.files import references, yaml_files
from vadose.pages import breakdown, numbering
from vadose.pages.numbering import TEMPLATES
from vadose.pages.report import words
from vadose.pages.sentences import minus

DIGITS = 4  # significant digits of numbers in tables
FOLDED = 16  # tables with more rows are folded
PICTURES_BESIDE = (".png", ".pdf", ".svg")
FILES = {".png": "PNG", ".pdf": "PDF", ".svg": "SVG", ".md": "caption", ".bib": "BibTeX"}  # data by their names
WIDTH = 1200  # pixels of a picture in the page, as wide as a screen shows it; the whole one is a file beside the page

BAD = {"no": "bad", "False": "bad", "differs": "bad", "yes": "good", "True": "good", "agrees": "good"}


def picture(png: Path, width: int = WIDTH) -> str:
    """A figure no wider than a screen shows it: WebP in base64."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(png) as whole:
        pixels = whole.convert("RGB")
    if pixels.width > width:
        pixels = pixels.resize((width, round(pixels.height * width / pixels.width)), Image.Resampling.LANCZOS)
    pixels.save(buffer, "webp", quality=75)
    return base64.b64encode(buffer.getvalue()).decode()


def figure(png: Path, rule: str, place: numbering.Numbered | None = None) -> dict:
    """A figure of the report from its picture, with the caption and the data that lie beside it, and its place among
    the figures of the run.

    Raises
    ------
    FileNotFoundError
        If the caption is not there.
    """
    caption = minus(png.with_suffix(".md").read_text(encoding="utf-8").split("\n\n")[0].strip())
    title, _, text = caption.partition(". ")
    beside = [png.with_suffix(ending) for ending in PICTURES_BESIDE if png.with_suffix(ending).is_file()]
    beside += sorted(path for path in png.parent.glob(f"{png.stem}*") if path.suffix in (".nc", ".csv"))
    beside += [path for path in (png.with_suffix(".md"), png.with_suffix(".bib")) if path.is_file()]
    height, width = _size(png)
    item = {
        "id": f"{png.parent.name}-{png.stem}",
        "title": title.strip().rstrip(".") + ".",
        "text": text,
        "files": [(FILES.get(path.suffix) or path.name, "/".join(path.parts[-3:])) for path in beside],
        "whole": "/".join(png.parts[-3:]),
        "rule": rule,
        "label": place.label if place else "",
        "published": place.published if place else "",
        "layer": f"#study={png.parent.name}&layer={place.layer}" if place and place.layer else "",
    }
    return item | {"image": picture(png), "width": width, "height": height}


def _size(png: Path) -> tuple[int, int]:
    head = png.read_bytes()[16:24]
    return int.from_bytes(head[4:8], "big"), int.from_bytes(head[0:4], "big")


def table(frame: pd.DataFrame, caption: str, note: str = "", name: str = "") -> dict:
    """A table of the report; numbers are rounded to a few significant digits, missing ones are empty, long tables are
    folded.

    Parameters
    ----------
    frame : DataFrame
        Its columns are named in words (`words.head`).
    caption, note : str
        Above the table.
    name : str
        Of the table's file, where one name of a column means several things.
    """

    def cell(value: object) -> dict:
        if value is None or (isinstance(value, float) and pd.isna(value)):
            return {"text": "", "number": False, "mark": ""}
        if isinstance(value, float):
            return {"text": _rounded(value), "number": True, "mark": ""}
        number = isinstance(value, int) and not isinstance(value, bool)
        return {"text": minus(str(value)), "number": number, "mark": BAD.get(str(value), "")}

    rows = [[cell(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    return {
        "caption": caption,
        "note": note,
        "columns": [words.head(column, name) for column in frame.columns],
        "rows": rows,
        "folded": len(rows) > FOLDED,
        "cards": False,
        "file": "",
    }


def _rounded(value: float) -> str:
    """A few significant digits, without powers of ten where the places are few."""
    text = f"{value:.{DIGITS}g}"
    return minus(f"{float(text):.0f}" if "e+0" in text else text)


def unbuilt(table: Mapping) -> dict:
    """What the browser makes a folded table from when it is opened: heads, columns of numbers, texts of the rows."""
    cells = table["rows"]
    numeric = [any(row[place]["number"] for row in cells) for place in range(len(table["columns"]))]
    texts = [[cell["text"] for cell in row] for row in cells]
    return {"columns": table["columns"], "numeric": numeric, "rows": texts}


def read_table(path: Path) -> dict:
    """A table of the report from its CSV file and the title beside it."""
    beside = path.with_suffix(".md")
    described = beside.read_text(encoding="utf-8").split("\n\n")[0] if beside.is_file() else ""
    title, _, note = described.partition(". ")
    if described.count(". ") == 0:
        title, note = path.stem.replace("_", " ").capitalize(), described
    above = path.parts[path.parts.index("tables") :] if "tables" in path.parts else path.parts[-1:]
    frame = pd.read_csv(path)
    if "test" in frame:
        frame["test"] = frame["test"].replace(TEST_NAMES)
    note = " ".join(filter(None, [note, breakdown.of_ice(frame.get("region_name", ()))]))
    return table(frame, title, note, path.stem) | {"file": "/".join(above)}


def recovered(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Planted against recovered in short: for each quantity the number of cases within and beyond their tolerance.

    Parameters
    ----------
    tables : mapping
        Name -> recovery table with the columns quantity, case, planted, recovered, tolerance, within, cells.
    """
    rows = []
    for name, frame in tables.items():
        for quantity, part in frame.groupby("quantity", sort=False):
            judged = part["within"].dropna().astype(str) == "True"
            row = {
                "table": name.replace("_", " "),
                "quantity": quantity,
                "cases": len(part),
                "within tolerance": int(judged.sum()),
            }
            row |= {"beyond": int((~judged).sum()), "not judged": int(part["within"].isna().sum())}
            rows.append(row | {"all within": "no" if row["beyond"] else "yes" if judged.size else ""})
    return pd.DataFrame(
        rows, columns=["table", "quantity", "cases", "within tolerance", "beyond", "not judged", "all within"]
    )


def section(
    identifier: str,
    title: str,
    *,
    text: str = "",
    figures: Sequence[dict] = (),
    tables: Sequence[dict] = (),
    paragraphs: Sequence[dict] = (),
) -> dict:
    """A section of the report; `paragraphs` have a title and HTML made by `methods`.

    Parameters
    ----------
    identifier : str
        Anchor of the section.
    title : str
        Its heading.
    text : str
        Below the heading.
    figures, tables : sequences of dict
        What stands in it, in this order.
    paragraphs : sequence of dict
        With a title and HTML made by `methods`.
    """
    return {
        "id": identifier,
        "title": title,
        "text": text,
        "figures": list(figures),
        "tables": list(tables),
        "paragraphs": list(paragraphs),
    }


def _says(own: object, published: object) -> bool:
    """Whether the configuration of a study says what is published, at least."""
    if not (isinstance(own, Mapping) and isinstance(published, Mapping)):
        return own == published
    return all(_says(own.get(key), value) for key, value in published.items())


def methods(configuration: Mapping, entries: Mapping[str, Mapping[str, str]]) -> tuple[list[dict], list[dict]]:
    """Methods in short with their citations, and the references they name.

    Parameters
    ----------
    configuration : mapping
        The merged configuration.
    entries : mapping
        From `references.parse`; a key that is not there is printed as it is.

    Returns
    -------
    list of dict, list of dict
        Paragraphs (title, pieces of text and citations) and references (key, text, doi).
    """
    used, paragraphs = [], []
    for item in yaml_files.read(TEMPLATES / "methods.yaml"):
        wanted, own = item.get("needs"), configuration.get(item["study"], {})
        if item["study"] not in configuration["studies"] or (wanted and not own.get(wanted)):
            continue
        text = item["text" if _says(own, item.get("published", {})) else "otherwise"].format(**own)
        pieces = []
        for piece in re.split(r"(\[[a-z]+\d{4}[a-z]?\])", text):
            key = piece[1:-1] if piece.startswith("[") else None
            cited = key in entries
            used += [key] if cited and key not in used else []
            pieces.append({"text": references.in_text(entries[key]) if cited else piece, "key": key if cited else ""})
        paragraphs.append({"title": item["title"], "pieces": pieces})
    listed = [{"key": key, "text": references.cited(entries[key]), "doi": entries[key].get("doi", "")} for key in used]
    return paragraphs, sorted(listed, key=lambda item: item["text"])


def render(
    record: Mapping,
    sections: Sequence[Mapping],
    cited: Sequence[Mapping] = (),
    *,
    opening: Mapping | None = None,
    atlas: str = "",
    citation: Mapping | None = None,
) -> str:
    """The page.

    Parameters
    ----------
    record : mapping
        The run's record (`vadose.files.provenance.record`).
    sections : sequence of mappings
        From `section`.
    cited : sequence of mappings
        References, from `methods`.
    opening : mapping, optional
        From `opening.first_screen`.
    atlas : str
        File of the atlas beside the page; "" where there is none.
    citation : mapping, optional
        From `citing.to_cite`.

    Returns
    -------
    str
        HTML that asks nothing of the network. Of clock times it has what the jobs took and the day of the last one.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["unbuilt"] = unbuilt
    provenance = record["provenance"]
    configuration = record["configuration"]
    unique = {item["id"]: item for items in provenance["sources"].values() for item in items}
    return environment.get_template("report.html").render(
        run=provenance["run"],
        opening=opening,
        provenance=provenance,
        synthetic=configuration["source"] == "synthetic",
        sections=sections,
        references=cited,
        marks=BAD,
        atlas=atlas,
        citation=citation,
        sources=list(unique.values()),
        configuration=yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True),
    )
