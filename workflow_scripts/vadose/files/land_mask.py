"""Real continents: the 0.5 arc-minute mask of the package global-land-mask, reduced once to a modest grid.

The full mask unpacks to 0.93 GB; `reduce` streams it row by row, so that it never stands in memory, and keeps what it
made of it.
Source: GLOBE 1 km digital elevation model (NOAA NGDC), as packed by global-land-mask; lakes count as land.
"""

import contextlib
import functools
import hashlib
import importlib.util
import os
import zipfile
import zlib
from importlib import metadata
from pathlib import Path

import numpy as np

from vadose.core.arrays import Array
from vadose.files.atomic import replacing

FULL_ROWS, FULL_COLUMNS = 21600, 43200  # north to south from 90, west to east from -180, True = ocean
DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)  # of a kept file, or none yet


def reduce(path: Path, spacing: float = 0.25) -> Path:
    """Write the land fraction on a regular global grid as a small netCDF file.

    Parameters
    ----------
    path : Path
        File to write (temporary name, then renamed).
    spacing : float
        Degrees; must be a multiple of 1/120 that divides 180.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    ValueError
        If the spacing does not fit.
    ModuleNotFoundError
        If the package global-land-mask is not installed.
    """
    factor = round(spacing * 120)
    if factor < 1 or abs(factor - spacing * 120) > 1e-6 or FULL_ROWS % factor:
        raise ValueError(
            f"land mask: expected a spacing that is a multiple of 1/120 degree and divides 180, found {spacing:g}."
        )
    _write(path, _kept(factor)[::-1], spacing)
    return path


def _kept(factor: int) -> Array:
    """Land percentage of squares of `factor` cells, kept beside the compiled code for later runs."""
    # find_spec does not import the package, whose import alone would take 0.93 GB.
    spec = importlib.util.find_spec("global_land_mask")
    if spec is None:
        raise ModuleNotFoundError("The synthetic Earth needs the package global-land-mask: run `make env`.")
    archive = Path(spec.origin).parent / "globe_combined_mask_compressed.npz"
    folder = os.environ.get("NUMBA_CACHE_DIR")
    if not folder:
        return _percent(archive, factor)
    depends = repr((metadata.version("global-land-mask"), archive.stat().st_size, factor, Path(__file__).read_bytes()))
    kept = Path(folder, "vadose", "land_mask", f"{hashlib.sha256(depends.encode()).hexdigest()[:16]}.npz")
    with contextlib.suppress(*DAMAGE), np.load(kept) as content:
        return content["percent"]
    percent = _percent(archive, factor)
    with contextlib.suppress(OSError), replacing(kept, durable=False) as temporary, open(temporary, "wb") as stream:
        np.savez_compressed(stream, percent=percent)
    return percent


