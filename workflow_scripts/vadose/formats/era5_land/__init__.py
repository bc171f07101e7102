"""ERA5-Land (Copernicus Climate Data Store): monthly means, daily statistics or hours, in netCDF, legacy netCDF or
GRIB, zipped or not.

Muñoz-Sabater et al. (2021), doi:10.5194/essd-13-4349-2021; data doi:10.24381/cds.68d2bb30 (monthly),
10.24381/cds.e2161bac (hourly).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.formats import canonical
from vadose.formats.era5_land import routes
from vadose.formats.era5_land.layouts import PRODUCT, Piece, pieces
from vadose.formats.opening import FormatError

LAYER_TOP = np.array([0.0, 0.07, 0.28, 1.0])  # m
LAYER_BOTTOM = np.array([0.07, 0.28, 1.0, 2.89])  # m
WATER = ("m3 m-3",)
# canonical name: (short names, units in the files)
NATIVE = {
    "soil_moisture": (("swvl1", "swvl2", "swvl3", "swvl4"), WATER),
    "precipitation": (("tp",), ("m",)),
    "evapotranspiration": (("e",), ("m",)),
    "air_temperature": (("t2m",), ("K",)),
    "land_sea_mask": (("lsm",), ("1",)),
    "geopotential": (("z",), ("m2 s-2",)),
}
VARIABLES = tuple(NATIVE)
ACCUMULATED = ("tp", "e")
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
        Of "soil_moisture", "precipitation", "evapotranspiration", "air_temperature", "land_sea_mask", "geopotential".
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
        and evapotranspiration (upwards positive) in kg m-2 a month; air_temperature in K; float32, NaN where missing
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
    collected = routes.collector(route, monthly)(paths[0], ACCUMULATED, years)
    axes, present = None, set()
    for each in paths:
        with pieces(each) as found:
            wanted = _wanted(found, names, each)
            present |= {piece.name for piece in found}
            if wanted:
                window, axes = _same_grid(wanted, axes, latitudes, each)
            for piece in wanted:
                collected.add(each, piece, window)
    _expect_all(names, present, paths)
    times, fields = collected.finish(list(names))
    return _canonical(times, fields, axes, variables, layers, route, paths[0])


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

    Raises
    ------
    FormatError
        As `read`.
    """
    spans = {Path(path): _span(Path(path)) for path in paths}
    for year in range(years[0], years[1] + 1):
        # The midnight that closes the year holds the totals of its last day.
        first, end = np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01")
        group = [path for path, span in spans.items() if span[0] <= end and span[1] >= first]
        inside = [path for path in group if spans[path][0] < end]
        if inside:
            chosen = group if route == "hourly" else inside
            yield read(chosen, variables, route=route, layers=layers, years=(year, year))


def _span(path: Path) -> tuple[np.datetime64, np.datetime64]:
    """First and last time of a file, from its headers."""
    with pieces(path) as found:
        return min(piece.times.min() for piece in found), max(piece.times.max() for piece in found)


def check(
    path: Path,
    variables: Sequence[str] = ("soil_moisture",),
    *,
    route: str = "monthly_means",
    layers: Sequence[int] = (1, 2, 3),
) -> None:
    """Open a file and verify layout, variables, units and axes without reading fields (a ZIP is unpacked).

    Raises
    ------
    FormatError
        As `read`, except for what only the fields or other files can show.
    """
    path = Path(path)
    names = _short_names(variables, layers, route, True)
    with pieces(path) as found:
        wanted = _wanted(found, names, path)
        _expect_all(names, {piece.name for piece in found}, [path])
        _, (lat, lon) = _same_grid(wanted, None, None, path)
        canonical.orient(xr.Dataset(coords={"lat": lat, "lon": lon}), path)
        for piece in wanted:
            routes.expect_once(piece.times, path, piece.name)


def times_of(path: Path) -> np.ndarray:
    """Month starts that a file touches, ascending, from its headers. (month,) datetime64[ns].

    A month that holds nothing but its first midnight (the closing hour of accumulations) does not count beside others.
    """
    path = Path(path)
    with pieces(path) as found:
        stamps = np.unique(np.concatenate([piece.times for piece in found]))
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


def _wanted(found: list[Piece], names: dict[str, tuple[str, ...]], path: Path) -> list[Piece]:
    """The pieces asked for, with their units checked."""
    wanted = [piece for piece in found if piece.name in names]
    for piece in wanted:
        canonical.expect_units(piece.unit, names[piece.name], piece.name, path)
    return wanted


def _expect_all(names: dict[str, tuple[str, ...]], present: set[str], paths: Sequence[Path]) -> None:
    """The files together hold every variable asked for."""
    missing = [name for name in names if name not in present]
    if missing:
        where = f"{paths[0]}" + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
        raise FormatError(
            f"{where}: expected variable {', '.join(missing)} of {PRODUCT}, found {', '.join(sorted(present))}. "
            "Check which variables were requested from the Climate Data Store."
        )


def _same_grid(
    wanted: list[Piece], axes: tuple | None, latitudes: tuple[float, float] | None, path: Path
) -> tuple[slice, tuple]:
    """Rows to read and the axes (lat of those rows, lon); all pieces and files must share them."""
    for piece in wanted:
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
        if axes is None:
            axes = lat[window], lon
        elif not (np.array_equal(axes[0], lat[window]) and np.array_equal(axes[1], lon)):
            raise FormatError(
                f"{path}: expected {piece.name} on the grid of the other variables or files, found another. Request "
                "one grid for all."
            )
    return window, axes


def _canonical(times, fields: dict, axes: tuple, variables, layers, route: str, path: Path) -> xr.Dataset:
    """Units and signs of the canonical form; the axes turned."""
    lat, lon = axes
    # A request of -180 to 180 may repeat the date line.
    columns = lon.size - 1 if lon.size > 1 and abs((lon[-1] - lon[0]) % 360.0) < 1e-6 else lon.size
    days = calendar.days_in_month(times)[:, None, None].astype(np.float32)
    data = {}
    for variable in variables:
        short = NATIVE[variable][0]
        if variable == "soil_moisture":
            values = np.stack([fields.pop(short[layer - 1]) for layer in layers], axis=1)
            data[variable] = (("time", "layer", "lat", "lon"), values[..., :columns], {"units": "m3 m-3"})
            continue
        values = fields.pop(short[0])
        if short[0] in ACCUMULATED:
            values *= np.float32(1000.0) * (days if route == "monthly_means" else np.float32(1.0))
        if variable == "precipitation":
            # ASSUME: rain below zero and above -0.01 mm a month is what packing made of zero; zeros must stay ties.
            values[(values < 0) & (values > -0.01)] = 0.0
        if variable == "evapotranspiration":
            values *= np.float32(-1.0)  # downward fluxes are positive in ERA5-Land
        data[variable] = (("time", "lat", "lon"), values[..., :columns])
    dataset = xr.Dataset(data, coords={"time": times, "lat": lat, "lon": lon[:columns]})
    if "soil_moisture" in data:
        index, metres = np.array(layers) - 1, {"units": "m", "positive": "down"}
        dataset = dataset.assign_coords(
            layer=("layer", np.array(layers)),
            layer_top=("layer", LAYER_TOP[index], metres),
            layer_bottom=("layer", LAYER_BOTTOM[index], metres),
        )
    return canonical.label(canonical.orient(dataset, path))
