"""The doctor: what is missing on the user's side, before anything is fetched. It writes nothing, and logs in once at
each archive whose files are wanted, as a download would."""

import contextlib
import json
import logging
import shutil
import tempfile
import urllib.parse
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from vadose.acquire import credentials
from vadose.acquire.catalogue import DEFAULT_WAY, Dataset
from vadose.acquire.cds import Cds
from vadose.acquire.cds_requests import DEFAULT_ROUTE
from vadose.acquire.earthdata import Earthdata
from vadose.acquire.errors import FetchError, Gone, Refused
from vadose.acquire.http import Http
from vadose.acquire.names import bare
from vadose.acquire.partial import html_sentence, is_html
from vadose.acquire.plan import Job, plan
from vadose.acquire.retry_policy import RetryPolicy
from vadose.acquire.s3 import S3
from vadose.acquire.sftp import Sftp
from vadose.acquire.zarr_stores import ZarrStores

LOG = logging.getLogger(__name__)
PORTAL = "your network puts a page of its own in between (open any page in a browser and log in)"


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
    *,
    login: bool = True,
) -> Report:
    """Look at everything that a download needs.

    Parameters
    ----------
    config_datasets, catalogue, raw, years
        As for `plan.plan`.
    timeout : float
        Seconds that an archive has to answer.
    login : bool
        Whether to try, once per archive, the login of data sets that lack files.
    """
    policy = RetryPolicy(connect=timeout, read=timeout, answer=2 * timeout, tries=1, first_wait=0.0, lock_wait=timeout)
    names = list(config_datasets)
    jobs, refusals, entries = {}, {}, {}
    for name in names:
        entries[name] = catalogue[name]
        try:
            entries[name] = catalogue[name].through((config_datasets[name] or {}).get("way"))
            jobs[name] = plan({name: config_datasets[name]}, catalogue, raw, years)
        except FetchError as reason:
            jobs[name], refusals[name] = [], str(reason)
    with ThreadPoolExecutor(max_workers=max(1, len(names))) as pool:
        answers = dict(zip(names, pool.map(lambda name: reach(entries[name], timeout, _year_of(jobs[name])), names)))
    tried: dict[tuple[str, str], str] = {}
    findings = []
    for name in names:
        finding = _finding(entries[name], config_datasets[name] or {}, jobs[name], answers[name])
        if name in refusals:
            finding = replace(finding, reachable=False, answer=refusals[name], missing=max(1, finding.missing))
        elif login and finding.missing and finding.credentials and finding.reachable:
            refusal = _try_login(entries[name], policy, _year_of(jobs[name]), tried)
            finding = replace(finding, credentials=False, where=refusal) if refusal else finding
        findings.append(finding)
    folder = Path(raw).absolute()
    while not folder.exists():
        folder = folder.parent
    return Report(tuple(findings), sum(item.size for item in findings), shutil.disk_usage(folder).free, Path(raw))


def _finding(dataset: Dataset, options: Mapping, jobs: list[Job], answer: tuple[bool, str]) -> Diagnosis:
    collection = dataset.routes[options.get("route", DEFAULT_ROUTE)]["collection"] if dataset.routes else ""
    try:
        credential = credentials.find(dataset.access)
        available, where = (
            credential.available,
            credential.where if credential.available else "not found; looked at " + "; ".join(credential.looked),
        )
    except FetchError as reason:
        available, where = False, str(reason)
    return Diagnosis(
        dataset.id,
        dataset.label if dataset.way == DEFAULT_WAY else f"{dataset.label} by {dataset.way}",
        available,
        where,
        dataset.hint(collection),
        *answer,
        sum(len(job.present) for job in jobs),
        sum(len(job.missing) for job in jobs),
        sum(job.size for job in jobs),
        sum(job.hours for job in jobs),
    )


def _try_login(dataset: Dataset, policy: RetryPolicy, year: int | None, tried: dict) -> str:
    """Log in once per archive and account: why that was refused, or empty. Trouble that passes is no refusal."""
    account = str(dataset.access["kind"])
    refused = next((words for (kind, _), words in tried.items() if kind == account and words), "")
    if (account, dataset.archive) in tried or refused:
        return refused
    tried[account, dataset.archive] = ""
    try:
        if dataset.client == "sftp":
            with contextlib.ExitStack() as stack:
                Sftp(dataset, policy).connect(stack)
        elif dataset.client in ("earthdata", "subset", "s3"):
            _first_byte(dataset, policy, year or int(dataset.period[0][:4]) + 1)
        elif dataset.client == "zarr":
            with tempfile.TemporaryDirectory() as folder:
                ZarrStores(dataset, policy, Path(folder)).opened(str(dataset.variables[0]["native"]))
        elif dataset.client == "cds":
            Cds(dataset, policy).expect_known()
    except Refused as reason:
        tried[account, dataset.archive] = str(reason)
    except FetchError as reason:
        LOG.info("%s: the login could not be tried (%s)", dataset.id, reason)
    return tried[account, dataset.archive]


