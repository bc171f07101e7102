"""All ten archives on 127.0.0.1, each behind its own protocol, serving the files of a small synthetic Earth; and the
catalogue that points at them."""

import hashlib
import json
import shutil
import urllib.parse
from pathlib import Path

import numpy as np
import paramiko
import trustme
import xarray as xr
import yaml
from stand_in import Archive, tls_context
from stand_in_sftp import PASSWORD, USER, SftpArchive
from worlds import search_page

from vadose.files import land_mask
from vadose.formats.gldas import LAYERS
from vadose.synthetic import archive
from vadose.synthetic.settings import NATIVE_SPACING, PRODUCTS, Settings
from vadose.synthetic.writers import gldas

TOKEN, KEY = "mysterious-earthdata-token", "mysterious-access-key"
SECRETS = (TOKEN, KEY, PASSWORD)
FIRST, LAST, SPLICE = 1998, 2003, 2000  # study A
YEARS = (2001, 2002)  # study B
NATIVE = {"mcd12c1": 1.0, "gosif_gpp": 3.0, "era5_land": 3.0}


def write(folder: Path) -> dict[str, list[Path]]:
    """Files of the synthetic Earth, by product."""
    mask = land_mask.reduce(folder / "land_mask.nc", 1.0)
    settings = Settings.from_config(
        {
            "seed": 20261121,
            "world": "standard",
            "step": 0,
            "missing_months": 1,
            "land_mask": mask,
            "native": dict.fromkeys(NATIVE_SPACING, 15.0) | NATIVE,
            "variability": {
                "spacing": 15.0,
                "first_year": FIRST,
                "last_year": LAST,
                "splice_year": SPLICE,
                "overlap_last_year": SPLICE,
            },
            "dependence": {
                "spacing": 15.0,
                "first_year": YEARS[0],
                "last_year": YEARS[1],
                "region": [0, 90, -180, 180],
            },
        }
    )
    return {product: archive.write_product(product, settings, folder / product) for product in PRODUCTS}


