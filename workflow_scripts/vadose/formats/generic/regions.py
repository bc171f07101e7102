"""Regions from a raster of classes of a user's own: each cell takes the class with the largest area in it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.core.grid import Grid
from vadose.formats.generic.classes import ClassMap, class_areas, field_of, maps_of
from vadose.formats.generic.description import Description
from vadose.formats.generic.source import opened
from vadose.formats.opening import FormatError


def region_map(paths: Sequence[Path], lat: Array, lon: Array, **options: Any) -> xr.Dataset:
    """Region of every cell of a grid.

    Parameters
    ----------
    paths : sequence of Path
        Files of the data set; of several maps that of the last year is taken.
    lat, lon : (row,), (column,) arrays
        Centres of the grid, degrees.
    **options
        As the fields of `vadose.formats.generic.description.Description`; `classes` names regions and their codes. By
        default each code is a region, named by the file's flag_meanings.

    Returns
    -------
    Dataset
        region(lat, lon), float32 code from 1 in the order of the names, NaN where no class is; name(code). What is in
        no region does not vote, and the lower code wins a tie. Attribute `codes_in_no_region`.

    Raises
    ------
    FormatError
        As `vadose.formats.generic.classes.class_areas`.
    """
    described = Description.of(**options)
    one = maps_of(paths, described)[-1]
    codes, areas = class_areas([one], described, Grid(lat, lon))
    name_of = _names(one, described, codes)
    names = list(dict.fromkeys(name_of.values()))
    by_code = areas.tocsc()
    region, largest = np.full(areas.shape[0], np.nan, np.float32), np.zeros(areas.shape[0])
    for number, name in enumerate(names, 1):
        held = [place for place, code in enumerate(codes.tolist()) if name_of.get(code) == name]
        area = np.asarray(by_code[:, held].sum(axis=1)).ravel()
        larger = area > largest * (1 + 1e-9)  # the same area by other sums is a tie
        region[larger], largest[larger] = number, area[larger]
    outside = sum(code not in name_of for code in codes.tolist())
    values = xr.DataArray(region.reshape(len(lat), len(lon)), {"lat": lat, "lon": lon}, ("lat", "lon"))
    labels = {"code": np.arange(1, len(names) + 1), "name": ("code", np.array(names, dtype=object))}
    return xr.Dataset({"region": values.assign_attrs(codes_in_no_region=outside)}, coords=labels)


def _names(one: ClassMap, described: Description, codes: Array) -> dict[int, str]:
    """Name of the region of each code: of the configuration, of the file, or the code itself."""
    if described.classes:
        return {int(code): name for name, held in described.classes.items() for code in held}
    with opened(one.path, described) as dataset:
        attributes = field_of(dataset, described, one.path).attrs
    meanings = str(attributes.get("flag_meanings", "")).split()
    values = np.atleast_1d(attributes.get("flag_values", [])).astype(int).tolist()
    if len(meanings) != len(values):
        raise FormatError(
            f"{one.path}: expected a meaning for each of its {len(values)} flag_values, found {len(meanings)}. Name "
            f"the classes: {described.key}.classes."
        )
    told = dict(zip(values, meanings, strict=True))
    return told | {code: f"class {code}" for code in codes.tolist() if code not in told}
