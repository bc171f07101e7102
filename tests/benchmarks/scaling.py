"""Wall, processor time, memory and disk of every stage at growing sizes, and what both papers and a grid of 0.1 degree
would take: docs/scaling.md and its figure.

    .venv/bin/python tests/benchmarks/scaling.py prepare FOLDER    # made-up files, not measured; at any time
    .venv/bin/python tests/benchmarks/scaling.py run FOLDER        # half an hour on two quiet cores, at first
    .venv/bin/python tests/benchmarks/scaling.py write FOLDER      # docs/scaling.md and .png from what was measured

The rehearsals (config/scenarios/rehearsal_*.yaml) run everything on a synthetic Earth; the smaller sizes and the tile
of 0.1 degree are regions of the same files. Sizes that are there are not run again. Processor time and largest memory
of a job are those of its log, whatever else the machine was at; processor time of a whole run is the system's.
"""

import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import yaml
from cluster_queue import rule_texts

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow_scripts"))
# All stages but figures and pages, which the smallest and the largest sizes have.
STAGES = {
    "variability": ["variability/attribution.nc", "variability/trends.nc", "variability/productivity_correlation.nc"],
    "dependence": [
        "dependence/dependence_tests.nc",
        "tables/dependence/year_intervals.csv",
        "controls/controls.nc",
        "tables/dependence/control_year_intervals.csv",
        "drivers/statistics.nc",
    ],
}
# Tiles and regions of land: 1 degree in study A, 0.25 and 0.1 in study B.
SMALLER = {
    "variability": {
        "1": (1, {"south": 40, "north": 60, "west": 60, "east": 110}),
        "4": (2, {"south": 20, "north": 70, "west": 30, "east": 120}),
    },
    "dependence": {
        "1": (1, {"south": 44.0, "north": 52.0, "west": 62.0, "east": 70.0}),
        "4": (2, {"south": 44.0, "north": 60.0, "west": 62.0, "east": 78.0}),
        "16": (6, {"south": 36.0, "north": 68.0, "west": 62.0, "east": 94.0}),
        "0.1 degree": (1, {"spacing": 0.1, "south": 44.05, "north": 51.65, "west": 62.05, "east": 69.75}),
    },
}
# All of the Northern Hemisphere at 0.1 degree is prepared, four years at a time, one of which has files of ERA5-Land.
HEMISPHERE, YEARS = "hemisphere", [2016, 2019]
PREPARED = (
    "soil_moisture precipitation evapotranspiration air_temperature land_surface_temperature gross_primary_productivity"
)
WHOLE = ("1", "16", "rehearsal")  # sizes that run everything
DATASETS = {
    "variability": {"gldas_2_0": "gldas", "gldas_2_1": "gldas", "mcd12c1": "mcd12c1", "gosif_gpp": "gosif_gpp"},
    "dependence": {
        name: name for name in ("era5_land", "gpcp_daily", "cru_ts", "cci_lst", "vodca2_gpp", "gleam", "wwf_ecoregions")
    },
}
# Simulations do not grow with cells: the smaller sizes have few, the rehearsals those of the papers.
FEWER = {
    "variability": {"trend": {"simulations": 100}},
    "dependence": {"copula": {"simulations": 20}, "driver_models": {"coverage_simulations": 2}},
}


def rehearsal(study):
    return yaml.safe_load((ROOT / f"config/scenarios/rehearsal_{study}.yaml").read_text(encoding="utf-8"))


def configurations(folder):
    """(study, size): configuration, targets. Smaller sizes read the rehearsal's made-up files."""
    from vadose.studies.sensitivity.plan import merged

    sizes = {}
    for study, smaller in SMALLER.items():
        for size, (tiles, grid) in smaller.items():
            run = f"scaling_{study}_{size.replace(' ', '_').replace('.', '_')}"
            world = next((folder / f"{study}_rehearsal/data").glob("synthetic_*/"), folder)
            files = {
                name: {"folder": str(world / reader)} | ({} if reader == "gldas" else {"pattern": "*"})
                for name, reader in DATASETS[study].items()
            }
            own = {"run": run, "source": "local", "tiles": {study: tiles}, "datasets": files}
            own[study] = {"grid": grid} | FEWER[study]
            targets = ["all"] if size in WHOLE else [f"results/{run}/{target}" for target in STAGES[study]]
            sizes[study, size] = merged(rehearsal(study), own), targets
        sizes[study, "rehearsal"] = rehearsal(study), ["all"]
    fine = yaml.safe_load((ROOT / "config/scenarios/paper_b_tenth_degree.yaml").read_text(encoding="utf-8"))
    own = {"run": HEMISPHERE, "datasets": {"era5_land": {"folder": str(folder / "hemisphere_files")}}}
    own["dependence"] = fine["dependence"] | {"years": YEARS, "copula": {"scatter_cells": []}}
    targets = [f"results/{HEMISPHERE}/prepared/dependence/{name}_2016-2019.nc" for name in PREPARED.split()]
    sizes["dependence", HEMISPHERE] = merged(sizes["dependence", "0.1 degree"][0], own), targets
    return sizes


