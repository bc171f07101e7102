"""ERA5-Land (Copernicus Climate Data Store): monthly means, daily statistics or hours, in netCDF, legacy netCDF or
GRIB, zipped or not.

Muñoz-Sabater et al. (2021), doi:10.5194/essd-13-4349-2021; data doi:10.24381/cds.68d2bb30 (monthly),
10.24381/cds.e2161bac (hourly).
"""

import dataclasses
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.formats import canonical
from vadose.formats.era5_land import identity, routes
from vadose.formats.era5_land.identity import PRODUCT
from vadose.formats.era5_land.layouts import UNPACKED_RESOLUTION, Piece, pieces
from vadose.formats.opening import FormatError

LOG = logging.getLogger(__name__)
LAYER_TOP = np.array([0.0, 0.07, 0.28, 1.0])  # m
LAYER_BOTTOM = np.array([0.07, 0.28, 1.0, 2.89])  # m
VOLUME_FRACTION = ("m3 m-3",)
# canonical name: (short names, units in the files)
NATIVE = {
    "soil_moisture": (("swvl1", "swvl2", "swvl3", "swvl4"), VOLUME_FRACTION),
    "precipitation": (("tp",), ("m",)),
    "evapotranspiration": (("e",), ("m",)),
    "air_temperature": (("t2m",), ("K",)),
    "soil_temperature": (("stl1",), ("K",)),  # of the uppermost layer
    "land_sea_mask": (("lsm",), ("1",)),
    "geopotential": (("z",), ("m2 s-2",)),
}
VARIABLES = tuple(NATIVE)
ACCUMULATED = ("tp", "e")
CONSTANT = ("lsm", "z")  # of no month
ROUTES = ("monthly_means", "daily_statistics", "hourly")


def read(
    path: Path | Sequence[Path],
    variables: Sequence[str] = ("soil_moisture",),
    *,
    route: str = "monthly_means",
    layers: Sequence[int] = (1, 2, 3),
    latitudes: tuple[float, float] | None = None,
    monthly: bool = True,
    years: tuple[int, int] | None = None,
) -> xr.Dataset:
    """ERA5-Land in canonical form, monthly.

    Parameters
    ----------
    path : Path or sequence of Path
        One file, or the files of one period: a month of hours comes in several, and a variable may have a file of its
        own. Netcdf of either system, GRIB, or a ZIP of them.
    variables : sequence of str
        Of `VARIABLES`; soil_temperature is that of the uppermost layer.
    route : str
        "monthly_means" (tp and e are metres a day there), "daily_statistics" (daily means; no accumulations), or
        "hourly" (tp and e accumulate from 00 UTC; the value of the next day at 00:00 is the total of a day, so the
        files must hold the first hour of the next month).
    layers : sequence of int
        Soil layers, of 1..4.
    latitudes : (south, north), optional
        Only rows whose centres lie in this range, in degrees.
    monthly : bool
        False keeps the days of daily_statistics as they are.
    years : (first, last), optional
        Calendar years to read, inclusive; what files hold of others is left aside.

    Returns
    -------
    Dataset
        soil_moisture(time, layer, lat, lon) in m3 m-3 with layer (1..4), layer_top and layer_bottom in m; precipitation
        and evapotranspiration (upwards positive) in kg m-2 a month; temperatures in K; float32, NaN where missing
        (ocean); latitudes ascend, longitudes -180..180, time is the month start. Hours and days are averaged one at a
        time: memory holds a month's sum, whatever the length.

    Raises
    ------
    FormatError
        If a file is of another kind, cut, lacks a variable, has another unit or swapped axes, if a month, day or hour
        is there twice, or if a month of days or hours is incomplete.
    """
    paths = [Path(path)] if isinstance(path, (str, Path)) else [Path(each) for each in path]
    names = _short_names(variables, layers, route, monthly)
    areas: dict[bytes, Area] = {}
    present: set[str] = set()
    for each in paths:
        with pieces(each, names) as (file_pieces, here):
            present |= here
            for piece in _suitable(file_pieces, names, route, each):
                window, axes = _window(piece, latitudes, each)
                area = areas.setdefault(
                    b"".join(axis.tobytes() for axis in axes),
                    Area(*axes, routes.collector(route, monthly)(paths[0], ACCUMULATED, years), each),
                )
                area.collected.add(each, piece, window)
                area.names.add(piece.name)
                area.resolution[piece.name] = max(piece.resolution, area.resolution.get(piece.name, 0.0))
    _expect_all(names, present, paths)
    return _joined([_canonical(area, names, variables, layers, route) for area in _complete(areas, names)])


