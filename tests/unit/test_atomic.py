"""Files seen whole or not at all, also where several nodes of a cluster write into one folder."""

import os
import subprocess
import sys

import pytest

from vadose.files import atomic


def gone():
    """Number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_file_takes_its_place_when_all_went_well_and_stays_as_it_was_otherwise(tmp_path):
    path = tmp_path / "deep/table.csv"
    with atomic.replacing(path) as temporary:
        temporary.write_text("old", encoding="utf-8")
        assert not path.exists()
    with pytest.raises(RuntimeError), atomic.replacing(path) as temporary:
        temporary.write_text("new", encoding="utf-8")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "old" and list(path.parent.iterdir()) == [path]


def test_a_new_start_leaves_the_half_written_file_of_a_job_on_another_node(tmp_path, monkeypatch):
    """The controller on one node was killed; its job lives on, on another, under a number that is free here."""
    path = tmp_path / "tile.nc"
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(atomic.socket, "gethostname", lambda: "node7.cluster.example")
        elsewhere.setattr(atomic.os, "getpid", gone)
        job = atomic.replacing(path)
        half = job.__enter__()
        half.write_text("half", encoding="utf-8")
    atomic.remove_abandoned(tmp_path.rglob(".*.part"))  # as a new start does
    with atomic.replacing(path) as temporary:  # the same job, started again here
        temporary.write_text("second", encoding="utf-8")
    assert half.read_text(encoding="utf-8") == "half" and half.name.startswith(".tile.nc.node7-cluster-example.")
    half.write_text("first", encoding="utf-8")
    job.__exit__(None, None, None)
    assert path.read_text(encoding="utf-8") == "first" and list(tmp_path.iterdir()) == [path]


def test_what_a_dead_process_of_this_machine_left_goes_and_what_lives_stays(tmp_path):
    dead = tmp_path / f".a.nc.{atomic.host()}.{gone()}.part"
    ended = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)  # and not yet asked how
    ended.stdout.read()
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    unasked = tmp_path / f".f.nc.{atomic.host()}.{ended.pid}.part"
    alive = tmp_path / f".b.nc.{atomic.host()}.1.part"
    foreign = [tmp_path / ".c.nc.4711.part", tmp_path / ".d.part", tmp_path / "e.nc.part"]
    for path in (dead, unasked, alive, *foreign):
        path.write_bytes(b"")
    atomic.remove_abandoned(tmp_path.glob("*.part"))
    atomic.remove_abandoned(tmp_path.glob(".*.part"))
    assert sorted(tmp_path.iterdir()) == sorted([alive, *foreign])
    with ended:
        assert ended.wait() == 0
