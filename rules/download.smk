"""Downloading, where `source: archive`: what lies in the raw folder or in yours is verified and used, the rest is fetched and verified.
Needs:  the network, and credentials in the environment, ~/.netrc or ~/.cdsapirc (README, Getting the data); never in the configuration.
Gives:  files below paths.raw, <run>/downloads/<data set>_<year>.json: which files, how large, with which sha256."""

import functools

from vadose.acquire import catalogue, needs, plan
from vadose.acquire.errors import FetchError

FETCHED = config["source"] == "archive"
# One resource per archive, download_<archive>: profiles limit how many jobs talk to it at a time.
ARCHIVES = sorted({entry["archive"] for entry in DATASETS.values()})
CHECKSUMS = PROJECT / config["downloads"]["checksums"]


@functools.cache
def download_plan():
    """Jobs of the plan by (data set, group), worked out once: which files are wanted, which of them are there."""
    try:
        entries = {name: catalogue.entry_of(name, entry, config["downloads"]["catalogue"]) for name, entry in DATASETS.items()}
        jobs = plan.plan(needs.needs(config, RAW, DATASETS), entries, RAW, (1, 9999))
    except FetchError as error:
        raise WorkflowError(str(error)) from None
    return {(job.dataset, job.group): job for job in jobs}


def manifests_of(dataset):
    """What the downloads of a data set leave; nothing where files are not fetched."""
    return [result(f"downloads/{name}_{group}.json") for name, group in download_plan() if name == dataset] if FETCHED else []


def job_of(wildcards):
    """The job of the plan behind a download."""
    return download_plan()[wildcards.dataset, wildcards.group]


def options_of(dataset, group):
    """Options of one job; its years are its own alone, so that a longer record fetches only what it adds."""
    return needs.needs(config, RAW, DATASETS)[dataset] | {"years": None if group == "all" else (int(group), int(group))}


def connections_to(archive):
    """One connection to the archive that the data set is in, none to the others."""
    return lambda wildcards: int(DATASETS[wildcards.dataset]["archive"] == archive)


def download_minutes(wildcards, attempt):
    """Three times the expected time, at least an hour."""
    return int(max(60, 180 * job_of(wildcards).hours) * attempt)


rule download:
    input:
        manifests=lambda wildcards: [path for name in needs.needs(config, RAW, DATASETS) for path in manifests_of(name)],
    localrule: True
    params:
        plan=lambda wildcards: plan.summary(list(download_plan().values())) if FETCHED else f"source: {config['source']} needs no download",
    message:
        "{params.plan}"


rule download_files:
    output:
        manifest=result("downloads/{dataset}_{group}.json"),
    log:
        log_of("download_files", "{dataset}", "{group}"),
    benchmark:
        benchmark_of("download_files", "{dataset}", "{group}")
    wildcard_constraints:
        group=r"\d{4}|all",
    retries: 2
    localrule: not config["downloads"]["submit"]
    conda:
        "../envs/download.yaml"
    resources:
        **{f"download_{archive}": connections_to(archive) for archive in ARCHIVES},
        mem_mb=memory(700),
        runtime=download_minutes,
    params:
        options=lambda wildcards: options_of(wildcards.dataset, wildcards.group),
        entry=lambda wildcards: DATASETS[wildcards.dataset],
        reader=lambda wildcards: reader_of(wildcards.dataset),
        raw=str(RAW),
        checksums=str(CHECKSUMS),
        allow_missing=config["missing_files"] == "keep",
        library=lambda wildcards: fingerprint_with_reader("download_files", reader_of(wildcards.dataset)),
    message:
        "{wildcards.dataset} {wildcards.group}: verify what is there, fetch the rest"
    script:
        "../workflow_scripts/download_files.py"


rule doctor:
    log:
        log_of("doctor"),
    benchmark:
        benchmark_of("doctor")
    localrule: True
    conda:
        "../envs/download.yaml"
    params:
        needed=needs.needs(config, RAW, DATASETS),
        entries=DATASETS,
        raw=str(RAW),
        source=config["source"],
        library=library_of("examine_datasets"),
    message:
        "What the archives ask of you"
    script:
        "../workflow_scripts/examine_datasets.py"
