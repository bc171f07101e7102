"""Files that the archives did not give, by data set and year (missing_files: keep).

Input:  the lists of files of the run's downloads. Output: table (CSV) of data set, years, files that are there, how
many are left out, and which.
"""

from pathlib import Path

import pandas as pd

from vadose.acquire import again
from vadose.files import tables
from vadose.files.jobs import run

COLUMNS = ["data_set", "years", "files", "left_out", "which"]


def main(*, manifests: list[Path], table: Path) -> None:
    tables.write(
        pd.DataFrame(again.rows(manifests), columns=COLUMNS),
        table,
        "Files that the archives did not give: their months are missing values in all that follows.",
    )


if __name__ == "__main__":
    run(main, snakemake)
