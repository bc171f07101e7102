"""Wall, CPU, memory and disk of every stage at growing sizes, and what both papers would take: docs/scaling.md and its
figure.

    .venv/bin/python tests/benchmarks/scaling.py run FOLDER        # about an hour on two quiet cores; sizes that are
    there are not run again .venv/bin/python tests/benchmarks/scaling.py write FOLDER      # docs/scaling.md and
    docs/scaling.png from what was measured

Sizes of 1, 4 and 16 thousand cells run the stages whose cost grows with cells; the two rehearsals
(config/scenarios/rehearsal_*.yaml) run everything. Times and memory of jobs are Snakemake's job benchmarks; CPU of a
whole run is the system's.
"""

import csv
import json
import math
import os
import re
import resource
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow_scripts"))
STAGES = {
    "variability": ["variability/attribution.nc", "variability/trends.nc", "variability/productivity_correlation.nc"],
    "dependence": ["dependence/dependence_tests.nc", "controls/controls.nc", "drivers/statistics.nc"],
}
# Cells of land; a region of inner Asia without sea for study B, coarser grids for study A.
GRIDS = {
    "variability": {"1": (1, {"spacing": 3.75}), "4": (2, {"spacing": 2.0})},
    "dependence": {
        "1": (1, {"south": 44.0, "north": 52.0, "west": 62.0, "east": 70.0}),
        "4": (2, {"south": 44.0, "north": 60.0, "west": 62.0, "east": 78.0}),
        "16": (6, {"south": 36.0, "north": 68.0, "west": 62.0, "east": 94.0}),
    },
}
PAPERS = {"variability": ("paper_a", 15_000), "dependence": ("paper_b", 150_000)}
NODES, CORES_OF_A_NODE, QUEUE_SECONDS = 10, 32, 30


def configurations():
    """(study, size): configuration, targets."""
    found = {}
    for study, sizes in GRIDS.items():
        rehearsal = yaml.safe_load((ROOT / f"config/scenarios/rehearsal_{study}.yaml").read_text(encoding="utf-8"))
        for size, (tiles, grid) in sizes.items():
            own = json.loads(json.dumps(rehearsal))
            own["run"], own["tiles"] = f"scaling_{study}_{size}", {study: tiles}
            own[study]["grid"].update(grid)
            if study == "variability":
                own["synthetic"]["native"].update(gldas=grid["spacing"], gosif_gpp=grid["spacing"] / 5, mcd12c1=0.25)
            found[study, size] = own, [f"results/{own['run']}/{target}" for target in STAGES[study]]
        found[study, "rehearsal"] = rehearsal, ["all"]
    return found


def measure(configuration, targets, folder):
    """Run one size in a folder of its own and write what it took to `measured.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "size.yaml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "-s",
        str(ROOT / "Snakefile"),
        "--configfile",
        "size.yaml",
        "--cores",
        "2",
        "--",
        *targets,
    ]
    surroundings = os.environ | {"NUMBA_CACHE_DIR": str(ROOT / ".numba_cache")}
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    with open(folder / "log.txt", "w", encoding="utf-8") as log:
        subprocess.run(command, cwd=folder, env=surroundings, stdout=log, stderr=subprocess.STDOUT, check=True)
    wall, after = time.time() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    collect(folder, configuration, wall, cpu)


def collect(folder, configuration, wall, cpu):
    """What a finished run left: jobs by rule, cells, disk."""
    import xarray as xr

    run, study = folder / "results" / configuration["run"], configuration["studies"][0]
    jobs = defaultdict(list)
    for path in run.glob("benchmarks/*.tsv"):
        row = list(csv.DictReader(path.open(encoding="utf-8"), delimiter="\t"))[-1]
        number = {name: 0.0 if row[name] in ("NA", "-") else float(row[name]) for name in ("s", "cpu_time", "max_rss")}
        jobs[rule_of(path.stem)].append([number["s"], number["cpu_time"], number["max_rss"]])
    with xr.open_dataset(run / "prepared" / study / "cells.nc") as cells:
        count = cells.sizes["cell"]
    busy, last = 0.0, 0.0
    for start, end in sorted(intervals(folder)):
        busy, last = busy + max(0.0, end - max(start, last)), max(last, end)
    disk = {
        name: sum(path.stat().st_size for path in (folder / name).rglob("*") if path.is_file())
        for name in ("data", "results")
    }
    found = {"study": study, "cells": count, "wall": wall, "cpu": cpu, "busy": busy, "disk": disk, "jobs": jobs}
    (folder / "measured.json").write_text(json.dumps(found), encoding="utf-8")


def intervals(folder):
    """When a job ran, from Snakemake's own records."""
    for path in (folder / ".snakemake/metadata").rglob("*"):
        if path.is_file():
            record = json.loads(path.read_text(encoding="utf-8"))
            yield record["starttime"], record["endtime"]


