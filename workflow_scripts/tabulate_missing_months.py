"""Months without data of every monthly product of the run.

Input:  prepared products. Output: table (CSV) of study, product, months of its years, how many are missing, and which.
"""

from pathlib import Path

from vadose.files import tables
from vadose.files.jobs import run
from vadose.studies import missing_months


def main(*, prepared: list[Path], table: Path) -> None:
    tables.write(
        missing_months.table(prepared),
        table,
        "Months without data of every prepared product: they are missing values in all that follows.",
    )


if __name__ == "__main__":
    run(main, snakemake)
