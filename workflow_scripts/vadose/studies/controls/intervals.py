"""Headline numbers of the controls of soil moisture with intervals over years: whole years are drawn, the same for all
cells, layers and time scales (docs/methods.md#c1).

A tile gives sums over its cells for each resample; they add up to those of the whole, from which the table is made.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core import time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import year_blocks
from vadose.statistics.ridge import resampled
from vadose.studies import year_tables
from vadose.studies.controls.predictors import PUBLISHED, Predictors, predictors_of
from vadose.studies.controls.results import response_of
from vadose.studies.controls.tables import BAND
from vadose.studies.depths import layer_columns
from vadose.studies.frozen_months import MonthSet
from vadose.studies.year_tables import OWN

CELLS, STRONG, DOMINANT, SHARE = "cells", "strong", "dominant", "mean_share"
QUANTITIES = (CELLS, STRONG, DOMINANT, SHARE)
LAYERS = "all layers"
CELLS_OF = (OWN, LAYERS)
ANY = "any"  # that one of the controls is strong
COLUMNS = ["quantity", "time_scale", "layer", "depth_cm", "control", "region", "cells_of", "compared_with"]
TITLE = (
    "Headline numbers of the controls with 95 % intervals over years: whole years are drawn, the same for all cells, "
    "layers and time scales. Shares (0 to 1) of cells in which a control is strong, or the largest (dominant), and its "
    "mean share, by cell and by area, for all cells and by bands of latitude (region: southern bound, degrees north). "
    "cells_of: all cells with shares (own), or those that have them in all layers; compared_with: what has been "
    "subtracted, over the cells that both have (docs/methods.md#c1). " + year_tables.RATES
)


def tile_sums(
    monthly: Sequence[Array],
    soil_moisture: Array,
    times: AnyArray,
    controls: xr.Dataset,
    taken: Array,
    *,
    strong_share: float,
    resamples: int,
    seed: int,
    ecoregion: Array | None = None,
    chosen: Predictors = PUBLISHED,
    months: MonthSet | None = None,
) -> xr.Dataset:
    """Sums over the cells of a tile: the record (first, all cells) and each resample of years (some).

    Parameters
    ----------
    monthly : (cell, time) arrays
        One for each predictor.
    soil_moisture : (cell, layer, time) array, kg m-2
    times : (time,) datetime64 array
        Month starts of whole years.
    controls : Dataset
        Product "controls" of the tile: shares and penalties of the record.
    taken : (cell,) bool array
        Cells that are resampled.
    strong_share : float
        Share above which a control is strong.
    resamples, seed : int
        The draws are those of the dependence on precipitation.
    ecoregion : (cell,) int array, optional
        Codes of other regions than WWF's, 0 where there is none.
    chosen : Predictors
        What the arrays are.
    months : MonthSet, optional
        Months that the controls were fitted to, at the monthly time scale.

    Returns
    -------
    Dataset
        `total` (quantity, time_scale, cells_of, layer, region, weighting, control, resample); the last control is any.
        A region is a band of latitude, or a band and a code ("40|12").
    """
    counts = year_blocks.year_counts(np.unique(time_scales.years_of(times, "annual")).size, resamples, seed)
    bands, region = _regions(controls["lat"].values, ecoregion)
    names, layers = [str(name) for name in controls["time_scale"].values], soil_moisture.shape[1]
    shape = (len(QUANTITIES), len(names), len(CELLS_OF), layers, len(bands), 2, len(chosen.controls) + 1)
    total = np.zeros((*shape, resamples + 1))
    area = controls["area"].values
    for position, name in enumerate(names):
        predictors = predictors_of(*monthly, times, name, chosen=chosen)
        response, _ = response_of(soil_moisture, times, name, months)
        years = time_scales.years_of(times, name) - time_scales.years_of(times, "annual")[0]
        recorded = controls["share"].values[:, position]  # (cell, layer, control)
        own = np.isfinite(recorded).all(axis=2)
        masks = np.stack([own, np.broadcast_to(own.all(axis=1, keepdims=True), own.shape)])
        for layer in range(layers):
            penalty = np.where(own[:, layer] & taken, controls["penalty"].values[:, position, layer], np.nan)
            fits = resampled.resampled_coefficients(predictors, response[:, layer], penalty, years, counts)
            for part, coefficients in fits:
                share = _shares(coefficients, len(chosen.controls))
                share[:, :, 0] = recorded[part, layer]
                for control, values in enumerate(_quantities(share, strong_share)):
                    total[:, position, :, layer, :, :, control] += year_tables.region_sums(
                        values, masks[:, part, layer], area[part], region[part], len(bands)
                    )
    labels = {"quantity": list(QUANTITIES), "time_scale": names, "cells_of": list(CELLS_OF)}
    labels |= {"region": bands, "weighting": list(year_tables.WEIGHTINGS)}
    labels |= {"control": [*chosen.labels, ANY]}
    labels |= {key: controls[key] for key in ("layer", "layer_top", "layer_bottom")}
    dims = ("quantity", "time_scale", "cells_of", "layer", "region", "weighting", "control", "resample")
    return xr.Dataset({"total": (dims, total)}, coords=labels)


def _regions(lat: Array, ecoregion: Array | None) -> tuple[list[str], Array]:
    """Names of the bands of latitude, with the codes of regions where there are any, and which of them cells are in."""
    band = np.floor(lat / BAND).astype(int)
    code = np.zeros_like(band) if ecoregion is None else np.asarray(ecoregion).astype(int)
    pairs, region = np.unique(np.stack([band, code], axis=1), axis=0, return_inverse=True)
    suffix = [""] * len(pairs) if ecoregion is None else [f"|{code}" for code in pairs[:, 1]]
    return [f"{BAND * band:g}{text}" for band, text in zip(pairs[:, 0], suffix, strict=True)], region.ravel()


def _shares(coefficients: Array, controls: int) -> Array:
    """(cell, predictor, resample) -> (cell, control, resample), as `regression.shares`."""
    size = np.abs(coefficients[:, :controls])
    whole = size.sum(axis=1, keepdims=True)
    return np.divide(size, whole, out=np.full(size.shape, np.nan), where=whole > 0)


def _quantities(share: Array, strong_share: float) -> list[list[Array]]:
    """(cell, resample) of each quantity of each control, and of any of them; NaN where the resample has no shares."""
    there = np.where(np.isfinite(share).all(axis=1), 1.0, np.nan)
    largest, winner = share.max(axis=1), np.argmax(np.where(np.isfinite(share), share, 0.0), axis=1)
    strong = (largest > strong_share) * there  # false for NaN
    out = []
    for control in range(share.shape[1]):
        first = (winner == control) * there
        out.append([there, strong * first, first, share[:, control]])
    return [*out, [there, strong, there, largest]]


def table(sums: Iterable[xr.Dataset], years: int) -> tuple[pd.DataFrame, xr.Dataset]:
    """Headline numbers of all tiles with intervals over years.

    Parameters
    ----------
    sums : iterable of Dataset
        Product "control_year_sums" of every tile.
    years : int
        Years of the record; winters are one fewer.

    Returns
    -------
    DataFrame, Dataset
        The table: COLUMNS, weighting, estimate, low, high, standard_error, effective_years, cells; first all numbers
        of all cells and bands, then those over common cells with the differences between layers. And the product
        "control_resamples".
    """
    whole = year_tables.added(sums)
    by_band = year_tables.collapsed(whole["total"], 0)
    listed = _listed(whole, by_band, years)
    return year_tables.frame(listed, COLUMNS), year_tables.resamples(whole, years, CELLS)


def by_region(sums: Iterable[xr.Dataset], years: int, names: Mapping[int, str]) -> pd.DataFrame:
    """The same numbers for each region that has cells, without differences.

    Parameters
    ----------
    sums, years
        As in `table`; sums with the codes of regions.
    names : mapping of int to str
        Of the regions, by code.

    Returns
    -------
    DataFrame
        Columns as in `table`, region_name after region.
    """
    whole = year_tables.added(sums)
    by_code = year_tables.collapsed(whole["total"], -1)
    frame = year_tables.frame(_listed(whole, by_code.drop_sel(region=[year_tables.ALL]), years), COLUMNS)
    frame = frame[frame["region"] != "0"]
    frame.insert(frame.columns.get_loc("region") + 1, "region_name", frame["region"].astype(int).map(names))
    return frame


def _listed(whole: xr.Dataset, total: xr.DataArray, years: int) -> list[dict]:
    """Rows of all numbers of the regions of `total`."""
    names, controls = [str(name) for name in total["time_scale"].values], list(total["control"].values)
    place = {str(quantity): number for number, quantity in enumerate(total["quantity"].values)}
    depths, listed = [layer_columns(whole, position) for position in range(total.sizes["layer"])], []
    for name, cells_of, position, region in itertools.product(
        names, CELLS_OF, range(total.sizes["layer"]), total["region"].values
    ):
        if region != year_tables.ALL and cells_of != OWN:
            continue
        layers = total.sel(time_scale=name, cells_of=cells_of, region=region)
        sides = layers.transpose("layer", "control", "quantity", "weighting", "resample").values[[position, 0]]
        for (number, control), quantity in itertools.product(enumerate(controls), QUANTITIES[1:]):
            if control == ANY and quantity != STRONG:
                continue
            labels = {"quantity": quantity, "time_scale": name} | depths[position]
            labels |= {"control": str(control), "region": str(region), "cells_of": cells_of, "compared_with": ""}
            count = years - (name == "DJF")
            own, other = ((side[number, place[quantity]], side[number, place[CELLS]]) for side in sides)
            listed += year_tables.rows(labels, *own, count, share=True)
            if cells_of == LAYERS and position > 0:
                labels |= {"compared_with": "uppermost layer"}
                listed += year_tables.rows(labels, *own, count, share=True, less=other)
    return listed