@dataclasses.dataclass
class Area:
    """What was collected on one grid."""

    lat: np.ndarray
    lon: np.ndarray
    collected: routes.Months | routes.DailyMeans
    path: Path
    names: set[str] = dataclasses.field(default_factory=set)
    resolution: dict[str, float] = dataclasses.field(default_factory=dict)


def _complete(areas: dict[bytes, Area], names: dict[str, tuple[str, ...]]) -> list[Area]:
    """Every area holds every variable: variables on grids of their own belong to no common month."""
    for area in areas.values():
        lacking = [name for name in names if name not in area.names]
        if lacking:
            held = next(iter(sorted(area.names)))
            raise FormatError(
                f"{area.path}: expected {held} on the grid of the other variables or files, found another ("
                f"{area.lat.size} x {area.lon.size} without {', '.join(lacking)}). Request one grid for all."
            )
    return list(areas.values())


def _joined(parts: list[xr.Dataset]) -> xr.Dataset:
    """Areas side by side, which hold the same months."""
    for part in parts[1:]:
        if not np.array_equal(part["time"], parts[0]["time"]):
            raise FormatError(
                f"{part.attrs['path']}: expected {part.attrs['held']} on the grid of the other "
                "variables or files, found another for other months. Request one grid for all."
            )
    paths, tolerances = [], dict.fromkeys(map(str, parts[0].data_vars), 0.0)
    for part in parts:
        paths.append(Path(part.attrs.pop("path")))
        del part.attrs["held"]
        resolution = part.attrs.pop("resolution")
        if len(parts) > 1:
            for name, values in part.data_vars.items():
                # Either file is half a step of its packing away from what was packed.
                step = 1.001 * _packing_step(values.values, NATIVE[str(name)][0], resolution)
                tolerances[str(name)] = max(tolerances[str(name)], step)
    joined = canonical.side_by_side(parts, paths, tolerances)
    for key in ("snapped_negatives", "masked_negatives"):
        if key in parts[0].attrs:
            joined.attrs[key] = sum(part.attrs[key] for part in parts)
    return joined


def months(
    paths: Sequence[Path],
    variables: Sequence[str],
    years: tuple[int, int],
    *,
    route: str = "monthly_means",
    layers: Sequence[int] = (1, 2, 3),
    allow_missing: bool = False,
) -> Iterator[xr.Dataset]:
    """The months of the years, a year at a time (`vadose.formats.protocol.Reader.months`), from files cut by month,
    year or variable.

    Parameters
    ----------
    paths, variables, years, allow_missing : as in `Reader.months`
    route : str
        monthly_means, daily_statistics or hourly.
    layers : sequence of int
        Layers of soil moisture, from 1.

    Raises
    ------
    FormatError
        As `read`.
    """
    names = _short_names(variables, layers, route, True)
    spans, present = {}, set()
    for path in map(Path, paths):
        with pieces(path, names) as (file_pieces, here):
            present |= here
            if file_pieces:
                spans[path] = (
                    min(piece.times.min() for piece in file_pieces),
                    max(piece.times.max() for piece in file_pieces),
                )
    if paths:
        _expect_all(names, present, [Path(path) for path in paths])
    for year in range(years[0], years[1] + 1):
        # The midnight that closes the year holds the totals of its last day.
        first, end = np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01")
        inside = [path for path, span in spans.items() if span[0] < end and span[1] >= first]
        closing = [path for path, span in spans.items() if span[0] == end] if route == "hourly" else []
        if inside:
            yield read(inside + closing, variables, route=route, layers=layers, years=(year, year))


