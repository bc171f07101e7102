"""Cells shared among threads: each once, by as many threads as asked for, and none where it does not pay."""

import os
import threading

import pytest

from vadose.core import threads


@pytest.mark.parametrize(("asked", "parts"), [(1, 1), (2, 2), (3, 3), (7, 5), (0, 1)])
def test_each_cell_is_done_once(asked, parts):
    pieces = []
    threads.share(lambda first, last: pieces.append((first, last)), 53, asked, 10)
    assert len(pieces) == parts
    assert sorted(cell for first, last in pieces for cell in range(first, last)) == list(range(53))


def test_the_first_share_is_done_by_the_caller_itself():
    doer = {}
    threads.share(lambda first, last: doer.setdefault(first, threading.current_thread()), 100, 2, 1)
    assert doer[0] is threading.current_thread() and doer[50] is not threading.current_thread()


def test_few_or_no_cells_begin_no_thread(monkeypatch):
    monkeypatch.setattr("concurrent.futures.ThreadPoolExecutor", None)
    pieces = []
    for count in (0, 19):
        threads.share(lambda first, last: pieces.append((first, last)), count, None, 10)
    assert pieces == [(0, 0), (0, 19)]


@pytest.mark.parametrize("where", [0, 5])
def test_what_fails_in_any_thread_fails_in_the_call(where):
    def work(first, last):
        if first == where:
            raise ValueError(f"cells {first} to {last}")

    with pytest.raises(ValueError, match=f"cells {where} to"):
        threads.share(work, 10, 2, 1)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no affinity on this system")
def test_processors_are_those_of_the_process():
    own = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(own)})
        assert threads.available() == 1
    finally:
        os.sched_setaffinity(0, own)
