"""The conventions that every reader delivers: names, units, ascending latitude, longitudes -180..180, stamps at the
start.

Canonical variables (name: unit, CF standard name):
    soil_moisture               kg m-2 or m3 m-3, dims (time, layer, lat, lon)
    precipitation               kg m-2, sum over the step
    evapotranspiration          kg m-2, sum over the step
    air_temperature             K
    land_surface_temperature    K
    gross_primary_productivity  g m-2 d-1 of carbon, mean over the step
    land_cover                  1, IGBP code
    biome                       1, WWF biome code
    land_sea_mask               1
    geopotential                m2 s-2

Values keep the precision of the file (float32) unless they were computed; statistics convert to float64.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.formats.opening import FormatError

ATTRIBUTES = {
    "soil_moisture": {"long_name": "soil moisture of the layer"},
    "precipitation": {
        "units": "kg m-2",
        "standard_name": "precipitation_amount",
        "cell_methods": "time: sum",
        "long_name": "precipitation",
    },
    "evapotranspiration": {
        "units": "kg m-2",
        "standard_name": "water_evapotranspiration_amount",
        "cell_methods": "time: sum",
        "long_name": "evapotranspiration",
    },
    "air_temperature": {
        "units": "K",
        "standard_name": "air_temperature",
        "cell_methods": "time: mean",
        "long_name": "near-surface air temperature",
    },
    "land_surface_temperature": {
        "units": "K",
        "standard_name": "surface_temperature",
        "cell_methods": "time: mean",
        "long_name": "land surface temperature",
    },
    "gross_primary_productivity": {
        "units": "g m-2 d-1",
        "standard_name": "gross_primary_productivity_of_biomass_expressed_as_carbon",
        "cell_methods": "time: mean",
        "long_name": "gross primary productivity (carbon)",
    },
    "land_cover": {"units": "1", "long_name": "IGBP land cover class"},
    "biome": {"units": "1", "long_name": "WWF biome"},
    "land_sea_mask": {"units": "1", "standard_name": "land_area_fraction", "long_name": "land fraction"},
    "geopotential": {
        "units": "m2 s-2",
        "standard_name": "surface_geopotential",
        "long_name": "geopotential of the surface",
    },
}
SOIL_MOISTURE_NAMES = {
    "kg m-2": "mass_content_of_water_in_soil_layer",
    "m3 m-3": "volume_fraction_of_condensed_water_in_soil",
}


def orient(dataset: xr.Dataset, path: Path) -> xr.Dataset:
    """Latitudes ascending, longitudes ascending in [-180, 180), dimensions (..., lat, lon), axes checked.

    Parameters
    ----------
    dataset : Dataset
        With one-dimensional coordinates `lat` and `lon` of cell centres in degrees, in any order.
    path : Path
        For messages.

    Raises
    ------
    FormatError
        If latitudes leave [-90, 90] (swapped or mislabelled axes), or an axis repeats, jumps or has missing values.
    """
    lat, lon = decimal(dataset["lat"].values), decimal(dataset["lon"].values)
    if not (np.all(np.isfinite(lat)) and np.all(np.isfinite(lon))):
        raise FormatError(
            f"{path}: expected finite latitudes and longitudes, found missing ones. The file is damaged: fetch it "
            "again."
        )
    if np.any(np.abs(lat) > 90.0 + 1e-6):
        raise FormatError(
            f"{path}: expected latitudes within -90 and 90 degrees, found {lat.min():g} to {lat.max():g}. "
            "The axes are swapped or mislabelled: check how the file was made."
        )
    if np.any(lon < -180.0 - 1e-6) or np.any(lon > 360.0 + 1e-6):
        raise FormatError(
            f"{path}: expected longitudes within -180 and 360 degrees, found {lon.min():g} to {lon.max():g}."
        )
    # float32 files print 179.99998; folding first and rounding to 1e-6 degree keeps equal centres equal.
    folded = np.round((lon + 180.0) % 360.0 - 180.0, 6)
    folded[folded >= 180.0] -= 360.0
    dataset = dataset.assign_coords(lat=("lat", np.round(lat, 6)), lon=("lon", folded))
    turned = {
        name: np.argsort(dataset[name].values, kind="stable")
        for name in ("lat", "lon")
        if np.any(np.diff(dataset[name].values) < 0)
    }
    if turned:  # an index copies the whole field, so only where it is needed
        dataset = dataset.isel(turned)
    for name in ("lat", "lon"):
        steps = np.diff(dataset[name].values)
        if (
            steps.size
            and (steps.min() <= 0 or steps.max() > 1.5 * np.median(steps))
            and not (name == "lon" and steps.min() > 0)
        ):
            raise FormatError(
                f"{path}: expected an even {name} axis, found a repeated or missing {name}. The file is damaged or was "
                "cut by hand."
            )
    dataset["lat"].attrs = {"units": "degrees_north", "standard_name": "latitude", "long_name": "latitude"}
    dataset["lon"].attrs = {"units": "degrees_east", "standard_name": "longitude", "long_name": "longitude"}
    return dataset.transpose(..., "lat", "lon")


def decimal(axis: np.ndarray) -> np.ndarray:
    """Centres as float64; a float32 46.900002 becomes 46.9 again, so that files of different precision share one
    grid."""
    # ASSUME: no product has centres with more than four decimals.
    return np.round(axis.astype(float), 4) if axis.dtype == np.float32 else axis.astype(float)


EPOCH = re.compile(
    r"^\s*(days?|hours?|minutes?|seconds?)\s+since\s+(\d{4})-(\d{1,2})-(\d{1,2})(?:[T "
    r"]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?"
)
SECONDS = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
CALENDARS = ("standard", "gregorian", "proleptic_gregorian")


def decode_time(values: np.ndarray, units: object, calendar: object, path: Path) -> np.ndarray:
    """Time stamps by the file's own epoch, whatever it is.

    Parameters
    ----------
    values : array
        Numbers of `units`; fractions are rounded to the second.
    units : str
        Such as "days since 2000-01-01 00:00:00"; a leading blank is allowed.
    calendar : str or None
        None (GLDAS since 2020-07) means the standard calendar, as CF says.
    path : Path
        For messages.

    Returns
    -------
    datetime64[ns] array of the same shape.

    Raises
    ------
    FormatError
        If the unit, the calendar or a value is not a date.
    """
    found = EPOCH.match(str(units))
    if found is None:
        raise FormatError(
            f"{path}: expected time units like 'days since 2000-01-01', found '{units}'. The file is damaged: fetch it "
            "again."
        )
    if calendar is not None and str(calendar).lower() not in CALENDARS:
        raise FormatError(f"{path}: expected a standard calendar, found '{calendar}'. Check product and version.")
    values = np.asarray(values, dtype=float)
    if not np.all(np.isfinite(values)):
        raise FormatError(f"{path}: expected finite times, found missing ones. The file is damaged: fetch it again.")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[1:])
    origin = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}", "s")
    elapsed = np.round(values * SECONDS[found[1].rstrip("s")]).astype("timedelta64[s]")
    return (origin + elapsed).astype("datetime64[ns]")


def expect_dims(found: Sequence[str], wanted: Sequence[str], variable: str, path: Path) -> None:
    """Check the order of a variable's dimensions.

    Raises
    ------
    FormatError
        If the dimensions are others or in another order (swapped axes).
    """
    if tuple(found) != tuple(wanted):
        raise FormatError(
            f"{path}: expected {variable} along ({', '.join(wanted)}), found ({', '.join(map(str, found))}). "
            "The axes are swapped or of another product: check how the file was made, or fetch it again."
        )


def expect_units(found: object, allowed: Sequence[str], variable: str, path: Path) -> str:
    """The unit of a variable, checked against those the product is known to use.

    Raises
    ------
    FormatError
        If the unit is another one; nothing is guessed.
    """
    unit = " ".join(str(found).split())
    if unit not in allowed:
        raise FormatError(
            f"{path}: expected {variable} in {' or '.join(allowed)}, found unit '{unit}'. Check product and version; "
            "convert the file if its unit is right."
        )
    return unit


def label(dataset: xr.Dataset) -> xr.Dataset:
    """Replace whatever attributes came with the file by the canonical ones (a unit of soil moisture is kept)."""
    for name in dataset.data_vars:
        attributes = dict(ATTRIBUTES.get(name, {}))
        if name == "soil_moisture":
            unit = dataset[name].attrs["units"]
            attributes |= {"units": unit, "standard_name": SOIL_MOISTURE_NAMES[unit], "cell_methods": "time: mean"}
        dataset[name].attrs = attributes
        dataset[name].encoding = {}
    dataset.attrs = {}
    return dataset