def snakemake(configuration, folder, *arguments):
    """Run the workflow in a folder; wall and processor time, s."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "size.yaml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--configfile", "size.yaml"]
    # Files made before serve, though the code that makes them was touched since.
    command += ["--rerun-triggers", "mtime", "--cores", *arguments]
    surroundings = os.environ | {"NUMBA_CACHE_DIR": str(ROOT / ".numba_cache")}
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    with open(folder / "log.txt", "w", encoding="utf-8") as log:
        subprocess.run(command, cwd=folder, env=surroundings, stdout=log, stderr=subprocess.STDOUT, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.time() - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def prepare(folder):
    """The made-up files of both rehearsals."""
    for study in SMALLER:
        snakemake(rehearsal(study), folder / f"{study}_rehearsal", "1", "--until", "synthesize_product")
    if not (folder / "hemisphere_files").is_dir():
        prepare_hemisphere(folder)


def prepare_hemisphere(folder):
    """A year of ERA5-Land's own grid on all of the Northern Hemisphere, as 0.1 degree reads it."""
    from vadose.synthetic import archive
    from vadose.synthetic.settings import Settings

    world = next((folder / "dependence_rehearsal/data").glob("synthetic_*/"))
    years = dict(zip(("first_year", "last_year"), YEARS))
    grid = yaml.safe_load((ROOT / "config/scenarios/paper_b_tenth_degree.yaml").read_text(encoding="utf-8"))
    edges = [grid["dependence"]["grid"][edge] for edge in ("south", "north", "west", "east")]
    section = {"seed": 1, "land_mask": world / "land_mask.nc", "variability": {"spacing": 5.0} | years}
    section["dependence"] = {"spacing": 0.1, "region": edges} | years
    archive.write_product("era5_land", Settings.from_config(section), folder / "hemisphere_files", YEARS[1:])


def run(folder):
    """Measure the sizes that are not there yet."""
    if not list(folder.glob("*/measured.json")):  # the null table depends on no data: the first size makes it
        shutil.rmtree(ROOT / ".numba_cache/vadose/tables", ignore_errors=True)
    for (study, size), (configuration, targets) in configurations(folder).items():
        place = folder / f"{study}_{size.replace(' ', '_')}"
        if not (place / "measured.json").exists():
            wall, processor = snakemake(configuration, place, "2", "--", *targets)
            collect(place, configuration, wall, processor)


def collect(folder, configuration, wall, processor):
    """What a finished run left: jobs by rule (seconds, processor s, MB, asked MB, of a tile), cells, disk."""
    import xarray as xr

    from vadose.pages.report import costs

    run, study = folder / "results" / configuration["run"], configuration["studies"][0]
    rules, jobs = rule_texts(), defaultdict(list)
    for name, job in costs.of_jobs(run / "benchmarks").iterrows():
        rule = max((rule for rule in rules if f"{name}_".startswith(f"{rule}_")), key=len)
        jobs[rule].append([*job[["elapsed", "processor", "memory", "asked"]].fillna(0.0)])
    with xr.open_dataset(run / "prepared" / study / "cells.nc") as cells:
        count = cells.sizes["cell"]
    busy, last = 0.0, 0.0
    begin = time.time() - wall
    for start, end in sorted(span for span in intervals(folder) if span[0] > begin):
        busy, last = busy + max(0.0, end - max(start, last)), max(last, end)
    disk = {name: size_of(run / name) for name in ("prepared", "")}
    kept = {"study": study, "cells": count, "tiles": configuration["tiles"][study], "wall": wall, "cpu": processor}
    kept |= {"busy": busy, "results": disk[""], "prepared": disk["prepared"], "data": size_of(folder / "data")}
    (folder / "measured.json").write_text(json.dumps(kept | {"jobs": jobs}), encoding="utf-8")


def size_of(folder):
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def intervals(folder):
    """When a job ran, from Snakemake's own records."""
    for path in (folder / ".snakemake/metadata").rglob("*"):
        if path.is_file():
            record = json.loads(path.read_text(encoding="utf-8"))
            yield record["starttime"], record["endtime"]


def first_edition():
    """(study, rule): seconds of all jobs, a job, a thousand cells, as measured with the first edition."""
    with open(Path(__file__).with_name("first_edition.csv"), encoding="utf-8") as file:
        rows = csv.DictReader(file)
        names = ("seconds", "seconds_a_job", "seconds_a_thousand_cells")
        return {(row["study"], row["rule"]): [float(row[name]) for name in names] for row in rows}


def first_runs(study):
    """Whole runs of a study in the first edition."""
    with open(Path(__file__).with_name("first_edition_runs.csv"), encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["study"] == study]


if __name__ == "__main__":
    task, folder = sys.argv[1], Path(sys.argv[2]).absolute()
    if task == "write":
        from scaling_page import write

        write(folder, configurations(folder))
    else:
        {"prepare": prepare, "run": run}[task](folder)
