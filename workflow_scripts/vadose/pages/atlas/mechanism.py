"""What stands behind dependence, in the atlas; and dependence of thawed and frozen months."""

import itertools

import numpy as np
import xarray as xr

from vadose.figures import strength, style
from vadose.pages.atlas.content import Content, layer_names
from vadose.studies.mechanism.partial_dependence import ESTIMATORS, values_of

STEP = 0.001
MAPPED = (3, 6, 7)  # of ESTIMATORS: partial tau and partial rank correlation given both, the vine


def lead_lags(content: Content, measured: xr.Dataset, tested: xr.Dataset) -> None:
    """Layers of who leads: the largest partial correlation of each direction, marked where the field test admits it.

    Parameters
    ----------
    content : Content
        Is filled.
    measured, tested : Dataset
        Products "lead_lag" and "lead_lag_tests" on the cells of the content.
    """
    r = measured["r"].values
    largest = np.take_along_axis(r, np.argmax(np.abs(r), axis=-1)[..., None], axis=-1)[..., 0]
    content.store("lead_r", largest, STEP)
    content.store("lead_rejected", tested["rejected"].values.astype(float), 1.0)
    colours = strength.association("Largest partial correlation over leads")
    groups = [f"Who leads: {direction}" for direction in measured["direction"].values]
    content.table(groups, layer_names(measured), colours, "lead_r", "1", "lead_rejected")


def partial_dependence(content: Content, measured: xr.Dataset) -> None:
    """Layers of what is left of dependence given evapotranspiration and air temperature.

    Parameters
    ----------
    content : Content
        Is filled.
    measured : Dataset
        Product "partial_dependence" on the cells of the content.
    """
    layers, cycles = layer_names(measured), [str(cycle) for cycle in measured["annual_cycle"].values]
    for name, variable, place in (ESTIMATORS[number] for number in MAPPED):
        values = values_of(measured, variable, place)
        array = f"left_{variable}"
        content.store(array, values, STEP)
        colours = strength.association(name.capitalize())
        groups = [f"{name.capitalize()}, annual cycle {cycle}" for cycle in cycles]
        content.table(groups, layers, colours, array)


def memories(content: Content, measured: xr.Dataset) -> None:
    """Layers of the memory of soil moisture, and of the share of the lag profile that it explains.

    Parameters
    ----------
    content : Content
        Is filled.
    measured : Dataset
        Product "memory" on the cells of the content.
    """
    time, share = measured["e_folding"].values, measured["share_of_memory"].values
    months = style.sequential(time, "E-folding time of anomalies", "months")
    explained = style.sequential(share, "Share of the lag profile", "1", limits=(0.0, 1.0))
    content.store("e_folding", time, 0.01)
    content.store("share_of_memory", np.maximum(share, 0.0), STEP)
    layers = layer_names(measured)
    content.table(["Memory of soil moisture"], layers, months, "e_folding", "months")
    content.table(["Lag profile explained by memory"], layers, explained, "share_of_memory")


def frozen_months(content: Content, measured: xr.Dataset) -> None:
    """Layers of Kendall's tau-b of the months of a set: all, thawed, frozen.

    Parameters
    ----------
    content : Content
        Is filled.
    measured : Dataset
        Product "frozen_months" on the cells of the content.
    """
    values, layers = measured["kendall"].values, layer_names(measured)
    content.store("frozen_months", values, STEP)
    colours = strength.association("Kendall's tau-b")
    sets, cycles = (measured[name].values.tolist() for name in ("month_set", "annual_cycle"))
    groups = [f"Tau-b of {months} months, annual cycle {cycle}" for months, cycle in itertools.product(sets, cycles)]
    content.table(groups, layers, colours, "frozen_months")
