"""The plan: which files the configuration needs, which are there, and in which jobs the others are fetched. No network,
no reading of data."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vadose.acquire import local
from vadose.acquire.catalogue import BY_REQUEST, DEFAULT_WAY, Dataset, Item
from vadose.acquire.cds_requests import DEFAULT_ROUTE, CdsRequest, requests_for
from vadose.acquire.errors import FetchError

OPTIONS = ("years", "way", "route", "variables", "area", "folder", "local")


@dataclass(frozen=True)
class Job:
    """What one job of the workflow fetches: one data set, one year (or the one file that holds all years).

    Parameters
    ----------
    dataset : str
        Id in the catalogue.
    group : str
        "2001", or "all".
    wanted : mapping of key -> Item or CdsRequest
        All files of the job, by their keys (of CDS requests: by their names).
    present : mapping of key -> Path
        What is there; the job verifies it.
    size : int
        Expected bytes of what is missing.
    hours : float
        Expected hours, by the catalogue's speeds and queues.
    host : str
        Name of the archive's host, as limits on connections know it.
    way : str
        Way in (`datasets.<id>.way`).
    """

    dataset: str
    group: str
    wanted: Mapping[str, Item | CdsRequest]
    present: Mapping[str, Path]
    size: int
    hours: float
    host: str = ""
    way: str = DEFAULT_WAY

    @property
    def name(self) -> str:
        """Name of the job."""
        return f"{self.dataset}_{self.group}"

    @property
    def missing(self) -> dict[str, Item | CdsRequest]:
        """What is to be fetched."""
        return {key: item for key, item in self.wanted.items() if key not in self.present}

    @property
    def held(self) -> int:
        """Bytes of what is there."""
        return sum(path.stat().st_size for path in set(self.present.values()))


def plan(
    config_datasets: Mapping[str, Mapping | None], catalogue: Mapping[str, Dataset], raw: Path, years: tuple[int, int]
) -> list[Job]:
    """All download jobs of a configuration.

    Parameters
    ----------
    config_datasets : mapping of id -> options
        Options (all may be left out): years (first, last); way: the way in; variables (canonical for GLDAS, native for
        era5_land); for era5_land route and area; folder: where the user already has files under the archive's names,
        besides `raw/<id>`; local: a layout or a list of layouts of files under other names (see `local.find`).
    catalogue : mapping of id -> Dataset
        From `catalogue.load`.
    raw : Path
        The raw folder.
    years : (first, last)
        Calendar years for data sets that give none.

    Returns
    -------
    list of Job
        In order of data set and year; jobs with nothing missing are there too, because what is present must be
        verified.

    Raises
    ------
    FetchError
        If a data set, an option or a span of years makes no sense.
    """
    jobs = []
    for name, given in config_datasets.items():
        options = dict(given or {})
        if name not in catalogue:
            raise FetchError(f"datasets: expected ids of {', '.join(catalogue)}, found {name!r}.")
        unknown = set(options) - set(OPTIONS)
        if unknown:
            raise FetchError(
                f"datasets.{name}: expected options of {', '.join(OPTIONS)}, found {', '.join(sorted(unknown))}."
            )
        first, last = options.get("years") or years
        dataset = catalogue[name].through(options.get("way"))
        if options.get("area") and dataset.client not in BY_REQUEST:
            raise FetchError(f"datasets.{name}.area: only era5_land can be asked for by area. Take it out.")
        if not dataset.years((first, last)) and dataset.files["step"] != "once":
            raise FetchError(
                f"datasets.{name}: the years {first} to {last} lie outside the archive's {dataset.period}."
            )
        jobs.extend(_jobs(dataset, options, Path(raw), (first, last)))
    return jobs


def _jobs(dataset: Dataset, options: Mapping, raw: Path, years: tuple[int, int]) -> list[Job]:
    groups: dict[str, dict[str, Item | CdsRequest]] = defaultdict(dict)
    if dataset.client in BY_REQUEST:
        route = options.get("route", DEFAULT_ROUTE)
        for year in dataset.years(years):
            for request in requests_for(dataset, route, year, options.get("variables"), options.get("area")):
                groups[f"{year:04d}"][request.name] = request
    else:
        for item in dataset.items(years):
            wanted = replace(item, asked=_asked(item, options)) if dataset.client == "subset" else item
            groups[f"{item.year:04d}" if item.year else "all"][item.key] = wanted
    layouts = options.get("local") or ()
    layouts = (layouts,) if isinstance(layouts, str) else tuple(layouts)
    folders = [raw / dataset.id] + ([Path(options["folder"])] if options.get("folder") else [])
    if dataset.client in BY_REQUEST:
        there = _requests_there(dataset, groups, folders, layouts)
    else:
        there = local.find(dataset, [key for group in groups.values() for key in group], folders, layouts)
    return [_job(dataset, group, wanted, there) for group, wanted in sorted(groups.items())]


def _asked(item: Item, options: Mapping) -> dict:
    """A subset in the words of the reader's check."""
    variables = tuple(options.get("variables") or ("soil_moisture",))
    return {"variables": variables, "whole_grid": True, "months": (item.key,)}


def _requests_there(
    dataset: Dataset, groups: Mapping, folders: list[Path], layouts: tuple[str, ...]
) -> dict[str, Path]:
    """Results of CDS requests that are there, by name; in a user's layout one file of the month or year serves all its
    variables."""
    requests = [request for group in groups.values() for request in group.values()]
    there = {
        request.name: folder / request.name
        for folder in folders
        for request in requests
        if (folder / request.name).is_file()
    }
    if layouts:
        by_span = local.find(dataset, sorted({request.key for request in requests}), folders, layouts)
        there |= {request.name: by_span[request.key] for request in requests if request.key in by_span}
    return there