class Earth:
    """The archives.

    Parameters
    ----------
    files : mapping of product -> paths
        From `write`; only the archives of these products answer.
    root : Path
        The project, for its catalogue.
    folder : Path
        Where the catalogue, the certificate and a home with credentials go.
    """

    def __init__(self, files: dict[str, list[Path]], root: Path, folder: Path):
        self.files, self.folder, self.home = files, folder, folder / "home"
        (self.home / ".ssh").mkdir(parents=True)
        authority = trustme.CA()
        self.bundle = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.bundle)
        self.open, self.secure = Archive(), Archive(tls_context(authority, "127.0.0.1", "localhost"))
        self.sftp = SftpArchive(paramiko.ECDSAKey.generate())
        entries = yaml.safe_load((root / "config/datasets.yaml").read_text(encoding="utf-8"))
        for name, entry in entries.items():
            entry["files"]["smallest"] = 500  # the small world has small files
            if ("gldas" if name.startswith("gldas") else name) not in files:
                continue
            getattr(self, f"_{entry['client']}")(name, entry)
        self.catalogue = folder / "datasets.yaml"
        self.catalogue.write_text(yaml.safe_dump(entries, sort_keys=False), encoding="utf-8")
        (self.home / ".cdsapirc").write_text(f"url: {self.open.address}/api\nkey: {KEY}\n", encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """What a user who is in order has in the environment; the key of the Climate Data Store stands in a file."""
        return {
            "HOME": str(self.home),
            "REQUESTS_CA_BUNDLE": str(self.bundle),
            "EARTHDATA_TOKEN": TOKEN,
            "GLEAM_USER": USER,
            "GLEAM_PASSWORD": PASSWORD,
        }

    def served(self) -> dict[str, bytes]:
        """Bytes of every file the archives have, by name."""
        found = {
            path.rsplit("/", 1)[-1]: data for store in (self.open, self.secure) for path, data in store.files.items()
        }
        return found | {path.rsplit("/", 1)[-1]: data for path, data in self.sftp.files.items()}

    def requests(self) -> int:
        """Requests and connections so far."""
        return len(self.open.requests()) + len(self.secure.requests()) + len(self.sftp.sessions)

    def publish(self, month: str) -> None:
        """A month of GLDAS 2.1 that the archive lacked is there: its neighbour's values under its own name and time."""
        stamp = month.replace("-", "")
        other = next(path for path in self.files["gldas"] if f".A{int(stamp) - 1}.021" in path.name)
        path = self.folder / other.name.replace(str(int(stamp) - 1), stamp)
        with xr.open_dataset(other) as earth:
            earth.load()
        layers = xr.concat([earth[name].squeeze(drop=True) for name in LAYERS], "layer")
        field = layers.expand_dims(time=[np.datetime64(month, "ns")]).transpose("time", "layer", "lat", "lon")
        gldas.write(field.assign_coords(layer=np.arange(1, 5)).to_dataset(name="soil_moisture"), self.folder)
        entry = yaml.safe_load(self.catalogue.read_text(encoding="utf-8"))["gldas_2_1"]
        place = f"/data/{path.name}"
        self.secure.files[place] = path.read_bytes()
        record = _granule(self.secure.address + place, path.read_bytes(), entry)
        self.granules.append((entry["short_name"], entry["version"], month, record))

    def stop(self) -> None:
        """Close all archives."""
        for store in (self.open, self.secure, self.sftp):
            store.stop()

    def _http(self, name: str, entry: dict) -> None:
        """Single files under the archive's name; or one folder a year with an index page."""
        addresses = entry["addresses"]
        if "index" not in addresses:
            several = entry["files"]["step"] != "once"
            for path in self.files[name]:
                self.open.files[f"/{name}/{path.name if several else entry['files']['name']}"] = path.read_bytes()
            entry["addresses"] = {"file": f"{self.open.address}/{name}/{{name}}"}
            return
        entry["addresses"] = {"index": f"{self.open.address}/{name}/{{year:04d}}/"}
        for year in range(YEARS[0], YEARS[1] + 1):
            mine = {
                path.name: path.read_bytes()
                for path in self.files[name]
                if f"d{year}" in path.name or f"-{year}" in path.name
            }
            page = "".join(f'<a href="{item}">{item}</a>' for item in ("../", "readme.txt", *mine)).encode()
            self.open.files |= {f"/{name}/{year}/{item}": data for item, data in mine.items()}
            self.open.routes[f"/{name}/{year}/"] = lambda seen, page=page: (200, {"Content-Type": "text/html"}, page)

    def _sftp(self, name: str, entry: dict) -> None:
        entry["addresses"] |= {"host": "127.0.0.1", "port": self.sftp.port}
        self.sftp.files[entry["addresses"]["file"].format(name=entry["files"]["name"])] = self.files[name][
            0
        ].read_bytes()
        key = self.sftp.key
        (self.home / ".ssh/known_hosts").write_text(
            f"[127.0.0.1]:{self.sftp.port} {key.get_name()} {key.get_base64()}\n", encoding="utf-8"
        )

    def _earthdata(self, name: str, entry: dict) -> None:
        """CMR, which answers by short name, version and time; the files behind a bearer token."""
        base = self.secure.address
        entry["addresses"] = {
            "catalogue": f"{base}/search/",
            "login": f"127.0.0.1:{self.secure.port}",
            "hosts": ["127.0.0.1"],
        }
        mark = {"2.0": ".020.", "2.1": ".021."}.get(entry["version"], "")
        granules = []
        for path in self.files["gldas" if name.startswith("gldas") else name]:
            if mark not in path.name:
                continue
            data = path.read_bytes()
            self.secure.files[f"/data/{path.name}"] = data
            year, month = int(path.name.split(".A")[1][:4]), path.name.split(".A")[1][4:6] if mark else "01"
            granules.append(
                (
                    entry["short_name"],
                    entry["version"],
                    f"{year}-{month}",
                    _granule(f"{base}/data/{path.name}", data, entry),
                )
            )
        self.granules = getattr(self, "granules", []) + granules
        self.secure.routes["/search/"] = self._search

    def _search(self, seen):
        query = urllib.parse.parse_qs(seen.query)
        if seen.path.endswith("/collections.json"):  # open to everybody; the doctor asks
            return 200, {"Content-Type": "application/json"}, b'{"feed": {"entry": []}}'
        first, last = (text[:7] for text in query["temporal[]"][0].split(","))
        wanted = query["short_name"][0], query["version"][0]
        found = [
            item for *collection, month, item in self.granules if tuple(collection) == wanted and first <= month <= last
        ]
        if seen.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {}, b"{}"
        return search_page(seen, found)

    def _cds(self, name: str, entry: dict) -> None:
        """A request for a year is carried out at once."""
        entry["addresses"] = {"api": f"{self.open.address}/api"}
        for path in self.files[name]:
            self.open.files[f"/cache/{path.stem[-4:]}.nc"] = path.read_bytes()
        self.open.routes["/api/"] = self._store

    def _store(self, seen):
        base, jobs = self.open.address, "/api/retrieve/v1/jobs"
        status, answer = 200, {"messages": [], "id": seen.path.rsplit("/", 1)[-1], "links": []}
        if seen.path.startswith("/api/retrieve") and seen.headers.get("PRIVATE-TOKEN") != KEY:
            status, answer = 401, {"title": "invalid token"}
        elif seen.path.endswith("/execution"):
            (year,) = json.loads(seen.body)["inputs"]["year"]
            link = {"rel": "monitor", "href": f"{base}{jobs}/{year}"}
            status, answer = 201, {"jobID": year, "status": "accepted", "links": [link]}
        elif seen.path.endswith("/results"):
            file = f"/cache/{seen.path.split('/')[-2]}.nc"
            asset = {"href": base + file, "file:size": len(self.open.files[file]), "type": "application/netcdf"}
            answer = {"asset": {"value": asset}}
        elif seen.path.startswith(jobs):
            here = base + seen.path
            links = [{"rel": "self", "href": here}, {"rel": "results", "href": f"{here}/results"}]
            answer = {
                "jobID": seen.path.rsplit("/", 1)[-1],
                "processID": "x",
                "status": "successful",
                "links": links,
                "metadata": {},
            }
        return status, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def _granule(address: str, data: bytes, entry: dict) -> dict:
    """A file as CMR describes it."""
    name = address.rsplit("/", 1)[-1]
    information = {
        "Name": name,
        "SizeInBytes": len(data),
        "Checksum": {"Value": hashlib.md5(data).hexdigest(), "Algorithm": "MD5"},
    }
    record = {
        "GranuleUR": name,
        "CollectionReference": {"ShortName": entry["short_name"], "Version": entry["version"]},
        "RelatedUrls": [{"URL": address, "Type": "GET DATA"}],
        "DataGranule": {"ArchiveAndDistributionInformation": [information]},
    }
    return {"meta": {"concept-id": "G1-X", "provider-id": "X"}, "umm": record}


def own_folder(files: list[Path], folder: Path) -> Path:
    """A user's own archive of some files: one folder a year, read-only."""
    for path in files:
        year = path.name.split("_")[2][:4]
        (folder / year).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / year / path.name)
    for place in (*folder.rglob("*"), folder):
        place.chmod(0o555 if place.is_dir() else 0o444)
    return folder
