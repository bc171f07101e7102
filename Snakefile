"""Vadose: from the archives to the paper. The table of contents; each part explains itself in its first lines."""

from snakemake.utils import min_version

min_version("9.16")


# The demo, unless the user gives a configuration: what that does not name takes the default of config/schema.yaml.
if not workflow.overwrite_configfiles:

    configfile: f"{workflow.current_basedir}/config/config.yaml"


include: "rules/common.smk"
include: "rules/record.smk"
include: "rules/synthesize.smk"
include: "rules/download.smk"
include: "rules/prepare.smk"
include: "rules/variability.smk"
include: "rules/trends.smk"
include: "rules/productivity.smk"
include: "rules/figures_variability.smk"
include: "rules/dependence.smk"
include: "rules/risk.smk"
include: "rules/controls.smk"
include: "rules/mechanism.smk"
include: "rules/frozen.smk"
include: "rules/drivers.smk"
include: "rules/figures_dependence.smk"
include: "rules/figures_controls.smk"
include: "rules/regions.smk"
include: "rules/claims.smk"
include: "rules/atlas.smk"
include: "rules/sensitivity.smk"
include: "rules/numbers.smk"
include: "rules/report.smk"
include: "rules/paper.smk"
include: "rules/grids.smk"
include: "rules/crate.smk"
include: "rules/compare.smk"


# Before Snakemake asks what has changed.
if workflow.is_main_process:
    date_records()

# A workflow that imports this one has an onstart of its own.
if workflow.is_main_process and not workflow.modifier.is_main_snakefile():
    renew_records()

# How far the run is: the last row of a terminal, or a line a minute.
if workflow.is_main_process:
    PROGRESS = run_progress.watch(logger)


localrules:
    all,


onstart:
    open_results()
    renew_records()
    PROGRESS.begin(run_progress.seconds_of(BENCHMARKS))


# What a run leaves, or which jobs failed and why. A workflow that imports this one as a module says it by itself, or calls the same.
onsuccess:
    PROGRESS.end()
    print(run_summary.of_success(RESULTS, STARTED), file=sys.stderr, flush=True)


onerror:
    PROGRESS.end()
    print(run_summary.of_failure(RESULTS, STARTED), file=sys.stderr, flush=True)


rule all:
    """Everything: both studies, their figures and the report."""
    default_target: True
    input:
        result("report.html"),
        asked_again,


rule prepare:
    """Only the prepared products of all studies."""
    input:
        all_prepared(),
