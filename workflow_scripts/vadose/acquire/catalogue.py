"""The catalogue config/datasets.yaml as objects: what exists, what its files are called, and which files a span of
years needs."""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from vadose.acquire.errors import FetchError
from vadose.acquire.names import safe_name
from vadose.files import yaml_files

CLIENTS = ("earthdata", "subset", "s3", "cds", "zarr", "http", "sftp")
BY_REQUEST = ("cds", "zarr")  # clients of which a file is what a request asks for
MADE_ANEW = ("cds", "zarr", "subset")  # clients whose files are made again for each request: their bytes differ
DEFAULT_WAY = "archive"
STEPS = ("month", "day", "year", "once")
REQUIRED = (
    *("title", "short_name", "version", "doi", "licence", "citation", "period", "variables", "archive", "client"),
    *("addresses", "files", "access", "speed", "unconfirmed"),
)
OPTIONAL = ("routes", "fields_per_request", "queue", "ways")
OF_A_WAY = ("archive", "client", "addresses", "files", "access", "speed", "queue", "fields_per_request", "unconfirmed")


@dataclass(frozen=True)
class Item:
    """One file that is needed: its key (such as "2000-01", "2000-01:ASC", "2000", "once"), its name where that is
    known beforehand, and what is asked of it, in the words of the reader's check."""

    key: str
    year: int | None = None
    name: str | None = None
    asked: Mapping = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Dataset:
    """One entry of the catalogue; the fields are described at the head of datasets.yaml."""

    id: str
    title: str
    short_name: str
    version: str
    doi: str
    licence: str
    citation: str
    period: tuple[str, str | None]
    variables: tuple[Mapping, ...]
    archive: str
    client: str
    addresses: Mapping
    files: Mapping
    access: Mapping
    speed: float
    unconfirmed: tuple[str, ...]
    pattern: re.Pattern = field(repr=False)
    routes: Mapping = field(default_factory=dict)
    fields_per_request: int = 0
    queue: float = 0.0
    ways: Mapping = field(default_factory=dict, repr=False)
    way: str = DEFAULT_WAY

    @property
    def reproducible(self) -> bool:
        """Whether the archive sends the same bytes each time."""
        return self.client not in MADE_ANEW

    def through(self, way: str | None) -> "Dataset":
        """The data set as another way in has it: what the catalogue says under `ways` takes the place of what it says
        of the archive itself.

        Parameters
        ----------
        way : str or None
            "archive" (as None: the data set itself), or a key of `ways`.

        Raises
        ------
        FetchError
            If the catalogue knows no such way into this data set.
        """
        if way in (None, DEFAULT_WAY):
            return self
        if way not in self.ways:
            ways = ", ".join([DEFAULT_WAY, *self.ways])
            raise FetchError(f"datasets.{self.id}.way: expected one of {ways} (config/datasets.yaml), found {way}.")
        entry = dict(self.ways[way])
        for key in ("addresses", "files"):
            entry[key] = {**getattr(self, key), **entry.get(key, {})}
        entry["unconfirmed"] = (*self.unconfirmed, *entry.get("unconfirmed", ()))
        return replace(self, way=way, **entry)

    @property
    def label(self) -> str:
        """Short name and version, for messages."""
        return f"{self.short_name} {self.version}"

    def page(self, collection: str = "") -> str:
        """The page a user must visit for an account, a licence or an application."""
        return str(self.access["page"]).format(collection=collection)

    def hint(self, collection: str = "") -> str:
        """What a user can do when access is refused, in one sentence, with the page."""
        advice = str(self.access["hint"]).removeprefix("No account.").strip()  # which is no advice
        return f"{advice} See {self.page(collection)} .".strip()

    def years(self, wanted: tuple[int, int]) -> range:
        """Calendar years of `wanted` (first, last) in which the archive has anything."""
        first = int(self.period[0][:4])
        last = int(self.period[1][:4]) if self.period[1] else wanted[1]
        return range(max(first, wanted[0]), min(last, wanted[1]) + 1)

    def items(self, wanted: tuple[int, int]) -> list[Item]:
        """Files that the years `wanted` (first, last) need, in order of time.

        A file that holds the whole record is needed once, whatever the years. Months outside the period published are
        left out.
        """
        step = self.files["step"]
        if step == "once":
            return [Item("once", None, self.files.get("name"))]
        items = []
        for year in self.years(wanted):
            if step == "year":
                items.append(Item(f"{year:04d}", year, self._name(year=year)))
                continue
            for month in range(1, 13):
                if not self.period[0] <= f"{year:04d}-{month:02d}" <= (self.period[1] or "9999-12"):
                    continue
                items.extend(self._month(year, month))
        return items

    def _month(self, year: int, month: int) -> list[Item]:
        if self.files["step"] == "day":
            days = range(1, calendar.monthrange(year, month)[1] + 1)
            return [
                Item(f"{year:04d}-{month:02d}-{day:02d}", year, self._name(year=year, month=month, day=day))
                for day in days
            ]
        parts = self.files.get("parts")
        stem = f"{year:04d}-{month:02d}"
        if parts:
            return [Item(f"{stem}:{part}", year, self._name(year=year, month=month, part=part)) for part in parts]
        return [Item(stem, year, self._name(year=year, month=month))]

    def _name(self, **place) -> str | None:
        template = self.files.get("name")
        return template.format(**place) if template else None

    def key_of(self, name: str) -> str | None:
        """Key of the file with this name; None if the name is not of this product."""
        match = self.pattern.fullmatch(name)
        if not match:
            return None
        groups = match.groupdict()
        key = "-".join(groups[part] for part in ("year", "month", "day") if groups.get(part)) or "once"
        return f"{key}:{groups['part']}" if groups.get("part") else key

    def year_of(self, name: str) -> int | None:
        """Year of the file with this name; None if the name is not of this product, or has no year."""
        match = self.pattern.fullmatch(name)
        year = match.groupdict().get("year") if match else None
        return int(year) if year else None

    def prefer(self, year: int | None) -> str:
        """Text that the better of several names for this year contains."""
        for rule in self.files.get("prefer", ()):
            if year is not None and rule["years"][0] <= year <= rule["years"][1]:
                return rule["text"]
        return ""

    def checked(self, name: str, source: str) -> str:
        """The name, if it is a plain file name of this product (see `names.safe_name`)."""
        return safe_name(name, self.pattern, source)


