"""docs/scaling.md and docs/scaling.png from what scaling.py measured: tables, fits over the sizes, projections."""

import json
import math
from collections import defaultdict
from pathlib import Path

import cluster_queue
import numpy as np
from cluster_queue import ROOT, Cluster, Job
from scaling import HEMISPHERE, YEARS, first_edition, first_runs

SCENARIOS = ROOT / "config/scenarios"
PROJECTED = {  # study: (what, scenarios, cells of land)
    "variability": [("paper A, 1 degree", ["paper_a"], 15_000)],
    "dependence": [
        ("paper B, 0.25 degree", ["paper_b"], 150_000),
        ("paper B, 0.1 degree", ["paper_b", "paper_b_tenth_degree"], 1_204_000),
        ("1.5 million cells, 0.1 degree", ["paper_b", "paper_b_tenth_degree"], 1_500_000),
    ],
}
OUTSIDE = ("all", "download_files", "examine_datasets", "synthesize_product")  # no part of what is projected
NODES, CORES, NODE_MB = 10, 32, 128_000
START, SUBMIT = 20.0, 0.3  # s; ASSUME Snakemake, started twice on a node, and sbatch take so long
ENGINE_MB = 500  # of Snakemake on a node and of machines whose interpreter takes more (rules/common.smk)
QUEUES = (30.0, 600.0)  # s that a job waits
RESAMPLED = {"resample_dependence": 3.0, "resample_controls": 20.0}  # thousands of cells at most (every_kth)
SIMULATED = ("simulate_dependence", "simulate_coverage", "simulate_false_positives")  # as large whatever the cells


def write(folder, sizes):
    """The page and its figure."""
    runs = defaultdict(list)
    for study, size in sizes:
        path = folder / f"{study}_{size.replace(' ', '_')}" / "measured.json"
        if path.exists() and size != HEMISPHERE:
            runs[study].append(json.loads(path.read_text(encoding="utf-8")) | {"size": size})
    parts = [(ROOT / "docs/scaling_head.md").read_text(encoding="utf-8")]
    fits = {study: fitted(measured) for study, measured in runs.items()}
    path = folder / f"dependence_{HEMISPHERE}" / "measured.json"
    fine = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    parts += ["## Both papers and 0.1 degree\n", projections(runs, fits, fine)]
    parts += [fine_table(fine)] if fine else []
    for study, measured in runs.items():
        parts += [f"## Study {'A' if study == 'variability' else 'B'}\n", whole_table(study, measured)]
        parts.append(rule_table(study, measured, fits[study]))
    (ROOT / "docs/scaling.md").write_text("\n".join(parts), encoding="utf-8")
    draw(runs)


def line_through(sizes, values):
    """Fixed part and part a thousand cells, neither below zero."""
    from scipy.optimize import nnls

    sizes, values = np.asarray(sizes, float), np.asarray(values, float)
    return tuple(nnls(sizes, values)[0]) if len(values) > 1 else (values[0] / sizes[0, 0], 0.0)


def fitted(runs):
    """{rule: (processor s a job, s a thousand cells, MB, MB a thousand cells of a job, s a thousand cells of those that
    are resampled)}, by least squares over sizes.

    A job of a tile has the cells of a tile, any other those of the study. Simulations are those of the largest run.
    """
    fits, tiled = {}, cluster_queue.tiled_rules()
    for rule in sorted({rule for run in runs for rule in run["jobs"]}):
        own = [run for run in runs if rule in run["jobs"]]
        own = own[-1:] if rule in SIMULATED else own
        jobs = [np.array(run["jobs"][rule]) for run in own]
        thousands = [run["cells"] / 1000 for run in own]
        terms = [(len(part), many) for part, many in zip(jobs, thousands)]
        if rule in RESAMPLED:
            terms = [(*term, resampled(rule, many)) for term, many in zip(terms, thousands)]
        seconds = line_through(terms, [part[:, 1].sum() for part in jobs])
        of_a_job = [many / (run["tiles"] if rule in tiled else 1) for many, run in zip(thousands, own)]
        memory = line_through([(1, many) for many in of_a_job], [part[:, 2].max() for part in jobs])
        if rule in SIMULATED:  # kept tables cost nothing: what making them took
            most = max(job[1] for run in runs for job in run["jobs"].get(rule, []))
            seconds = (most, 0.0)
        fits[rule] = *seconds[:2], *memory, *seconds[2:]
    return fits


def resampled(rule, thousands):
    """Thousands of cells whose years a rule resamples: every k-th, so that about so many are left."""
    return thousands / max(1, round(thousands / RESAMPLED[rule])) if rule in RESAMPLED else 0.0


