"""Which variable, dimension, layer and time is which in a file, by the CF conventions and, where those are silent, by
what the configuration says.

The attributes are looked up by cf-xarray (standard_name, units, axis, positive, bounds); names are trusted last.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cf_xarray  # noqa: F401 - registers the accessor .cf
import numpy as np
import xarray as xr

from vadose.core import units
from vadose.core.arrays import AnyArray, Array
from vadose.formats import stamps
from vadose.formats.canonical import ATTRIBUTES, SOIL_MOISTURE_NAMES
from vadose.formats.generic.conversion import Conversion, unit_of
from vadose.formats.generic.description import DIMENSIONS, Description
from vadose.formats.opening import FormatError

_CF = {"time": ("T", "time"), "layer": ("Z", "vertical"), "lat": ("Y", "latitude"), "lon": ("X", "longitude")}
_LAYER_NAMES = ("layer", "layers", "level", "lev", "depth", "soil_layer", "soil_level", "soildepth", "z")
NARROWEST = 1e-3  # m; bounds that differ by less are equal


class Field(NamedTuple):
    """One field of a file, lazily: values of a variable of one or more layers along time, latitude and longitude."""

    values: xr.DataArray  # (time, [layer,] lat, lon), values of the file
    name: str
    how: Conversion
    first: int  # place of its first layer among those of the data set
    bounds: Array | None  # (layer, 2) m; None where there are no layers
    valid: tuple[float, float]  # what the file calls valid, inclusive


def fields(dataset: xr.Dataset, described: Description, canonical: str, path: Path) -> list[Field]:
    """The fields of a data set that a file holds, with axes, unit and layers known.

    Parameters
    ----------
    dataset : Dataset
        As opened, times as numbers.
    described : Description
        What the configuration says.
    canonical : str
        Canonical name of the variable that is looked for.
    path : Path
        For messages.

    Raises
    ------
    FormatError
        If the variable, an axis, the unit or the layers are neither in the file nor in the configuration, or the two
        contradict each other.
    """
    names = [name for name in described.variable if name in dataset.data_vars]
    if described.variable and not names:
        raise FormatError(
            f"{path}: expected variable {' or '.join(described.variable)} ({described.key}.variable), found "
            f"{', '.join(map(str, dataset.data_vars))}. Correct the key, or the pattern of the files."
        )
    if not described.variable:
        names = [_only(dataset, described, canonical, path)]
    out = []
    for name in names:
        values = renamed(dataset, name, described, path)
        how = unit_of(described, str(dataset[name].attrs.get("units", "")), f"{path}: {name}", canonical)
        first = described.variable.index(name) if len(described.variable) > 1 else 0
        bounds = None
        if canonical == "soil_moisture":
            bounds = _bounds(dataset, values, described, first, len(described.variable) > 1, path)
        elif values.sizes.get("layer", 1) == 1:
            values = values.isel(layer=0, drop=True) if "layer" in values.dims else values
        else:
            raise FormatError(
                f"{path}: expected {name} along time, latitude and longitude, found {', '.join(values.dims)} too with "
                f"{values.sizes['layer']} values. Cut one of them out (ncks, cdo sellevel)."
            )
        out.append(Field(values, name, how, first, bounds, _valid_range(dataset[name])))
    return out


def _only(dataset: xr.Dataset, described: Description, canonical: str, path: Path) -> str:
    """The variable, where no name is configured: the only field, or the only one whose standard name is right."""
    maps = [
        str(name)
        for name, variable in dataset.data_vars.items()
        if variable.ndim >= 2 and variable.dtype.kind in "fiu" and not str(name).endswith(("_bnds", "_bounds"))
    ]
    expected = {ATTRIBUTES.get(canonical, {}).get("standard_name"), *SOIL_MOISTURE_NAMES.values()} - {None}
    if canonical != "soil_moisture":
        expected = {ATTRIBUTES.get(canonical, {}).get("standard_name")} - {None}
    named = [name for name in maps if dataset[name].attrs.get("standard_name") in expected]
    for chosen in (named, maps):
        if len(chosen) == 1:
            return chosen[0]
    raise FormatError(
        f"{path}: expected one variable that could be {canonical.replace('_', ' ')}, found "
        f"{', '.join(maps) or 'none'}. Name it: {described.key}.variable."
    )


def renamed(dataset: xr.Dataset, name: str, described: Description, path: Path) -> xr.DataArray:
    """A variable with its dimensions called time, layer, lat and lon; other dimensions of one value dropped.

    Parameters
    ----------
    dataset : Dataset
        As opened.
    name : str
        Of the variable.
    described : Description
        What the configuration says.
    path : Path
        For messages.

    Raises
    ------
    FormatError
        If a dimension is not understood, or has no values.
    """
    variable = dataset[name]
    meant = dict(described.dims or {})
    stray = [dim for dim in meant if dim not in dataset.dims]
    if stray:
        raise FormatError(
            f"{path}: expected dimensions {', '.join(stray)} ({described.key}.dims), found "
            f"{', '.join(map(str, dataset.dims))}. Correct the key: dimension of the file on the left, what it is on "
            "the right."
        )
    meant = {dim: what for dim, what in meant.items() if dim in variable.dims}
    for dim in map(str, variable.dims):
        what = _meaning(dataset, dim)
        if dim not in meant and what is not None and what not in meant.values():
            meant[dim] = what
    single = [dim for dim in variable.dims if dim not in meant and variable.sizes[dim] == 1]
    variable = variable.isel(dict.fromkeys(single, 0), drop=True)
    unknown = [str(dim) for dim in variable.dims if dim not in meant]
    if unknown:
        raise FormatError(
            f"{path}: expected {name} along time, layer, latitude and longitude, found {', '.join(unknown)}, of which "
            f"the file does not say what it is. Say it: {described.key}.dims: {{{unknown[0]}: layer}}."
        )
    for what in ("lat", "lon"):
        if what not in meant.values():
            raise FormatError(
                f"{path}: expected {name} on a grid of latitudes and longitudes, found "
                f"{', '.join(map(str, variable.dims)) or 'no dimension'}"
                + _curved(dataset)
                + f". If a dimension has another name, say so: {described.key}.dims."
            )
    coordinates = {}
    for dim, what in meant.items():
        if dim not in dataset.coords and dim not in dataset.variables and what != "layer":
            raise FormatError(
                f"{path}: expected values of the axis {dim} ({what}), found none. Add them (ncap2, cdo setgrid)."
            )
        if dim in dataset.variables:
            coordinates[what] = dataset[dim].variable
    bare = variable.drop_vars([str(coordinate) for coordinate in variable.coords]).rename(meant)
    for what, coordinate in coordinates.items():
        bare = bare.assign_coords({what: (what, coordinate.values, coordinate.attrs)})
    return bare.transpose(*[dim for dim in DIMENSIONS if dim in bare.dims])


def _curved(dataset: xr.Dataset) -> str:
    """What to do where latitudes and longitudes have two dimensions."""
    two = [str(name) for name in dataset.variables if dataset[name].attrs.get("standard_name") == "latitude"]
    if any(dataset[name].ndim == 2 for name in two):
        return ", with latitudes that have two dimensions: remap the file first (cdo remapcon)"
    return ""


def _meaning(dataset: xr.Dataset, dim: str) -> str | None:
    """What a dimension is by the attributes of its coordinate, then by its name."""
    lone = xr.Dataset(coords={dim: dataset[dim]} if dim in dataset.variables else None)
    what = _stated(lone, dim)
    if what is None and dim in lone.coords:
        what = _stated(lone.cf.guess_coord_axis(), dim)  # dear: only where attributes are silent
    if what is None and dim.lower() in _LAYER_NAMES:
        return "layer"
    return what


def _stated(lone: xr.Dataset, dim: str) -> str | None:
    """What the attributes of a coordinate say that it is."""
    axes, coordinates = lone.cf.axes, lone.cf.coordinates
    for what, (axis, coordinate) in _CF.items():
        if dim in axes.get(axis, ()) or dim in coordinates.get(coordinate, ()):
            return what
    return None


def _bounds(
    dataset: xr.Dataset, values: xr.DataArray, described: Description, first: int, each: bool, path: Path
) -> Array:
    """Bounds of the layers of a field, m: of the configuration, or of the file."""
    count = values.sizes.get("layer", 1)
    told = np.array(described.layers, dtype=float).reshape(-1, 2)
    told = told[first : first + 1] if each else told
    there = _bounds_in_file(dataset, values)
    if told.size and told.shape[0] != count:
        raise FormatError(
            f"{path}: expected as many layers as {described.key}.layers has bounds, {told.shape[0]}, found {count}. "
            "Give the bounds of every layer, in the order of the file."
        )
    if told.size and there is not None and np.abs(told - there).max() > NARROWEST:
        raise FormatError(
            f"{path}: expected the layers of {described.key}.layers, found bounds of {_text(there)} m in the file. "
            "Leave out the key if the file is right."
        )
    bounds = told if told.size else there
    if bounds is None:
        raise FormatError(
            f"{path}: expected bounds of the {count} soil layer{'s' * (count > 1)}, found none in the file. Give them "
            f"in m, from the surface down: {described.key}.layers: [[0, 0.1], ...]."
        )
    if np.any(bounds[:, 0] >= bounds[:, 1]) or np.any(np.diff(bounds[:, 0]) <= 0):
        raise FormatError(
            f"{path}: expected layers from the surface down, each with its top above its bottom, found {_text(bounds)} "
            "m. Correct the bounds, or the order of the layers in the file."
        )
    return bounds


def _bounds_in_file(dataset: xr.Dataset, values: xr.DataArray) -> Array | None:
    """Bounds by the attribute `bounds` of the vertical coordinate, m below the surface; None where there are none."""
    if "layer" not in values.coords:
        return None
    attributes = values["layer"].attrs
    name = attributes.get("bounds")
    if name not in dataset.variables:
        return None
    meaning = units.meaning(str(dataset[name].attrs.get("units", attributes.get("units", "m"))))
    if meaning is None or meaning[1] != (("m", 1),):
        return None
    bounds = np.abs(np.asarray(dataset[name].values, dtype=float)) * meaning[0]
    return np.sort(bounds.reshape(-1, 2), axis=1)


def _text(bounds: Array) -> str:
    return ", ".join(f"{top:g}-{bottom:g}" for top, bottom in bounds)


def starts(dataset: xr.Dataset, values: xr.DataArray, described: Description, path: Path) -> AnyArray:
    """Starts of the steps of a field, (time,) datetime64[ns]: by bounds, stamps, or the name of the file.

    Parameters
    ----------
    dataset : Dataset
        As opened.
    values : DataArray
        As `renamed` gives it.
    described : Description
        What the configuration says.
    path : Path
        For messages.

    Raises
    ------
    FormatError
        If nothing says them.
    """
    if "time" not in values.dims:
        named = described.stamp_in_name(path)
        if named is None:
            raise FormatError(
                f"{path}: expected a time axis, found none. If the name of the file says its month, write so: "
                f'{described.key}.pattern: "sm_{{year}}{{month}}.nc".'
            )
        return np.array([named]).astype("datetime64[ns]")
    return _decoded(dataset, values["time"], path)


def _decoded(dataset: xr.Dataset, time: xr.DataArray, path: Path) -> AnyArray:
    """Stamps of a time axis; the starts of its bounds where it has them."""
    unit, calendar = time.attrs.get("units"), time.attrs.get("calendar")
    if unit is None or str(unit).lower().startswith("day as %y%m%d"):
        return stamps.of_dates(time.values, path)
    name = time.attrs.get("bounds")
    if name in dataset.variables and dataset[name].ndim == 2:
        bounds = np.asarray(dataset[name].values, dtype=float)
        if np.all(np.isfinite(bounds)) and np.all(bounds[:, 1] > bounds[:, 0]):
            own = dataset[name].attrs  # CF lets bounds inherit the unit; xarray writes one of their own
            return stamps.decode_time(bounds[:, 0], own.get("units", unit), own.get("calendar", calendar), path)
    return stamps.decode_time(time.values, unit, calendar, path)


def _valid_range(variable: xr.DataArray) -> tuple[float, float]:
    """Least and largest valid value of unpacked numbers; of packed ones CF states them before unpacking, and the fill
    alone decides."""
    if "scale_factor" in variable.encoding or "add_offset" in variable.encoding:
        return -np.inf, np.inf
    span = np.ravel(variable.attrs.get("valid_range", (-np.inf, np.inf)))
    low, high = variable.attrs.get("valid_min", span[0]), variable.attrs.get("valid_max", span[-1])
    return float(low), float(high)


def in_words(fields_of_file: Sequence[Field]) -> str:
    """What was understood of a file, in words for the log."""
    parts = []
    for field in fields_of_file:
        layers = "" if field.bounds is None else f", layers {_text(field.bounds)} m"
        parts.append(f"{field.name} along ({', '.join(map(str, field.values.dims))}), to {field.how.unit}{layers}")
    return "; ".join(parts)
