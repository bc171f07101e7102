"""GOSIF-GPP v2: one compressed GeoTIFF an 8-day step, month or year, unsigned 16-bit integers at 0.05 degree.

Li and Xiao (2019), doi:10.3390/rs11212563.

Scale and unit depend on the step and stand nowhere in the file: 8-day 0.001 g m-2 d-1, monthly 0.01 g m-2 a month,
annual 0.1 g m-2 a year. The fills 65535 (water) and 65534 (permanent snow and ice) are masked before anything is scaled
or averaged.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.formats import areas, canonical
from vadose.formats.axes import within_years
from vadose.formats.opening import FormatError, expect, unpacked
from vadose.formats.raster import axes_of, geotiff

PRODUCT = "GOSIF-GPP"
NAME = re.compile(
    r"^GOSIF_GPP_(\d{4})(?:(?P<day>\d{3})|\.M(?P<month>0[1-9]|1[0-2]))?_Mean\.tiff?(?:\.gz)?$", re.IGNORECASE
)
SCALE = {"8-day": 0.001, "monthly": 0.01, "annual": 0.1}  # of g m-2 a day, month, year
VARIABLES = ("gross_primary_productivity",)
FILLS = (65535, 65534)  # water; permanent snow and ice
# ASSUME: no cell assimilates more than 40 g m-2 of carbon a day on average; more means the scale of another step.
HIGHEST = 40.0


def step_of(path: Path) -> tuple[str, np.ndarray]:
    """Kind of step ("8-day", "monthly", "annual") and its bounds, (2,) datetime64[ns], from the name of a file.

    Raises
    ------
    FormatError
        If the name is not one of the mean GPP of this product (the sibling GOSIF SIF and the standard deviations
        included).
    """
    name = Path(path).name
    match = NAME.match(name)
    if match is None:
        reason = "found another"
        if name.startswith("GOSIF_GPP") and "_SD." in name:
            reason = "found the standard deviations (SD)"
        elif name.startswith("GOSIF_") and "GPP" not in name:
            reason = "found the fluorescence (GOSIF SIF), another product"
        raise FormatError(
            f"{path}: expected a name like GOSIF_GPP_2001.M01_Mean.tif.gz or GOSIF_GPP_2001009_Mean.tif.gz, {reason}. "
            "Unit and scale follow from the name: give the file its name in the archive back, or fetch the mean GPP."
        )
    year = np.datetime64(match[1], "Y")
    next_year = (year + 1).astype("datetime64[D]")
    if match["day"]:
        day = int(match["day"])
        if day % 8 != 1 or day > 361:
            raise FormatError(
                f"{path}: expected an 8-day step from day 1, 9, ..., 361, found day {day}. Check the name of the file."
            )
        start = year.astype("datetime64[D]") + (day - 1)
        return "8-day", np.array([start, min(start + 8, next_year)]).astype("datetime64[ns]")
    if match["month"]:
        month = year.astype("datetime64[M]") + (int(match["month"]) - 1)
        return "monthly", np.array([month, month + 1]).astype("datetime64[D]").astype("datetime64[ns]")
    return "annual", np.array([year.astype("datetime64[D]"), next_year]).astype("datetime64[ns]")


def times_of(path: Path) -> np.ndarray:
    """Start of the step of a file. (1,) datetime64[ns]."""
    return step_of(path)[1][:1]


def expected_times(kind: str, first_year: int, last_year: int) -> np.ndarray:
    """Starts of all steps that the archive has in these years: it begins with day 57 (8-day) and March (monthly) of
    2000.

    Parameters
    ----------
    kind : str
        "8-day", "monthly" or "annual".
    first_year, last_year : int
        Inclusive.

    Returns
    -------
    (time,) datetime64[ns] array
    """
    years = np.arange(f"{max(first_year, 2000)}", f"{last_year + 1}", dtype="datetime64[Y]")
    if kind == "annual":
        return years.astype("datetime64[ns]")
    if kind == "monthly":
        months = np.concatenate([year.astype("datetime64[M]") + np.arange(12) for year in years])
        return months[months >= np.datetime64("2000-03")].astype("datetime64[ns]")
    days = np.concatenate([year.astype("datetime64[D]") + np.arange(0, 361, 8) for year in years])
    return days[days >= np.datetime64("2000-02-26")].astype("datetime64[ns]")


def read(path: Path, *, latitudes: tuple[float, float] | None = None) -> xr.Dataset:
    """One step of GPP in canonical form.

    Parameters
    ----------
    path : Path
        A file GOSIF_GPP_{YYYYDDD | YYYY.MMM | YYYY}_Mean.tif.gz (or .tif).
    latitudes : (south, north), optional
        Only rows whose centres lie in this range, in degrees.

    Returns
    -------
    Dataset
        gross_primary_productivity(time, lat, lon) in g m-2 d-1 of carbon, mean over the step, float32, NaN over water,
        snow and ice; time is the start of the step, time_bnds(time, bnds) its bounds (the last 8-day step of a year has
        5 or 6 days).

    Raises
    ------
    FormatError
        If the file is of another kind or product, cut, not on a geographic grid from the north, or its values are of
        another scale.
    """
    path = Path(path)
    kind, bounds = step_of(path)
    with _opened(path) as raster:
        lat, lon = axes_of(raster, path)
        inside = np.ones(lat.size, dtype=bool) if latitudes is None else (lat >= latitudes[0]) & (lat <= latitudes[1])
        rows = np.flatnonzero(inside)
        if rows.size == 0:
            raise ValueError(f"latitudes: expected a range that meets the grid, found {latitudes}.")
        raw = raster.isel(band=0, y=slice(int(rows[0]), int(rows[-1]) + 1)).values
    masked = (raw == FILLS[0]) | (raw == FILLS[1])
    days = float((bounds[1] - bounds[0]) / np.timedelta64(1, "D"))
    per_day = SCALE[kind] if kind == "8-day" else SCALE[kind] / days
    values = raw * np.float32(per_day)
    values[masked] = np.nan
    highest = 0.0 if masked.all() else float(raw.max(where=~masked, initial=0)) * per_day
    if highest > HIGHEST:
        raise FormatError(
            f"{path}: expected {kind} GPP below {HIGHEST:g} g m-2 d-1, found {highest:.1f}. "
            "The unit is that of another step: check that the file has its own name (8-day, monthly or annual)."
        )
    dataset = xr.Dataset(
        {"gross_primary_productivity": (("time", "lat", "lon"), values[None])},
        coords={"time": bounds[:1], "lat": lat[rows], "lon": lon, "time_bnds": (("time", "bnds"), bounds[None])},
    )
    dataset = canonical.label(canonical.orient(dataset, path))
    dataset["time"].attrs["bounds"] = "time_bnds"
    return dataset


def months(
    paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], *, allow_missing: bool = False
) -> Iterator[xr.Dataset]:
    """The steps that begin in the years (8-day, monthly or annual, by the names), one at a time, in their order
    (`vadose.formats.protocol.Reader.months`).

    Parameters
    ----------
    paths : sequence of Path
        Files of the product, in any order.
    variables : sequence of str
        Canonical names, of `VARIABLES`.
    years : (first, last)
        Calendar years, inclusive.
    allow_missing : bool
        Whether steps within a month may be absent, which makes the month a missing one.

    Raises
    ------
    FormatError
        If the files are of several kinds of step, two are of one step and area, a step is absent and may not be, or as
        `read` and `vadose.formats.areas.months`.
    """
    files = [path for path in map(Path, paths) if within_years(times_of(path), years).size]
    groups = areas.of_files(files, [path.name.lower().removesuffix(".gz") for path in files], _axes_of)
    yield from areas.months(functools.partial(_of_area, allow_missing=allow_missing), groups, years, times_of)


def _axes_of(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes of a file."""
    with _opened(path) as raster:
        return axes_of(raster, path)


