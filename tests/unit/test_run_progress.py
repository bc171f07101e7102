"""How far a run is: counted from Snakemake's own records, told at the foot of a terminal or in plain lines."""

import io
import logging
import re

import pytest

from vadose.core import steps
from vadose.files import run_progress

COUNT = {"fit": 3, "draw": 1, "all": 1, "total": 5}


def told(progress, event, **fields):
    progress.emit(logging.makeLogRecord({"event": event} | fields))


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    for module in (run_progress, steps):
        monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def half(clock, tmp_path):
    """Two of three fits took 10 s, the third has run for 4 s; a drawing took 30 s in an earlier run."""
    progress, log = run_progress.RunProgress(io.StringIO()), tmp_path / "fit_3.log"
    progress.expected = {"draw": 30.0}
    told(progress, "run_info", stats=COUNT)
    for job in (1, 2, 3):
        told(progress, "job_info", jobid=job, rule_name="fit", wildcards={"tile": f"{job}of3"}, log=[str(log)])
        clock[0] += 10.0 if job < 3 else 4.0
        if job < 3:
            told(progress, "job_finished", job_id=job)
    log.write_text(
        "2026-01-01 INFO start: rule fit\n2026-01-01 INFO copulas: 3 of 8, about 5 s left\n", encoding="utf-8"
    )
    return progress, log


def test_time_left_is_that_of_the_jobs_still_to_be_done(half):
    progress, _ = half
    # 6 s of the third fit, 30 s of the drawing, and `all` as long as the mean of those that ended
    assert progress.left() == pytest.approx(6.0 + 30.0 + 10.0)
    assert progress.line() == "2 of 5 jobs, about 46 s left: fit 3of3 (copulas: 3 of 8, about 5 s left)"


def test_failed_jobs_are_named_and_no_longer_at_work(half):
    progress, log = half
    told(progress, "job_error", jobid=3)
    assert progress.line() == "2 of 5 jobs, 1 failed, about 40 s left"
    assert run_progress.said(log.with_name("absent.log")) == ""


def test_a_record_that_is_not_understood_ends_no_run(half, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    told(half[0], "job_info", jobid=9)
    told(half[0], "progress", done=1, total=2)
    assert half[0].line().startswith("2 of 5 jobs")


def test_times_of_earlier_runs_come_from_their_benchmarks(tmp_path):
    for tile, seconds in (("1of2", 4.0), ("2of2", 8.0)):
        (tmp_path / f"fit_{tile}.tsv").write_text(f"s\th:m:s\n{seconds}\t0:00:04\n", encoding="utf-8")
    (tmp_path / "draw.tsv").write_text("s\th:m:s\n", encoding="utf-8")
    patterns = {f"{tmp_path}/fit_{{tile}}.tsv": "fit", f"{tmp_path}/draw.tsv": "draw", f"{tmp_path}/x.tsv": "x"}
    assert run_progress.seconds_of(patterns) == {"fit": 6.0}


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True

    def fileno(self):
        return 2


@pytest.mark.parametrize(("terminal", "ci"), [(True, ""), (False, ""), (False, "true")])
def test_where_lines_go(terminal, ci, monkeypatch):
    """The last row of a terminal, which stays as it was; a line where there is none; nothing in CI."""
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(run_progress, "EVERY", 0.01)
    monkeypatch.setattr(run_progress, "REFRESH", 0.01)
    monkeypatch.setattr(run_progress.os, "get_terminal_size", lambda number: (60, 24))
    screen = Terminal() if terminal else io.StringIO()
    progress = run_progress.RunProgress(screen)
    told(progress, "run_info", stats=COUNT)
    progress.begin()
    while not ci and "jobs" not in screen.getvalue():
        pass
    progress.end()
    text = screen.getvalue()
    assert ("\033[1;23r" in text and text.endswith("\0337\033[r\033[24;1H\033[K\0338")) == terminal
    assert (set(re.sub(r"[^a-z0-9 \n]", "", text).split("\n")) == {"0 of 5 jobs", ""}) == (not terminal and not ci)
    assert (text == "") == bool(ci)


def test_long_loops_say_how_far_they_are(clock, caplog):
    caplog.set_level(logging.INFO)
    for _ in steps.told(range(6), "copulas"):
        clock[0] += 4.0
    assert [record.getMessage() for record in caplog.records] == ["copulas: 3 of 6, about 12 s left"]
    assert [steps.span(seconds) for seconds in (12, 240, 7200)] == ["12 s", "4 min", "2.0 h"]
