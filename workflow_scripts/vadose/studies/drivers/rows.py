"""Rows of the driver models, gathered by ecoregion, layer and time scale in one pass over chunks of cells: memory does
not grow with the cells."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from vadose.core import time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import drivers
from vadose.studies.regions import NAMES

CODES = tuple(NAMES)
PREDICTORS = ("air_temperature", "gross_primary_productivity", "land_surface_temperature")
GROUPS = ("cell", "block", "year", "none")


class Chunk(NamedTuple):
    """Monthly values of some cells: predictors and responses as they come, NaN missing."""

    number: Array  # (cell,) place of each cell on the study's cell axis
    lat: Array  # (cell,) degrees north
    lon: Array  # (cell,) degrees east
    ecoregion: Array  # (cell,) WWF code, 0 where there is none
    predictors: tuple[Array, ...]  # (cell, time) each, (cell,) if constant: Ta (K), GPP (g m-2 d-1), LST (K)
    precipitation: Array  # (cell, time), kg m-2
    soil_moisture: Array  # (cell, layer, time), kg m-2


def chunk_of(
    cells: xr.Dataset, number: Array, values: Mapping[str, Array], predictors: Sequence[str] = PREDICTORS
) -> Chunk:
    """A chunk from cells of the product "ecoregions".

    Parameters
    ----------
    cells : Dataset
    number : (cell,) int array
        Their places on the axis.
    values : mapping of str to arrays
        Monthly values by name, and those of one value a cell.
    predictors : sequence of str
        In the order of the terms; by default those of the published models.
    """
    place = number, cells["lat"].values, cells["lon"].values, cells["ecoregion"].values
    chosen = tuple(values[name] for name in predictors)
    return Chunk(*place, chosen, values["precipitation"], values["soil_moisture"])


def predictor_files(products_of: Mapping[str, str], files: Sequence[Path]) -> dict[str, tuple[list[Path], str]]:
    """Prepared files of every predictor, and the product that they are.

    Parameters
    ----------
    products_of : mapping of str to str
        Product of each predictor: a variable, "covariate" or "static_covariate".
    files : sequence of Path
        Of all of them, one after the other: of one value a cell one file, of the others as many as of any.
    """
    paths, held = iter(files), {}
    still = sum(kind == "static_covariate" for kind in products_of.values())
    each = (len(files) - still) // max(len(products_of) - still, 1)
    for name, kind in products_of.items():
        held[name] = list(itertools.islice(paths, 1 if kind == "static_covariate" else each)), kind
    return held


@dataclass
class Gathered:
    """Sums of one model: with cells as groups, and with the configured groups where these are neither cells nor
    none."""

    cells: int = 0
    by_cell: drivers.Accumulator = field(default_factory=drivers.Accumulator)
    by_group: drivers.Accumulator | None = None

    def statistics(self, group: str) -> drivers.SufficientStatistics:
        """Statistics of z-scores of the model to be sampled; raises `drivers.NotEstimable` with the reason where there
        is none."""
        if group == "none":
            return self.by_cell.statistics("pooled")
        return (self.by_cell if group == "cell" else self.by_group).statistics("grouped")


def step_labels(times: AnyArray, time_scale: str) -> Array:
    """Number of each time step, int: months since year 0 where monthly, else the year (winters count for their
    January)."""
    return (
        np.asarray(times).astype("datetime64[M]").astype(int) + 12 * 1970
        if time_scale == "monthly"
        else time_scales.years_of(times, time_scale)
    )


def years_of_steps(labels: AnyArray, time_scale: str) -> Array:
    """Calendar year of `step_labels`."""
    return np.asarray(labels) // 12 if time_scale == "monthly" else np.asarray(labels)


def group_labels(group: str, chunk: Chunk, years: Array, block_degrees: float) -> Array:
    """Group of every row, (cell, step) int.

    Parameters
    ----------
    group : {"cell", "block", "year"}
        Cells, square blocks of cells, or calendar years.
    chunk : Chunk
    years : (step,) int array
        Calendar year of each time step.
    block_degrees : float
        Side of the blocks.

    Raises
    ------
    ValueError
        If the group is another.
    """
    shape = chunk.number.size, years.size
    if group == "cell":
        return np.broadcast_to(chunk.number[:, None], shape)
    if group == "year":
        return np.broadcast_to(years[None, :], shape)
    if group == "block":
        columns = int(np.ceil(360.0 / block_degrees))
        row = np.floor((chunk.lat + 90.0) / block_degrees)
        column = np.floor((chunk.lon + 180.0) / block_degrees)
        return np.broadcast_to((row * columns + column).astype(int)[:, None], shape)
    raise ValueError(f"group: expected one of {', '.join(GROUPS)}, found {group!r}.")


def gather(
    chunks: Iterable[Chunk],
    times: AnyArray,
    wanted: Sequence[str],
    layers: int,
    *,
    group: str,
    block_degrees: float,
    codes: Sequence[int] = CODES,
    terms: drivers.Terms = drivers.PUBLISHED,
) -> dict[tuple[str, int, int], Gathered]:
    """Sums of every model.

    Parameters
    ----------
    chunks : iterable of Chunk
        Each cell once.
    times : (time,) datetime64 array
        Month starts of whole years.
    wanted : sequence of str
        Time scales of `vadose.core.time_scales.SCALES`.
    layers : int
        Number of soil layers.
    group : {"cell", "block", "year", "none"}
        Varying intercepts (`dependence.driver_models.group`).
    block_degrees : float
        Side of the blocks.
    codes : sequence of int
        Of the ecoregions, or other regions.
    terms : Terms
        Of the models, whose predictors the chunks hold; by default the published ones.

    Returns
    -------
    dict
        Keyed by (time_scale, layer from 0, code); every one of `codes` is there, with no cells if need be. Rows
        that lack a value are left out by the accumulators; annual and seasonal values are missing where a month is.
    """
    second = group in ("block", "year")
    gathered = {
        key: Gathered(
            by_cell=drivers.Accumulator(terms=terms), by_group=drivers.Accumulator(terms=terms) if second else None
        )
        for key in itertools.product(wanted, range(layers), codes)
    }
    labels = {time_scale: step_labels(times, time_scale) for time_scale in wanted}
    for chunk in chunks:
        for time_scale in wanted:
            group_of_rows = group if second else None
            _add(gathered, chunk, times, time_scale, labels[time_scale], layers, group_of_rows, block_degrees, codes)
    return gathered


def _add(
    gathered: dict,
    chunk: Chunk,
    times: AnyArray,
    time_scale: str,
    labels: AnyArray,
    layers: int,
    group: str | None,
    block_degrees: float,
    codes: Sequence[int],
) -> None:
    precipitation = time_scales.aggregate(chunk.precipitation, times, time_scale, "sum")
    predictors = np.stack(
        [
            time_scales.aggregate(values, times, time_scale, "mean")
            if values.ndim == 2
            else np.broadcast_to(values[:, None], precipitation.shape)
            for values in chunk.predictors
        ],
        axis=2,
    )
    cells = group_labels("cell", chunk, years_of_steps(labels, time_scale), block_degrees)
    groups = None if group is None else group_labels(group, chunk, years_of_steps(labels, time_scale), block_degrees)
    steps = np.broadcast_to(labels[None, :], precipitation.shape)
    present = [(code, np.flatnonzero(chunk.ecoregion == code)) for code in codes]
    for layer in range(layers):
        soil_moisture = time_scales.aggregate(chunk.soil_moisture[:, layer], times, time_scale, "mean")
        for code, here in present:
            if here.size:
                model = gathered[time_scale, layer, code]
                rows = (
                    predictors[here].reshape(-1, predictors.shape[2]),
                    np.stack([precipitation[here], soil_moisture[here]], axis=2).reshape(-1, 2),
                )
                model.cells += here.size
                model.by_cell.add(*rows, cells[here].ravel(), steps[here].ravel())
                if groups is not None:
                    model.by_group.add(*rows, groups[here].ravel(), steps[here].ravel())
