"""The conventions that every reader delivers: names, units, ascending latitudes and longitudes, stamps at the start.

Canonical variables (name: unit, CF standard name):
    soil_moisture               kg m-2 or m3 m-3, dims (time, layer, lat, lon)
    precipitation               kg m-2, sum over the step
    evapotranspiration          kg m-2, sum over the step
    air_temperature             K
    soil_temperature            K, of the uppermost soil
    land_surface_temperature    K
    gross_primary_productivity  g m-2 d-1 of carbon, mean over the step
    land_cover                  1, IGBP code
    biome                       1, WWF biome code
    region                      1, code of a region
    land_sea_mask               1
    geopotential                m2 s-2

Values keep the precision of the file (float32) unless they were computed; statistics convert to float64.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core import units
from vadose.core.grid import uneven
from vadose.formats.opening import FormatError

DECIMALS = 6  # of a degree

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
    "soil_temperature": {
        "units": "K",
        "standard_name": "soil_temperature",
        "cell_methods": "time: mean",
        "long_name": "temperature of the uppermost soil",
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
    "region": {"units": "1", "long_name": "region"},
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
    """Latitudes ascending, longitudes ascending, dimensions (..., lat, lon), axes checked.

    The one place where longitudes are brought into order, for all readers: 0..360, a rotation or a flip gives the same
    axis; a doubled seam is dropped; a region across the date line begins at its western edge and goes on beyond 180.

    Parameters
    ----------
    dataset : Dataset
        With one-dimensional coordinates `lat` and `lon` of cell centres in degrees, in any order.
    path : Path
        For messages.

    Returns
    -------
    Dataset
        Longitudes in [-180, 180), or from there on beyond 180 where the region crosses the date line; both axes rounded
        to a millionth of a degree.

    Raises
    ------
    FormatError
        If latitudes leave [-90, 90] (swapped or mislabelled axes), or an axis repeats, jumps or has missing values.
    """
    axes = axes_in_order(dataset["lat"].values, dataset["lon"].values, path)
    # An index copies the whole field, so only where it is needed.
    if np.any(np.diff(axes.rows) != 1):
        dataset = dataset.isel(lat=axes.rows)
    if axes.columns.size < dataset.sizes["lon"] or np.any(np.diff(axes.columns) != 1):
        dataset = dataset.isel(lon=axes.columns)
    north = {"units": "degrees_north", "standard_name": "latitude", "long_name": "latitude"}
    east = {"units": "degrees_east", "standard_name": "longitude", "long_name": "longitude"}
    dataset = dataset.assign_coords(lat=("lat", axes.lat.copy(), north), lon=("lon", axes.lon.copy(), east))
    return dataset.transpose(..., "lat", "lon")


class Axes(NamedTuple):
    """Latitudes and longitudes as `orient` gives them, and which rows and columns they are."""

    rows: np.ndarray
    columns: np.ndarray
    lat: np.ndarray
    lon: np.ndarray


# Axes that were checked, by their bytes: the files of a product have one grid.
_CHECKED: dict[tuple[bytes, str, bytes, str], Axes] = {}


def axes_in_order(lat: np.ndarray, lon: np.ndarray, path: Path) -> Axes:
    """The axes of a file, checked and brought into the order of `orient`, which says what may be wrong with them."""
    key = lat.tobytes(), lat.dtype.str, lon.tobytes(), lon.dtype.str
    if key not in _CHECKED:
        lat, lon = decimal(lat), decimal(lon)
        _expect_degrees(lat, lon, path)
        rows = np.argsort(lat, kind="stable")
        columns, lon = _eastwards(lon)
        lat = lat[rows]
        for name, axis in (("lat", lat), ("lon", lon)):
            steps = np.diff(axis)
            place = int(np.argmin(steps)) if np.any(steps <= 0) else uneven(axis, poles=name == "lat")
            if place is not None:
                raise FormatError(
                    f"{path}: expected an even {name} axis, found a repeated or missing {name}: a step of "
                    f"{steps[place]:g} degrees after {axis[place]:g} beside steps of {np.median(steps):g}. The file is "
                    "damaged, was cut by hand, or holds two areas with a hole between them: fetch each area as one."
                )
        _CHECKED[key] = Axes(rows, columns, lat, lon)
    return _CHECKED[key]


def _expect_degrees(lat: np.ndarray, lon: np.ndarray, path: Path) -> None:
    """The numbers of the axes are degrees of latitude and of longitude."""
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
    if np.any(np.abs(lon) > 360.0 + 1e-6):
        raise FormatError(
            f"{path}: expected longitudes within -360 and 360 degrees, found {lon.min():g} to {lon.max():g}. Check how "
            "the file was made."
        )


def _eastwards(lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order of the columns from west to east and their longitudes; a seam that stands twice stands once."""
    folded = np.round((lon + 180.0) % 360.0 - 180.0, DECIMALS)
    folded[folded >= 180.0] -= 360.0
    order = np.argsort(folded, kind="stable")
    ordered = folded[order]
    double = np.flatnonzero(np.diff(ordered) == 0)
    if double.size == 1 and {0, lon.size - 1} == set(order[double[0] : double[0] + 2].tolist()):
        order = order[order != lon.size - 1]
        ordered = folded[order]
    gaps = np.diff(ordered, append=ordered[:1] + 360.0)
    widest = int(np.argmax(gaps))
    # A gap wider than a step is where the region ends; elsewhere than at 180 it goes on across the date line.
    if ordered.size > 1 and gaps[widest] > 1.5 * gaps.min() and widest < ordered.size - 1:
        order = np.roll(order, -(widest + 1))
        ordered = np.concatenate([ordered[widest + 1 :], np.round(ordered[: widest + 1] + 360.0, DECIMALS)])
    return order, ordered


