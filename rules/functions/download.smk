"""What the rules of download.smk are made from: downloading, where `source: archive`: what lies in the raw folder or in yours is verified and used, the rest is fetched and verified. No rules."""

import functools
import json

from vadose.acquire import accounts, catalogue, plan, wanted

from vadose.acquire.errors import FetchError
from vadose.acquire.retry_policy import RetryPolicy

FETCHED = config["source"] == "archive"
LEFT_OUT_ALLOWED = FETCHED and config["missing_files"] == "keep"

RetryPolicy.begin_run(config["downloads"]["limits"])
accounts.begin_run()  # jobs of one run know each other by it: one refused login is enough

# One resource per archive, download_<archive>: profiles limit how many jobs talk to it at a time.
WAYS = [way for entry in DATASETS.values() for way in entry.get("ways", {}).values()]
ARCHIVES = sorted({entry["archive"] for entry in [*DATASETS.values(), *WAYS] if "archive" in entry})

CHECKSUMS = PROJECT / config["downloads"]["checksums"]


@functools.cache
def download_plan():
    """Jobs of the plan by (data set, group), worked out once: which files are wanted, which of them are there."""
    try:
        entries = {
            name: catalogue.entry_of(name, entry, config["downloads"]["catalogue"]) for name, entry in DATASETS.items()
        }
        jobs = plan.plan(wanted.wanted(config, RAW, DATASETS), entries, RAW, (1, 9999))
    except FetchError as error:
        raise WorkflowError(str(error)) from None
    return {(job.dataset, job.group): job for job in jobs}


def plan_as_found(wildcards):
    """The plan in words, as things stood when the run began."""
    if not FETCHED:
        return f"source: {config['source']} needs no download"
    return f"The plan, as this run found things:\n{plan.summary(list(download_plan().values()))}"


def say_what_is_ready(manifests, plan_text, log):
    """What the downloads left, on the screen, and in the log below the plan as it was."""
    said = f"{plan.brought(manifests)}\n{plan.completed(manifests)}" if FETCHED else "Nothing to download."
    Path(log).write_text(f"{plan_text}\n{said}\n", encoding="utf-8")
    print(said, flush=True)


def manifests_of(dataset):
    """What the downloads of a data set leave; nothing where files are not fetched."""
    return (
        [result(f"downloads/{name}_{group}.json") for name, group in download_plan() if name == dataset]
        if FETCHED
        else []
    )


def left_out(manifest):
    """Keys of the files that a download went on without (missing_files: keep)."""
    try:
        return json.loads(Path(manifest).read_text(encoding="utf-8"))["left_out"]
    except (OSError, ValueError, KeyError):
        return []


def lists_of_files(wildcards):
    """What all downloads leave."""
    return [path for name in wanted.wanted(config, RAW, DATASETS) for path in manifests_of(name)]


def lists_that_lack_files(wildcards):
    """What `ask_again` has to know of each list that lacks files."""
    return [
        {
            "manifest": result(f"downloads/{name}_{group}.json"),
            "dataset": name,
            "options": options_for(name, group),
            "entry": DATASETS[name],
            "reader": registry.reader_name(name),
        }
        for name, group in (download_plan() if FETCHED else ())
        if left_out(result(f"downloads/{name}_{group}.json"))
    ]


def readers_of_lists(wildcards):
    """Readers of the lists that lack files: the first by its name, the others by their modules."""
    first, *others = sorted({item["reader"] for item in lists_that_lack_files(wildcards)}) or ["gldas"]
    return [first, *(f"vadose.formats.{name}" for name in others)]


def asked_again(wildcards):
    """What came when files that earlier runs were left without were asked for again, once in this run; nothing where
    nothing was left out."""
    if not LEFT_OUT_ALLOWED or not lists_that_lack_files(wildcards):
        return []
    asked = result("downloads/asked_again.txt")
    if not workflow.dag_settings.target_jobs:
        workflow.dag.forcefiles.add(asked)
    return [asked]


def lists_of_downloads(wildcards):
    """What all downloads leave. Where this is what is asked for, those that left something out are made again: the
    archive may have it now. Other targets do not make them again, because all that follows would run again for nothing,
    as long as the archive lacks the same: `all` asks by the rule ask_again."""
    manifests = lists_of_files(wildcards)
    if not workflow.dag_settings.target_jobs:  # not in a job, which is asked for itself alone
        workflow.dag.forcefiles.update(str(path) for path in manifests if left_out(path))
    return manifests


def job_of(wildcards):
    """The job of the plan behind a download."""
    return download_plan()[wildcards.dataset, wildcards.group]


def options_for(dataset, group):
    """Options of one job; its years are its own alone, so that a longer record fetches only what it adds."""
    years = None if group == "all" else (int(group), int(group))
    return wanted.wanted(config, RAW, DATASETS)[dataset] | {"years": years}


def options_of(wildcards):
    """Options of the job of a data set and group."""
    return options_for(wildcards.dataset, wildcards.group)


def entry_of(wildcards):
    """The data set in the catalogue."""
    return DATASETS[wildcards.dataset]


def reader_of(wildcards):
    """Name of the module that checks the files."""
    return registry.reader_name(wildcards.dataset)


def connections_to(archive):
    """One connection to the archive that the data set comes from, none to the others."""
    return lambda wildcards: int(job_of(wildcards).host == archive)


def download_minutes(wildcards, attempt):
    """Three times the expected time, at least an hour."""
    return int(max(60, 180 * job_of(wildcards).hours) * attempt)
