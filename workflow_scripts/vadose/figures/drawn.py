"""What every function of a figure gives, and how products are labelled: seasons, layers, land and coast."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from vadose.core.cells import gathered
from vadose.core.grid import Grid
from vadose.figures import maps, style
from vadose.figures.cartography import View, view_of
from vadose.files.land_mask import land_fraction

COAST = Grid.regular(0.25)
SHORT = {long: short for short, long in style.MOISTURE_SEASONS.items()}


class Drawn(NamedTuple):
    """A figure with what belongs to it."""

    figure: Figure
    data: xr.Dataset | pd.DataFrame | dict
    caption: str


def land_of(land_mask) -> maps.Land:
    """Land and coastlines from the reduced land mask of the run."""
    return maps.Land.of(land_fraction(land_mask, COAST.lat_edges, COAST.lon_edges), COAST)


def on_grid(data: xr.Dataset | pd.DataFrame | dict, cells: xr.Dataset):
    """Data of a figure with the grid of the cells that they lie on, so that their files unpack to maps: xarray drops
    axes that no variable of a selection has."""
    if isinstance(data, dict):
        return {name: on_grid(part, cells) for name, part in data.items()}
    if not isinstance(data, xr.Dataset) or "cell" not in data.sizes:
        return data
    return gathered(data.assign_coords(grid_lat=cells["grid_lat"], grid_lon=cells["grid_lon"]))


def seasons_of(dataset: xr.Dataset) -> list[str]:
    """Short names of the moisture seasons: H-S, SH-S, SA-S, A-S."""
    return [SHORT.get(str(name), str(name)) for name in dataset["season"].values]


def layers_of(dataset: xr.Dataset, unit: str = " cm") -> list[str]:
    """Names of the soil layers from their bounds: "10–40 cm"."""
    bounds = zip(dataset["layer_top"].values, dataset["layer_bottom"].values, strict=True)
    return [style.layer_name(float(top), float(bottom)).replace(" cm", unit) for top, bottom in bounds]


def colours_of(dataset: xr.Dataset) -> list[str]:
    """Colours of the moisture seasons."""
    return [style.MOISTURE_COLOURS[name] for name in seasons_of(dataset)]


def region_of(dataset: xr.Dataset) -> View:
    """The part of the Earth that holds the cells of a product."""
    spacing = float(np.abs(np.diff(dataset["grid_lon"].values)).mean())
    return view_of(dataset["lat"].values, dataset["lon"].values, spacing)
