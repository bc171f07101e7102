"""Requests to the Climate Data Store for ERA5-Land: as few as its limit on fields allows, each with its file."""

import calendar
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vadose.acquire.catalogue import DEFAULT_WAY, Dataset
from vadose.acquire.errors import FetchError

DEFAULT_ROUTE = "monthly_means"
SENT_AS = {
    "monthly_means": "nc",
    "daily_statistics": "nc",
    "hourly": "grib",
}  # GRIB is native, and its layout stays as it is


@dataclass(frozen=True)
class CdsRequest:
    """One request: its collection and body, the file it fills, and what it costs.

    Parameters
    ----------
    collection : str
        Name of the data set in the store.
    body : mapping
        What is asked.
    name : str
        File name of the result.
    key : str
        "2001" or "2001-02", as in `catalogue.Item`.
    fields : int
        Global maps asked for (variables x time steps): what the store counts.
    size : int
        Expected bytes.
    asked : mapping
        The same in the reader's words: route, variables, layers, months.
    """

    collection: str
    body: Mapping
    name: str
    key: str
    fields: int
    size: int
    asked: Mapping = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Hash of what is asked, to recognise a request made before."""
        return hashlib.sha256(json.dumps([self.collection, dict(self.body)], sort_keys=True).encode()).hexdigest()


def requests_for(
    dataset: Dataset, route: str, year: int, variables: Sequence[str] | None = None, area: Sequence[float] | None = None
) -> list[CdsRequest]:
    """Requests that bring one year: as few as the store's limit on fields allows, never soil moisture together with
    accumulations.

    Parameters
    ----------
    dataset : Dataset
        The catalogue's era5_land.
    route : {"monthly_means", "daily_statistics", "hourly"}
        Which of the three collections.
    year : int
        Calendar year.
    variables : sequence of str or None
        Native names (swvl1 ...); by default all that are not optional.
    area : (north, west, south, east) or None
        Degrees; by default the globe.

    Raises
    ------
    FetchError
        If the route or a variable is unknown, a variable is an accumulation that the daily statistics do not have, or a
        single variable exceeds the limit.
    """
    if route not in dataset.routes:
        raise FetchError(
            f"{dataset.id}: expected a route of {', '.join(dataset.routes)}, found {route!r}. Correct era5_land.route."
        )
    if dataset.way != DEFAULT_WAY and route != "hourly":
        raise FetchError(
            f"datasets.{dataset.id}.way: {dataset.way} has hours alone, found era5_land.route: {route}. Set "
            "era5_land.route: hourly, or leave the way out."
        )
    entries = {entry["native"]: entry for entry in dataset.variables}
    chosen = list(variables) if variables else [name for name, entry in entries.items() if not entry.get("optional")]
    unknown = [name for name in chosen if name not in entries]
    if unknown:
        raise FetchError(f"{dataset.id}: expected variables of {', '.join(entries)}, found {', '.join(unknown)}.")
    months = range(1, 13)
    spans = [months] if dataset.routes[route]["span"] == "year" else [range(month, month + 1) for month in months]
    requests = []
    for kind in ("instantaneous", "accumulation"):
        group = [entries[name] for name in chosen if entries[name]["kind"] == kind]
        if group and kind == "accumulation" and route == "daily_statistics":
            raise FetchError(
                f"{dataset.id}: the daily statistics have no accumulations ({group[0]['native']}). Use monthly_means "
                "or hourly."
            )
        for span in spans:
            for part in _within_limit(dataset, route, year, span, group):
                requests.append(_request(dataset, route, year, span, part, area))
    return requests


def _steps(dataset: Dataset, route: str, year: int, span: range) -> int:
    """Time steps of a span of months."""
    daily = dataset.routes[route]["fields_per_day"]
    return sum(daily * calendar.monthrange(year, month)[1] if daily else 1 for month in span)


def _within_limit(dataset: Dataset, route: str, year: int, span: range, group: list[Mapping]) -> list[list[Mapping]]:
    """The variables in as few sets as fit the limit."""
    steps = _steps(dataset, route, year, span)
    fit = dataset.fields_per_request // steps
    if fit < 1:
        raise FetchError(
            f"{dataset.id}: one variable has {steps} fields, over the store's limit of {dataset.fields_per_request} "
            "per request."
        )
    return [group[start : start + fit] for start in range(0, len(group), fit)]


def _request(
    dataset: Dataset, route: str, year: int, span: range, group: list[Mapping], area: Sequence[float] | None
) -> CdsRequest:
    entry = dataset.routes[route]
    body = {
        "variable": [item["request"] for item in group],
        "year": [f"{year:04d}"],
        "month": [f"{month:02d}" for month in span],
    }
    if route == "monthly_means":
        body |= {
            "product_type": ["monthly_averaged_reanalysis"],
            "time": ["00:00"],
            "data_format": "netcdf",
            "download_format": "unarchived",
        }
    else:
        body["day"] = [f"{day:02d}" for day in range(1, calendar.monthrange(year, span[0])[1] + 1)]
    if route == "daily_statistics":  # takes one year, one month and one statistic, as plain text
        body |= {
            "year": f"{year:04d}",
            "month": f"{span[0]:02d}",
            "daily_statistic": "daily_mean",
            "time_zone": "utc+00:00",
            "frequency": "1_hourly",
        }
    if route == "hourly":
        body |= {
            "time": [f"{hour:02d}:00" for hour in range(24)],
            "data_format": "grib",
            "download_format": "unarchived",
        }
    part = "-".join(item["native"] for item in group)
    if area is not None:
        body["area"] = [float(value) for value in area]
        part += "-" + "".join(f"{side}{value:g}" for side, value in zip("nwse", area)).replace("-", "m").replace(
            ".", "p"
        )
    key = f"{year:04d}" if len(span) > 1 else f"{year:04d}-{span[0]:02d}"
    fields = len(group) * _steps(dataset, route, year, span)
    suffix = SENT_AS[route] if dataset.way == DEFAULT_WAY else "nc"  # what is cut from other stores is written here
    name = f"era5_land_{route}_{key.replace('-', '_')}_{part}.{suffix}"
    share = 1.0 if area is None else abs(area[0] - area[2]) / 180.0 * abs(area[3] - area[1]) / 360.0
    size = int(fields * entry["bytes_per_field"] * share)
    return CdsRequest(entry["collection"], body, name, key, fields, size, _asked(dataset, route, year, span, group))


def _asked(dataset: Dataset, route: str, year: int, span: range, group: list[Mapping]) -> dict:
    """A request in the words of the reader's check."""
    asked = {
        "route": route,
        "variables": tuple(dict.fromkeys(item["canonical"] for item in group)),
        "months": tuple(f"{year:04d}-{month:02d}" for month in span),
    }
    layer_names = [item["native"] for item in dataset.variables if item["canonical"] == "soil_moisture"]
    layers = tuple(layer_names.index(item["native"]) + 1 for item in group if item["native"] in layer_names)
    return asked | ({"layers": layers} if layers else {})
