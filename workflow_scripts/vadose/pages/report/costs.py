"""What a run cost: Snakemake's benchmark files, by rule."""

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import pandas as pd

PACKAGES = (
    "snakemake",
    "numpy",
    "numba",
    "scipy",
    "xarray",
    "pandas",
    "h5netcdf",
    "matplotlib",
    "statsmodels",
    "pyvinecopulib",
    "pymc",
    "nutpie",
    "arviz",
)


def by_rule(folder: Path, rules: Sequence[str]) -> pd.DataFrame:
    """Jobs, seconds and memory of each rule, the most expensive first, and their sum.

    Parameters
    ----------
    folder : Path
        Of the benchmark files, each named by its rule and then its wildcards.
    rules : sequence of str
        Names of all rules.

    Returns
    -------
    DataFrame
        Columns rule, jobs, elapsed (s), processor (s), largest memory (MB). Files of no rule are left out: they are of
        an older workflow.
    """
    rows = []
    for path in sorted(folder.glob("*.tsv")):
        names = [name for name in rules if path.stem == name or path.stem.startswith(f"{name}_")]
        table = pd.read_csv(path, sep="\t", na_values=["-"])
        if names and len(table):
            last = table.iloc[-1]
            rows.append(
                {
                    "rule": max(names, key=len),
                    "elapsed": last.get("s"),
                    "processor": last.get("cpu_time"),
                    "memory": last.get("max_rss"),
                }
            )
    if not rows:
        return pd.DataFrame(columns=["rule", "jobs", "elapsed (s)", "processor (s)", "largest memory (MB)"])
    jobs = pd.DataFrame(rows).astype({"elapsed": float, "processor": float, "memory": float})
    grouped = jobs.groupby("rule")
    listed = pd.DataFrame(
        {"jobs": grouped.size(), "elapsed (s)": grouped["elapsed"].sum(), "processor (s)": grouped["processor"].sum()}
    )
    listed["largest memory (MB)"] = grouped["memory"].max()
    listed = listed.sort_values("elapsed (s)", ascending=False, kind="stable").reset_index()
    whole = {
        "rule": "all",
        "jobs": len(jobs),
        "elapsed (s)": jobs["elapsed"].sum(),
        "processor (s)": jobs["processor"].sum(),
    }
    return pd.concat(
        [listed, pd.DataFrame([whole | {"largest memory (MB)": jobs["memory"].max()}])], ignore_index=True
    ).round(1)


def counted(number: int, thing: str) -> str:
    """A number of things: 1 job, 2 jobs."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def in_short(folder: Path) -> str:
    """When and on what a run was computed, and what its jobs took; in words where no job left a benchmark."""
    import os
    import platform
    from datetime import UTC, datetime

    paths = sorted(folder.glob("*.tsv"))
    spent = [pd.read_csv(path, sep="\t", na_values=["-"])["cpu_time"].iloc[-1:].sum() for path in paths]
    machine = f"{platform.system()} {platform.machine()}, {counted(os.cpu_count() or 1, 'processor')}"
    if not paths:
        return f"on {machine}"
    day = datetime.fromtimestamp(max(path.stat().st_mtime for path in paths), UTC).date().isoformat()
    jobs, minutes = counted(len(paths), "job"), counted(round(sum(spent) / 60), "processor minute")
    return f"last job {day}, {jobs}, {minutes}, on {machine}"


def versions() -> pd.DataFrame:
    """Versions of Python and of the packages that make numbers, as installed where the report is made."""
    import platform

    rows = [("Python", platform.python_version())]
    for name in PACKAGES:
        try:
            rows.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    return pd.DataFrame(rows, columns=["package", "version"])
