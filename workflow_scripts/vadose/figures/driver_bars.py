"""Bars of what drives precipitation and soil moisture, where a formula has more terms than a page has rows of planes
(docs/methods.md#b5)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from vadose.core.arrays import Array
from vadose.figures import style
from vadose.figures.journal import SMALLEST
from vadose.figures.term_names import term_name

COLOURS = ("#0072B2", "#D55E00")  # precipitation, soil moisture
ROW, TOP, BOTTOM, LEFT = 4.2, 8.0, 16.0, 34.0  # mm of a term, and around the panels
CAPTION = (
    "Drivers of precipitation and soil moisture, {name}. Bars: mean over ecoregions whose model converged of the "
    "posterior mean effect of each term on both, in standard deviations, by soil layer; lines: from the least to the "
    "largest ecoregion."
)


def panels(estimates: Array, terms: Sequence[str], layers: Sequence[str]) -> Figure:
    """A panel of bars for each layer, all on one scale.

    Parameters
    ----------
    estimates : (term, layer, ecoregion, 2) array
        Effects on precipitation and soil moisture; NaN where there is none.
    terms, layers : sequences of str
    """
    full, tall = style.WIDTHS["double"], ROW * len(terms)
    figure = style.figure("double", tall + TOP + BOTTOM)
    wide = (full - LEFT - 2.0 - 4.0 * (len(layers) - 1)) / len(layers)
    at = np.arange(len(terms))
    ends = np.nanmin(estimates, initial=0.0), np.nanmax(estimates, initial=0.0)
    margin = 0.04 * (ends[1] - ends[0] or 1.0)
    for number, layer in enumerate(layers):
        axes = style.axes_at(figure, LEFT + number * (wide + 4.0), TOP, wide, tall)
        axes.axvline(0, color=style.SOFT, linewidth=0.4)
        for response, colour in enumerate(COLOURS):
            effects = estimates[:, number, :, response]
            there = np.isfinite(effects)
            mean = np.where(there, effects, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
            low, high = (
                np.where(there.any(axis=1), reduce(np.where(there, effects, away), axis=1), np.nan)
                for reduce, away in ((np.min, np.inf), (np.max, -np.inf))
            )
            place = at + 0.36 * (response - 0.5)
            axes.barh(place, mean, 0.34, color=colour, linewidth=0)
            axes.hlines(place, low, high, color=style.INK, linewidth=0.5)
        axes.set_xlim(ends[0] - margin, ends[1] + margin)
        axes.set_ylim(len(terms) - 0.5, -0.5)
        axes.set_yticks(at, [term_name(term) for term in terms] if number == 0 else [], fontsize=SMALLEST)
        axes.tick_params(axis="x", labelsize=SMALLEST)
        axes.set_xlabel("Effect (sd)", fontsize=SMALLEST)
        style.title(axes, number, layer)
    handles = [
        Patch(color=colour, label=f"effect on {name}")
        for colour, name in zip(COLOURS, ("precipitation", "soil moisture"), strict=True)
    ]
    figure.legend(handles=handles, loc="lower center", ncols=2, fontsize=SMALLEST, frameon=False)
    return figure
