"""One small world per client: a stand-in archive with one file of one product, and the catalogue that points at it."""

import dataclasses
import email.utils
import hashlib
import json
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import paramiko
import yaml
from stand_in import Archive, Fault
from stand_in_sftp import PASSWORD, USER, SftpArchive

from vadose.acquire.catalogue import Dataset, load

CLIENTS = {"http": "vodca2_gpp", "earthdata": "mcd12c1", "cds": "era5_land", "sftp": "gleam"}
YEAR = 2010
TOKEN = "mysterious-token"
SECRETS = {"EARTHDATA_TOKEN": TOKEN, "CDSAPI_KEY": TOKEN, "GLEAM_USER": USER, "GLEAM_PASSWORD": PASSWORD}


@dataclasses.dataclass
class World:
    """A world: the catalogue's file and entry, the file's name, how to plan a fault, how to set its clock wrong, how
    many bytes each connection got, how to stop, its stand-in."""

    catalogue: Path
    dataset: Dataset
    name: str
    fault: Callable[[str, int], None]
    skew: Callable[[float], None]
    served: Callable[[], list[int]]
    stop: Callable[[], None]
    archive: Archive | SftpArchive

    @property
    def id(self) -> str:
        """Id in the catalogue."""
        return self.dataset.id


def make(client: str, folder: Path, home: Path, root: Path, payload: bytes, context) -> World:
    """Build the world of a client; `context` is the TLS side of the earthdata stand-in."""
    folder.mkdir()
    name = CLIENTS[client]
    entry = yaml.safe_load((root / "config" / "datasets.yaml").read_text(encoding="utf-8"))[name]
    entry["files"]["smallest"] = 1000
    archive = _sftp(home, payload, entry) if client == "sftp" else Archive(context if client == "earthdata" else None)
    file = {
        "http": "VODCA2GPP_v1.nc",
        "earthdata": f"MCD12C1.A{YEAR}001.061.2022169161028.hdf",
        "sftp": "E_1980-2022_GLEAM_v3.8a_MO.nc",
    }.get(client)
    file = file or f"era5_land_monthly_means_{YEAR}_swvl1-swvl2-swvl3.nc"
    path = f"/store/{file}"
    if client == "http":
        entry["addresses"] = {"file": archive.address + "/store/{name}"}
    elif client == "earthdata":
        _earthdata(archive, entry, path, payload)
    elif client == "cds":
        _cds(archive, entry, path, payload)
    if client == "sftp":
        fault, served = lambda kind, after: archive.faults.append((kind, after)), lambda: archive.sent
        skew = lambda seconds: setattr(archive, "made", int(time.time() + seconds))  # noqa: E731
    else:
        archive.files[path] = payload
        fault = lambda kind, after: archive.faults[path].append(  # noqa: E731
            Fault(kind, after=after, seconds=0.02 if kind == "slow" else 30.0)
        )
        skew = lambda seconds: _busy_with_a_wrong_clock(archive, path, time.time() + seconds)  # noqa: E731
        served = lambda: [item.sent for item in archive.requests(path, "GET")]  # noqa: E731
    catalogue = folder / "datasets.yaml"
    catalogue.write_text(yaml.safe_dump({name: entry}, sort_keys=False), encoding="utf-8")
    return World(catalogue, load(catalogue)[name], file, fault, skew, served, archive.stop, archive)


def _busy_with_a_wrong_clock(archive: Archive, path: str, now: float) -> None:
    """The first request for the file is to come back in a second, by the server's own clock."""
    archive.clock = email.utils.formatdate(now, usegmt=True)
    archive.faults[path].append(
        Fault("status", 429, headers={"Retry-After": email.utils.formatdate(now + 1, usegmt=True)})
    )


def _sftp(home: Path, payload: bytes, entry: dict) -> SftpArchive:
    key = paramiko.ECDSAKey.generate()
    archive = SftpArchive(key)
    entry["addresses"] |= {"host": "127.0.0.1", "port": archive.port}
    archive.files["data/v3.8a/monthly/E_1980-2022_GLEAM_v3.8a_MO.nc"] = payload
    (home / ".ssh").mkdir(exist_ok=True)
    (home / ".ssh" / "known_hosts").write_text(
        f"[127.0.0.1]:{archive.port} {key.get_name()} {key.get_base64()}\n", encoding="utf-8"
    )
    return archive


def search_page(seen, items: list[dict]) -> tuple[int, dict, bytes]:
    """A page of CMR's answer. earthaccess 0.17 stops at a page that is not full, 0.19 asks on, with the mark that the
    page before bore, until one is empty."""
    first = int(seen.headers.get("cmr-search-after") or 0)
    size = int(urllib.parse.parse_qs(seen.query).get("page_size", ["10"])[0])
    page = items[first : first + size]
    headers = {"CMR-Hits": str(len(items)), "Content-Type": "application/json"}
    if page:
        headers["CMR-Search-After"] = str(first + len(page))
    return 200, headers, json.dumps({"hits": len(items), "items": page}).encode()


def _earthdata(archive: Archive, entry: dict, path: str, payload: bytes) -> None:
    entry["addresses"] = {
        "catalogue": f"{archive.address}/search/",
        "login": f"127.0.0.1:{archive.port}",
        "hosts": ["127.0.0.1"],
    }
    name = path.rsplit("/", 1)[-1]
    information = {
        "Name": name,
        "SizeInBytes": len(payload),
        "Checksum": {"Value": hashlib.md5(payload).hexdigest(), "Algorithm": "MD5"},
    }
    record = {
        "CollectionReference": {"ShortName": entry["short_name"], "Version": entry["version"]},
        "RelatedUrls": [{"URL": archive.address + path, "Type": "GET DATA"}],
        "DataGranule": {"ArchiveAndDistributionInformation": [information]},
    }
    items = [{"meta": {"concept-id": "G1-X"}, "umm": record}]
    archive.routes["/search/"] = lambda seen: search_page(seen, items)


def _cds(archive: Archive, entry: dict, path: str, payload: bytes) -> None:
    entry["addresses"] = {"api": f"{archive.address}/api"}
    jobs = f"{archive.address}/api/retrieve/v1/jobs/job-1"
    links = [
        {"rel": "self", "href": jobs},
        {"rel": "monitor", "href": jobs},
        {"rel": "results", "href": f"{jobs}/results"},
    ]
    asset = {"href": archive.address + path, "file:size": len(payload), "type": "application/netcdf"}
    answer = {
        "jobID": "job-1",
        "id": "x",
        "status": "successful",
        "links": links,
        "metadata": {},
        "asset": {"value": asset},
        "messages": [],
    }
    archive.routes["/api/"] = lambda seen: (200, {"Content-Type": "application/json"}, json.dumps(answer).encode())
