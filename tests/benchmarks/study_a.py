"""Study A at full size, from prepared cells to merged products: CPU time and memory of each job, on made-up soil
moisture of the size of GLDAS.

Run: python tests/benchmarks/study_a.py [cells]
15,000 cells, 924 months, 4 layers, two periods, two tiles; every job in a process of its own, as the workflow runs it.
The wall time on two idle cores is about half the CPU time of the tile jobs and all of that of the others.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

PERIODS = [(1948, 1999), (2000, 2024)]
TESTS = ["original", "hamed_rao", "3pw", "block_bootstrap"]
TARGET = 180.0  # seconds on two cores


def write_input(folder: Path, count: int) -> None:
    from vadose.core import calendar, cells
    from vadose.core.grid import Grid
    from vadose.files import products

    rng, grid = np.random.default_rng(1), Grid.regular(1.0, -60, 90, -180, 180)
    mask = np.zeros(grid.shape, bool)
    mask.ravel()[rng.choice(mask.size, count, replace=False)] = True
    axis, times = cells.locate(mask, grid), calendar.months(1948, 2024)
    cycle = 1 + 0.2 * np.sin(2 * np.pi * np.arange(times.size) / 12)
    scale = np.array([25.0, 75.0, 150.0, 250.0])[:, None] * cycle
    values = np.empty((count, 4, times.size), np.float32)
    for start in range(0, count, 1000):
        part = values[start : start + 1000]
        part[:] = scale * (1 + 0.05 * rng.standard_normal(part.shape))
    bounds = {"layer_top": ("layer", [0.0, 0.1, 0.4, 1.0]), "layer_bottom": ("layer", [0.1, 0.4, 1.0, 2.0])}
    labelled = products.cell_coordinates(axis).assign_coords(time=times, layer=np.arange(1, 5), **bounds)
    products.write(
        labelled.assign(soil_moisture=(("cell", "layer", "time"), values)), folder / "soil_moisture.nc", "soil_moisture"
    )


def job(folder: Path, name: str, script: str, arguments: str) -> tuple[float, float]:
    """Run one script's main in its own process; CPU seconds and peak memory in MB."""
    code = (
        "import sys, resource, time\nfrom pathlib import Path\nimport numpy as np\n"
        f"sys.path.insert(0, {str(ROOT / 'workflow_scripts')!r})\nfrom vadose.core.cells import Tile\n"
        f"folder = Path({str(folder)!r})\nimport {script}\n{script}.main({arguments})\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\nprint(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)"
    )
    environment = os.environ | {
        "NUMBA_CACHE_DIR": str(ROOT / ".numba_cache"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    cpu, memory = (float(number) for number in done.stdout.split()[-2:])
    print(f"{name}: {cpu:.1f} CPU s, {memory:.0f} MB", flush=True)
    return cpu, memory


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, tiled, single = Path(name), 0.0, 0.0
        # In a process of its own: a child begins with the peak memory of its parent.
        subprocess.run([sys.executable, __file__, str(count), str(folder)], check=True)
        size = count * 924 * 4 * 4 / 2**20
        print(f"input: {count} cells, {size:.0f} MB as float32")
        for tile in ("1of2", "2of2"):
            common = (
                f"soil_moisture=[folder/'soil_moisture.nc'], tile=Tile.parse('{tile}'), rank_on='total', basis='year'"
            )
            tiled += job(
                folder, f"average_seasons {tile}", "average_seasons", f"{common}, seasonal=folder/'s_{tile}.nc'"
            )[0]
            limits = f"periods={PERIODS}, min_months=12, min_year_share=0.8, top_by='signed'"
            tiled += job(
                folder,
                f"attribute_variability {tile}",
                "attribute_variability",
                f"{common}, attribution=folder/'a_{tile}.nc', {limits}",
            )[0]
            made = (
                f"seasonal=folder/'s_{tile}.nc', attribution=folder/'a_{tile}.nc', trends=folder/'t_{tile}.nc', "
                f"periods={PERIODS}"
            )
            options = f"tests={TESTS}, resamples=500, block_years=None, bootstrap_series='total', seed=1"
            tiled += job(folder, f"fit_trends {tile}", "fit_trends", f"{made}, {options}")[0]
        parts = ", ".join(
            f"{long}=[folder/'{short}_1of2.nc', folder/'{short}_2of2.nc']" for long, short in NAMES.items()
        )
        merged = "{" + ", ".join(f"'{long}': folder/'{long}.nc'" for long in NAMES) + "}"
        single += job(folder, "merge_variability", "merge_variability", f"{parts}, merged={merged}")[0]
        single += job(
            folder,
            "assess_field_significance",
            "assess_field_significance",
            "trends=folder/'trends.nc', fields=folder/'f.nc', alpha=0.05, alpha_fdr=0.1",
        )[0]
        splice = (
            "seasonal=folder/'seasonal.nc', attribution=folder/'attribution.nc', splice=folder/'p.nc', "
            f"periods={PERIODS}"
        )
        single += job(
            folder,
            "assess_splice",
            "assess_splice",
            f"{splice}, splice_year=2000, alpha_fdr=0.1, simulations=2000, seed=1",
        )[0]
        # assess_field_significance and assess_splice run side by side; counted one after the other here.
        seconds = tiled / 2 + single
        print(
            f"statistics of study A: {tiled + single:.0f} CPU s, about {seconds:.0f} s on two cores (target "
            f"{TARGET:.0f}): {seconds / TARGET:.2f} of it"
        )


NAMES = {"seasonal": "s", "attribution": "a", "trends": "t"}

if __name__ == "__main__" and len(sys.argv) > 2:
    write_input(Path(sys.argv[2]), int(sys.argv[1]))
elif __name__ == "__main__":
    began = time.time()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15_000)
    print(f"wall time of this benchmark {time.time() - began:.0f} s")
