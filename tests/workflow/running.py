"""Runs of the workflow in a folder of their own, on a world small enough for tests."""

import atexit
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from vadose.studies.sensitivity.plan import merged

PARTS = ("Snakefile", "CITATION.cff", "rules", "config", "envs", "workflow_scripts", "profiles")
# The demo, from which all worlds of the tests differ by what they name. PDF and SVG are written by the demo itself, by
# test_switches.py and by test_variability_study.py.
DEMO = merged(
    yaml.safe_load((Path(__file__).parents[2] / "config/config.yaml").read_text(encoding="utf-8")),
    {"figures": {"formats": ["png"]}},
)
SMALL = merged(
    DEMO,
    {
        "run": "small",
        "studies": ["variability"],
        "source": "synthetic",
        "missing_files": "keep",
        "tiles": {"variability": 2},
        "variability": {
            "grid": {"spacing": 15.0},
            "years": [1990, 2009],
            "years_per_job": 10,
            "periods": [[1990, 1999], [2000, 2009]],
            "splice_overlap": [2000, 2003],
            "productivity": False,
            "trend": {"tests": ["original", "hamed_rao"]},
        },
        "synthetic": {
            "native": {"gldas": 15.0, "mcd12c1": 1.0, "gosif_gpp": 3.0},
            "land_mask_spacing": 1.0,
            "missing_months": 1,
        },
    },
)
FORK_SERVER = Path(__file__).parent / "forkserver"
TARGETS = ["results/small/variability/attribution.nc", "results/small/variability/trends.nc"]


def folder_for(folder: Path) -> Path:
    """A working folder with the small world as `small.yaml`; the workflow itself is used where it stands, with its
    compiled kernels."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "small.yaml").write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    return folder


def copy_of(root: Path, folder: Path) -> Path:
    """A copy of the workflow, to be edited."""
    for part in PARTS:
        source = root / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / part)
    return folder


def command(workflow: Path, *arguments: str, cores: int = 2, configuration: Path = Path()) -> list[str]:
    """Snakemake's command line for the small world; its `small.yaml` is in the working folder or in `configuration`."""
    return [
        sys.executable,
        "-m",
        "snakemake",
        "-s",
        str(workflow / "Snakefile"),
        "--configfile",
        str(configuration / "small.yaml"),
        "--cores",
        str(cores),
        *arguments,
    ]


def environment(root: Path, *, forks: bool = True) -> dict[str, str]:
    """Compiled kernels are shared with the other tests; Snakemake and jobs are forks, unless told not to be."""
    cache = os.environ.get("NUMBA_CACHE_DIR", str(root / ".numba_cache"))
    return {**os.environ, "NUMBA_CACHE_DIR": cache, **(fork_server() if forks else {})}


def forks_work() -> bool:
    """Whether the system has what the fork server needs: Linux does, but for some sandboxes; and the path of a socket
    has 107 characters at most."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return len(os.fsencode(tempfile.gettempdir())) <= 80


@functools.cache
def fork_server() -> dict[str, str]:
    """Start one for this test process, with which it ends; {variable: value} by which Snakemake and jobs find it."""
    if not forks_work():  # each job starts Python
        return {}
    place = Path(tempfile.mkdtemp(prefix="vadose-")) / "socket"
    command = [sys.executable, str(FORK_SERVER / "serve.py"), str(place)]
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")  # as Snakemake has it for a job
    server = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | one_thread,
        start_new_session=True,  # Ctrl-C is for the tests: a server that it ended would leave its forks running
    )
    assert server.stdout.readline() == b"ready\n", f"{command} ended before it was ready; standard error says why"

    def end():
        server.stdin.close()
        server.wait()
        shutil.rmtree(place.parent)

    atexit.register(end)
    return {"PYTHONPATH": str(FORK_SERVER), "VADOSE_FORK_SERVER": f"{place}{os.pathsep}{sys.prefix}"}


def run(folder: Path, workflow: Path, *arguments: str, expect: int = 0, configuration: Path = Path()) -> str:
    """Run Snakemake and return what it printed.

    Raises
    ------
    AssertionError
        If its exit code is another than expected; the text is in the message.
    """
    done = subprocess.run(
        command(workflow, *arguments, configuration=configuration),
        cwd=folder,
        env=environment(workflow),
        capture_output=True,
        text=True,
        timeout=1800,
    )
    text = done.stdout + done.stderr
    assert done.returncode == expect, text[-6000:]
    return text


def jobs_of(text: str) -> dict[str, int]:
    """{rule: jobs} of a run, from Snakemake's table."""
    table = re.search(r"^Job stats:\n(.*?)^total ", text, re.M | re.S)
    return {} if table is None else {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table[1], re.M)}


def digests(folder: Path, pattern: str = "results/**/*.nc") -> dict[str, str]:
    """Hash of every product of a run."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob(pattern))
    }
