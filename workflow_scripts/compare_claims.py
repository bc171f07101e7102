"""Published numbers against those of this run, each with its test and verdict.

Input:  tables and merged products of the run, the list of claims. Output: one table (CSV), in the units of the
published numbers. Reference: docs/methods.md#d0.
"""

from pathlib import Path

import yaml

from vadose.files import tables
from vadose.files.jobs import run
from vadose.studies.claims.ledger import TITLE, compare


def main(*, files: list[Path], published: Path, compared: Path, results: Path, record: dict) -> None:
    written = yaml.safe_load(published.read_text(encoding="utf-8"))
    paths = {path.relative_to(results).as_posix(): path for path in files}
    files_by_name = {name: paths[entry["path"]] for name, entry in written["files"].items() if entry["path"] in paths}
    tables.write(compare(written, files_by_name, record), compared, TITLE)


if __name__ == "__main__":
    run(main, snakemake)
