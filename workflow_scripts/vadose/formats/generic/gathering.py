"""Months from the steps of one field: sums and counts, a bounded read at a time."""

from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.arrays import AnyArray, Array
from vadose.core.calendar import days_in_month
from vadose.formats.generic.conversion import AMOUNTS, expect_possible
from vadose.formats.generic.description import Description
from vadose.formats.generic.identify import Field
from vadose.formats.generic.steps import Step, months_of
from vadose.formats.opening import FormatError

AT_ONCE = 2**26  # bytes of one read


class Months:
    """Some months of one field, gathered from one file after the other.

    Parameters
    ----------
    field : Field
        Of the first file: grid, layers and unit that the others must share.
    months : (month,) datetime64 array
        Ascending starts.
    step : Step
        Of the data set.
    described : Description
        Of the configuration.
    """

    def __init__(self, field: Field, months: AnyArray, step: Step, described: Description):
        self.field, self.months, self.step, self.described = field, months, step, described
        shape = tuple(field.values.sizes[dim] for dim in _dims_within_a_step(field))
        self.total = np.zeros((months.size, *shape))
        self.valid = np.zeros((months.size, *shape), np.int16)
        self.wet = np.zeros((months.size, *shape), np.int16)

    def add(self, field: Field, starts: AnyArray, path: Path) -> None:
        """Add the steps of a file that belong to the months.

        Raises
        ------
        FormatError
            If its grid, layers or unit are others than those of the first file.
        """
        values = field.values if "time" in field.values.dims else field.values.expand_dims("time")
        if not self._is_alike(field):
            raise FormatError(
                f"{path}: expected the grid, the layers and the unit of the other files of {self.described.dataset}, "
                "found others. Remap or convert it first, or narrow the pattern of the files."
            )
        place = months_of(starts, self.months)
        inside = np.flatnonzero(place >= 0)
        if not inside.size:
            return
        size = max(1, AT_ONCE // (8 * int(np.prod(values.shape[1:]))))
        for begin in range(int(inside[0]), int(inside[-1]) + 1, size):
            block = slice(begin, min(begin + size, int(inside[-1]) + 1))
            read = checked(values.isel(time=block).values, field, self.described.missing)
            for row, month in enumerate(place[block]):
                if month >= 0:
                    self._add_step(read[row], int(month))

    def _is_alike(self, field: Field) -> bool:
        mine, theirs = self.field, field
        return (
            mine.how == theirs.how
            and _dims_within_a_step(mine) == _dims_within_a_step(theirs)
            and all(np.array_equal(mine.values[axis].values, theirs.values[axis].values) for axis in ("lat", "lon"))
            and (mine.bounds is None or np.array_equal(mine.bounds, theirs.bounds))
        )

    def _add_step(self, values: Array, month: int) -> None:
        seconds = self.step.seconds(self.months[month : month + 1])[0]
        amounts = values * seconds if self.field.how.per == "second" else values
        there = np.isfinite(amounts)
        self.total[month] += np.where(there, amounts, 0.0)
        self.valid[month] += there
        if self.described.wet_day_mm is not None:
            self.wet[month] += there & (amounts >= self.described.wet_day_mm)

    def dataset(self, canonical: str, with_wet_days: bool, path: Path) -> xr.Dataset:
        """The months in the canonical unit; missing where too few of their steps have a value.

        Raises
        ------
        FormatError
            If a value cannot be one of the variable.
        """
        along = (slice(None), *[None] * (self.total.ndim - 1))
        steps = self.step.in_months(self.months)[along]
        enough = (self.valid >= np.ceil(self.described.month_share * steps - 1e-9)) & (self.valid > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(enough, self.total / self.valid, np.nan)
            wet = np.where(enough, self.wet / self.valid * steps, np.nan)
        how = self.field.how
        if how.per in ("step", "second") and canonical in AMOUNTS:
            mean *= steps
        elif how.per != "state" and canonical not in AMOUNTS:  # carbon of a step or of a month, as a daily mean
            mean *= (steps if how.per == "step" else 1.0) / days_in_month(self.months)[along]
        expect_possible(mean, canonical, how.unit, f"{path}: {self.field.name}", self.described.key)
        return self._labelled(canonical, mean, wet if with_wet_days else None)

    def _labelled(self, canonical: str, mean: Array, wet: Array | None) -> xr.Dataset:
        values = self.field.values
        axes = {"time": self.months, "lat": values["lat"].values, "lon": values["lon"].values}
        dims = ("time", *_dims_within_a_step(self.field))
        if self.field.bounds is None:
            fields = {canonical: (dims, mean, {"units": self.field.how.unit})}
            if wet is not None:
                fields["wet_days"] = (dims, wet, {"units": "1", "long_name": "wet days", "cell_methods": "time: sum"})
            return xr.Dataset(fields, axes)
        if "layer" not in dims:
            mean, dims = mean[:, None], ("time", "layer", *dims[1:])
        field = (dims, mean, {"units": self.field.how.unit})
        top, bottom = self.field.bounds.T
        number = np.arange(1, top.size + 1)
        layers = {"layer": number, "layer_top": ("layer", top), "layer_bottom": ("layer", bottom)}
        return xr.Dataset({canonical: field}, axes | layers)


def checked(read: AnyArray, field: Field, missing: float | None) -> Array:
    """Canonical values of a read; what the file or the configuration calls missing is NaN."""
    values = read.astype(float)
    low, high = field.valid
    with np.errstate(invalid="ignore"):
        values[(values < low) | (values > high) | ~np.isfinite(values)] = np.nan
    if missing is not None:
        values[np.isclose(values, missing, rtol=1e-6, atol=0.0)] = np.nan
    values *= field.how.scale
    values += field.how.offset
    return values


def _dims_within_a_step(field: Field) -> list[str]:
    return [str(dim) for dim in field.values.dims if dim != "time"]
