"""When the jobs of a run were at work: from the benchmark files that Snakemake leaves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class Span:
    """Time from the first start to the last end (ISO 8601, UTC), with the number of jobs, their work (s) and largest
    memory (MB)."""

    start: str
    end: str
    jobs: int
    seconds: float
    memory: float

    @staticmethod
    def whole(parts: Iterable["Span"]) -> "Span":
        """All parts together."""
        parts = list(parts)
        return Span(
            min(part.start for part in parts),
            max(part.end for part in parts),
            sum(part.jobs for part in parts),
            sum(part.seconds for part in parts),
            max(part.memory for part in parts),
        )


def by_rule(folder: Path, rules: Sequence[str]) -> dict[str, Span]:
    """When the jobs of each rule ran.

    Parameters
    ----------
    folder : Path
        Of the benchmark files, each named by its rule and then its wildcards. A file is written when its job ends.
    rules : sequence of str
        Names of all rules; files of no rule are left out.

    Returns
    -------
    dict
        Rule -> Span. ASSUME a job ended when its file was last written and began its elapsed seconds before.
    """
    spans: dict[str, list[Span]] = {}
    for path in sorted(folder.glob("*.tsv")):
        names = [name for name in rules if path.stem == name or path.stem.startswith(f"{name}_")]
        table = pd.read_csv(path, sep="\t", na_values=["-"])
        if not names or not len(table):
            continue
        last = table.iloc[-1]
        end = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        seconds, memory = float(last["s"]), float(last["max_rss"])
        part = Span(
            _written(end - timedelta(seconds=seconds)), _written(end), 1, seconds, memory if memory == memory else 0.0
        )
        spans.setdefault(max(names, key=len), []).append(part)
    return {rule: Span.whole(parts) for rule, parts in spans.items()}


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
