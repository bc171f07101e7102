"""Changes at a year that is not known beforehand, and of dependence within the record, in the atlas."""

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.figures import style
from vadose.pages.atlas.content import Content

STEP = 0.001


def of_soil_moisture(content: Content, measured: xr.Dataset, series: list[str]) -> None:
    """Layers of the change of annual soil moisture by each statistic, size and year, marked where the field test
    admits it.

    Parameters
    ----------
    content : Content
        Is filled.
    measured : Dataset
        Product "change_points" on the cells of the content.
    series : list of str
        Names of its series.
    """
    step, year = measured["step"].values, measured["change_year"].values
    content.store("change_step", step, 0.1)
    content.store("change_year", year, 1.0)
    content.store("change_rejected", measured["rejected"].values.astype(float), 1.0)
    sizes = style.diverging(step, "Change of annual soil moisture", "kg m-2")
    years = style.sequential(year, "First year after the change", "1")
    groups = [f"Change at an unknown year, {test}" for test in measured["change_test"].values]
    content.table(groups, series, sizes, "change_step", "kg m-2", "change_rejected")
    content.table([f"{group}: the year" for group in groups], series, years, "change_year", "1", "change_rejected")


def at_the_splice(content: Content, measured: xr.Dataset) -> None:
    """Layers of the step of annual soil moisture where two versions of a product are joined, by each model of it,
    marked where the field test admits it.

    Parameters
    ----------
    content : Content
        Is filled.
    measured : Dataset
        Product "splice" on the cells of the content.
    """
    step = measured["step"].values
    content.store("splice_step", step, 0.1)
    content.store("splice_rejected", measured["step_rejected"].values.astype(float), 1.0)
    sizes = style.diverging(step, "Step of annual soil moisture at the splice", "kg m-2")
    models = [f"model: {model}" for model in measured["model"].values]
    content.table(["Step at the splice of versions"], models, sizes, "splice_step", "kg m-2", "splice_rejected")


def of_dependence(content: Content, measured: xr.Dataset, layers: list[str], alpha: float) -> None:
    """Layers of the change of tau-b from the first half of the record to the second, and at the year of the largest
    change, marked where significant singly.

    Parameters
    ----------
    content : Content
        Is filled.
    measured : Dataset
        Product "dependence_changes" on the cells of the content.
    layers : list of str
        Names of soil layers.
    alpha : float
        Level of single tests.
    """
    tests = [str(name) for name in measured["change_test"].values]
    for array, parts, test, title in (
        ("half_change", "tau_half", "halves", "second half less first"),
        ("side_change", "tau_side", "change", "after less before the largest change"),
    ):
        change: Array = np.diff(measured[parts].values, axis=-1)[..., 0]
        content.store(array, change, STEP)
        p = measured["p"].values[..., tests.index(test)]
        content.store(f"{array}_significant", np.where(np.isfinite(p), p <= alpha, np.nan).astype(float), 1.0)
        colours = style.diverging(change, "Change of Kendall's tau-b", "1", limit=0.6, colours=style.ASSOCIATION)
        groups = [f"Tau-b, {title}, annual cycle {cycle}" for cycle in measured["annual_cycle"].values]
        content.table(groups, layers, colours, array, "1", f"{array}_significant")
