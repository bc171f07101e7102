"""How long downloads take beside curl: a year of 365 daily files (GPCP as it stands at NCEI) as a job of the plan, with
every check, and one file of 1 GB, both from a plain server on this machine.

    python tests/benchmarks/downloads.py [--pairs 5] [--delay 0.02] [--megabytes 1000] [--folder FOLDER]

curl fetches the same files over one connection; for the large file one SHA-256 of it is added to curl's time. Each pair
runs one after the other; the ratio is that of the shortest times, which a busy machine disturbs least. Targets: 3 for
the year, 1.3 for the large file. The year is also fetched from a server that waits `--delay` seconds before each
answer, as a distant one does.
"""

import argparse
import contextlib
import dataclasses
import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import xarray as xr

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))
from vadose.acquire.catalogue import load
from vadose.acquire.checks import check_of
from vadose.acquire.download import run
from vadose.acquire.fetch import fetch
from vadose.acquire.http import Http
from vadose.acquire.plan import plan
from vadose.acquire.retry_policy import RetryPolicy
from vadose.formats import registry
from vadose.synthetic.writers import gpcp_daily

ROOT = Path(__file__).resolve().parents[2]
YEAR = 2018
LONGEST = 1800.0  # seconds after which the server ends, whatever becomes of this process
TARGETS = {"year": 3.0, "large": 1.3}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of a folder over connections that stay open, each answer after a delay."""

    protocol_version = "HTTP/1.1"
    delay = 0.0

    def do_GET(self):
        """As in the standard library, later."""
        time.sleep(self.delay)
        super().do_GET()

    def copyfile(self, source, outputfile):
        """By the kernel, so that this process takes little from the ones that are compared."""
        self.wfile.flush()
        self.connection.sendfile(source)

    def log_message(self, *_):
        """Nothing."""


def serve(folder: str, delay: str) -> None:
    """Serve a folder until the time is over, after writing the port to the output."""
    handler = functools.partial(type("Handler", (Handler,), {"delay": float(delay)}), directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    print(server.server_address[1], flush=True)
    threading.Timer(LONGEST, os._exit, (1,)).start()
    server.serve_forever()


@contextlib.contextmanager
def served(folder: Path, delay: float = 0.0) -> Iterator[str]:
    """Address of a server of a folder, in a process of its own."""
    command = [sys.executable, __file__, "serve", str(folder), str(delay)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()


def days(folder: Path) -> list[Path]:
    """A year of files."""
    lat, lon = np.arange(-89.5, 90), np.arange(-179.5, 180)
    precipitation = np.random.default_rng(0).gamma(0.5, 4.0, (1, lat.size, lon.size)).astype(np.float32)
    for day in np.arange(f"{YEAR}-01-01", f"{YEAR + 1}-01-01", dtype="datetime64[D]").astype("datetime64[ns]"):
        coordinates = {"time": [day], "lat": lat, "lon": lon}
        gpcp_daily.write(xr.Dataset({"precipitation": (("time", "lat", "lon"), precipitation)}, coordinates), folder)
    return sorted(folder.iterdir())


def large(path: Path, megabytes: int) -> Path:
    """A file of noise."""
    noise = np.random.default_rng(0)
    with open(path, "wb") as out:
        for _ in range(megabytes):
            out.write(noise.bytes(10**6))
    return path


def by_curl(files: list[Path], address: str, folder: Path) -> None:
    """All files with curl, over one connection."""
    wanted = "".join(f'url = "{address}/{path.name}"\noutput = "{folder / path.name}"\n' for path in files)
    subprocess.run(["curl", "--silent", "--show-error", "--fail", "--config", "-"], input=wanted, text=True, check=True)


def by_job(address: str, folder: Path) -> None:
    """The year as the rule `download` fetches it."""
    dataset = load(ROOT / "config" / "datasets.yaml")["gpcp_daily"]
    dataset = dataclasses.replace(dataset, addresses={"index": f"{address}/"})
    (job,) = plan({dataset.id: {"years": (YEAR, YEAR)}}, {dataset.id: dataset}, folder, (YEAR, YEAR))
    fetched = run(
        job,
        dataset,
        folder,
        folder / "checksums",
        check_of(registry.reader("gpcp_daily")),
        RetryPolicy(),
        accounts=folder,
    )
    if len(fetched) != len(job.wanted):
        raise RuntimeError(f"expected {len(job.wanted)} files, found {len(fetched)}")


def with_hash(path: Path, address: str, folder: Path) -> None:
    """The large file with curl, and its SHA-256."""
    by_curl([path], address, folder)
    with open(folder / path.name, "rb") as stream:
        hashlib.file_digest(stream, "sha256")


def seconds(action: Callable[[Path], None], place: Path) -> tuple[float, float]:
    """Wall time and CPU time (of this process and what it started) of an action on an empty folder, which goes
    afterwards."""
    folder = Path(tempfile.mkdtemp(dir=place))
    os.sync()  # what others wrote is not waited for in this measurement
    before, begin = sum(os.times()[:4]), time.perf_counter()
    action(folder)
    result = time.perf_counter() - begin, sum(os.times()[:4]) - before
    shutil.rmtree(folder)
    return result


def compared(
    name: str, target: float, pairs: int, curl: Callable[[Path], None], ours: Callable[[Path], None], place: Path
) -> None:
    """Print the shortest times of pairs of runs, and their ratio."""
    runs = [(seconds(curl, place), seconds(ours, place)) for _ in range(pairs)]
    shortest = np.array(runs).min(axis=0)
    ratios = ", ".join(f"{mine[0] / theirs[0]:.2f}" for theirs, mine in runs)
    print(
        f"{name}: curl {shortest[0, 0]:.2f} s (CPU {shortest[0, 1]:.2f}), ours {shortest[1, 0]:.2f} s "
        f"(CPU {shortest[1, 1]:.2f}), ratio {shortest[1, 0] / shortest[0, 0]:.2f} (target: {target:g}); of each pair "
        f"{ratios}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=5, help="runs of each kind")
    parser.add_argument("--delay", type=float, default=0.02, help="seconds that a distant server waits")
    parser.add_argument("--megabytes", type=int, default=1000, help="of the large file")
    parser.add_argument("--folder", type=Path, help="where all is written to; without it the temporary folder")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as temporary:
        place = Path(temporary)
        (place / "days").mkdir()
        files = days(place / "days")
        name = f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.0f} MB"
        for delay in (0.0, chosen.delay):
            with served(place / "days", delay) as address:
                compared(
                    f"{name}, {1e3 * delay:.0f} ms a request",
                    TARGETS["year"],
                    chosen.pairs,
                    lambda folder, address=address: by_curl(files, address, folder),
                    lambda folder, address=address: by_job(address, folder),
                    place,
                )
        (place / "large").mkdir()
        path = large(place / "large" / "large.nc", chosen.megabytes)
        with served(path.parent) as address:
            compared(
                f"one file, {chosen.megabytes} MB, with one hash",
                TARGETS["large"],
                chosen.pairs,
                lambda folder: with_hash(path, address, folder),
                lambda folder: fetch(folder / path.name, Http().source(f"{address}/{path.name}")),
                place,
            )


if __name__ == "__main__":
    serve(*sys.argv[2:]) if sys.argv[1:2] == ["serve"] else main()
