"""Runs side by side in the atlas: spread, agreement and mean of headline numbers; errors of the runs' soil moisture."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.figures import style
from vadose.files import products
from vadose.pages.atlas.content import Content, layer_names

ROBUST = 1  # code of `agreement`
DIGITS = 1000  # steps that the largest number of a map has at least
AGREEMENT_COLOURS = ("#D9D9D9", "#0D8067", "#F0D68F", "#B5001D")  # in the order of the codes
REASON_COLOURS = ("#25826C", "#D9D9D9", "#8A9AB9", "#B20B25", "#DF8000", "#C8F89C")


def _store(content: Content, array: str, values: Array) -> None:
    """Keep values in steps of a power of ten, by their own size."""
    largest = np.abs(values[np.isfinite(values)]).max(initial=0.0)
    content.store(array, values, float(10.0 ** np.floor(np.log10(largest / DIGITS))) if largest > 0 else 1.0)


def _flags(product: str, variable: str) -> list[str]:
    return list(products.specification(product)["variables"][variable]["flags"].values())


def spread(compared: xr.Dataset, units: Sequence[str]) -> Content:
    """Headline numbers of the runs: how far they lie apart, in which class of the IPCC's hatching they agree, and what
    their mean is.

    Parameters
    ----------
    compared : Dataset
        Product "comparison".
    units : sequence of str
        Of its numbers.
    """
    content = Content("comparison", "Headline numbers of the runs", compared)
    code = compared["agreement"].values
    content.store("agreement", code.astype(float), 1.0)
    content.store("robust", (code == ROBUST).astype(float), 1.0)
    agreed = style.classes(_flags("comparison", "agreement"), AGREEMENT_COLOURS, "Agreement in sign and significance")
    rows = []
    for number, (label, unit) in enumerate(zip(compared["number"].values.tolist(), units, strict=True)):
        name, signed = label[:1].upper() + label[1:], bool((code[:, number] > 0).any())
        apart, mean = (compared[part].values[:, number] for part in ("spread", "mean"))
        for part, values in (("spread", apart), ("mean", mean), ("runs", compared["value"].values[:, number])):
            _store(content, f"{part} of {label}", values)
        mask = ("robust", number) if signed else None
        scale = style.sequential(apart, "Standard deviation among runs", unit)
        content.layer("Spread among the runs", name, scale, f"spread of {label}", 0, unit, mask)
        middle = style.diverging if signed else style.sequential
        content.layer("Mean of the runs", name, middle(mean, name, unit), f"mean of {label}", 0, unit, mask)
        if signed:
            content.layer("Agreement of the runs", name, agreed, "agreement", number)
        rows.append({"name": name, "unit": style.unit_text(unit), "array": f"runs of {label}"})
    content.facts = {"runs": [str(run) for run in compared["run"].values], "numbers": rows}
    return content


def errors(collocated: xr.Dataset) -> Content:
    """Triple collocation: standard deviation of the error, signal-to-noise ratio and correlation with the truth of each
    run, and where they come from.

    Parameters
    ----------
    collocated : Dataset
        Product "collocation".
    """
    content = Content("collocation", "Errors of soil moisture by triple collocation", collocated)
    runs, rows = [str(run) for run in collocated["run"].values], []
    with np.errstate(invalid="ignore"):
        deviation = np.sqrt(collocated["error_variance"].values)  # none where the variance is negative
    ratio, r = collocated["snr"].values, collocated["r"].values
    parts = {
        "Standard deviation of the error": (deviation, style.sequential(deviation, "Standard deviation", "m3 m-3")),
        "Signal-to-noise ratio": (ratio, style.diverging(ratio, "Signal-to-noise ratio", "dB")),
        "Correlation with the truth": (r, style.sequential(r, "Correlation with the truth", "1", limits=(0.0, 1.0))),
    }
    units, layers = ("m3 m-3", "dB", "1"), layer_names(collocated)
    content.store("reason", collocated["reason"].values.astype(float), 1.0)
    reasons = style.classes(_flags("collocation", "reason"), REASON_COLOURS, "Where the estimate comes from")
    for (quantity, (values, scale)), unit in zip(parts.items(), units, strict=True):
        for layer, depth in enumerate(layers):
            array = f"{quantity}, {depth}"
            _store(content, array, values[:, layer])
            rows.append({"name": array, "unit": style.unit_text(unit), "array": array})
            for place, run in enumerate(runs):
                content.layer(quantity, f"{run}, {depth}", scale, array, place, unit)
    for layer, depth in enumerate(layers):
        for place, run in enumerate(runs):
            content.layer("Estimates", f"{run}, {depth}", reasons, "reason", layer * len(runs) + place)
    content.facts = {"runs": runs, "numbers": rows}
    return content
