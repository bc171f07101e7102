"""A data set of a user's own, read as its files and the configuration describe it: netCDF, Zarr, GRIB or GeoTIFF, one
file or thousands, monthly, daily or hourly.

Names, dimensions, units, layers and times are taken from the attributes of the CF conventions; `datasets.<id>` of the
configuration says what the files do not (docs/add_dataset.md). Steps shorter than a month are gathered to months by one
rule: a month of a cell has a value where at least `month_share` of its steps have one; states are the mean of those,
amounts their mean times the number of steps. Memory holds some tens of megabytes of steps at a time.
"""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.core.arrays import AnyArray
from vadose.formats.canonical import label, orient
from vadose.formats.generic import identify
from vadose.formats.generic.description import Description
from vadose.formats.generic.gathering import AT_ONCE, Months
from vadose.formats.generic.source import opened
from vadose.formats.generic.steps import Step, complete, first_absent, months_of, step_of
from vadose.formats.opening import FormatError

PRODUCT = "own data set"
VARIABLES = (
    "soil_moisture",
    "precipitation",
    "wet_days",
    "evapotranspiration",
    "air_temperature",
    "soil_temperature",
    "land_surface_temperature",
    "gross_primary_productivity",
    "covariate",
)
LOG = logging.getLogger(__name__)


class Piece(NamedTuple):
    """One variable of one file, with the starts of its steps."""

    path: Path
    name: str
    first: int  # place of its first layer among those of the data set
    starts: AnyArray


def times_of(path: Path, **options: Any) -> np.ndarray:
    """Starts of the steps of a file, (time,) datetime64[ns] (`vadose.formats.protocol.Reader.times_of`).

    Raises
    ------
    FormatError
        If the file has no field on a grid, or no time.
    """
    path, described = Path(path), Description.of(**options)
    with opened(path, described) as dataset:
        names = described.variable or tuple(map(str, dataset.data_vars))
        along = [name for name in names if name in dataset.data_vars and dataset[name].ndim >= 2]
        if not along:
            raise FormatError(f"{path}: expected a field on a grid, found {', '.join(names) or 'no variable'}.")
        return identify.starts(dataset, identify.renamed(dataset, along[0], described, path), described, path)


def check(path: Path, **options: Any) -> None:
    """Check from its headers that a file holds the variable, in a unit and on axes that are understood.

    Raises
    ------
    FormatError
        Saying what is missing, and the key of the configuration that can say it.
    """
    path, described = Path(path), Description.of(**options)
    with opened(path, described) as dataset:
        for field in identify.fields(dataset, described, described.role, path):
            identify.starts(dataset, field.values, described, path)
            orient(xr.Dataset(coords={name: field.values[name].values for name in ("lat", "lon")}), path)


def months(
    paths: Sequence[Path],
    variables: Sequence[str],
    years: tuple[int, int],
    *,
    allow_missing: bool = False,
    **options: Any,
) -> Iterator[xr.Dataset]:
    """Canonical months of the years, as many at a time as memory allows (`vadose.formats.protocol.Reader.months`).

    Parameters
    ----------
    variables : sequence of str
        One canonical name of `VARIABLES`; with daily precipitation also "wet_days".
    **options
        As the fields of `vadose.formats.generic.description.Description`.

    Raises
    ------
    FormatError
        If a file lacks what is asked for, two files hold one step, steps are neither months, days nor parts of a day,
        values cannot be those of the variable; or steps within a month are absent and `allow_missing` is False.
    """
    described = Description.of(**options)
    canonical = next(name for name in variables if name != "wet_days")
    pieces = _index([Path(path) for path in paths], described, canonical)
    if not pieces:
        return
    where = f"{pieces[0].path.parent}: {described.dataset}"
    step = step_of(np.concatenate([piece.starts for piece in pieces]), where)
    if "wet_days" in variables and step.a_day != 1:
        raise FormatError(
            f"{where}: expected daily {canonical}, whose wet days can be counted, found {step.words}. Take "
            "daily files, or leave out what needs wet days (dependence.controls: false)."
        )
    of_fields = _by_field(pieces)
    for group in _groups(pieces, calendar.months(*years), described, canonical):
        enough = complete(group, of_fields, step, described.month_share)
        if not enough.all() and not allow_missing:
            month = group[np.flatnonzero(~enough)[0]]
            raise FormatError(
                f"{where}: expected all {step.words} of {str(month.astype('datetime64[M]'))}, found none for "
                f"{first_absent(month, of_fields, step)}. Fetch it, or set missing_files: keep."
            )
        if enough.any():
            yield _of_months(pieces, group[enough], step, described, canonical, "wet_days" in variables)


