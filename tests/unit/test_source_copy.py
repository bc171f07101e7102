"""A run works with scripts and library as they were when it began."""

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from vadose.files import jobs, source_copy


@pytest.fixture
def scripts(tmp_path):
    folder = tmp_path / "workflow_scripts"
    (folder / "vadose/templates").mkdir(parents=True)
    (folder / "vadose/__init__.py").write_text("VALUE = 1\n", encoding="utf-8")
    (folder / "vadose/templates/page.html").write_text("<p>", encoding="utf-8")
    (folder / "draw.py").write_text("def main(*, target):\n    target.append('as it was')\n", encoding="utf-8")
    return folder


def test_equal_sources_share_a_copy_and_an_edit_makes_another(scripts, tmp_path):
    first = source_copy.take(scripts, tmp_path / "kept")
    assert (first / "vadose/templates/page.html").read_text(encoding="utf-8") == "<p>" and (first / "draw.py").is_file()
    assert source_copy.take(scripts, tmp_path / "kept") == first
    (scripts / "vadose/__init__.py").write_text("VALUE = 2\n", encoding="utf-8")
    second = source_copy.take(scripts, tmp_path / "kept")
    assert second != first and (first / "vadose/__init__.py").read_text(encoding="utf-8") == "VALUE = 1\n"
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == sorted([first.name, second.name])


def test_old_copies_go(scripts, tmp_path):
    first = source_copy.take(scripts, tmp_path / "kept")
    os.utime(first, (0, time.time() - 40 * 86400))
    (scripts / "draw.py").write_text("", encoding="utf-8")
    source_copy.take(scripts, tmp_path / "kept")
    assert not first.exists()


def test_where_nothing_can_be_kept_the_sources_serve(scripts, tmp_path):
    (tmp_path / "kept").write_text("a file where the folder should be", encoding="utf-8")
    assert source_copy.take(scripts, tmp_path / "kept") == scripts


def test_jobs_find_the_copy_first_and_what_was_there_stays(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/mine")
    monkeypatch.delenv(source_copy.VARIABLE, raising=False)
    source_copy.use(Path("/first"))
    assert os.environ["PYTHONPATH"] == os.pathsep.join(["/first", "/mine"])
    source_copy.use(Path("/second"))
    assert os.environ["PYTHONPATH"] == os.pathsep.join(["/second", "/mine"])
    assert os.environ[source_copy.VARIABLE] == "/second"


def test_a_job_runs_the_script_as_it_was(scripts, tmp_path, monkeypatch):
    monkeypatch.setenv(source_copy.VARIABLE, str(source_copy.take(scripts, tmp_path / "kept")))
    edited = {"__file__": str(scripts / "draw.py")}
    exec("def main(*, target):\n    target.append('edited')", edited)
    target = []
    given = {part: {} for part in jobs.PARTS} | {"params": {"target": target}, "threads": 1, "log": [], "rule": "draw"}
    jobs.run(edited["main"], SimpleNamespace(**given))
    assert target == ["as it was"] and "copy_of_draw" not in sys.modules
