"""Covariates of a user's own that have no time, such as texture of the soil or elevation: one value a cell.

A map may have any regular grid, finer than memory holds: rows are read a bounded piece at a time.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from vadose.core import cells
from vadose.core.arrays import Array
from vadose.core.grid import Grid, weights
from vadose.formats.generic import gathering, identify
from vadose.formats.generic.description import Description
from vadose.formats.generic.source import opened
from vadose.formats.opening import FormatError


def of_cells(paths: Sequence[Path], axis: xr.Dataset, *, min_valid: float = 0.0, **options: Any) -> tuple[Array, str]:
    """Mean of a map over the area of each cell.

    Parameters
    ----------
    paths : sequence of Path
        The file.
    axis : Dataset
        The cells (`vadose.core.cells.locate`).
    min_valid : float
        Least valid share of a cell (docs/methods.md#b6).
    **options
        As the fields of `vadose.formats.generic.description.Description`.

    Returns
    -------
    values : (cell,) array
        In the unit of the file; NaN where it holds none.
    unit : str

    Raises
    ------
    FormatError
        If there are several files, or the file holds several steps or no map.
    """
    described = Description.of(**options)
    if len(paths) != 1:
        raise FormatError(
            f"{Path(paths[0]).parent}: expected one file of {described.dataset}, whose values do not change with time, "
            f"found {len(paths)}. Join them (gdal_merge, cdo collgrid), or narrow {described.key}.pattern."
        )
    path, target = Path(paths[0]), cells.grid_of(axis)
    with opened(path, described) as dataset:
        field = identify.fields(dataset, described, "covariate", path)[0]
        values = field.values
        if values.sizes.get("time", 1) > 1:
            raise FormatError(
                f"{path}: expected one value a cell of {field.name}, found {values.sizes['time']} time steps. Name it "
                "in dependence.covariates if it changes with time, or take the mean over time first (cdo timmean)."
            )
        values = values.isel(time=0, drop=True) if "time" in values.dims else values
        try:
            source = Grid(values["lat"].values, values["lon"].values)
        except ValueError as error:
            raise FormatError(f"{path}: {error}") from None
        by_row, by_column = weights(source, target)
        sums, covered = np.zeros((2, target.lat.size, target.lon.size))
        used = np.unique(by_row.indices)
        at_once = max(1, gathering.AT_ONCE // (8 * source.lon.size))
        for begin in range(int(used.min(initial=0)), int(used.max(initial=-1)) + 1, at_once):
            rows = slice(begin, begin + at_once)
            block = gathering.checked(values.isel(lat=rows).values, field, described.missing)
            there = np.isfinite(block)
            sums += by_row[:, rows] @ (by_column @ np.where(there, block, 0.0).T).T
            covered += by_row[:, rows] @ (by_column @ there.astype(float).T).T
    height = np.abs(np.diff(np.sin(np.deg2rad(target.lat_edges))))
    least = min_valid * (1 - 1e-9) * np.outer(height, np.deg2rad(np.diff(target.lon_edges)))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where((covered > 0) & (covered >= least), sums / covered, np.nan)
    return cells.pack(mean, axis), field.how.unit
