"""What it costs to start: imports of every script beyond the libraries that all share, and Snakemake itself.

Run:  python tests/benchmarks/starts.py

One line a script, dearest first: CPU time of its imports as a share of that of the shared libraries in the same run,
and which heavy libraries it loads; OVER stands behind those above the limit. Then a dry run of the demo with the
texts of the library taken apart anew, and with what is kept of them, as a ratio.
"""

import importlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ("numpy", "pandas", "xarray", "numba", "scipy.special")
HEAVY = ("scipy.stats", "scipy.optimize", "scipy.spatial", "matplotlib", "pymc", "dask", "rasterio", "requests")
LIMIT = 0.8


def shared() -> float:
    """CPU seconds of the libraries that nearly all scripts load; they stay loaded."""
    start = time.process_time()
    for name in SHARED:
        importlib.import_module(name)
    return time.process_time() - start


def own(script: Path) -> tuple[float, list[str]]:
    """CPU seconds of what a script imports beyond those, and the heavy libraries among it; in a process of its own."""
    reading, writing = os.pipe()
    if not os.fork():
        start = time.process_time()
        importlib.import_module(script.stem)
        took = time.process_time() - start
        os.write(writing, " ".join([f"{took:.3f}", *(name for name in HEAVY if name in sys.modules)]).encode())
        os._exit(0)
    os.wait()
    os.close(writing)
    with open(reading, encoding="utf-8") as told:
        seconds, *heavy = told.read().split()
    return float(seconds), heavy


def dry_run(cache: str) -> float:
    """CPU seconds of a dry run of the demo in an empty folder."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--cores", "1", "-n", "--quiet"]
        surroundings = os.environ | {"NUMBA_CACHE_DIR": cache}
        subprocess.run([*command, "all"], cwd=folder, env=surroundings, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    sys.path.insert(0, str(ROOT / "workflow_scripts"))
    common = shared()
    costs = {path.stem: own(path) for path in sorted((ROOT / "workflow_scripts").glob("*.py"))}
    for name, (seconds, heavy) in sorted(costs.items(), key=lambda item: -item[1][0]):
        print(f"{name:32s} {seconds / common:5.2f} {'OVER ' if seconds > LIMIT * common else ''}{' '.join(heavy)}")
    total = sum(seconds for seconds, _ in costs.values())
    print(f"all {len(costs)} scripts: {total / len(costs) / common:.2f} of the shared libraries on average")
    with tempfile.TemporaryDirectory() as cache:
        anew, kept = dry_run(cache), dry_run(cache)
    print(f"dry run of the demo: {anew:.1f} CPU s, {kept:.1f} with what is kept: {anew / kept:.1f} x")


if __name__ == "__main__":
    main()
