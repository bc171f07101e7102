"""A fetch in a process of its own, for tests that kill it or run two at once: interrupted.py ADDRESS TARGET."""

import sys
from pathlib import Path

from vadose.acquire.fetch import fetch
from vadose.acquire.http import Http
from vadose.acquire.patience import Patience

if __name__ == "__main__":
    patience = Patience(connect=5.0, read=20.0, first_wait=0.05)
    print(fetch(Path(sys.argv[2]), Http(patience).source(sys.argv[1]), None, patience).how, flush=True)