def _first_byte(dataset: Dataset, policy: RetryPolicy, year: int) -> None:
    """Ask for the first byte of a year's first file, by the way that the download takes."""
    client = Earthdata(dataset, policy)
    granules = client.granules(f"{year:04d}-01", f"{year:04d}-12")
    one = granules[min(granules)][0]
    if dataset.client == "s3":
        S3(client).source(one.direct).open(0, None).close()
        return
    with client.http().get(one.address, {"Range": "bytes=0-0"}):
        pass


def reach(dataset: Dataset, timeout: float, year: int | None = None) -> tuple[bool, str]:
    """Whether the archive answers within `timeout` seconds, as itself and not as a page in between, and what; nothing
    is fetched but the beginning of a file or an index, and no credential is sent.

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
    policy = RetryPolicy(connect=timeout, read=timeout, answer=2 * timeout, tries=1)
    http = Http(policy, hint=dataset.hint(dataset.routes[DEFAULT_ROUTE]["collection"] if dataset.routes else ""))
    try:
        if dataset.client == "sftp":
            return True, Sftp(dataset, policy).greet()
        if dataset.client == "zarr":
            address = next(iter(addresses["stores"].values()))
            return True, _answers(http, address)
        if "index" in addresses:
            http.names(addresses["index"].format(year=year), lambda name: dataset.year_of(name) == year)
            return True, "answers with its index"
        if "file" in addresses:
            name = next(item.name for item in dataset.items((year, year)))
            return True, _beginning(http, addresses["file"].format(name=name))
        query = urllib.parse.urlencode({"short_name": dataset.short_name, "page_size": 0})
        address = (
            f"{addresses['api']}/catalogue/v1/messages" if "api" in addresses
            else f"{addresses['catalogue']}collections.json?{query}"
        )  # fmt: skip
        json.loads(http.page(address))
        return True, "answers"
    except ValueError:
        return False, f"{bare(address)} answers, but not as the archive: {PORTAL}"
    except FetchError as reason:
        return False, str(reason)


def _answers(http: Http, address: str) -> str:
    """Ask an archive that lets nobody in without a login: to be refused is an answer."""
    with contextlib.suppress(Refused, Gone):
        http.page(address)
    return "answers"


def _beginning(http: Http, address: str) -> str:
    """Ask for the beginning of a file, and see that it is no page."""
    with http.get(address, {"Range": "bytes=0-1023"}) as response:
        head = next(http.pieces(response, bare(address)), b"")
        code = response.status_code
    if is_html(head):
        raise FetchError(f"{html_sentence(bare(address), head)}; or {PORTAL}")
    return f"answers {code}"


def _year_of(jobs: list[Job]) -> int | None:
    """The first year of a data set that lacks files, or else the first; None where one file holds all years."""
    groups = [job.group for job in jobs if job.missing] or [job.group for job in jobs]
    return int(groups[0]) if groups and groups[0].isdigit() else None


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
    advice: dict[str, list[str]] = {}  # several data sets of one archive need the same once
    others = {item.dataset: item.label.rsplit(" by ", 1)[1] for item in report.findings if " by " in item.label}
    if others:
        lines.append(f"Other ways in: {', '.join(f'{name} by {way}' for name, way in others.items())}.")
    for item in report.findings:
        if item.missing == 0:
            continue
        if not item.credentials:
            again = "" if item.hint in item.where else f" {item.hint}"
            advice.setdefault(f"credentials {item.where}{again}", []).append(item.dataset)
        elif item.where != "none needed":
            words = f"credentials in {item.where}. If access is refused: {item.hint}"
            advice.setdefault(words, []).append(item.dataset)
        if not item.reachable:
            folder = report.raw / item.dataset
            words = f"{item.answer} Check the network, or put the files into {folder} by hand."
            advice.setdefault(words, []).append(item.dataset)
    lines += [f"{', '.join(names)}: {words}" for words, names in advice.items()]
    lines.append("Everything is ready." if report.healthy else "Something is missing: see above.")
    return "\n".join(lines)