def decimal(axis: np.ndarray) -> np.ndarray:
    """Centres as float64 without the noise of their last bits, so that files of different precision share one grid: a
    float32 46.900002 and a float64 46.90000000000001 are both 46.9."""
    # ASSUME: no product has centres with more than four decimals in single precision, six in double.
    return np.round(axis.astype(float), 4 if axis.dtype == np.float32 else DECIMALS)


def side_by_side(
    parts: Sequence[xr.Dataset], path: Path | Sequence[Path], tolerances: Mapping[str, float] | None = None
) -> xr.Dataset:
    """One dataset of the areas of several, which must make up a rectangle without a hole; of what two hold, the value
    of the first is taken.

    Parameters
    ----------
    parts : sequence of Dataset
        Oriented, with equal axes but for lat and lon.
    path : Path or sequence of Path
        For messages; the file of each part, where they are known.
    tolerances : mapping of str to float, optional
        By variable, how far two files may differ in one cell (each has its own packing); 0 where none is given. A value
        beside a missing one is a difference, whatever the tolerance.

    Raises
    ------
    FormatError
        If the areas leave a hole, lie on shifted grids, or differ where they overlap: both files, the month and the
        cell are named.
    """
    if len(parts) == 1:
        return parts[0]
    paths = [path] * len(parts) if isinstance(path, Path) else list(path)
    lat = np.unique(np.concatenate([part["lat"].values for part in parts]))
    meridians = np.round((np.concatenate([part["lon"].values for part in parts]) + 180.0) % 360.0 - 180.0, DECIMALS)
    _, lon = _eastwards(np.unique(meridians))
    sizes = {"lat": lat.size, "lon": lon.size}
    fields = {
        name: (field.dims, np.full([sizes.get(dim, field.sizes[dim]) for dim in field.dims], np.nan, field.dtype))
        for name, field in parts[0].data_vars.items()
        if {"lat", "lon"} <= set(field.dims)
    }
    holder = np.full((lat.size, lon.size), -1)  # the part whose value stands in a cell
    for number, part in enumerate(parts):
        rows = np.searchsorted(lat, part["lat"].values)
        columns = np.searchsorted(lon, np.round((part["lon"].values - lon[0]) % 360.0 + lon[0], DECIMALS))
        place = rows[:, None], columns[None, :]
        twice = holder[place] >= 0
        for name, (_, values) in fields.items():
            mine = part[name].transpose(..., "lat", "lon").values
            there = values[(..., *place)]
            tolerance = (tolerances or {}).get(str(name), 0.0)
            equal = (np.abs(there - mine) <= tolerance) | (np.isnan(there) & np.isnan(mine))
            if not np.all(equal | ~twice):
                first = tuple(np.argwhere(twice & ~equal)[0])
                other = paths[holder[place][first[-2:]]]
                raise _differ(part[name], first, float(mine[first]), float(there[first]), (paths[number], other))
            values[(..., *place)] = np.where(twice, there, mine)
        holder[place] = np.where(twice, holder[place], number)
    if np.any(holder < 0):
        row, column = np.argwhere(holder < 0)[0]
        raise FormatError(
            f"{paths[-1]}: expected areas that make up one rectangle, found {int((holder < 0).sum())} of {holder.size} "
            f"cells in no file (the first at {lat[row]:g} N, {lon[column]:g} E). Request one area for all, or areas "
            "side by side on one grid."
        )
    joined = parts[0].drop_vars([*fields, "lat", "lon"]).assign(fields).assign_coords(lat=lat, lon=lon)
    for name in fields:
        joined[name].attrs = parts[0][name].attrs
    return orient(joined, paths[0])


