"""Speed and memory of the stages of lags and copulas on a 0.25 degree region of the synthetic Earth, through the
scripts themselves.

The prepared files are written from the synthetic Earth's fields on its blocks, without archive files and remapping in
between, each cell with noise of its own. Each stage runs in a process of its own, as Snakemake starts it; at the end
two tiles run one after the other and at once. Run: python tests/benchmarks/dependence.py FOLDER FIRST_TILE LAST_TILE
TILES [case ...]
"""

import importlib.util
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

SPACING, SOUTH, NORTH, WEST, EAST = 0.25, 32.0, 57.0, 67.0, 112.0
YEARS = (2000, 2019)
DEPTHS = np.array([[0.0, 0.07], [0.07, 0.28], [0.28, 1.0]])
PAPER = 150_000  # cells
OPTIONS = {"engine": "batch", "margins": "ranks", "preselect": True, "restarts": 0, "gof": False, "seed": 1}
# Stages measured: main result of the paper's two scales; the same with intervals and both cycles; lags with their null.
CASES = {
    "select": {"compare_annual_cycle": False, "bootstrap": 0},
    "compare": {"compare_annual_cycle": True, "bootstrap": 200},
    "stability": {"compare_annual_cycle": True, "bootstrap": 200, "stability_cells": 200},
    "lags": {},
}


def prepare(folder):
    """Prepared soil moisture and precipitation of the region."""
    import xarray as xr

    from vadose.core import calendar, cells
    from vadose.core.grid import Grid
    from vadose.files import land_mask, products
    from vadose.synthetic import dependence
    from vadose.synthetic.blocks import dependence_blocks
    from vadose.synthetic.settings import Settings

    land_mask.reduce(folder / "land_mask.nc", SPACING)
    study = {"spacing": SPACING, "first_year": YEARS[0], "last_year": YEARS[1], "region": (SOUTH, NORTH, WEST, EAST)}
    other = {"spacing": 5.0, "first_year": 1948, "last_year": 2024, "splice_year": 2000, "overlap_last_year": 2014}
    settings = Settings.from_config(
        {"seed": 1, "land_mask": folder / "land_mask.nc", "variability": other, "dependence": study}
    )
    blocks, grid = dependence_blocks(settings), Grid.regular(SPACING, SOUTH, NORTH, WEST, EAST)
    lat, lon = (axis.ravel() for axis in np.meshgrid(grid.lat, grid.lon, indexing="ij"))
    block = blocks.locate(lat, lon)
    axis, times, random = (
        cells.locate((block >= 0).reshape(grid.shape), grid),
        calendar.months(*YEARS),
        np.random.default_rng(1),
    )
    block = block[block >= 0]
    rain, soil = np.empty((block.size, times.size), np.float32), np.empty((block.size, 3, times.size), np.float32)
    # Blocks of the synthetic Earth are one degree wide at least: each cell of a block gets noise of its own, so that no
    # two are alike.
    for step, index in enumerate(dependence.study_months(settings)):
        month = dependence.fields(settings, index)
        rain[:, step] = month.precipitation[block] * np.exp(0.15 * random.standard_normal(block.size))
        noise = 0.004 * random.standard_normal((3, block.size))
        soil[:, :, step] = (
            np.clip(month.soil_moisture[:, block] + noise, 0.001, None) * (1000.0 * np.diff(DEPTHS, axis=1))
        ).T
    layers = {"layer": [1, 2, 3], "layer_top": ("layer", DEPTHS[:, 0]), "layer_bottom": ("layer", DEPTHS[:, 1])}
    where = products.cell_coordinates(axis)
    water = xr.Dataset({"soil_moisture": (("cell", "layer", "time"), soil)}, coords={"time": times, **layers})
    products.write(where.merge(water), folder / "soil_moisture.nc", "soil_moisture")
    drops = xr.Dataset({"precipitation": (("cell", "time"), rain)}, coords={"time": times})
    products.write(where.merge(drops), folder / "precipitation.nc", "precipitation")


def stage(folder, case, tile):
    """One stage on one tile, in this process: its own seconds of CPU from the first cell on, and peak memory."""
    from vadose.core.cells import Tile

    spec = importlib.util.spec_from_file_location(
        "stage", ROOT / f"workflow_scripts/{'measure_lags' if case == 'lags' else 'select_copulas'}.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    common = {
        "soil_moisture": [folder / "soil_moisture.nc"],
        "precipitation": [folder / "precipitation.nc"],
        "tile": Tile.parse(tile),
    }
    if case == "lags":
        module.main(**common, lags=folder / f"lags_{tile}.nc", max_lag=12, null="circular")
    else:
        given = CASES[case]
        options = OPTIONS | {"bootstrap": given["bootstrap"]}
        scales = {
            "time_scales": ["monthly", "annual"],
            "annual_cycle": "kept",
            "compare_annual_cycle": given["compare_annual_cycle"],
            "stability_cells": given.get("stability_cells", 0),
            "options": options,
        }
        module.main(**common, lags=None, copulas=folder / f"{case}_{tile}.nc", **scales)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.process_time():.2f} {peak:.0f}")


def main():
    folder, first, last, count = Path(sys.argv[1]), *(int(text) for text in sys.argv[2:5])
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "precipitation.nc").exists():
        prepare(folder)
    import xarray as xr

    with xr.open_dataset(folder / "precipitation.nc") as opened:
        whole = opened.sizes["cell"]
    for case in sys.argv[5:] or CASES:
        # A tile of one cell costs what starting and reading cost; the first run compiles.
        runs = [f"1of{whole}", f"1of{whole}", *(f"{number}of{count}" for number in range(first, last + 1))]
        taken = [run(folder, case, tile)[0] for tile in runs]
        start, cells = taken[1][0], whole * (last - first + 1) // count
        seconds, memory = sum(one for one, _ in taken[2:]) - start * (len(runs) - 2), max(peak for _, peak in taken[2:])
        print(
            f"{case}: {whole} cells in the region, {cells} measured x 3 layers: {cells / seconds:.0f} cells/s, "
            f"{1000 * seconds / cells / 3:.2f} ms per cell and layer; start, read, write {start:.1f} s "
            f"(first of all {taken[0][0]:.0f} s); peak {memory:.0f} MB per tile of {whole // count} cells; "
            f"{PAPER} cells: {PAPER / cells * seconds / 60:.0f} core-minutes",
            flush=True,
        )
        print(
            f"{case}: two tiles at once take {together(folder, case, [f'{number}of{count}' for number in (1, 2)]):.2f} "
            "of one after the other"
        )


def run(folder, case, *tiles):
    """(CPU seconds, peak MB) of tiles, each in a process of its own, all at once."""
    commands = [[sys.executable, __file__, "--stage", str(folder), case, tile] for tile in tiles]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    answers = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit(
            f"{case}: expected tiles {', '.join(tiles)} to finish, found one that failed; its error is above."
        )
    return [tuple(float(number) for number in answer.split()[-2:]) for answer in answers]


def together(folder, case, tiles):
    """Wall time of tiles at once, on as many cores, over that of one after the other."""
    begin = time.perf_counter()
    for tile in tiles:
        run(folder, case, tile)
    between = time.perf_counter()
    run(folder, case, *tiles)
    return (time.perf_counter() - between) / (between - begin)


if __name__ == "__main__":
    if sys.argv[1] == "--stage":
        stage(Path(sys.argv[2]), sys.argv[3], sys.argv[4])
    else:
        main()