def taken(parts, fits, cells):
    """What each job of a graph takes, by the fits."""
    tiled, local = cluster_queue.tiled_rules(), cluster_queue.local_rules()
    count = {rule: parts.rules.count(rule) for rule in set(parts.rules)}
    jobs = []
    for rule in parts.rules:
        fixed, slope, mb, more, *of_resampled = fits.get(rule, (1.0, 0.0, 200.0, 0.0))
        thousands = cells / 1000
        of_a_job = thousands / count[rule] if rule in tiled else thousands
        seconds = fixed + (slope * thousands + sum(of_resampled) * resampled(rule, thousands)) / count[rule]
        jobs.append(Job(seconds, mb + more * of_a_job + ENGINE_MB, local=rule in local))
    return jobs


def of_hemisphere(fine, cells):
    """{rule: fit} of what prepares so many cells at 0.1 degree, as measured on the hemisphere: soil moisture in a
    fourth of its years."""
    fits, more = {}, cells / fine["cells"]
    for rule, jobs in fine["jobs"].items():
        if rule.startswith(("prepare_", "locate_")):
            share = (YEARS[1] - YEARS[0] + 1) if rule == "prepare_soil_moisture" else 1
            seconds, most = share * np.mean([job[1] for job in jobs]), max(job[2] for job in jobs)
            fits[rule] = more * seconds, 0.0, more * most, 0.0
    return fits


def fine_table(fine):
    """What preparing the hemisphere took, as measured."""
    lines = [
        f"All {fine['cells']:,} cells of land of the Northern Hemisphere at 0.1 degree, prepared four years at a "
        f"time (soil moisture from one of the four), wrote {fine['prepared'] / 1e6:.0f} MB. "
        "The rules asked for too little then; by what is shown here, they now ask for more where cells are more:\n",
        "| rule | jobs | processor s a job | peak, MB | asked for then, MB |",
        "|---|---:|---:|---:|---:|",
    ]
    for rule, jobs in fine["jobs"].items():
        if rule.startswith(("prepare_", "locate_")):
            seconds, peak, asked = np.mean([job[1] for job in jobs]), *(max(job[k] for job in jobs) for k in (2, 3))
            lines.append(f"| `{rule}` | {len(jobs)} | {seconds:.1f} | {peak:.0f} | {asked:.0f} |")
    return "\n".join(lines) + "\n"


