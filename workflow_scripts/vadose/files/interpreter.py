"""The Python that Snakemake starts scripts with, by a path that a shell takes as it is.

Snakemake writes the path of its interpreter unquoted into the command of every script (snakemake issue 2645), so a
blank or a quote in it stops every job.
"""

import re
from pathlib import Path

SPECIAL = re.compile(r"[^\w@%+=:,./~-]")  # letters of all languages are plain


def plain(executable: str, prefix: str) -> str:
    """Path of an interpreter without characters that a shell takes for its own.

    Parameters
    ----------
    executable : str
        `sys.executable`.
    prefix : str
        `sys.prefix`, the folder of its environment, which may be a link.

    Returns
    -------
    str
        `executable`, or the same interpreter of the same environment by the place that the link leads to.

    Raises
    ------
    ValueError
        If both have such characters.
    """
    linked = Path(prefix).resolve() / "bin" / Path(executable).name
    for path in (executable, str(linked)):
        if not SPECIAL.search(path) and Path(path).exists():
            return path
    special = SPECIAL.search(executable)
    raise ValueError(
        f"{executable}: expected a path without blanks, quotes and other characters of the shell, through which "
        f"Snakemake starts every script, found {special[0] if special else ''!r}. Rename the folder, or move the "
        f"environment to a folder without them and let {prefix} be a link to it."
    )
