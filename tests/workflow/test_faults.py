"""What runs survive: each row of docs/faults.md. After every fault a restart gives the bytes of the undisturbed run,
leaves no temporary file, and runs nothing that need not be run. Faults come from outside
(injection/sitecustomize.py)."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import h5py
import pytest
import running

pytestmark = pytest.mark.slow

STUDY = "results/small/variability"
TARGET = f"{STUDY}/trends.nc"
TILES = [f"{STUDY}/tiles/trends_{index}of2.nc" for index in (1, 2)]
INJECTION = Path(__file__).parent / "injection"
# What a restart may run: the last stage of one tile and the merge. All before it, and the other tile, are there.
ONE_TILE = {"fit_trends": 1, "merge_variability": 1}
ONLY_MERGE = {"merge_variability": 1}


@pytest.fixture
def interrupted(undisturbed, tmp_path):
    """A copy of it as it stands before the first tile and the merge."""
    folder = tmp_path / "world"
    shutil.copytree(undisturbed, folder)
    for path in [*(folder / STUDY).glob("*.nc"), folder / TILES[0]]:
        path.unlink()
    return folder


def start(folder, root, *arguments, fault=None):
    """Start Snakemake on the target, with a fault waiting for it."""
    surroundings = running.environment(root)
    if fault:  # which a job suffers that is started; Snakemake and the other jobs are forks
        forks = surroundings["PYTHONPATH"] if "VADOSE_FORK_SERVER" in surroundings else ""
        surroundings["PYTHONPATH"] = os.pathsep.join(filter(None, [str(INJECTION), forks]))
        surroundings["VADOSE_FAULT"] = f"{fault} {folder / 'struck'}"
    return subprocess.Popen(
        running.command(root, *arguments, TARGET),
        cwd=folder,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(flow, expect):
    text = flow.communicate(timeout=1800)[0]
    assert flow.returncode == expect, text[-6000:]
    return text


def wait_for(path, flow):
    deadline = time.monotonic() + 1200
    while not path.exists():
        assert flow.poll() is None, f"the run ended before {path.name}:\n{flow.communicate()[0][-6000:]}"
        assert time.monotonic() < deadline, f"{path.name} did not come"
        time.sleep(0.05)


def check(folder, undisturbed, text, rules):
    """The restart ran these rules and no other; the product is that of the undisturbed run; nothing is left over."""
    assert running.jobs_of(text) == rules, text[-4000:]
    assert (folder / TARGET).read_bytes() == (undisturbed / TARGET).read_bytes()
    assert not [path for path in folder.rglob("*.part") if path.is_file()]
    for name, digest in running.digests(folder).items():
        assert running.digests(undisturbed)[name] == digest, name


@pytest.mark.parametrize(
    "script, rules", [("fit_trends", ONE_TILE), ("merge_variability", ONLY_MERGE)], ids=["tile", "merge"]
)
def test_a_job_killed_while_it_writes(undisturbed, interrupted, root, script, rules):
    finish(start(interrupted, root, fault=f"{script} killed"), expect=1)
    assert (interrupted / "struck").exists() and not (interrupted / TARGET).exists()
    assert len(list(interrupted.rglob("*.part"))) == 1  # this is what was to be swept
    check(interrupted, undisturbed, finish(start(interrupted, root), expect=0), rules)


def test_snakemake_killed_with_its_jobs(undisturbed, interrupted, root):
    flow = start(interrupted, root, fault="fit_trends paused")
    wait_for(interrupted / "struck.reached", flow)
    os.killpg(flow.pid, signal.SIGKILL)
    flow.communicate(timeout=300)
    assert len(list(interrupted.rglob("*.part"))) == 1
    assert "lock" in finish(start(interrupted, root), expect=1).lower()
    running.run(interrupted, root, "--unlock")
    check(interrupted, undisturbed, finish(start(interrupted, root), expect=0), ONE_TILE)


def test_out_of_memory_on_the_first_attempt(undisturbed, interrupted, root):
    text = finish(start(interrupted, root, "--retries", "1", fault="fit_trends memory"), expect=0)
    assert (interrupted / "struck").exists()
    asked = [int(value) for value in re.findall(r"mem_mb=(\d+)", text)]
    assert "Trying to restart job" in text, text[-4000:]
    assert not asked or max(asked) > min(asked)
    check(interrupted, undisturbed, text, ONE_TILE)


@contextlib.contextmanager
def small_disk(folder):
    """The results of a run on a disk of their own, of a few megabytes."""
    kept = folder.with_name("kept")
    folder.rename(kept)
    folder.mkdir()
    size = 2 * sum(path.stat().st_size for path in kept.rglob("*") if path.is_file()) // 1024 + 4096
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no disk can be mounted here ({done.stderr.strip()}); the limit on file sizes is tested instead")
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder, leave):
    """Leave so many bytes."""
    with open(folder / "filler", "wb") as stream:
        stream.write(b"\0" * (shutil.disk_usage(folder).free - leave))


def test_a_full_disk(undisturbed, interrupted, root):
    with small_disk(interrupted / "results") as results:
        fill(results, leave=12 * 1024)
        text = finish(start(interrupted, root), expect=1)
        assert "the disk refused (No space left on device)" in " ".join(text.split()), text[-4000:]
        assert not list(results.rglob("*.part"))
        (results / "filler").unlink()
        check(interrupted, undisturbed, finish(start(interrupted, root), expect=0), ONE_TILE)


def test_a_limit_on_file_sizes(undisturbed, interrupted, root):
    text = finish(start(interrupted, root, fault="fit_trends size"), expect=1)
    assert "the disk refused" in " ".join(text.split()), text[-4000:]
    assert not list(interrupted.rglob("*.part"))
    check(interrupted, undisturbed, finish(start(interrupted, root), expect=0), ONE_TILE)


@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_a_corrupted_intermediate(undisturbed, interrupted, root, damage):
    tile = interrupted / TILES[1]
    content = tile.read_bytes()
    with h5py.File(tile) as file:  # where values lie: between them a file has room that nobody reads
        middle = file["slope"].id.get_chunk_info(0).byte_offset + 512
    tile.write_bytes(
        content[:middle] if damage == "cut" else content[:middle] + b"\xff" * 512 + content[middle + 512 :]
    )
    text = " ".join(finish(start(interrupted, root), expect=1).split())
    assert f"{TILES[1]}: expected the product trends, found a damaged file" in text
    assert "Delete it and run again" in text
    tile.unlink()
    check(interrupted, undisturbed, finish(start(interrupted, root), expect=0), ONE_TILE)


@contextlib.contextmanager
def read_only(folder):
    """A folder that nobody may write, root included."""
    if os.geteuid():
        modes = {path: path.stat().st_mode for path in [folder, *folder.rglob("*")]}
        for path in modes:
            path.chmod(modes[path] & 0o555)
        yield
        for path, mode in modes.items():
            path.chmod(mode)
        return
    if subprocess.run(["mount", "--bind", str(folder), str(folder)], capture_output=True).returncode:
        pytest.skip("root may write everywhere, and nothing can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_read_only_results_folder(undisturbed, interrupted, root):
    with read_only(interrupted / "results"):
        text = finish(start(interrupted, root), expect=1)
    assert "expected a folder for results that can be written" in " ".join(text.split()), text[-4000:]
    check(interrupted, undisturbed, finish(start(interrupted, root), expect=0), ONE_TILE)


def test_the_same_run_started_twice(undisturbed, interrupted, root):
    first = start(interrupted, root, fault="fit_trends paused")
    try:
        wait_for(interrupted / "struck.reached", first)
        assert "lock" in finish(start(interrupted, root), expect=1).lower()
    finally:
        (interrupted / "struck.go").touch()
    check(interrupted, undisturbed, finish(first, expect=0), ONE_TILE)
