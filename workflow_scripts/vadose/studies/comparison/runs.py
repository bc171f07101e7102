"""What a comparison reads of finished runs: headline maps and soil moisture, on the coarsest of their grids and in
layers that all of them have (docs/methods.md#d1)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core import cells, time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.core.grid import Grid, regrid
from vadose.core.units import WATER_DENSITY
from vadose.files import products, provenance, yaml_files
from vadose.studies.depths import depth_cm

FILES = {"variability": ("attribution", "trends", "field_significance"), "dependence": ("copulas",)}
LEAST_COVER = 0.5  # ASSUME: share of a coarse cell that valid cells must cover
ALPHA = 0.05  # of the independence of precipitation and soil moisture in a cell


class Headline(NamedTuple):
    """A headline number as a map on the common grid."""

    quantity: str
    case: str  # layer, time scale, or ""
    unit: str
    years: str
    signed: bool  # whether its sign is a finding
    values: Array  # (lat, lon)
    significant: Array  # (lat, lon) share of the area and thickness in which it is significant; NaN without a test


def files_of(folder: Path) -> dict[str, list[Path]]:
    """Study -> files of a finished run that a comparison reads; studies that the run lacks are left out.

    Raises
    ------
    ValueError
        If the folder is not that of a run.
    """
    if not (folder / provenance.RUN_FILE).is_file():
        raise ValueError(
            f"compare.runs: expected the folder of a finished run with {provenance.RUN_FILE}, found none in {folder}. "
            "Name the folder below paths.results, and finish that run first."
        )
    finished: dict[str, list[Path]] = {}
    for study, names in FILES.items():
        paths = [folder / study / f"{name}.nc" for name in names]
        if all(path.is_file() for path in paths):
            finished[study] = paths + sorted((folder / "prepared" / study).glob("soil_moisture_*.nc"))
    return finished


def with_soil_moisture(folders: Sequence[Path], study: str) -> bool:
    """Whether there are three runs or more, all with their prepared soil moisture: what triple collocation takes."""
    return len(folders) > 2 and all(len(files_of(folder)[study]) > len(FILES[study]) for folder in folders)


def studies_of(folders: Sequence[Path]) -> list[str]:
    """Studies that at least two runs have."""
    there = [files_of(folder) for folder in folders]
    studies = [study for study in FILES if sum(study in files for files in there) > 1]
    if not studies:
        raise ValueError(
            f"compare.runs: expected two or more runs that have finished the same study, found {len(folders)} runs and "
            "none. Finish them, or name others."
        )
    return studies


def record(configuration: Mapping, folders: Sequence[Path], project: Path) -> dict:
    """The record of a comparison: its configuration, and the data sets of the runs as their own records name them."""
    records = [yaml_files.read(folder / provenance.RUN_FILE) for folder in folders]
    sources: dict[str, list[dict]] = {}
    for one in records:
        for study, items in one["provenance"]["sources"].items():
            sources.setdefault(study, []).extend(items)
    made_up = any(one["configuration"]["source"] == "synthetic" for one in records)
    source = "synthetic" if made_up else records[0]["configuration"]["source"]
    return provenance.record({**configuration, "source": source}, sources, project)


def layout(folder: Path, study: str) -> tuple[Grid, Array]:
    """Grid of a run, and the (layer, 2) upper and lower bounds of its layers in m."""
    name = FILES[study][0]
    product = products.read(folder / study / f"{name}.nc", name)
    return cells.grid_of(product), _bounds(product)


def _bounds(product: xr.Dataset) -> Array:
    return np.stack([product["layer_top"].values, product["layer_bottom"].values], axis=1).astype(float)


def coarsest(grids: Sequence[Grid]) -> Grid:
    """The grid with the largest cells, the first of equals."""
    return max(grids, key=lambda grid: abs(grid.lat[1] - grid.lat[0]) * (grid.lon[1] - grid.lon[0]))


def common_layers(bounds: Sequence[Array]) -> Array:
    """Layers to which those of all runs are brought: the layers of the run that has the fewest, the first of equals,
    down to the depth that all reach.

    Parameters
    ----------
    bounds : sequence of (layer, 2) arrays
        Upper and lower bounds in m, for each run.

    Returns
    -------
    (layer, 2) array
    """
    top, bottom = max(one[0, 0] for one in bounds), min(one[-1, 1] for one in bounds)
    within = [np.clip(one, top, bottom) for one in bounds]
    thick = [one[one[:, 1] - one[:, 0] > 1e-6] for one in within]
    if not all(map(len, thick)):
        raise ValueError(f"compare.runs: expected layers that overlap, found none between {top:g} and {bottom:g} m.")
    return min(thick, key=len)


def by_depth(values: Array, own: Array, common: Array) -> Array:
    """Means over common layers, each own layer weighted by the thickness that it shares with the common one.

    Parameters
    ----------
    values : (..., own layer) array
        Of intensive quantities; a layer that is missing makes missing what it is part of.
    own, common : (layer, 2) arrays, m

    Returns
    -------
    (..., common layer) array
    """
    lower, upper = np.minimum(own[:, 1], common[:, 1:]), np.maximum(own[:, 0], common[:, :1])
    overlap = np.clip(lower - upper, 0.0, None)  # (common, own)
    # Not `@`: the last digits of a library's product depend on its number of threads, of which a job has as many.
    parts = [np.einsum("...l,l->...", values[..., row > 0], row[row > 0]) / row.sum() for row in overlap]
    return np.stack(parts, axis=-1)


def on_grid(values: Array, product: xr.Dataset, target: Grid) -> Array:
    """(cell, ...) values of a run as (..., lat, lon) on the common grid, first-order conservative."""
    return regrid(cells.unpack(values, product), cells.grid_of(product), target, LEAST_COVER)


def names_of(common: Array) -> list[str]:
    """Common layers in words."""
    bounds = xr.Dataset({"layer_top": ("layer", common[:, 0]), "layer_bottom": ("layer", common[:, 1])})
    return [f"{depth_cm(bounds, number)} cm" for number in range(len(common))]


def headlines(folder: Path, study: str, target: Grid, common: Array) -> list[Headline]:
    """All headline maps of one run on the common grid and layers, always in the same order.

    Parameters
    ----------
    folder : Path
        Of the run.
    study : str
        "variability" or "dependence".
    target : Grid
        The common grid.
    common : (layer, 2) array
        Bounds of the common layers, m.
    """
    read = {name: products.read(folder / study / f"{name}.nc", name) for name in FILES[study]}
    rows = _variability(read, common) if study == "variability" else _dependence(read["copulas"], folder, common)
    first = next(iter(read.values()))
    return [
        row._replace(values=on_grid(row.values, first, target), significant=on_grid(row.significant, first, target))
        for row in rows
    ]


def _variability(read: Mapping[str, xr.Dataset], common: Array) -> list[Headline]:
    attributed, fitted, fields = (read[name] for name in FILES["variability"])
    own, period = _bounds(attributed), str(fitted["period"].values[-1])
    layers, thickness = len(own), own[:, 1] - own[:, 0]
    slope = fitted["slope"].sel(period=period).values
    rejected = fields["rejected"].sel(period=period).isel(test=0).values.astype(float)
    rejected = np.where(np.isfinite(slope), rejected, np.nan)
    untested = np.full(slope.shape[0], np.nan)
    contribution = attributed["contribution"].sel(period=period)
    trend = contribution.sel(dynamics="trend").sum(["season", "layer"], skipna=False).values
    shares = contribution.sum(["dynamics", "season"], skipna=False).values
    shares = by_depth(shares / thickness, own, common) * (common[:, 1] - common[:, 0])
    shares = shares / shares.sum(axis=1, keepdims=True)
    omega = by_depth(attributed["omega"].sel(period=period).mean("season", skipna=False).values, own, common)
    by_layer = by_depth(slope[:, 1 : 1 + layers] / thickness, own, common)
    tested = by_depth(rejected[:, 1 : 1 + layers], own, common)
    rows = [
        Headline("trend of total soil moisture", "", "kg m-2 yr-1", period, True, slope[:, 0], rejected[:, 0]),
        Headline("share of the trend in the variance", "", "1", period, False, trend, untested),
    ]
    for number, name in enumerate(names_of(common)):
        rows += [
            Headline("trend", name, "kg m-3 yr-1", period, True, by_layer[:, number], tested[:, number]),
            Headline("share of the variance", name, "1", period, False, shares[:, number], untested),
            Headline("omega", name, "1", period, False, omega[:, number], untested),
        ]
    return rows


def _dependence(copulas: xr.Dataset, folder: Path, common: Array) -> list[Headline]:
    configuration = yaml_files.read(folder / provenance.RUN_FILE)["configuration"]
    years = "-".join(map(str, configuration["dependence"]["years"]))
    own, rows = _bounds(copulas), []
    for number, scale in enumerate(copulas["time_scale"].values):
        tau = copulas["tau"].values[:, number]
        p = copulas["independence_p"].values[:, number]
        dependent = np.where(np.isfinite(tau), np.where(np.isfinite(p), p, 1.0) <= ALPHA, np.nan)
        tau, dependent = by_depth(tau, own, common), by_depth(dependent, own, common)
        rows += [
            Headline("Kendall's tau", f"{scale}, {name}", "1", years, True, tau[:, layer], dependent[:, layer])
            for layer, name in enumerate(names_of(common))
        ]
    return rows


def soil_moisture(folder: Path, study: str, target: Grid, common: Array) -> tuple[Array, AnyArray]:
    """Monthly soil moisture of a run on the common grid and layers.

    Parameters
    ----------
    folder : Path
        Of the run.
    study : str
        "variability" or "dependence".
    target : Grid
        The common grid.
    common : (layer, 2) array
        Bounds of the common layers, m.

    Returns
    -------
    (layer, lat, lon, time) array
        Volume fraction (1).
    (time,) datetime64 array
    """
    paths = sorted((folder / "prepared" / study).glob("soil_moisture_*.nc"))
    prepared = products.read(paths, "soil_moisture")
    own = _bounds(prepared)
    fraction = (
        prepared["soil_moisture"].transpose("cell", "time", "layer").values / (own[:, 1] - own[:, 0]) / WATER_DENSITY
    )
    mapped = on_grid(by_depth(fraction, own, common), prepared, target)  # (time, layer, lat, lon)
    return np.moveaxis(mapped, 0, -1), prepared["time"].values


def of_common_years(series: Sequence[tuple[Array, AnyArray]]) -> tuple[Array, AnyArray]:
    """Anomalies from the mean annual cycle of the months that all runs have.

    Parameters
    ----------
    series : sequence of ((layer, lat, lon, time) array, (time,) datetime64 array)

    Returns
    -------
    (run, layer, lat, lon, time) array, (time,) array
        Without any common year both are empty along time.
    """
    times = series[0][1]
    for _, others in series[1:]:
        times = np.intersect1d(times, others)
    if not times.size:
        return np.empty((len(series), *series[0][0].shape[:-1], 0)), times
    values = np.stack([part[..., np.isin(own, times)] for part, own in series])
    values = np.where(np.isfinite(values).all(axis=0), values, np.nan)
    return time_scales.anomalies(values, times), times
