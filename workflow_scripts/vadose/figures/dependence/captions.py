"""Caption of the planes of drivers: what one sees, with its number, and what the short names mean."""

from collections.abc import Mapping, Sequence

import numpy as np

from vadose.core.arrays import Array
from vadose.figures import style

CAPTION = (
    "Drivers of precipitation and soil moisture, {name}. {opposite} of {points} effects have opposite signs on "
    "precipitation and soil moisture (shaded: quadrants II and IV, negative dependence). Posterior means and 90 % "
    "intervals of the effect of each term (rows: {rows}) in standard deviations (sd), by soil layer (columns), one "
    "point for each region whose model converged; limits differ between panels. Colours and outlines: k-means "
    "clusters; dashed: regression over regions. The intervals are those of the model, which takes rows as independent; "
    "table drivers holds errors that allow for their correlation. {abbreviations}"
)
PUBLISHED_ROWS = "air temperature Ta, gross primary productivity GPP, land surface temperature LST, and their products"


def planes(
    time_scale: str,
    effects: Array,
    codes: Sequence[int],
    names: Mapping[int, str] | None,
    terms: Sequence[str] = tuple(style.TERMS),
) -> str:
    """Caption of a page of planes.

    Parameters
    ----------
    time_scale : str
        "monthly" or "annual".
    effects : (..., 2) array
        On precipitation and soil moisture; NaN where there is no model.
    codes : sequence of int
        Of the regions.
    names : mapping of int to str, or None
        Of regions other than WWF's ecoregions.
    terms : sequence of str
        Of the formula; by default the published ones.
    """
    product = effects.prod(axis=-1)
    return CAPTION.format(
        name=time_scale,
        rows=PUBLISHED_ROWS if tuple(terms) == tuple(style.TERMS) else ", ".join(terms),
        opposite=int((product < 0).sum()),
        points=int(np.isfinite(product).sum()),
        abbreviations=_abbreviations(codes, names),
    )


def _abbreviations(codes: Sequence[int], names: Mapping[int, str] | None) -> str:
    """What the short names beside points mean, as a sentence."""
    if names is not None:
        return f"Names of regions are cut to {style.LONGEST_NAME} letters."
    present = (style.ECOREGIONS[code][:2] for code in codes)
    return "Ecoregions: " + "; ".join(f"{short} {full.lower()}" for short, full in present if short != full) + "."