def _percent(archive: Path, factor: int) -> Array:
    percent = np.empty((FULL_ROWS // factor, FULL_COLUMNS // factor), dtype=np.uint8)
    with zipfile.ZipFile(archive) as packed, packed.open("mask.npy") as stream:
        np.lib.format.read_magic(stream)
        shape, fortran, kind = np.lib.format.read_array_header_1_0(stream)
        if shape != (FULL_ROWS, FULL_COLUMNS) or fortran or kind != np.dtype(bool):
            raise ValueError(f"{archive}: expected a bool mask of {FULL_ROWS} x {FULL_COLUMNS}, found {shape} {kind}.")
        for row in range(percent.shape[0]):
            band = np.frombuffer(_read_exactly(stream, factor * FULL_COLUMNS), dtype=np.uint8)
            # Down the rows first, in bytes where they hold the sum: ten times as fast as a mean of truth values.
            down = band.reshape(factor, -1).sum(axis=0, dtype=np.min_scalar_type(factor))
            ocean = down.reshape(-1, factor).sum(axis=1) / factor**2
            percent[row] = np.rint(100.0 * (1.0 - ocean))
    return percent


def _read_exactly(stream, size: int) -> bytes:
    data = stream.read(size)
    while len(data) < size:
        more = stream.read(size - len(data))
        if not more:
            raise ValueError("global-land-mask: expected a complete mask, found a cut file. Install the package again.")
        data += more
    return data


def _write(path: Path, percent: Array, spacing: float) -> None:
    import xarray as xr

    from vadose.files import netcdf

    rows, columns = percent.shape
    lat = xr.Variable(
        "lat", -90.0 + spacing * (np.arange(rows) + 0.5), {"units": "degrees_north", "standard_name": "latitude"}
    )
    lon = xr.Variable(
        "lon", -180.0 + spacing * (np.arange(columns) + 0.5), {"units": "degrees_east", "standard_name": "longitude"}
    )
    attributes = {
        "units": "%",
        "standard_name": "land_area_fraction",
        "source": "GLOBE elevation, package global-land-mask",
    }
    dataset = xr.Dataset({"land_fraction": (("lat", "lon"), percent, attributes)}, coords={"lat": lat, "lon": lon})
    dataset.attrs["title"] = "Land fraction for the synthetic Earth"
    with replacing(path) as temporary:
        netcdf.write(dataset, temporary, {"land_fraction": {"zlib": True, "complevel": 4}})


@functools.lru_cache(maxsize=2)
def _integral(path: Path, modified: int) -> tuple[Array, Array, Array]:
    """Area integral of the land fraction from the south-west corner, on the corners of the mask's cells."""
    from vadose.files import netcdf

    with netcdf.sound(path, "a land mask"), netcdf.opened(path) as dataset:
        fraction = dataset["land_fraction"].values / 100.0
    rows, columns = fraction.shape
    height = np.sin(np.deg2rad(np.linspace(-90.0, 90.0, rows + 1)))
    integral = np.zeros((rows + 1, columns + 1))
    integral[1:, 1:] = np.cumsum(np.cumsum(fraction * np.diff(height)[:, None], axis=0), axis=1)
    return height, np.linspace(-180.0, 180.0, columns + 1), integral


def land_fraction(path: Path, lat_edges: Array, lon_edges: Array) -> Array:
    """Area share of land in each cell of a grid given by its edges.

    Parameters
    ----------
    path : Path
        File written by `reduce`.
    lat_edges : (row + 1,) array
        Ascending, degrees; beyond the poles is cut.
    lon_edges : (column + 1,) array
        Ascending, degrees, any convention; folded periodically.

    Returns
    -------
    (row, column) array
        0..1, area-weighted, exact for the reduced mask to 1e-9 whatever the edges.
    """
    path = Path(path)
    height, meridians, integral = _integral(path, path.stat().st_mtime_ns)
    wanted = np.sin(np.deg2rad(np.clip(lat_edges, -90.0, 90.0)))
    turns = np.floor((np.asarray(lon_edges, dtype=float) + 180.0) / 360.0)
    folded = lon_edges - 360.0 * turns
    along = _interpolate(integral, height, wanted)
    values = _interpolate(along.T, meridians, folded).T + along[:, -1:] * turns
    land = np.diff(np.diff(values, axis=0), axis=1)
    width = np.diff(lon_edges) * (meridians.size - 1) / 360.0
    area = np.diff(wanted)[:, None] * width
    # Differences of the integral carry rounding of about 1e-12; thresholds such as one half must not hang on it.
    return np.round(np.clip(np.divide(land, area, out=np.zeros_like(land), where=area > 0.0), 0.0, 1.0), 9)


def _interpolate(table: Array, nodes: Array, points: Array) -> Array:
    """Linear interpolation along the first axis."""
    index = np.clip(np.searchsorted(nodes, points, side="right") - 1, 0, nodes.size - 2)
    share = ((points - nodes[index]) / (nodes[index + 1] - nodes[index]))[:, None]
    return table[index] * (1.0 - share) + table[index + 1] * share
