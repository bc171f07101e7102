"""One self-contained page with every figure, its caption and data, the tables, the data sets and the configuration.

Input:  pictures with captions beside them, tables (CSV). Output: HTML without any outside reference.
"""

from pathlib import Path

import pandas as pd

from vadose import report as page
from vadose.atomic import replacing

TITLES = {"variability": "Variability of soil moisture", "dependence": "Dependence of soil moisture on precipitation"}


def main(*, figures: list[Path], tables: list[Path], report: Path, rules: dict[str, str], record: dict) -> None:
    sections = []
    for study in record["configuration"]["studies"]:
        drawn = [page.figure(path, rules[str(path)]) for path in figures if path.parent.name == study]
        listed = [page.table(pd.read_csv(path), path.stem.replace("_", " ").capitalize()) for path in tables if path.parent.name == study]
        sections.append(page.section(study, TITLES[study], figures=drawn, tables=listed))
    with replacing(report) as temporary:
        temporary.write_text(page.render(record, sections))


if __name__ == "__main__":
    main(
        figures=[Path(path) for path in snakemake.input.figures],
        tables=[Path(path) for path in snakemake.input.tables],
        report=Path(snakemake.output.report),
        rules=snakemake.params.rules,
        record=snakemake.params.record,
    )
