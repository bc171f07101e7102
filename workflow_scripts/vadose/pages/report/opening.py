"""The first screen of the report: what the run found, against the published study, what does not survive another
method, what it was computed from, and a figure of each study."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vadose.pages import sentences, summary
from vadose.pages.manuscript import content
from vadose.pages.report.costs import in_short
from vadose.pages.report.page import picture

# The figure that shows a study at a glance, by name of its file.
FIGURES = {"variability": "figure_1", "dependence": "dependence_monthly"}
WIDTH = 900  # pixels of its picture on the first screen; the whole one stands below


def first_screen(
    record: Mapping,
    cited: Mapping,
    claims: Path,
    tables: Sequence[Path],
    figures: Sequence[Path],
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
    tables, figures : sequence of Path
        Tables and pictures of the run.
    benchmarks : Path
        Folder of the benchmark files.

    Returns
    -------
    dict
        `sentences` (the answer of the run), `computed`, and `parts`, one a study: `title`, `sentences` (what else was
        found), `facts` (pairs of words), `figure` (id and picture) or None.
    """
    by_name = {path.name: path for path in tables}
    studies = record["configuration"]["studies"]
    begin, parts = [], []
    for study in studies:
        own, listed = record["configuration"][study], sentences.Numbers(cited["numbers"], study)
        first, others = summary.told(study, listed, content.last_period(own))
        begin += first
        drawn = [path for path in figures if (path.parent.name, path.stem) == (study, FIGURES[study])]
        parts.append(
            {
                "title": content.TITLES[study],
                "sentences": others,
                "facts": _facts(study, record, listed.cells),
                "figure": {"id": f"{study}-{FIGURES[study]}", "image": picture(drawn[0], WIDTH)} if drawn else None,
            }
        )
    begin += [
        summary.compared(claims, *studies)["text"],
        summary.survives(by_name.get("sensitivity.csv"), *studies)["text"],
    ]
    return {"sentences": begin, "parts": parts, "computed": in_short(benchmarks)}


def _facts(study: str, record: Mapping, cells: int) -> list[tuple[str, str]]:
    """What the numbers of a study were computed from: data, region and grid, years, cells."""
    own = record["configuration"][study]
    _, region = content.place(own["grid"], own["years"])
    titles = [f"{one['title']} ({one['version']})" for one in record["provenance"]["sources"][study]]
    years = "-".join(map(str, own["years"]))
    return [
        ("data", "; ".join(titles)),
        ("region", region),
        ("years", sentences.dashed(years)),
        ("grid", f"{own['grid']['spacing']:g}\u00b0, {cells} cells"),
    ]
