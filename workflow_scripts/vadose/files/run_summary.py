"""What is said when a run ends: where its pages, tables and figures are and what is missing; or which jobs failed, each
with its sentence and its log. Read from the logs of the jobs alone, so it costs nothing and needs no data library."""

import re
from dataclasses import dataclass
from pathlib import Path

from vadose.files.job_log import ASKED, FAILED, FINISHED, MISSING_MONTHS, STARTED, WARNING

PLACES = (  # what a run leaves for its reader, in the order of interest
    ("report", "report.html"),
    ("atlas", "atlas.html"),
    ("tables", "tables"),
    ("figures", "figures"),
)
MOST_LINES = 20


@dataclass(frozen=True)
class Job:
    """What the log of one job says: its rule and wildcards, how it ended, months without data, how many warnings, what
    it took (processor s, largest memory MB) and what memory (MB) it had asked for; NaN where it says nothing."""

    log: Path
    rule: str
    ending: str  # "finished", "failed" or "lost"
    sentence: str
    missing_months: tuple[str, ...]
    warnings: int
    processor: float = float("nan")
    memory: float = float("nan")
    asked_memory: float = float("nan")


def read_log(path: Path) -> Job | None:
    """What the log of a job says.

    Parameters
    ----------
    path : Path
        Written by `vadose.files.job_log`.

    Returns
    -------
    Job or None
        None for other logs. A job whose log neither says that it finished nor that it failed was killed: "lost".
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    start = re.search(rf" INFO {STARTED}(.*)", text)
    if not start:
        return None
    failure = re.search(rf" ERROR {FAILED} [\d.]+ s: (?P<sentence>.*)\Z", text, re.S)
    if failure:
        ending, sentence = "failed", failure["sentence"].strip()
    elif f" INFO {FINISHED} " in text:
        ending, sentence = "finished", ""
    else:
        ending = "lost"
        sentence = "it ended without a word, as jobs do that are killed: for memory, for time, or from outside."
    missing = tuple(re.findall(rf" {WARNING} {MISSING_MONTHS}(.*)", text))
    warnings = len(re.findall(rf"^\S+ \S+ {WARNING} ", text, re.M))
    return Job(path, start[1].strip(), ending, sentence, missing, warnings, *_taken(text))


def _taken(text: str) -> tuple[float, float, float]:
    """Processor time, largest memory, memory asked for."""
    taken = re.search(rf" INFO {FINISHED} [\d.]+ s; processor time ([\d.]+) s, largest memory (\d+) MB\n", text)
    asked = re.search(rf" INFO {ASKED} (\d+) MB of memory", text)
    nan = float("nan")
    return (*(map(float, taken.groups()) if taken else (nan, nan)), float(asked[1]) if asked else nan)


def jobs_since(logs: Path, started: float) -> list[Job]:
    """Jobs whose logs were written at or after a time in seconds, in the order of their logs' names."""
    recent = [path for path in sorted(logs.glob("*.log")) if path.stat().st_mtime >= started]
    return [job for job in map(read_log, recent) if job is not None]


def of_success(results: Path, started: float) -> str:
    """The block that a finished run ends with.

    Parameters
    ----------
    results : Path
        Folder of the run.
    started : float
        When the run began, in seconds since 1970.

    Returns
    -------
    str
        Lines, the first one a heading. Only what is there is named.
    """
    lines = [f"Run {results.name} is done."]
    for name, place in PLACES:
        path = results / place
        if path.is_file():
            lines.append(f"  {name:8} {path}")
        elif path.is_dir():
            ending = "*.csv" if name == "tables" else "*.png"
            lines.append(f"  {name:8} {path}/ ({sum(1 for _ in path.rglob(ending))})")
    jobs = jobs_since(results / "logs", 0.0)
    missing = [line for job in jobs for line in job.missing_months]
    lines += [f"  missing  {_shortened(line)}" for line in missing[:MOST_LINES]]
    if len(missing) > MOST_LINES:
        lines.append(f"  missing  ... and {len(missing) - MOST_LINES} products more")
    warned = [job for job in jobs_since(results / "logs", started) if job.warnings > len(job.missing_months)]
    if warned:
        first = f"{warned[0].log}" + (f" and {len(warned) - 1} more" if len(warned) > 1 else "")
        lines.append(f"  warnings in {first}")
    return "\n".join(lines)


def _shortened(line: str) -> str:
    """The months of a line, the first three of many."""
    months, _, place = line.partition(" in ")
    listed = months.split()
    few = ", ".join(listed) if len(listed) <= 4 else f"{', '.join(listed[:3])} ... ({len(listed)} months)"
    return f"{few} in {place}"


def of_failure(results: Path, started: float) -> str:
    """The block that a failed run ends with: every job that failed or was lost, its sentence and its log.

    Parameters and result as in `of_success`."""
    failed = [job for job in jobs_since(results / "logs", started) if job.ending != "finished"]
    if not failed:
        return f"Run {results.name} is not done. No log of a job says why: see the messages above."
    lines = [f"Run {results.name} is not done: {len(failed)} jobs failed." if len(failed) > 1 else ""]
    lines[0] = lines[0] or f"Run {results.name} is not done: one job failed."
    for job in failed[:MOST_LINES]:
        lines += [f"  {job.rule}: {job.sentence}", f"    log: {job.log}"]
    if len(failed) > MOST_LINES:
        lines.append(f"  ... and {len(failed) - MOST_LINES} jobs more; their logs are in {results / 'logs'}")
    lines.append("Mend the cause and run the same command again: what is done stays.")
    return "\n".join(lines)