def _index(paths: Sequence[Path], described: Description, canonical: str) -> list[Piece]:
    """Which variable of which file holds which steps; a step may stand in one file only."""
    pieces: list[Piece] = []
    holder: dict[tuple[int, np.datetime64], Path] = {}
    for number, path in enumerate(paths):
        with opened(path, described) as dataset:
            held = identify.fields(dataset, described, canonical, path)
            if number == 0:
                LOG.info("%s: %s", path, identify.in_words(held))
            for field in held:
                starts = identify.starts(dataset, field.values, described, path)
                for start in starts:
                    if (field.first, start) in holder:
                        other = holder[field.first, start].name
                        raise FormatError(
                            f"{path}: expected each step of {field.name} once, found {start.astype('datetime64[m]')} "
                            f"in {other} too. Remove one of them, or narrow {described.key}.pattern."
                        )
                    holder[field.first, start] = path
                pieces.append(Piece(path, field.name, field.first, starts))
    return pieces


def _by_field(pieces: Sequence[Piece]) -> list[AnyArray]:
    """Starts of all steps of each field."""
    firsts = sorted({piece.first for piece in pieces})
    return [np.concatenate([piece.starts for piece in pieces if piece.first == first]) for first in firsts]


def _groups(pieces: Sequence[Piece], wanted: AnyArray, described: Description, canonical: str) -> Iterator[AnyArray]:
    """Months that are gathered together: as many as fit, one at least; months that no file touches are left out."""
    touched = np.unique(np.concatenate([calendar.month_start(piece.starts) for piece in pieces]))
    there = wanted[np.isin(wanted, touched)]
    with opened(pieces[0].path, described) as dataset:
        field = identify.fields(dataset, described, canonical, pieces[0].path)[0].values
        cells = field.sizes["lat"] * field.sizes["lon"] * field.sizes.get("layer", 1)
    count = max(1, min(12, AT_ONCE // (8 * cells * len({piece.first for piece in pieces}))))
    for start in range(0, there.size, count):
        yield there[start : start + count]


def _of_months(
    pieces: Sequence[Piece], kept: AnyArray, step: Step, described: Description, canonical: str, with_wet_days: bool
) -> xr.Dataset:
    """Canonical months, gathered from the files that hold them."""
    gathered: dict[int, Months] = {}
    for piece in pieces:
        if not (months_of(piece.starts, kept) >= 0).any():
            continue
        with opened(piece.path, described) as dataset:
            held = identify.fields(dataset, described, canonical, piece.path)
            field = next(one for one in held if one.name == piece.name)
            if piece.first not in gathered:
                gathered[piece.first] = Months(field, kept, step, described)
            gathered[piece.first].add(field, piece.starts, piece.path)
    path = pieces[0].path
    parts = [gathered[first].dataset(canonical, with_wet_days, path) for first in sorted(gathered)]
    joined = parts[0]
    if len(parts) > 1:
        joined = xr.concat(parts, "layer", join="exact", coords="minimal", compat="override")
        joined = joined.assign_coords(layer=np.arange(1, joined.sizes["layer"] + 1))
    oriented = orient(joined, path)
    wet_days = oriented["wet_days"].attrs if with_wet_days else {}
    labelled = label(oriented)
    labelled.attrs["unit"] = gathered[min(gathered)].field.how.unit
    if with_wet_days:
        labelled["wet_days"].attrs = wet_days
    return labelled
