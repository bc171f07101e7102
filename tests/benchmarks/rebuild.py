"""Whether an environment built anew from the lock gives the same tables: clone, build, run; delete all that was made;
build and run again; compare.

    python tests/benchmarks/rebuild.py [--config FILE] [--folder FOLDER]

Without a configuration a very small synthetic world of study A. Runs up to the claims table, which needs all products
and tables. Prints one line per figure and every file that differs; ends with 1 if there is one. Packages come from the
index that your installer is set to.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

import running

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("tables/**/*.csv", "**/*.nc")


def once(clone: Path, config: Path, run: str) -> dict[str, str]:
    """Build the environment, run up to the claims, and give the hash of every table and product."""
    surroundings = {
        key: value for key, value in os.environ.items() if key not in ("NUMBA_CACHE_DIR", "VIRTUAL_ENV", "PYTHONPATH")
    }
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    begin = time.monotonic()
    subprocess.run(["make", "env", f"PYTHON={python}"], cwd=clone, env=surroundings, check=True, capture_output=True)
    built = time.monotonic()
    target = f"results/{run}/tables/claims.csv"
    command = [
        ".venv/bin/python",
        "-m",
        "snakemake",
        "--cores",
        "2",
        "--quiet",
        "all",
        "--configfile",
        str(config),
        "--",
        target,
    ]
    done = subprocess.run(command, cwd=clone, env=surroundings, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(
            f"{clone}: expected the run to finish, found exit code "
            f"{done.returncode}.\n{(done.stdout + done.stderr)[-3000:]}"
        )
    print(f"environment {built - begin:.0f} s, run {time.monotonic() - built:.0f} s", flush=True)
    folder = clone / "results" / run
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for kind in KINDS
        for path in sorted(folder.glob(kind))
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--config", type=Path, help="a scenario; without it a very small world")
    parser.add_argument(
        "--folder", type=Path, help="where to clone to; without it a temporary folder, removed at the end"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        clone = (chosen.folder or Path(temporary)).resolve() / "vadose"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        config = clone / "rebuild.yaml"
        settings = yaml.safe_load(chosen.config.read_text(encoding="utf-8")) if chosen.config else running.SMALL
        config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        first = once(clone, config, settings["run"])
        # not `results` itself: with its .gitkeep gone, products would rightly tell another revision
        run = f"results/{settings['run']}"
        for part in (".venv", ".snakemake", ".numba_cache", "data", run):
            shutil.rmtree(clone / part, ignore_errors=True)
        for kernels in clone.rglob("__pycache__"):
            shutil.rmtree(kernels, ignore_errors=True)
        second = once(clone, config, settings["run"])
    different = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    tables = sum(name.endswith(".csv") for name in first)
    print(f"{tables} tables and {len(first) - tables} products compared, {len(different)} different")
    for name in different:
        print(f"different: {name}")
    return int(bool(different) or not tables)


if __name__ == "__main__":
    sys.exit(main())