def projections(runs, fits, fine):
    """Table of what both papers and the fine grid would take."""
    profile, lines, dearest = cluster_queue.profile(), [], []
    queues = " / ".join(f"{wait:.0f}" for wait in QUEUES)
    lines.append(
        "| run | cells | jobs | core-hours | two cores, h | largest job, MB | results, GB "
        f"| {NODES} nodes, by waves, h | by queue of {queues} s, h |"
    )
    lines.append("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for study, cases in PROJECTED.items():
        for what, scenarios, cells in cases if runs[study] else []:
            paths = [SCENARIOS / f"{name}.yaml" for name in scenarios]
            parts = cluster_queue.graph(paths, leave=OUTSIDE)
            own = fits[study]
            if fine and "0.1" in what:
                own = own | of_hemisphere(fine, cells)
            jobs = taken(parts, own, cells)
            total = sum(job.seconds for job in jobs) / 3600
            largest = max(range(len(jobs)), key=lambda place: jobs[place].megabytes)
            disk = line_through(
                [(1, run["cells"] / 1000) for run in runs[study]], [run["results"] for run in runs[study]]
            )
            together, needs = cluster_queue.grouped(parts, jobs, profile, START)
            hours = [
                cluster_queue.finished(together, needs, on_nodes(profile, wait, max(map(mb_of, together)))) / 3600
                for wait in QUEUES
            ]
            lines.append(
                f"| {what} | {cells:,} | {len(jobs)} | {total:.2f} | {total / 2:.2f} | {jobs[largest].megabytes:.0f} "
                f"(`{parts.rules[largest]}`) | {(disk[0] + disk[1] * cells / 1000) / 1e9:.1f} "
                f"| {waves(parts, jobs) / 3600:.2f} | {' / '.join(f'{hour:.2f}' for hour in hours)} |"
            )
            dearest.append(f"*{what}*: {most_of(parts, jobs)}.")
    return "\n".join([*lines, "", "Where the core-hours go, in minutes of one core. " + " ".join(dearest)]) + "\n"


def most_of(parts, jobs, count=6):
    """The rules that take most of a projection, in words."""
    taken = defaultdict(float)
    for rule, job in zip(parts.rules, jobs):
        taken[rule] += job.seconds / 60
    most = sorted(taken, key=taken.get, reverse=True)
    rest = sum(taken[rule] for rule in most[count:])
    named = [f"`{rule}` {taken[rule]:.1f}" for rule in most[:count]]
    return ", ".join(named) + f", {len(most) - count} others {rest:.1f}"


def mb_of(job):
    return job.megabytes


def on_nodes(profile, wait, largest):
    """The cluster of the projection, of nodes that hold the largest job."""
    return Cluster(
        NODES,
        CORES,
        max(NODE_MB, largest),
        wait,
        START,
        SUBMIT,
        profile["jobs"],
        profile["slurm-init-seconds-before-status-checks"],
        profile["cores"],
    )


def waves(parts, jobs):
    """Seconds by the simple sum of the first edition: rule after rule, in waves of as many jobs as there are cores, and
    once in the queue."""
    total = 0.0
    for rule in set(parts.rules):
        own = [job.seconds for name, job in zip(parts.rules, jobs) if name == rule]
        total += math.ceil(len(own) / (NODES * CORES)) * max(own) + (QUEUES[0] if len(own) > 1 else 0.0)
    return total


def whole_table(study, measured):
    """Whole runs; below, those of the first edition."""
    lines = [
        "| run | cells | jobs | wall, s | processor, s | no job running | files made up, MB | prepared, MB "
        "| results, MB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for run in measured:
        count = sum(len(jobs) for jobs in run["jobs"].values())
        share = 1 - run["busy"] / run["wall"]
        data = f"{run['data'] / 1e6:.0f}" if run["data"] else "-"
        lines.append(
            f"| {run['size']} | {run['cells']} | {count} | {run['wall']:.0f} | {run['cpu']:.0f} | {100 * share:.0f} % "
            f"| {data} | {run['prepared'] / 1e6:.0f} | {run['results'] / 1e6:.0f} |"
        )
    for run in first_runs(study):
        lines.append(
            f"| {run['run']}, first edition | {run['cells']} | {run['jobs']} | {run['wall']} | {run['processor']} "
            f"| {run['no_job_running']} % | {run['data']} | - | {run['results']} |"
        )
    return "\n".join(lines) + "\n"


def rule_table(study, measured, fits):
    largest, first = measured[-1]["jobs"], first_edition()
    sizes = " / ".join(run["size"] for run in measured)
    lines = [
        f"| rule | jobs | s, all jobs | peak, MB ({sizes}) | fixed s a job | s a thousand cells "
        "| first edition: s, all jobs | fixed s a job | s a thousand cells |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for rule, jobs in sorted(largest.items(), key=lambda item: -sum(job[1] for job in item[1])):
        if rule in OUTSIDE:
            continue
        peaks = (f"{max(job[2] for job in run['jobs'][rule]):.0f}" if rule in run["jobs"] else "-" for run in measured)
        then = first.get((study, rule))
        before = f"{then[0]:.0f} | {then[1]:.1f} | {then[2]:.2f}" if then else "- | - | -"
        seconds = sum(job[1] for job in jobs)
        more = "".join(f" + {slope:.1f} of those resampled" for slope in fits[rule][4:])
        lines.append(
            f"| `{rule}` | {len(jobs)} | {seconds:.1f} | {' / '.join(peaks)} | {fits[rule][0]:.1f} "
            f"| {fits[rule][1]:.3f}{more} | {before} |"
        )
    return "\n".join(lines) + "\n"


def draw(runs):
    from vadose.figures import style

    figure = style.figure("double", 90)
    axes = figure.subplots(1, 2, sharey=True)
    figure.subplots_adjust(bottom=0.28)
    colours = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")
    for axis, (study, measured) in zip(axes, runs.items()):
        measured = [run for run in measured if "degree" not in run["size"]]
        largest = sorted(measured[-1]["jobs"], key=lambda rule: -sum(job[1] for job in measured[-1]["jobs"][rule]))
        shown = [rule for rule in largest if all(rule in run["jobs"] for run in measured) and rule not in OUTSIDE]
        for rule, marker, colour in zip(shown, "osD^vP", colours):
            axis.loglog(
                [run["cells"] for run in measured],
                [sum(job[1] for job in run["jobs"][rule]) for run in measured],
                marker=marker,
                color=colour,
                label=rule,
                lw=1,
                ms=4,
            )
        axis.set(xlabel="Cells", title="Study A, 77 years" if study == "variability" else "Study B, 20 years")
        axis.legend(fontsize=6, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    axes[0].set_ylabel("Processor time of a rule, all jobs (s)")
    figure.savefig(Path(ROOT / "docs/scaling.png"), dpi=200)
