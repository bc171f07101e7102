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
) -> list[dict]:
    """What the report begins with, a part for each study.

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
    list of dict
        `title`, `sentences`, `facts` (pairs of words), `figure` (id and picture) or None.
    """
    by_name = {path.name: path for path in tables}
    parts = []
    for study in record["configuration"]["studies"]:
        own, listed = record["configuration"][study], sentences.Numbers(cited["numbers"], study)
        told = summary.findings(study, listed, content.last_period(own))
        told += [
            summary.compared(claims, study)["text"],
            summary.survives(by_name.get("sensitivity.csv"), study)["text"],
        ]
        facts = _facts(study, record, listed.cells)
        drawn = [path for path in figures if (path.parent.name, path.stem) == (study, FIGURES[study])]
        parts.append(
            {
                "title": content.TITLES[study],
                "sentences": told,
                "facts": [*facts, ("computed", in_short(benchmarks))],
                "figure": {"id": f"{study}-{FIGURES[study]}", "image": picture(drawn[0], WIDTH)} if drawn else None,
            }
        )
    return parts


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