def _differ(
    field: xr.DataArray, place: tuple[int, ...], mine: float, other: float, paths: tuple[Path, Path]
) -> FormatError:
    """The error for two files that hold one cell with two values."""
    cell = field.transpose(..., "lat", "lon")[place]
    month = f" in {str(cell['time'].values)[:7]}" if "time" in cell.coords else ""
    layer = f", layer {int(cell['layer'])}" if "layer" in cell.coords else ""
    also = f"{paths[1]}: {other:g}" if paths[1] != paths[0] else f"another file: {other:g}"
    return FormatError(
        f"{paths[0]}: expected equal {field.name} where areas overlap, found {mine:g} at {float(cell['lat']):g} N, "
        f"{float(cell['lon']):g} E{layer}{month}, and in {also}. Remove one of the files, or fetch both again."
    )


def expect_dims(dimensions: Sequence[str], wanted: Sequence[str], variable: str, path: Path) -> None:
    """Check the order of a variable's dimensions.

    Parameters
    ----------
    dimensions, wanted : sequences of str
        Those of the variable, and those that the product has, in their order.
    variable : str
        Its name, for the sentence.
    path : Path
        The file.

    Raises
    ------
    FormatError
        If the dimensions are others or in another order (swapped axes).
    """
    if tuple(dimensions) != tuple(wanted):
        raise FormatError(
            f"{path}: expected {variable} along ({', '.join(wanted)}), found ({', '.join(map(str, dimensions))}). "
            "The axes are swapped or of another product: check how the file was made, or fetch it again."
        )


def expect_units(unit_text: object, allowed: Sequence[str], variable: str, path: Path) -> str:
    """The unit of a variable, in any spelling, checked against those the product is known to use.

    Parameters
    ----------
    unit_text : object
        What the file says, or None.
    allowed : sequence of str
        Units that the product is known to use.
    variable : str
        Its name, for the sentence.
    path : Path
        The file.

    Returns
    -------
    str
        The one of `allowed` that is meant.

    Raises
    ------
    FormatError
        If the unit is another one; nothing is guessed.
    """
    for unit in allowed:
        if units.same(str(unit_text), unit):
            return unit
    raise FormatError(
        f"{path}: expected {variable} in {' or '.join(allowed)}, found unit '{unit_text}'. Check product and version; "
        "convert the file if its unit is right."
    )


def expect_range(values: np.ndarray, bounds: tuple[float, float], what: str, path: Path) -> None:
    """Check that no value is beyond what is physically possible.

    Parameters
    ----------
    values : array
        Missing ones are passed over, infinite ones are not.
    bounds : (lowest, highest)
        In the unit of the values.
    what : str
        Variable, product and unit, for the sentence.
    path : Path
        The file.

    Raises
    ------
    FormatError
        If one is: the scale, the unit or the number for missing values was lost on the way.
    """
    outside = (values < bounds[0]) | (values > bounds[1])
    if np.any(outside):
        raise FormatError(
            f"{path}: expected {what} within {bounds[0]:g} and {bounds[1]:g}, found {values[outside][0]:g} in "
            f"{int(outside.sum())} of {values.size} values. The scale, the unit or the number for missing values was "
            "lost: check how the file was made, or fetch the original."
        )


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