def check(
    path: Path,
    variables: Sequence[str] = ("soil_moisture",),
    *,
    route: str | None = None,
    layers: Sequence[int] = (1, 2, 3),
) -> None:
    """Open a file and verify product, time resolution, layout, variables, units and axes without reading fields (a ZIP
    is unpacked), by the same decisions as `read`. Without a route, what any of them takes is sound.

    Parameters
    ----------
    path : Path
        The file.
    variables : sequence of str
        Canonical names that it must hold.
    route : str, optional
        monthly_means, daily_statistics or hourly.
    layers : sequence of int
        Layers of soil moisture, from 1.

    Raises
    ------
    FormatError
        As `read`, except for what only the fields or other files can show.
    """
    path = Path(path)
    names = _short_names(variables, layers, route or "monthly_means", True)
    with pieces(path, names) as (file_pieces, present):
        _expect_all(names, present, [path])
        for piece in _suitable(file_pieces, names, route, path):
            _, (lat, lon) = _window(piece, None, path)
            canonical.orient(xr.Dataset(coords={"lat": lat, "lon": lon}), path)
            routes.expect_once(piece.times, path, piece.name)


def times_of(path: Path) -> np.ndarray:
    """Month starts that a file touches, ascending, from its headers. (month,) datetime64[ns].

    A month that holds nothing but its first midnight (the closing hour of accumulations) does not count beside others.
    """
    path = Path(path)
    names = [name for shorts, _ in NATIVE.values() for name in shorts]
    with pieces(path, names) as (file_pieces, present):
        if not file_pieces:
            raise FormatError(
                f"{path}: expected some of {', '.join(names)} of {PRODUCT}, found {', '.join(sorted(present))}. Check "
                "which variables were requested from the Climate Data Store."
            )
        stamps = np.unique(np.concatenate([piece.times for piece in file_pieces]))
    months = np.unique(calendar.month_start(stamps))
    if months.size > 1 and stamps[-1] == months[-1] and np.any(np.diff(stamps) < np.timedelta64(1, "D")):
        months = months[:-1]
    return months


def _short_names(
    variables: Sequence[str], layers: Sequence[int], route: str, monthly: bool
) -> dict[str, tuple[str, ...]]:
    """Short name -> units allowed, for what was asked; the question itself is checked here."""
    unknown = [name for name in variables if name not in NATIVE]
    if unknown:
        raise ValueError(f"variables: expected some of {', '.join(NATIVE)}, found {', '.join(unknown)}.")
    if route not in ROUTES:
        raise ValueError(f"route: expected one of {', '.join(ROUTES)}, found {route}.")
    if not set(layers) <= {1, 2, 3, 4} or (not layers and "soil_moisture" in variables):
        raise ValueError(f"layers: expected some of 1, 2, 3, 4, found {tuple(layers)}.")
    if not monthly and route != "daily_statistics":
        raise ValueError(f"monthly: expected True on the route {route}; days are kept only of daily_statistics.")
    names = {}
    for variable in variables:
        short, units = NATIVE[variable]
        chosen = [short[layer - 1] for layer in layers] if variable == "soil_moisture" else short
        if route == "daily_statistics" and set(chosen) & set(ACCUMULATED):
            raise ValueError(
                f"variables: expected no {variable} on the route daily_statistics: the daily mean of a running sum is "
                "no total. "
                "Take it from monthly_means or hourly."
            )
        names |= dict.fromkeys(chosen, units)
    return names


def _suitable(
    file_pieces: list[Piece], names: dict[str, tuple[str, ...]], route: str | None, path: Path
) -> list[Piece]:
    """The pieces that a route takes, with their units checked; of several streams in one file the route's own."""
    suitable = []
    for name in names:
        streams = [piece for piece in file_pieces if piece.name == name]
        own = [piece for piece in streams if piece.evidence.stream == identity.STREAM_OF_ROUTE.get(route)]
        several = len({piece.evidence.stream for piece in streams}) > 1
        suitable += own if several and own else streams
    for piece in suitable:
        canonical.expect_units(piece.unit, names[piece.name], piece.name, path)
        if piece.name in CONSTANT:
            continue
        identity.expect_route(piece.evidence, piece.times, route, piece.name in ACCUMULATED, path)
    return suitable


def _expect_all(names: dict[str, tuple[str, ...]], present: set[str], paths: Sequence[Path]) -> None:
    """The files together hold every variable asked for."""
    missing = [name for name in names if name not in present]
    if missing:
        where = f"{paths[0]}" + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
        raise FormatError(
            f"{where}: expected variable {', '.join(missing)} of {PRODUCT}, found {', '.join(sorted(present))}. "
            "Check which variables were requested from the Climate Data Store."
        )


