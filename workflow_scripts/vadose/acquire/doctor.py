"""The doctor: what is missing on the user's side, before anything is fetched. It sends no credential anywhere and
writes nothing."""

import shutil
import socket
import urllib.parse
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import requests

from vadose.acquire import credentials
from vadose.acquire.catalogue import Dataset
from vadose.acquire.cds_requests import DEFAULT_ROUTE
from vadose.acquire.errors import FetchError
from vadose.acquire.names import bare
from vadose.acquire.plan import Job, plan
from vadose.acquire.retry_policy import RetryPolicy
from vadose.acquire.session import GuardedSession


@dataclass(frozen=True)
class Diagnosis:
    """Findings for one data set.

    Parameters
    ----------
    dataset, label : str
        Id, and short name with version.
    credentials : bool
        Whether they are complete (or none are needed).
    where : str
        Where they were found, or all places looked at.
    hint : str
        Account, licence or application, and the page to visit.
    reachable : bool
        Whether the archive answered.
    answer : str
        What it answered.
    present, missing : int
        Files.
    size : int
        Bytes to fetch.
    hours : float
        Expected hours.
    """

    dataset: str
    label: str
    credentials: bool
    where: str
    hint: str
    reachable: bool
    answer: str
    present: int
    missing: int
    size: int
    hours: float

    @property
    def ready(self) -> bool:
        """Whether the download can start, or has nothing left to do."""
        return self.missing == 0 or (self.credentials and self.reachable)


@dataclass(frozen=True)
class Report:
    """All findings, and the space needed and free (bytes) in the raw folder."""

    findings: tuple[Diagnosis, ...]
    needed: int
    free: int
    raw: Path

    @property
    def healthy(self) -> bool:
        """Whether every data set is ready and fits on the disk."""
        return all(finding.ready for finding in self.findings) and self.needed <= self.free


def examine(
    config_datasets: Mapping[str, Mapping | None],
    catalogue: Mapping[str, Dataset],
    raw: Path,
    years: tuple[int, int],
    timeout: float = 5.0,
) -> Report:
    """Look at everything that a download needs.

    Parameters
    ----------
    config_datasets, catalogue, raw, years
        As for `plan.plan`.
    timeout : float
        Seconds that an archive has to answer.
    """
    jobs = plan(config_datasets, catalogue, raw, years)
    names = list(config_datasets)
    with ThreadPoolExecutor(max_workers=max(1, len(names))) as pool:
        answers = dict(zip(names, pool.map(lambda name: reach(catalogue[name], timeout, _year_of(name, jobs)), names)))
    findings = tuple(
        _finding(
            catalogue[name], config_datasets[name] or {}, [job for job in jobs if job.dataset == name], answers[name]
        )
        for name in names
    )
    folder = Path(raw).absolute()
    while not folder.exists():
        folder = folder.parent
    return Report(findings, sum(finding.size for finding in findings), shutil.disk_usage(folder).free, Path(raw))


def _finding(dataset: Dataset, options: Mapping, jobs: list[Job], answer: tuple[bool, str]) -> Diagnosis:
    collection = dataset.routes[options.get("route", DEFAULT_ROUTE)]["collection"] if dataset.routes else ""
    try:
        credential = credentials.find(dataset.access)
        found, where = (
            credential.found,
            credential.where if credential.found else "not found; looked at " + "; ".join(credential.looked),
        )
    except FetchError as reason:
        found, where = False, str(reason)
    return Diagnosis(
        dataset.id,
        dataset.label,
        found,
        where,
        dataset.hint(collection),
        *answer,
        sum(len(job.present) for job in jobs),
        sum(len(job.missing) for job in jobs),
        sum(job.size for job in jobs),
        sum(job.hours for job in jobs),
    )