def _job(dataset: Dataset, group: str, wanted: Mapping[str, Item | CdsRequest], there: Mapping[str, Path]) -> Job:
    missing = [item for key, item in wanted.items() if key not in there]
    size = sum(item.size if isinstance(item, CdsRequest) else int(dataset.files["bytes"]) for item in missing)
    hours = size / (dataset.speed * 1e6) / 3600.0 + dataset.queue * len(missing) / 60.0
    return Job(
        dataset.id,
        group,
        dict(wanted),
        {key: there[key] for key in wanted if key in there},
        size,
        hours,
        dataset.archive,
        dataset.way,
    )


def summary(jobs: list[Job]) -> str:
    """The plan as text: what is there and what is to be fetched by data set, by host, and in all."""
    columns = f"{'jobs':>6}{'there':>8}{'GB':>9}{'to fetch':>10}{'GB':>9}{'hours':>8}"
    lines = [f"{'data set':<16}{'host':<12}{columns}"]
    by_dataset, by_host = defaultdict(list), defaultdict(list)
    for job in jobs:
        by_dataset[job.dataset, job.host].append(job)
        by_host[job.host].append(job)
    others = {job.dataset: job.way for job in jobs if job.way != DEFAULT_WAY}
    lines += [_line(name, host, members) for (name, host), members in by_dataset.items()]
    lines += [
        "",
        f"{'of each host':<28}{columns}",
        *(_line("", host, members) for host, members in by_host.items()),
        "",
    ]
    lines.append(_line("total", "", jobs))
    if others:
        lines += ["", f"Other ways in: {', '.join(f'{name} by {way}' for name, way in others.items())}."]
    return "\n".join(lines)


def _line(name: str, host: str, jobs: list[Job]) -> str:
    """One line of the summary."""
    there, missing = sum(len(job.present) for job in jobs), sum(len(job.missing) for job in jobs)
    held, size = sum(job.held for job in jobs) / 1e9, sum(job.size for job in jobs) / 1e9
    hours = sum(job.hours for job in jobs)
    return f"{name:<16}{host:<12}{len(jobs):>6}{there:>8}{held:>9.2f}{missing:>10}{size:>9.2f}{hours:>8.1f}"


def completed(manifests: Iterable[str | Path]) -> str:
    """What the finished downloads left, in one sentence.

    Parameters
    ----------
    manifests : paths
        Manifests of all jobs of the plan.
    """
    lists = [json.loads(Path(path).read_text(encoding="utf-8"))["files"] for path in manifests]
    files = [item for entries in lists for item in entries]
    return (
        f"Verified and ready: {len(files)} files, {sum(item['size'] for item in files) / 1e9:.2f} GB, in "
        f"{len(lists)} lists."
    )


def brought(manifests: Iterable[str | Path]) -> str:
    """What the finished downloads left, as a table by data set, with the keys of what was left out below it.

    Parameters
    ----------
    manifests : paths
        Manifests of all jobs of the plan.
    """
    by_dataset = defaultdict(list)
    for path in manifests:
        entry = json.loads(Path(path).read_text(encoding="utf-8"))
        by_dataset[entry["dataset"]].append(entry)
    lines = [f"{'data set':<16}{'lists':>7}{'files':>8}{'GB':>10}{'left out':>10}"]
    left_out, others = [], []
    for name, lists in by_dataset.items():
        sizes = [item["size"] for entry in lists for item in entry["files"]]
        keys = [key for entry in lists for key in entry["left_out"]]
        lines.append(f"{name:<16}{len(lists):>7}{len(sizes):>8}{sum(sizes) / 1e9:>10.2f}{len(keys):>10}")
        way = lists[0].get("way", DEFAULT_WAY)
        if way != DEFAULT_WAY:
            others.append(f"{name} came by {way}.")
        if keys:
            more = f" and {len(keys) - 12} more" if len(keys) > 12 else ""
            left_out.append(
                f"Left out of {name} (missing_files: keep): {', '.join(keys[:12])}{more}. The next `snakemake "
                "download` asks for them again."
            )
    return "\n".join([*lines, *others, *left_out])


def markdown(jobs: list[Job], catalogue: Mapping[str, Dataset]) -> str:
    """The plan as the table of docs/data.md: product, files, GB, credentials, licence, DOI."""
    lines = ["| product | files | GB | credentials | licence | DOI |", "|---|---:|---:|---|---|---|"]
    for name in dict.fromkeys(job.dataset for job in jobs):
        dataset, members = catalogue[name], [job for job in jobs if job.dataset == name]
        files, size = sum(len(job.wanted) for job in members), sum(job.size for job in members) / 1e9
        groups = [" and ".join(group) for group in dataset.access.get("environment", ())]
        places = groups + [
            text
            for key, text in (("netrc", "~/.netrc"), ("file", str(dataset.access.get("file"))))
            if key in dataset.access
        ]
        login = f"[account]({dataset.page(_collection(members))}): {' or '.join(places)}" if places else "none"
        lines.append(
            f"| {dataset.title}, {dataset.version} | {files} | {size:.1f} | {login} | {dataset.licence} | "
            f"{dataset.doi} |"
        )
    return "\n".join(lines)


def _collection(jobs: list[Job]) -> str:
    """Name of the collection that the jobs ask the Climate Data Store for; empty for other archives."""
    return next((item.collection for job in jobs for item in job.wanted.values() if isinstance(item, CdsRequest)), "")
