"""Chunks of remote stores, which several threads bring at once and one forgets."""

import threading

from vadose.acquire.chunks import Chunks

ADDRESS = "https://store/swvl1/0.0.0"


def test_chunks_are_kept_until_forgotten(tmp_path):
    chunks = Chunks(tmp_path / ".chunks/2001")
    assert chunks.read(ADDRESS) is None
    chunks.keep(ADDRESS, b"a chunk", chunks.forgotten)
    assert chunks.read(ADDRESS) == b"a chunk" and chunks.read(ADDRESS + "/c") is None
    chunks.forget()
    assert chunks.read(ADDRESS) is None and list(tmp_path.iterdir()) == []


def test_what_was_asked_for_before_all_were_forgotten_is_not_kept(tmp_path):
    chunks = Chunks(tmp_path / ".chunks/2001")
    before = chunks.forgotten
    chunks.forget()
    chunks.keep(ADDRESS, b"of an attempt that was refused", before)
    assert chunks.read(ADDRESS) is None and list(tmp_path.iterdir()) == []


def test_threads_may_bring_one_chunk_at_once(tmp_path):
    """A temporary name holds the process alone: two threads would take it from one another."""
    chunks, failed, start = Chunks(tmp_path / "chunks"), [], threading.Barrier(8)

    def bring():
        start.wait()
        try:
            for _ in range(50):
                chunks.keep(ADDRESS, bytes(20_000), chunks.forgotten)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=bring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and chunks.read(ADDRESS) == bytes(20_000)
    assert len(list((tmp_path / "chunks").iterdir())) == 1
