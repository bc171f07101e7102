"""Jobs, wall time and memory of working out both full papers (0.25 degrees, all years, 64 tiles), or other scenarios: a
dry run, nothing computed.

    python tests/benchmarks/dag.py [scenario.yaml [overlay.yaml ...]] [further options of snakemake]

At 0.1 degree: config/scenarios/paper_b.yaml config/scenarios/paper_b_tenth_degree.yaml.

One line per figure; targets: under 2,000 jobs, 15 s and 1.5 GB.
"""

import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMITS = {"jobs": 2000, "seconds": 15.0, "megabytes": 1500.0}


def dry_run(scenarios: list[Path], *options: str) -> dict[str, float]:
    """Jobs, wall time (s), CPU time (s) and peak memory (MB) of a dry run from nothing, in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "snakemake",
            "-s",
            str(ROOT / "Snakefile"),
            "--configfile",
            *map(str, scenarios),
            "--cores",
            "2",
        ]
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(
            [*command, "--dry-run", "--quiet", "rules", *options], cwd=folder, capture_output=True, text=True
        )
        seconds, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
        files = sum(1 for path in Path(folder).rglob("*") if path.is_file() and ".snakemake" not in path.parts)
    text = done.stdout + done.stderr
    total = re.search(r"^total +(\d+)", text, re.M)
    if done.returncode or total is None:
        raise RuntimeError(f"{scenarios[-1]}: expected a dry run with a table of jobs, found:\n{text[-3000:]}")
    return {
        "jobs": int(total[1]),
        "seconds": seconds,
        "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "megabytes": after.ru_maxrss / 1024,
        "files_made": files,
    }


if __name__ == "__main__":
    given = [Path(argument).resolve() for argument in sys.argv[1:] if argument.endswith(".yaml")]
    chosen = given or [ROOT / "config/scenarios/paper_full.yaml"]
    for name, value in dry_run(chosen, *(word for word in sys.argv[1:] if not word.endswith(".yaml"))).items():
        limit = f" (target: under {LIMITS[name]:g})" if name in LIMITS else ""
        print(f"{chosen[-1].stem} {name}: {value:.1f}{limit}")