def _of_area(paths: Sequence[Path], years: tuple[int, int], *, allow_missing: bool) -> Iterator[xr.Dataset]:
    """The steps of the files of one area."""
    inside = [path for path in paths if within_years(times_of(path), years).size]
    kinds = sorted({step_of(path)[0] for path in inside})
    if len(kinds) > 1:
        raise FormatError(
            f"{inside[0].parent}: expected {PRODUCT} files of one step, found {' and '.join(kinds)}. Keep one kind in "
            "the folder."
        )
    if kinds and not allow_missing:
        held = [times_of(path)[0] for path in inside]
        absent = np.setdiff1d(expected_times(kinds[0], *years), held)
        if absent.size:
            raise FormatError(
                f"{inside[0].parent}: expected every {kinds[0]} step of {PRODUCT} from {years[0]} to {years[1]}, found "
                f"none for {str(absent[0])[:10]}"
                + (f" and {absent.size - 1} more" if absent.size > 1 else "")
                + ". Fetch them, or set missing_files: keep."
            )
    before: dict[np.datetime64, Path] = {}
    for path in sorted(inside, key=lambda path: times_of(path)[0]):
        other = before.setdefault(times_of(path)[0], path)
        if other != path:
            raise FormatError(f"{path}: expected each step of {PRODUCT} once, found {other}, too. Remove one of them.")
        yield read(path)


def check(path: Path) -> None:
    """Open the file and verify kind, name, type and grid without reading the raster (a .gz is unpacked).

    Raises
    ------
    FormatError
        As `read`.
    """
    path = Path(path)
    step_of(path)
    with _opened(path) as raster:
        axes_of(raster, path)


@contextmanager
def _opened(path: Path) -> Iterator[xr.DataArray]:
    """The raster behind a .gz as (band, y, x), not read yet, checked to be one band of unsigned 16-bit integers."""
    expect(path, ("gzip", "GeoTIFF"), PRODUCT)
    with unpacked(path, PRODUCT) as plain:
        if plain != path:
            _expect_inside(plain, path)
        with geotiff(plain, PRODUCT, path) as raster:
            if raster.sizes["band"] != 1 or raster.dtype != "uint16":
                raise FormatError(
                    f"{path}: expected one band of uint16 of {PRODUCT}, found {raster.sizes['band']} of "
                    f"{raster.dtype}. "
                    + (
                        "int16 is GOSIF SIF, another product with another scale: fetch the GPP."
                        if raster.dtype == "int16"
                        else "The file was converted or is of another product: fetch the original."
                    )
                )
            unit = raster.attrs.get("units", "")
            if unit and not unit.replace(" ", "").lower().startswith("gc"):
                raise FormatError(
                    f"{path}: expected {PRODUCT} in grams of carbon, found unit '{unit}'. Check product and version."
                )
            scale, offset = raster.attrs.get("scale_factor", 1.0), raster.attrs.get("add_offset", 0.0)
            if scale != 1.0 or offset != 0.0:
                raise FormatError(
                    f"{path}: expected {PRODUCT} without a scale tag, found scale {scale:g} and offset {offset:g}. "
                    "The file was converted: fetch the original."
                )
            yield raster


def _expect_inside(plain: Path, path: Path) -> None:
    """A .gz must hold a GeoTIFF (a login page may be compressed, too); the message names the .gz."""
    try:
        expect(plain, ("GeoTIFF",), PRODUCT)
    except FormatError as error:
        raise FormatError(str(error).replace(str(plain), f"{path} (unpacked)")) from None