def reach(dataset: Dataset, timeout: float, year: int | None = None) -> tuple[bool, str]:
    """Whether the archive answers within `timeout` seconds, and what; nothing is fetched and no credential is sent.

    Parameters
    ----------
    dataset : Dataset
        The catalogue's entry.
    timeout : float
        Seconds.
    year : int or None
        A year that is wanted, whose folder or file is asked for; by default the second of the record.
    """
    year = year or int(dataset.period[0][:4]) + 1
    addresses = dataset.addresses
    if dataset.client == "sftp":
        return _reach_sftp(str(addresses["host"]), int(addresses["port"]), timeout)
    if "api" in addresses:
        address = addresses["api"] + "/catalogue/v1/messages"
    elif "catalogue" in addresses:
        address = (
            addresses["catalogue"]
            + "collections.json?"
            + urllib.parse.urlencode({"short_name": dataset.short_name, "page_size": 0})
        )
    elif "index" in addresses:
        address = addresses["index"].format(year=year)
    else:
        address = addresses["file"].format(name=next(item.name for item in dataset.items((year, year))))
    session = GuardedSession(RetryPolicy(connect=timeout, read=timeout))
    try:
        with session.get(address, stream=True, headers={"Range": "bytes=0-0"}) as response:
            code = response.status_code
    except (requests.RequestException, FetchError) as error:
        return False, f"{urllib.parse.urlsplit(address).hostname} does not answer ({type(error).__name__})"
    if code in (404, 410):
        return False, f"{code}: {bare(address)} is not there any more"
    return code < 500, f"answers {code}"


def _year_of(name: str, jobs: list[Job]) -> int | None:
    """The first year of a data set that lacks files, or else the first; None where one file holds all years."""
    groups = [job.group for job in jobs if job.dataset == name and job.missing] or [
        job.group for job in jobs if job.dataset == name
    ]
    return int(groups[0]) if groups and groups[0].isdigit() else None


def _reach_sftp(host: str, port: int, timeout: float) -> tuple[bool, str]:
    try:
        with socket.create_connection((host, port), timeout=timeout) as connection:
            connection.settimeout(timeout)
            greeting = connection.recv(64)
    except OSError as error:
        return False, f"{host}:{port} does not answer ({type(error).__name__})"
    return (
        (True, "answers as an SSH server")
        if greeting.startswith(b"SSH-")
        else (False, f"{host}:{port} is no SSH server")
    )


def text(report: Report) -> str:
    """The report in words: a table, then what to do."""
    lines = [f"{'data set':<16}{'credentials':<13}{'archive':<13}{'there':>8}{'to fetch':>10}{'GB':>9}{'hours':>7}"]
    for item in report.findings:
        login = (
            "found"
            if item.credentials and item.where != "none needed"
            else item.where
            if item.credentials
            else "MISSING"
        )
        lines.append(
            f"{item.dataset:<16}{login:<13}{'reachable' if item.reachable else 'NO ANSWER':<13}{item.present:>8}"
            f"{item.missing:>10}{item.size / 1e9:>9.2f}{item.hours:>7.1f}"
        )
    lines.append("")
    lines.append(f"Space: {report.needed / 1e9:.1f} GB needed, {report.free / 1e9:.1f} GB free at {report.raw}.")
    if report.needed > report.free:
        lines.append("NOT ENOUGH SPACE: set paths.raw to a larger disk.")
    for item in report.findings:
        if item.missing == 0:
            continue
        if not item.credentials:
            lines.append(f"{item.dataset} ({item.label}): credentials {item.where}. {item.hint}")
        elif item.where != "none needed":
            lines.append(
                f"{item.dataset} ({item.label}): credentials in {item.where}. If access is refused: {item.hint}"
            )
        if not item.reachable:
            lines.append(
                f"{item.dataset} ({item.label}): {item.answer}. Check the network, or put the files into "
                f"{report.raw / item.dataset} by hand."
            )
    lines.append("Everything is ready." if report.healthy else "Something is missing: see above.")
    return "\n".join(lines)