def _window(
    piece: Piece, latitudes: tuple[float, float] | None, path: Path
) -> tuple[slice, tuple[np.ndarray, np.ndarray]]:
    """Rows to read and the axes (lat of those rows, lon)."""
    lat, lon = (canonical.decimal(axis) for axis in (piece.lat, piece.lon))
    if np.any(np.abs(lat) > 90.0):
        raise FormatError(
            f"{path}: expected latitudes within -90 and 90 degrees, found {lat.max():g}. The axes are swapped: "
            "fetch it again."
        )
    inside = (
        np.ones(lat.size, dtype=bool)
        if latitudes is None
        else (lat >= latitudes[0] - 1e-9) & (lat <= latitudes[1] + 1e-9)
    )
    rows = np.flatnonzero(inside)
    if rows.size == 0 or rows[-1] - rows[0] + 1 != rows.size:
        raise ValueError(f"latitudes: expected a range that meets the grid of {path}, found {latitudes}.")
    window = slice(int(rows[0]), int(rows[-1]) + 1)
    return window, (lat[window], lon)


def _canonical(area: Area, names: dict, variables: Sequence[str], layers: Sequence[int], route: str) -> xr.Dataset:
    """Units and signs of the canonical form; the axes turned."""
    times, fields = area.collected.finish(list(names))
    days = calendar.days_in_month(times)[:, None, None].astype(np.float32)
    data, counts = {}, {}
    for variable in variables:
        short = NATIVE[variable][0]
        if variable == "soil_moisture":
            chosen = [short[layer - 1] for layer in layers]
            for name in chosen:
                canonical.expect_range(fields[name], (-np.inf, 1e3), f"{name} in m3 m-3", area.path)
            counts = _without_negatives(fields, chosen, area.resolution)
            values = np.stack([fields.pop(name) for name in chosen], axis=1)
            data[variable] = (("time", "layer", "lat", "lon"), values, {"units": "m3 m-3"})
            continue
        values = fields.pop(short[0])
        if short[0] in ACCUMULATED:
            values *= np.float32(1000.0) * (days if route == "monthly_means" else np.float32(1.0))
        if variable == "precipitation":
            # ASSUME: rain below zero and above -0.01 mm a month is what packing made of zero; zeros must stay ties.
            values[(values < 0) & (values > -0.01)] = 0.0
        if variable == "evapotranspiration":
            values *= np.float32(-1.0)  # downward fluxes are positive in ERA5-Land
        data[variable] = (("time", "lat", "lon"), values)
    dataset = xr.Dataset(data, coords={"time": times, "lat": area.lat, "lon": area.lon})
    if "soil_moisture" in data:
        index, metres = np.array(layers) - 1, {"units": "m", "positive": "down"}
        dataset = dataset.assign_coords(
            layer=("layer", np.array(layers)),
            layer_top=("layer", LAYER_TOP[index], metres),
            layer_bottom=("layer", LAYER_BOTTOM[index], metres),
        )
    labelled = canonical.label(canonical.orient(dataset, area.path))
    return labelled.assign_attrs(counts, path=str(area.path), held=min(area.names), resolution=area.resolution)


def _packing_step(values: np.ndarray, shorts: Sequence[str], resolution: dict[str, float]) -> float:
    """Step of the packed numbers behind the values of a variable, in its canonical unit: as the file says, or a range
    in 16 bits where it says nothing."""
    unit = 31e3 if set(shorts) & set(ACCUMULATED) else 1.0  # metres a day to millimetres a month, at most
    told = unit * max(resolution.get(short, 0.0) for short in shorts)
    valid = values[np.isfinite(values)]
    return max(told, float(np.ptp(valid)) * UNPACKED_RESOLUTION if valid.size else 0.0)


def _without_negatives(fields: dict[str, np.ndarray], names: Sequence[str], resolution: dict) -> dict[str, int]:
    """Soil water below zero: within the step of the file's packed numbers it is what packing made of zero and becomes
    zero; further below it is no soil water and becomes missing. Counted, so that neither is ranked unseen."""
    counts = {"snapped_negatives": 0, "masked_negatives": 0}
    for name in names:
        values = fields[name]
        below = values < 0
        packing = below & (values >= -1.001 * resolution[name])
        values[packing], values[below & ~packing] = 0.0, np.nan
        counts["snapped_negatives"] += int(packing.sum())
        counts["masked_negatives"] += int((below & ~packing).sum())
    if any(counts.values()):
        LOG.info(
            "soil water below zero: %d values within the packing became zero, %d further below became missing",
            *counts.values(),
        )
    return counts
