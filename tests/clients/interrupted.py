"""A job of the plan in a process of its own, for tests that kill it or run two at once: interrupted.py CATALOGUE ID RAW
YEAR."""

import sys
from pathlib import Path

from vadose.acquire.catalogue import load
from vadose.acquire.download import run
from vadose.acquire.plan import plan
from vadose.acquire.retry_policy import RetryPolicy

if __name__ == "__main__":
    file, name, raw, year = sys.argv[1:]
    catalogue = load(Path(file))
    (job,) = plan({name: {"years": (int(year), int(year))}}, catalogue, Path(raw), (int(year), int(year)))
    policy = RetryPolicy(connect=5.0, read=20.0, first_wait=0.05, longest_wait=0.2, poll=0.1)
    print(*(item.how for item in run(job, catalogue[name], Path(raw), policy=policy)), flush=True)
