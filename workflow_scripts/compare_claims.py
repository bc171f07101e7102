"""Published numbers against those of this run, each with its test and verdict.

Input:  tables and merged products of the run, the list of claims, regions of the studies and their tables by region.
Output: one table (CSV), in the units of the published numbers, and one by region. Reference: docs/methods.md#d0.
"""

from pathlib import Path

from vadose.files import tables, yaml_files
from vadose.files.jobs import run
from vadose.studies.claims.by_region import TITLE_BY_REGION, compare_by_region
from vadose.studies.claims.ledger import TITLE, compare


def main(
    *,
    files: list[Path],
    regions: list[Path],
    published: Path,
    compared: Path,
    by_region: list[Path],
    results: Path,
    record: dict,
) -> None:
    written = yaml_files.read(published)
    paths = {path.relative_to(results).as_posix(): path for path in files}
    files_by_name = {name: paths[entry["path"]] for name, entry in written["files"].items() if entry["path"] in paths}
    tables.write(compare(written, files_by_name, record), compared, TITLE)
    for path in by_region:
        tables.write(compare_by_region(written, files_by_name, record, regions), path, TITLE_BY_REGION)


if __name__ == "__main__":
    run(main, snakemake)
