"""What a run cost, by rule: Snakemake's benchmark files and the logs of the jobs."""

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import pandas as pd

from vadose.files import run_summary

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


COLUMNS = ["rule", "jobs", "elapsed (s)", "processor (s)", "largest memory (MB)", "memory asked for (MB)"]


def of_jobs(folder: Path) -> pd.DataFrame:
    """What each job took and asked for, by the name of its benchmark file: elapsed, processor (s), memory, asked (MB).

    Parameters
    ----------
    folder : Path
        Of the benchmark files, each named by its rule and then its wildcards; the logs lie beside it.

    Notes
    -----
    Snakemake looks at processor time and memory now and then and misses the end; a job's log says both as they were, so
    the benchmark's stand in only where there is no such log.
    """
    rows = {}
    for path in sorted(folder.glob("*.tsv")):
        table = pd.read_csv(path, sep="\t", na_values=["-"])
        log = folder.parent / "logs" / f"{path.stem}.log"
        said = run_summary.read_log(log) if log.is_file() else None
        if not len(table):
            continue
        last = table.iloc[-1]
        taken = (last.get("cpu_time"), last.get("max_rss"), float("nan"))
        if said is not None and said.processor == said.processor:
            taken = (said.processor, said.memory, said.asked_memory)
        rows[path.stem] = (last.get("s"), *taken)
    names = ["elapsed", "processor", "memory", "asked"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=names, dtype=float)


def by_rule(folder: Path, rules: Sequence[str]) -> pd.DataFrame:
    """Jobs, seconds and memory of each rule, the most expensive first, and their sum.

    Parameters
    ----------
    folder : Path
        As in `of_jobs`.
    rules : sequence of str
        Names of all rules.

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`, of memory the largest of any job. Files of no rule are left out: they are of an older
        workflow.
    """
    jobs = of_jobs(folder)
    owners = [
        max((name for name in rules if f"{job}_".startswith(f"{name}_")), key=len, default=None) for job in jobs.index
    ]
    jobs = jobs.assign(rule=owners).dropna(subset="rule")
    if jobs.empty:
        return pd.DataFrame(columns=COLUMNS)

    def summed(parts: pd.DataFrame) -> pd.Series:
        most = parts[["memory", "asked"]].max()
        return pd.Series([len(parts), parts["elapsed"].sum(), parts["processor"].sum(), *most], COLUMNS[1:])

    listed = pd.DataFrame({rule: summed(parts) for rule, parts in jobs.groupby("rule")}).T
    listed = listed.sort_values("elapsed (s)", ascending=False, kind="stable").rename_axis("rule").reset_index()
    whole = pd.DataFrame([["all", *summed(jobs)]], columns=COLUMNS)
    return pd.concat([listed, whole], ignore_index=True).round(1).astype({"jobs": int})


def counted(number: int, thing: str) -> str:
    """A number of things: 1 job, 2 jobs."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def in_short(folder: Path) -> str:
    """When and on what a run was computed, and what its jobs took; in words where no job left a benchmark."""
    import os
    import platform
    from datetime import UTC, datetime

    paths = sorted(folder.glob("*.tsv"))
    spent = of_jobs(folder)["processor"]
    machine = f"{platform.system()} {platform.machine()}, {counted(os.cpu_count() or 1, 'processor')}"
    if not paths:
        return f"on {machine}"
    day = datetime.fromtimestamp(max(path.stat().st_mtime for path in paths), UTC).date().isoformat()
    jobs, minutes = counted(len(paths), "job"), counted(round(spent.sum() / 60), "processor minute")
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
