"""What a manuscript prints besides sentences: figures with the published numbers, data, tables, settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import yaml

from vadose.pages import breakdown, numbering
from vadose.pages.numbering import last_period

TITLES = {
    "variability": "The structure of soil moisture variability",
    "dependence": "The dependence between soil moisture and precipitation",
}
GROUPS = ("seed", "significance", "headline_weight", "intervals", "missing_files")


def figures(pictures: Sequence[Path], study: str, folder: Path) -> tuple[list[dict], list[dict]]:
    """Figures of the text and of the supplement.

    Parameters
    ----------
    pictures : sequence of Path
        PNG files, with PDF and caption (.md) beside.
    study : str
    folder : Path
        Of the manuscript; paths are relative to it, without their ending.

    Returns
    -------
    list of dict, list of dict
        `number` (of the published study, or counted on in the supplement), `caption`, `path`.
    """
    listed = numbering.listed(study)
    drawn = {path.stem: path for path in numbering.ordered(pictures, study)}
    numbers = {name: listed.get(name, {}).get("published", "") for name in drawn}
    last = max((int(number[1:]) for number in numbers.values() if number.startswith("S")), default=0)
    others = [name for name, number in numbers.items() if not number]
    numbers |= {name: f"S{count}" for count, name in enumerate(others, start=last + 1)}
    items = []
    for name, number in numbers.items():
        caption = drawn[name].with_suffix(".md").read_text(encoding="utf-8").split("\n\n")[0].strip()
        path = Path(*[".."] * len(folder.relative_to(drawn[name].parents[2]).parts), *drawn[name].parts[-3:])
        items.append({"number": number, "caption": caption, "path": path.with_suffix("").as_posix()})
    main = [item for item in items if not item["number"].startswith("S")]
    return main, [item for item in items if item["number"].startswith("S")]


def named_figures(items: Sequence[Mapping[str, str]], *beginnings: str) -> list[Mapping[str, str]]:
    """Figures whose files begin with one of these."""
    return [item for item in items if Path(item["path"]).name.startswith(beginnings)]


def tables(entries: Mapping[str, Mapping], sensitivity: Path | None, study: str) -> dict[str, dict]:
    """Tables of headline numbers: by region, by area beside by cells, and of study B what explains negative dependence.

    Parameters
    ----------
    entries : mapping
        `numbers` of numbers.json.
    sensitivity : Path or None
        Table of the sensitivity analysis; None where the run has none.
    study : str

    Returns
    -------
    dict
        `by_region`, `by_area`, `explained`: each with `columns`, `rows`, `caption`; no rows where the run has none.
    """
    regions, area = breakdown.by_region(entries.values(), study), breakdown.by_area(sensitivity, study)
    explained = breakdown.explained(sensitivity, "; ") if study == "dependence" else None
    return {
        "by_region": {
            "columns": ["region", *regions["heads"]],
            "rows": regions["rows"],
            "caption": " ".join(
                [
                    "Headline numbers by region, with 95 % intervals.",
                    breakdown.of_ice(row[0] for row in regions["rows"]),
                ]
            ).strip(),
        },
        "by_area": {
            "columns": ["number", "over cells", "weighted by area"],
            "rows": area,
            "caption": "Headline numbers over cells and weighted by area, with 95 % intervals.",
        },
        "explained": explained
        and {
            "columns": ["", *explained["heads"]],
            "rows": explained["rows"],
            "sentences": explained["sentences"],
            "caption": "Share of cells with negative dependence of single months, under each explanation; after it the "
            "change in the cells that both have.",
        },
    }


def of_run(study: str, record: Mapping, run: Mapping[str, str]) -> dict:
    """What the record of a run says to its manuscript: title, authors, data, region, years, settings."""
    configuration, sources = record["configuration"], record["provenance"]["sources"][study]
    own = configuration[study]
    sentence, region = place(own["grid"], own["years"])
    return {
        "title": TITLES[study],
        "authors": configuration["manuscript"]["authors"],
        "about": f"Draft, run {run['run']}",
        "synthetic": configuration["source"] == "synthetic",
        "sources": sources,
        "product": sources[0]["title"],
        "years": "\u2013".join(map(str, own["years"])),
        "period": last_period(own),
        "scales": ("monthly", "annual"),
        "place": sentence,
        "place_short": region,
        "run": run,
        "settings": settings(configuration, study),
    }


def place(grid: Mapping[str, float], years: Sequence[int]) -> tuple[str, str]:
    """Region, grid and years in a sentence, and the region alone."""

    def degrees(number: float, names: str) -> str:
        return f"{abs(number):g}\u00b0{names[number < 0] if number else ''}"

    region = (
        f"{degrees(grid['south'], 'NS')} to {degrees(grid['north'], 'NS')} and "
        f"{degrees(grid['west'], 'EW')} to {degrees(grid['east'], 'EW')}"
    )
    text = f"All data were brought to cells of {grid['spacing']:g}\u00b0 from {region}, {years[0]} to {years[-1]}."
    return text, f"land from {region}"


def missing(table: Path | None, study: str) -> str:
    """Months without data, in a sentence; nothing where there are none."""
    if table is None:
        return ""
    lacking = pd.read_csv(table).query("study == @study and missing > 0")
    named = [f"{row.product.replace('_', ' ')} {row.missing_months}" for row in lacking.itertuples()]
    return f"Months without data, kept as missing values: {'; '.join(named)}." if named else ""


def settings(configuration: Mapping, study: str) -> list[tuple[str, str]]:
    """Keys of the configuration that concern a study, with dots, and their values."""
    listed: list[tuple[str, str]] = []

    def walk(part: object, above: str) -> None:
        if isinstance(part, Mapping) and part:
            for key, below in part.items():
                walk(below, f"{above}.{key}" if above else str(key))
        else:
            listed.append((above, yaml.safe_dump(part, default_flow_style=True).removesuffix("...\n").strip()))

    walk({name: configuration[name] for name in (*GROUPS, study) if name in configuration}, "")
    return listed
