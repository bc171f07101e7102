"""The same bytes from a cluster: tile stages through profiles/slurm on a SLURM of our own, and again with a node lost
on the way."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import running
import yaml

HERE = Path(__file__).parent
NEEDED = ("slurmctld", "slurmd", "munged", "munge", "sbatch", "squeue", "srun")
SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
MISSING = [name for name in NEEDED if shutil.which(name, path=SEARCH) is None]
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(MISSING), reason=f"SLURM is not installed here: no {', '.join(MISSING)} (apt-get install slurm-wlm munge)"
    ),
]

RESULTS = "results/small"
TARGETS = [
    f"{RESULTS}/{name}.nc"
    for name in ("variability/attribution", "variability/trends", "dependence/lags", "dependence/copulas")
]
LAGS = f"{RESULTS}/dependence/lags.nc"
# Both studies, the second from the same GLDAS files and daily rain.
WORLD = running.merged(
    running.SMALL,
    {
        "studies": ["variability", "dependence"],
        "tiles": {"variability": 2, "dependence": 2},
        "dependence": {
            "product": "gldas",
            "grid": {"spacing": 15.0, "south": 0, "north": 90, "west": -180, "east": 180},
            "years": [2002, 2006],
            "years_per_job": 5,
            "layers": [1],
            "time_scales": ["monthly"],
            "controls": False,
            "drivers": False,
            "copula": {"bootstrap": 0, "compare_annual_cycle": False},
        },
        "synthetic": {"native": {"gpcp_daily": 15.0}},
    },
)


def free_ports(count):
    """The first of so many free ports in a row."""
    for first in range(37817, 60000, 10):
        with_sockets = [socket.socket() for _ in range(count)]
        try:
            for offset, each in enumerate(with_sockets):
                each.bind(("127.0.0.1", first + offset))
            return first
        except OSError:
            continue
        finally:
            for each in with_sockets:
                each.close()
    raise AssertionError("no free ports")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A SLURM of two nodes: its state folder and the environment that finds it."""
    state = tmp_path_factory.mktemp("slurm")
    up = subprocess.run([HERE / "slurm_up.sh", state, str(free_ports(3))], capture_output=True, text=True, timeout=600)
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        yield (
            state,
            {**os.environ, "SLURM_CONF": str(state / "slurm.conf"), "PATH": f"{state / 'bin'}{os.pathsep}{SEARCH}"},
        )
    finally:
        subprocess.run([HERE / "slurm_down.sh", state], timeout=600)
    left = [
        path
        for path in (state / "run").glob("*.pid")
        if path.read_text(encoding="utf-8").strip() and Path("/proc", path.read_text(encoding="utf-8").strip()).exists()
    ]
    assert not left, f"still running: {left}"


@pytest.fixture(scope="module")
def worlds(root, tmp_path_factory):
    """Prepared once; then a local run of the tile stages, and a copy without them. The time of the local run in s."""
    local, remote = tmp_path_factory.mktemp("local"), tmp_path_factory.mktemp("remote")
    (local / "small.yaml").write_text(yaml.safe_dump(WORLD), encoding="utf-8")
    running.run(local, root, "prepare")
    shutil.copytree(local, remote, dirs_exist_ok=True)
    begin = time.monotonic()
    running.run(local, root, *TARGETS)
    return local, remote, time.monotonic() - begin


def submit(folder, workflow, cluster, *arguments):
    """Start Snakemake on the cluster."""
    own = [
        "--workflow-profile",
        str(workflow / "profiles/slurm"),
        "--slurm-no-account",
        "--slurm-init-seconds-before-status-checks",
        "2",
    ]
    command = [*running.command(workflow, *own, *arguments), "--slurm-keep-successful-logs"]
    found = {name: cluster[1][name] for name in ("SLURM_CONF", "PATH")}
    surroundings = running.environment(workflow, forks=False) | found
    return subprocess.Popen(
        command,
        cwd=folder,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(flow):
    try:
        text = flow.communicate(timeout=2400)[0]
    finally:
        if flow.poll() is None:
            os.killpg(flow.pid, signal.SIGKILL)
    assert flow.returncode == 0, text[-6000:]
    return text


def jobs_in(cluster):
    """{SLURM's number: (state, node)} of all jobs it has seen."""
    shown = subprocess.run(
        ["squeue", "--states=all", "--noheader", "--format=%A|%T|%N"],
        env=cluster[1],
        capture_output=True,
        text=True,
        check=True,
    )
    return {number: (state, node) for number, state, node in (line.split("|") for line in shown.stdout.splitlines())}


def partitions_of(cluster):
    """{SLURM's number: partition} of all jobs it has seen."""
    command = ["squeue", "--states=all", "--noheader", "--format=%A|%P"]
    shown = subprocess.run(command, env=cluster[1], capture_output=True, text=True, check=True)
    return dict(line.split("|") for line in shown.stdout.split())


def test_the_cluster_gives_the_bytes_of_the_local_run(cluster, worlds, root):
    local, remote, local_seconds = worlds
    # The example of the profile, with the limit of the stand-in, which refuses jobs that ask for more.
    limits = yaml.safe_load((root / "profiles/slurm/partitions.yaml").read_text(encoding="utf-8"))
    limits["partitions"]["brief"]["max_runtime"] = 5
    (remote / "partitions.yaml").write_text(yaml.safe_dump(limits), encoding="utf-8")
    begin = time.monotonic()
    text = finish(submit(remote, root, cluster, *TARGETS, "--slurm-partition-config", "partitions.yaml"))
    jobs = jobs_in(cluster)
    print(
        f"tile stages, {len(jobs)} SLURM jobs on 2 nodes: {time.monotonic() - begin:.0f} s; local on 2 cores: "
        f"{local_seconds:.0f} s"
    )
    assert 6 <= len(jobs) <= 10 and {state for state, _ in jobs.values()} == {"COMPLETED"}, jobs
    assert len(re.findall(r"submitted with SLURM jobid", text)) == len(
        jobs
    )  # nothing but local rules ran on the login node
    assert {node for _, node in jobs.values()} == {"n1", "n2"}
    assert set(partitions_of(cluster).values()) == {"brief", "main"}
    assert running.digests(remote) == running.digests(local)
    assert not list(remote.rglob("*.part"))


def test_a_node_that_is_lost(cluster, worlds, root):
    local, remote, _ = worlds
    (remote / LAGS).unlink(missing_ok=True)
    before = jobs_in(cluster)
    # Each tile by itself, so that both nodes have one.
    flow = submit(remote, root, cluster, LAGS, "--group-components", "lags=1")
    deadline = time.monotonic() + 1200
    while not any(state == "RUNNING" and node == "n1" for state, node in jobs_in(cluster).values()):
        assert flow.poll() is None and time.monotonic() < deadline, "no job came to node n1"
        time.sleep(0.1)
    os.kill(int((cluster[0] / "run/n1.pid").read_text(encoding="utf-8")), signal.SIGKILL)
    text = finish(flow)
    lost = {number: job for number, job in jobs_in(cluster).items() if number not in before}
    print(f"node lost: {lost}")
    assert any(state != "COMPLETED" for state, _ in lost.values()) or "n1" in {node for _, node in lost.values()}, text[
        -3000:
    ]
    assert running.digests(remote, f"{RESULTS}/dependence/lags.nc") == running.digests(
        local, f"{RESULTS}/dependence/lags.nc"
    )
    assert not list(remote.rglob("*.part"))
