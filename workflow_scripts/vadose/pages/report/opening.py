"""The first screen of the report: what the run found, against the published study, what does not survive another
method, what it was computed from, and a figure of each study."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vadose.pages import numbering, sentences, summary
from vadose.pages.manuscript import content
from vadose.pages.report.costs import in_short
from vadose.pages.report.page import picture
from vadose.studies.depths import dashed

# The figure that shows a study at a glance, by name of its file.
FIGURES = {"variability": "figure_1", "dependence": "dependence_monthly"}
WIDTH = 900  # pixels of its picture on the first screen; the whole one stands below


def first_screen(
    record: Mapping,
    cited: Mapping,
    claims: Path,
    tables: Sequence[Path],
    figures: Sequence[numbering.Numbered],
    benchmarks: Path,
) -> dict:
    """What the report begins with.

    Parameters
    ----------
    record : mapping
        The run's record.
    cited : mapping
        Content of numbers.json.
    claims : Path
        Table of claims.
    tables : sequence of Path
        Tables of the run.
    figures : sequence of Numbered
        Figures of the run.
    benchmarks : Path
        Folder of the benchmark files.

    Returns
    -------
    dict
        `sentences` (the answer of the run: `text`, `label` of the figure that shows it or ""), `computed`, and
        `parts`, one a study: `title`, `sentences` (what else was found), `facts` (pairs of words), `figure` (id,
        label and picture) or None.
    """
    by_name = {path.name: path for path in tables}
    by_id = {one.id: one for one in figures}
    studies = record["configuration"]["studies"]
    begin, parts = [], []
    for study in studies:
        own, listed = record["configuration"][study], sentences.Numbers(cited["numbers"], study)
        period = content.last_period(own)
        first, others = summary.told(study, listed, period, summary.without_trend(tables, period))
        begin += _linked(first, study, by_id)
        glance = by_id.get(f"{study}-{FIGURES[study]}")
        parts.append(
            {
                "title": content.TITLES[study],
                "sentences": _linked(others, study, by_id),
                "facts": _facts(study, record, listed.cells),
                "figure": {"id": glance.id, "label": glance.label, "image": picture(glance.picture, WIDTH)}
                if glance
                else None,
            }
        )
    begin += [
        {"text": summary.compared(claims, *studies)["text"], "label": ""},
        {"text": summary.survives(by_name.get("sensitivity.csv"), *studies)["text"], "label": ""},
    ]
    return {"sentences": begin, "parts": parts, "computed": in_short(benchmarks)}


def _linked(told: Sequence[tuple[str, str]], study: str, figures: Mapping[str, numbering.Numbered]) -> list[dict]:
    """Sentences with the label of the figure that shows what they say; "" where the run has no such figure."""
    labels = {name: one.label for name, one in figures.items()}
    return [{"text": sentence, "label": labels.get(f"{study}-{name}", "")} for sentence, name in told]


def _facts(study: str, record: Mapping, cells: int) -> list[tuple[str, str]]:
    """What the numbers of a study were computed from: data, region and grid, years, cells."""
    own = record["configuration"][study]
    _, region = content.place(own["grid"], own["years"])
    titles = [f"{one['title']} ({one['version']})" for one in record["provenance"]["sources"][study]]
    years = "-".join(map(str, own["years"]))
    return [
        ("data", "; ".join(titles)),
        ("region", region),
        ("years", dashed(years)),
        ("grid", f"{own['grid']['spacing']:g}\u00b0, {cells} cells"),
    ]
