"""CPU time of the GLDAS reader against bare h5py, over genuine files in one process: four layers a file.

Run:  python tests/benchmarks/gldas.py FOLDER       (with files GLDAS_NOAH10_M.*.nc4, such as
../shared/real/gldas_noah10_m_2.1)
"""

import sys
import time
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))
from vadose.formats import gldas

YEARS = (1948, 2100)


def bare(paths: list[Path]) -> None:
    """The values and nothing else: no product, axis, unit or fill is looked at."""
    for path in paths:
        with h5py.File(path, "r") as file:
            for name in gldas.LAYERS:
                file[name][...]


def reader(paths: list[Path]) -> None:
    for _ in gldas.months(paths, ("soil_moisture",), YEARS):
        pass


def one_by_one(paths: list[Path]) -> None:
    for path in paths:
        gldas.read(path)


def main(folder: Path) -> None:
    paths = sorted(folder.glob("GLDAS_NOAH10_M.*.nc4"))[:60]
    ways = (bare, reader, one_by_one)
    least = dict.fromkeys(ways, float("inf"))
    for _ in range(5):
        for way in ways:  # in turn, so that a busy machine weighs on all alike
            begun = time.process_time()
            way(paths)
            least[way] = min(least[way], 1e3 * (time.process_time() - begun) / len(paths))
    print(
        f"{len(paths)} files: bare h5py {least[bare]:.2f} ms a file; gldas.months {least[reader]:.2f} ms, "
        f"{least[reader] / least[bare]:.2f} times that; gldas.read {least[one_by_one]:.2f} ms, "
        f"{least[one_by_one] / least[bare]:.2f} times"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
