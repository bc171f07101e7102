"""One self-contained page: what was found in a few sentences, findings with intervals, claims, every figure and table,
recovery of the truth, false positives, reasons, methods, costs, configuration.

Input:  numbers.json, pictures with captions beside them, tables and claims (CSV), merged products, references. Output:
HTML without any outside reference; links lead to the files of the run beside it.
"""

import json
from pathlib import Path

from vadose.files.atomic import replacing
from vadose.files.jobs import run
from vadose.pages.report import opening, page, sections


def main(
    *,
    figures: list[Path],
    tables: list[Path],
    claims: Path,
    numbers: Path,
    run_products: list[Path],
    references: list[Path],
    report: Path,
    rules: dict[str, str],
    names: list[str],
    benchmarks: Path,
    record: dict,
) -> None:
    cited_numbers = json.loads(numbers.read_text(encoding="utf-8"))
    begin = opening.first_screen(record, cited_numbers, claims, tables, figures, benchmarks)
    parts = [sections.headline(run_products, tables, record), sections.missing(tables)]
    parts += [sections.sensitivity(tables), sections.claims(claims)]
    for study in record["configuration"]["studies"]:
        drawn = [page.figure(path, rules[str(path)]) for path in figures if path.parent.name == study]
        parts.append(sections.study(study, drawn, tables))
    parts += [
        sections.truth(tables),
        sections.null_worlds(tables),
        sections.reasons(tables),
        sections.failures(tables),
    ]
    described, cited = sections.methods(references, record)
    parts += [described, sections.costs(benchmarks, names)]
    with replacing(report) as temporary:
        html = page.render(record, [part for part in parts if part], cited, opening=begin, atlas="atlas.html")
        temporary.write_text(html, encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
