"""Chunks of remote stores, which several threads bring at once and one forgets."""

import asyncio
import threading
import time
from types import SimpleNamespace

from zarr.core.buffer import default_buffer_prototype

from vadose.acquire.chunk_store import ChunkStore
from vadose.acquire.chunks import Chunks
from vadose.acquire.errors import FetchError, Rejected

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


def test_after_a_refusal_nothing_more_is_asked_for_and_nothing_kept(tmp_path):
    """Zarr asks for all chunks at once, four at a time, and goes on with the others when one was refused."""
    chunks, asked = Chunks(tmp_path / ".chunks/2001"), []

    def answer(place, largest):
        asked.append(place)
        time.sleep(0.01)
        return b"<!DOCTYPE html><html><title>Maintenance</title></html>" if place.endswith("/5") else b"a chunk"

    web = SimpleNamespace(object=answer, policy=SimpleNamespace(longest_file=60.0))
    store = ChunkStore(web, "https://store", chunks, lambda size: None)

    async def read():
        at_once = asyncio.Semaphore(4)

        async def one(number):
            async with at_once:
                return await store.get(f"swvl1/{number}", default_buffer_prototype())

        tasks = [asyncio.create_task(one(number)) for number in range(60)]
        try:
            await asyncio.gather(*tasks)
        except Rejected:
            chunks.forget()
        await asyncio.wait(tasks)
        return [task.exception() for task in tasks]

    failed = asyncio.run(read())
    assert len(asked) <= 12 and list(tmp_path.iterdir()) == []
    assert sum(isinstance(error, FetchError) for error in failed) >= 48 and isinstance(failed[5], Rejected)
    assert ChunkStore(web, "https://store", chunks, lambda size: None)._bytes("swvl1/1") == b"a chunk"