def rule_of(name):
    """Rule of a benchmark file: its name without tile, years, dataset."""
    from functools import cache

    @cache
    def names():
        text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").glob("*.smk")))
        return sorted(re.findall(r"^rule (\w+):", text, re.M), key=len, reverse=True)

    return next(rule for rule in names() if name == rule or name.startswith(f"{rule}_"))


def fitted(runs):
    """{rule: (s a job, s a thousand cells)} by non-negative least squares over the sizes, and the largest memory.

    Wall time of jobs, one core each: Snakemake's CPU time is sampled and stops short of the end of a job.
    """
    from scipy.optimize import nnls

    rules, found = sorted({rule for run in runs for rule in run["jobs"]}), {}
    for rule in rules:
        rows = [
            (len(run["jobs"][rule]), run["cells"] / 1000, sum(job[0] for job in run["jobs"][rule]))
            for run in runs
            if rule in run["jobs"]
        ]
        table = np.array(rows)
        part = nnls(table[:, :2], table[:, 2])[0] if len(rows) > 1 else (table[0, 2] / table[0, 0], 0.0)
        found[rule] = part[0], part[1], max(job[2] for run in runs for job in run["jobs"].get(rule, []))
    return found


def planned(scenario):
    """{rule: jobs} of a paper, without downloads."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "-s",
        str(ROOT / "Snakefile"),
        "-n",
        "--quiet",
        "rules",
        "--cores",
        "1",
    ]
    command += ["--configfile", str(ROOT / f"config/scenarios/{scenario}.yaml"), "--", "all"]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    table = re.search(r"^Job stats:\n(.*?)^total ", text, re.M | re.S)[1]
    jobs = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.M)}
    return {
        name: count
        for name, count in jobs.items()
        if name not in ("all", "download_files", "examine_datasets", "total")
    }


def projected(study, fits):
    """Core-hours and wall hours of a paper on two cores and on a cluster."""
    scenario, cells = PAPERS[study]
    total, slots, waves = 0.0, NODES * CORES_OF_A_NODE, 0.0
    for rule, count in planned(scenario).items():
        fixed, slope, _ = fits.get(rule, (0.0, 0.0, 0.0))
        seconds = fixed * count + slope * cells / 1000
        total += seconds
        waves += math.ceil(count / slots) * seconds / count + (QUEUE_SECONDS if count > 1 else 0)
    return {
        "jobs": sum(planned(scenario).values()),
        "core_hours": total / 3600,
        "two_cores": total / 2 / 3600,
        "cluster": waves / 3600,
    }


def write(folder):
    """docs/scaling.md and docs/scaling.png."""
    runs = defaultdict(list)
    for (study, size), _ in configurations().items():
        path = folder / f"{study}_{size}" / "measured.json"
        if path.exists():
            runs[study].append(json.loads(path.read_text(encoding="utf-8")) | {"size": size})
    head = (ROOT / "docs/scaling_head.md").read_text(encoding="utf-8")
    parts = [head]
    for study, measured in runs.items():
        fits = fitted(measured)
        parts += [
            f"## Study {'A' if study == 'variability' else 'B'}\n",
            whole_table(measured),
            rule_table(measured, fits),
            projection(study, fits),
        ]
    (ROOT / "docs/scaling.md").write_text("\n".join(parts), encoding="utf-8")
    draw(runs)


def whole_table(measured):
    lines = [
        "| run | cells | jobs | wall, s | CPU, s | no job running | files made up, MB | results, MB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for run in measured:
        count = sum(len(jobs) for jobs in run["jobs"].values())
        share, disk = 1 - run["busy"] / run["wall"], run["disk"]
        lines.append(
            f"| {run['size']} | {run['cells']} | {count} | {run['wall']:.0f} | {run['cpu']:.0f} | {100 * share:.0f} % "
            f"| {disk['data'] / 1e6:.0f} | {disk['results'] / 1e6:.0f} |"
        )
    return "\n".join(lines) + "\n"


def rule_table(measured, fits):
    largest = measured[-1]["jobs"]
    sizes = " / ".join(run["size"] for run in measured)
    lines = [
        f"| rule | jobs | s, all jobs | peak, MB ({sizes}) | s a job | s a thousand cells |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for rule, jobs in sorted(largest.items(), key=lambda item: -sum(job[0] for job in item[1])):
        wall = sum(job[0] for job in jobs)
        peaks = (f"{max(job[2] for job in run['jobs'][rule]):.0f}" if rule in run["jobs"] else "-" for run in measured)
        fixed, slope, _ = fits[rule]
        lines.append(f"| `{rule}` | {len(jobs)} | {wall:.0f} | {' / '.join(peaks)} | {fixed:.1f} | {slope:.2f} |")
    return "\n".join(lines) + "\n"


def projection(study, fits):
    found, cells = projected(study, fits), PAPERS[study][1]
    return (
        f"Projection to the paper ({cells:,} cells, {found['jobs']} jobs without downloads): {found['core_hours']:.1f} "
        "core-hours; "
        f"{found['two_cores']:.1f} h on two cores; {found['cluster']:.2f} h on {NODES} nodes of {CORES_OF_A_NODE} "
        "cores "
        f"with {QUEUE_SECONDS} s in the queue a stage.\n"
    )


def draw(runs):
    from vadose.figures import style

    figure = style.figure("double", 90)
    axes = figure.subplots(1, 2, sharey=True)
    figure.subplots_adjust(bottom=0.28)
    for axis, (study, measured) in zip(axes, runs.items()):
        largest = sorted(measured[-1]["jobs"], key=lambda rule: -sum(job[0] for job in measured[-1]["jobs"][rule]))
        shown = [rule for rule in largest if sum(rule in run["jobs"] for run in measured) == len(measured)][:6]
        for rule, marker, colour in zip(
            shown, "osD^vP", ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")
        ):
            axis.loglog(
                [run["cells"] for run in measured],
                [sum(job[0] for job in run["jobs"][rule]) for run in measured],
                marker=marker,
                color=colour,
                label=rule,
                lw=1,
                ms=4,
            )
        axis.set(xlabel="Cells", title="Study A, 77 years" if study == "variability" else "Study B, 20 years")
        axis.legend(fontsize=6, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    axes[0].set_ylabel("Time of a rule, all jobs (s)")
    figure.savefig(ROOT / "docs/scaling.png", dpi=200)


if __name__ == "__main__":
    task, folder = sys.argv[1], Path(sys.argv[2]).absolute()
    if task == "run":
        for (study, size), (configuration, targets) in configurations().items():
            if not (folder / f"{study}_{size}" / "measured.json").exists():
                measure(configuration, targets, folder / f"{study}_{size}")
    else:
        write(folder)
