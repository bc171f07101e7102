"""One self-contained page: what was found in a few sentences, findings with intervals, claims, every figure and table,
recovery of the truth, false positives, reasons, methods, costs, configuration.

Input:  numbers.json, pictures with captions beside them, tables and claims (CSV), merged products, references. Output:
HTML without any outside reference; links lead to the files of the run beside it.
"""

import json
from pathlib import Path

from vadose.files.atomic import replacing
from vadose.files.jobs import run
from vadose.pages import numbering
from vadose.pages.report import citing, opening, page, sections


def main(
    *,
    figures: list[Path],
    tables: list[Path],
    claims: Path,
    numbers: Path,
    run_products: list[Path],
    references: list[Path],
    citation: Path,
    atlas: Path,
    report: Path,
    rules: dict[str, str],
    names: list[str],
    benchmarks: Path,
    record: dict,
) -> None:
    cited_numbers = json.loads(numbers.read_text(encoding="utf-8"))
    placed = numbering.numbered(figures, record["configuration"], atlas)
    begin = opening.first_screen(record, cited_numbers, claims, tables, placed, benchmarks)
    parts = [sections.headline(run_products, tables, record, placed), sections.missing(tables)]
    parts += [sections.sensitivity(tables), sections.claims(claims, placed)]
    for study in record["configuration"]["studies"]:
        own = [one for one in placed if one.picture.parent.name == study]
        drawn = [page.figure(one.picture, rules[str(one.picture)], one) for one in own]
        parts.append(sections.study(study, drawn, tables))
    told = (sections.truth, sections.null_worlds, sections.reasons, sections.failures)
    parts += [section(tables) for section in told]
    entries = citing.entries(references)
    described, cited = sections.methods(entries, record)
    parts = [part for part in [*parts, described, sections.costs(benchmarks, names)] if part]
    to_cite = citing.to_cite(record, citation, entries)
    with replacing(report) as temporary:
        html = page.render(record, parts, cited, opening=begin, atlas=atlas.name, citation=to_cite)
        temporary.write_text(html, encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
