"""The sensitivity analysis: headline numbers of the run under each alternative, and what changes sign or significance.

Input:  merged products of the run (kg m-2, 1), and those that were computed again under an alternative, below
sensitivity/<alternative>/. Output: one table (CSV), a row per alternative and number, in the units of the numbers.
Reference: docs/methods.md#d0; config/sensitivity.yaml.
"""

import functools
from pathlib import Path

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies.sensitivity import verdicts
from vadose.studies.sensitivity.by_region import read_regions
from vadose.studies.sensitivity.numbers import Levels
from vadose.studies.sensitivity.plan import Case, Reading
from vadose.studies.sensitivity.table import by_product, by_region_table, sensitivity_table


def main(
    *,
    base: list[Path],
    again: list[Path],
    regions: list[Path],
    table: Path,
    by_region: list[Path],
    cases: list[dict],
    own: dict,
    folder: Path,
    levels: dict,
) -> None:
    @functools.cache
    def read(paths: tuple[Path, ...]) -> dict:
        return {name: products.read(path, name) for name, path in by_product(paths).items()}

    def rerun(case: Case) -> dict:
        return read(tuple(path for path in again if path.is_relative_to(folder / case.alternative)))

    listed = [
        Case(**case | {"reading": Reading(**case["reading"]), "affects": tuple(case["affects"])}) for case in cases
    ]
    asked = listed, Reading(**own), read(tuple(base)), rerun, Levels(**levels)
    tables.write(sensitivity_table(*asked), table, verdicts.TITLE)
    for path in by_region:
        tables.write(by_region_table(*asked, read_regions(regions)), path, verdicts.TITLE_BY_REGION)


if __name__ == "__main__":
    run(main, snakemake)
