"""Threads that share the cells of one call, for compiled functions that let others run (`nogil`)."""

import os
from collections.abc import Callable


def available() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(work: Callable[[int, int], None], count: int, threads: int | None, fewest: int) -> None:
    """Do the work of all cells, in this thread and in others that begin and end with the call.

    Parameters
    ----------
    work : callable
        Of (first, last): does the cells from first to last, and leaves the others alone.
    count : int
        Cells.
    threads : int, optional
        At most so many at once, this one among them; `available` where not given.
    fewest : int
        Cells below which a further thread does not pay.
    """
    parts = max(min(available() if threads is None else threads, count // fewest), 1)
    edges = [count * part // parts for part in range(parts + 1)]
    if parts == 1:
        work(0, count)
        return
    from concurrent.futures import ThreadPoolExecutor

    # A pool of the call's own costs some 0.1 ms; one that is kept would be dead in a process that was forked.
    with ThreadPoolExecutor(parts - 1) as pool:
        others = [pool.submit(work, *edge) for edge in zip(edges[1:-1], edges[2:], strict=True)]
        work(*edges[:2])
    for other in others:
        other.result()