def load(path: Path) -> dict[str, Dataset]:
    """Read the catalogue.

    Parameters
    ----------
    path : Path
        config/datasets.yaml.

    Returns
    -------
    dict of id -> Dataset

    Raises
    ------
    FetchError
        If the file is not YAML, or an entry lacks a key, has an unknown one, or one that makes no sense.
    """
    try:
        entries = yaml_files.read(Path(path))
    except (OSError, yaml.YAMLError) as error:
        raise FetchError(
            f"{path}: expected the catalogue as YAML, found {' '.join(str(error).split())[:200]}."
        ) from None
    if not isinstance(entries, dict) or not entries:
        raise FetchError(f"{path}: expected a table of data sets, found none.")
    return {name: entry_of(name, entry, str(path)) for name, entry in entries.items()}


def entry_of(name: str, entry: Mapping, path: str = "datasets.yaml") -> Dataset:
    """One entry of the catalogue.

    Parameters
    ----------
    name : str
        Its id.
    entry : mapping
        What stands under the id.
    path : str
        The catalogue, for messages.

    Raises
    ------
    FetchError
        As `load`.
    """
    missing = [key for key in REQUIRED if key not in entry]
    unknown = [key for key in entry if key not in REQUIRED + OPTIONAL]
    if missing or unknown:
        raise FetchError(
            f"{path}, {name}: expected the keys {', '.join(REQUIRED)}; missing {missing or 'none'}, unknown "
            f"{unknown or 'none'}."
        )
    if entry["client"] not in CLIENTS or entry["files"]["step"] not in STEPS:
        raise FetchError(
            f"{path}, {name}: expected a client of {CLIENTS} and a step of {STEPS}, found {entry['client']}, "
            f"{entry['files']['step']}."
        )
    for way, changes in entry.get("ways", {}).items():
        odd = [key for key in changes if key not in OF_A_WAY]
        if odd or changes.get("client", entry["client"]) not in CLIENTS or way == DEFAULT_WAY:
            raise FetchError(
                f"{path}, {name}.ways.{way}: expected keys of {', '.join(OF_A_WAY)} and a client of {CLIENTS}, found "
                f"{', '.join(odd) or changes.get('client')}."
            )
    try:
        pattern = re.compile(entry["files"]["pattern"])
    except re.error as error:
        raise FetchError(f"{path}, {name}: files.pattern is no regular expression ({error}).") from None
    values = {
        **entry,
        "version": str(entry["version"]),
        "variables": tuple(entry["variables"]),
        "period": tuple(entry["period"]),
    }
    return Dataset(id=name, pattern=pattern, **{**values, "unconfirmed": tuple(entry["unconfirmed"])})
