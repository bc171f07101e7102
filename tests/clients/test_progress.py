"""What one sees of a job while it runs: a line a minute in the log and on the screen, a bar on a terminal."""

import dataclasses
import io
import logging
import re
import time

import pytest
from stand_in_raw import response

from vadose.acquire.catalogue import load
from vadose.acquire.download import run
from vadose.acquire.plan import plan
from vadose.acquire.progress import Progress

DATA = b"CDF\x01" * 50_000


@pytest.fixture
def clock(monkeypatch):
    """Time that passes when told."""
    now = [1000.0]
    monkeypatch.setattr("vadose.acquire.progress.time.monotonic", lambda: now[0])
    return now


def test_a_line_says_where_the_job_stands(clock):
    """File k of n, bytes so far and in all, the rate since the last line, the time left at that rate."""
    progress = Progress("gpcp_daily_2001", 365, 100_000_000, screen=io.StringIO())
    progress.begin("a.nc")
    progress.came(20_000_000)
    clock[0] += 60.0
    assert progress.line() == (
        "gpcp_daily_2001: file 1 of 365, a.nc, 20.0 of about 100 MB, 0.33 MB/s, about 4 min left"
    )
    clock[0] += 60.0
    assert progress.line() == "gpcp_daily_2001: file 1 of 365, a.nc, 20.0 of about 100 MB, 0.00 MB/s"
    progress.waits("request job-1 is queued, 41 requests before it")
    assert progress.line() == "gpcp_daily_2001: file 1 of 365, a.nc, request job-1 is queued, 41 requests before it"
    progress.came(20_000_000)
    clock[0] += 10.0
    assert progress.line().endswith("40.0 of about 100 MB, 2.00 MB/s, about 30 s left")


def test_a_job_tells_in_the_log_and_on_the_screen(raw_server, root, policy, tmp_path, caplog, capsys):
    """A file that comes slowly: several lines before it is there; nothing is said of a job that has nothing to do."""

    def slow(head):
        yield response("200 OK", {"ETag": '"1"'}, b"", len(DATA))
        for begin in range(0, len(DATA), 20_000):
            yield DATA[begin : begin + 20_000]
            yield 0.05

    caplog.set_level(logging.INFO)
    server = raw_server(slow)
    entry = load(root / "config" / "datasets.yaml")["cru_ts"]
    files = entry.files | {"smallest": 1000, "bytes": len(DATA), "name": "cru_ts4.07.1901.2022.tmp.dat.nc.gz"}
    entry = dataclasses.replace(entry, addresses={"file": server.address + "/{name}"}, files=files)
    policy = dataclasses.replace(policy, report=0.1, read=20.0)
    for lines in (3, 0):
        caplog.clear()
        (job,) = plan({"cru_ts": {}}, {"cru_ts": entry}, tmp_path, (2000, 2001))
        run(job, entry, tmp_path, policy=policy)
        screen = capsys.readouterr().err
        pattern = r"cru_ts_all: file 1 of 1, cru_ts\S+, 0\.\d of about 0 MB, \d+\.\d\d MB/s"
        assert len(re.findall(pattern, screen)) >= lines and len(re.findall(pattern, caplog.text)) >= lines
        assert (screen == "") == (lines == 0)


class Terminal(io.StringIO):
    """A screen that says it is a terminal."""

    def isatty(self):
        return True


def test_a_bar_where_the_screen_is_a_terminal():
    screen = Terminal()
    with Progress("vodca2_gpp_all", 1, 1000, every=60.0, screen=screen) as progress:
        progress.begin("VODCA2GPP_v1.nc")
        progress.came(500)
        end = time.monotonic() + 10.0
        while "file 1 of 1" not in screen.getvalue() and time.monotonic() < end:
            time.sleep(0.05)
    assert "vodca2_gpp_all" in screen.getvalue() and "50%" in screen.getvalue()
