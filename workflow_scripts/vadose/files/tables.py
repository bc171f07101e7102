"""Tables as plain CSV, with a sentence beside them that says what they hold and where it comes from. The way out for
what is not netCDF."""

from pathlib import Path

import pandas as pd

from vadose.files import contents, provenance
from vadose.files.atomic import replacing


def write(table: pd.DataFrame, path: Path, title: str, *, study: str | None = None) -> None:
    """Write a table, and its title and provenance to a file of the same name with the ending .md.

    Parameters
    ----------
    table : DataFrame
        One row per case, its index not written.
    path : Path
        Target, ending in .csv; its folder is made.
    title : str
        Sentences; the first one is the title. With the units of the columns.
    study : str, optional
        Whose sources are named, as in `provenance.of`.

    Raises
    ------
    ValueError
        If the title is empty.
    """
    title = " ".join(title.split())
    if not title:
        raise ValueError(f"{path}: expected a title of the table, found none.")
    origin = provenance.of(path, study)
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", float_format="%.10g", encoding="utf-8")
    with replacing(path.with_suffix(".md")) as temporary:
        temporary.write_text(
            f"{title}\n\n" + "".join(f"{key}: {value}\n" for key, value in origin.items()), encoding="utf-8"
        )
    contents.log_table("wrote", path, table)
