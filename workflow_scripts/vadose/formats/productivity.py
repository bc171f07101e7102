"""Steps of gross primary productivity of any data set, on packed cells: 8 days, months or years."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.core.arrays import AnyArray, Array
from vadose.core.cells import grid_of
from vadose.formats.months import pack_on_cells
from vadose.formats.opening import FormatError
from vadose.formats.registry import BoundReader

NAME = "gross_primary_productivity"
CHECKED_BY_READER = ("gosif_gpp",)  # it knows where the archive begins, in February of 2000


class Steps:
    """Steps of a data set; `bounds` holds those that were given.

    Parameters
    ----------
    product : str
        Name of the reader.
    paths : sequence of Path
        Its files.
    years : (first, last)
        Calendar years, inclusive.
    axis : Dataset
        The cells.
    options : mapping
        What the reader must be told.
    """

    def __init__(
        self, product: str, paths: Sequence[Path], years: tuple[int, int], axis: xr.Dataset, options: Mapping[str, Any]
    ):
        self.reader, self.paths, self.years, self.axis = BoundReader(product, options), paths, years, axis
        self.bounds: list[tuple[np.datetime64, np.datetime64]] = []

    def on_cells(self, min_valid: float, allow_missing: bool) -> Iterator[tuple[Array, np.datetime64, np.datetime64]]:
        """Values (cell,) in g m-2 d-1, start and end of each step.

        Raises
        ------
        FormatError
            If a month of the years lacks and may not.
        """
        target = grid_of(self.axis)
        for part in self.reader.months(self.paths, (NAME,), self.years, allow_missing=allow_missing):
            packed = pack_on_cells(part[NAME], self.axis, target, min_valid)
            for values, (start, end) in zip(packed.T, _bounds(part), strict=True):
                self.bounds.append((start, end))
                yield values, start, end
        if allow_missing or self.reader.name in CHECKED_BY_READER:
            return
        starts = np.array([start for start, _ in self.bounds], dtype="datetime64[M]")
        absent = calendar.missing_months(np.unique(starts), *self.years)
        if absent:
            raise FormatError(
                f"{self.paths[0].parent}: expected productivity of every month of {self.years[0]} to {self.years[1]}, "
                f"found none for {len(absent)} of them, {absent[0]} the first. Fetch them, set missing_files: keep, or "
                "narrow variability.productivity_years."
            )


def _bounds(part: xr.Dataset) -> AnyArray:
    """(step, 2) starts and ends: those of the reader, or those of the months."""
    if "time_bnds" in part.variables:
        return part["time_bnds"].values
    month = part["time"].values.astype("datetime64[M]")
    return np.stack([month, month + 1], axis=1).astype("datetime64[ns]")
