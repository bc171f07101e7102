"""From a map of regions to the region of each cell of a study."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from vadose.core.cells import grid_of, pack
from vadose.formats import registry
from vadose.formats.generic.regions import region_map


def of_cells(product: str, paths: Sequence[Path], axis: xr.Dataset, options: Mapping[str, Any]) -> xr.Dataset:
    """Region of every cell.

    Parameters
    ----------
    product : str
        Reader of the regions.
    paths : sequence of Path
        Its files.
    axis : Dataset
        The cells.
    options : mapping
        What the reader must be told.

    Returns
    -------
    Dataset
        `ecoregion` (cell), int code, 0 where there is no region; of other regions than WWF's also `name` (region), the
        names of codes 1, 2, ..., and the attribute note, which counts what was skipped, mended or overlaps.

    Raises
    ------
    FormatError
        As the reader.
    """
    grid = grid_of(axis)
    if product == "generic":
        mapped, variable = region_map(paths, grid.lat, grid.lon, **options), "region"
    else:
        bound = registry.BoundReader(product, dict(options) | {"lat": grid.lat, "lon": grid.lon})
        (variable,) = registry.reader(product).VARIABLES
        (mapped,) = bound.months(paths, (variable,), (1, 9999))
    packed = pack(mapped[variable].values, axis)
    codes = np.where(np.isfinite(packed), packed, 0)
    if "name" not in mapped:
        return xr.Dataset({"ecoregion": ("cell", codes.astype(np.int8))})
    counts = {key: value for key, value in mapped[variable].attrs.items() if key not in ("units", "long_name")}
    note = "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in counts.items() if value)
    named = {"ecoregion": ("cell", codes.astype(np.int16)), "name": ("region", mapped["name"].values)}
    return xr.Dataset(named, attrs={"note": note})
