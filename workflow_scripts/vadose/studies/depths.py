"""Which soil layers a study takes, and how they are named in all tables: by number from the surface, and by their
bounds."""

import re
from collections.abc import Sequence

import numpy as np
import xarray as xr

from vadose.core.arrays import AnyArray


def depth_cm(product: xr.Dataset, position: int) -> str:
    """Bounds of a layer in cm, as in 0-7.

    Parameters
    ----------
    product : Dataset
        With the coordinates layer_top and layer_bottom, m.
    position : int
        Of the layer, from 0.
    """
    top, bottom = (100.0 * float(product[name].values[position]) for name in ("layer_top", "layer_bottom"))
    return f"{top:g}-{bottom:g}"


def dashed(text: str) -> str:
    """Spans of depths and of years as they are printed: "0–7 cm" for "0-7 cm"."""
    return re.sub(r"(?<=\d)-(?=\d)", "–", str(text))


def layer_columns(product: xr.Dataset, position: int) -> dict[str, int | str]:
    """The two columns that name a layer in every table: `layer`, from 1 at the surface, and `depth_cm`.

    Parameters
    ----------
    product, position
        As in `depth_cm`.
    """
    return {"layer": int(product["layer"].values[position]), "depth_cm": depth_cm(product, position)}


def chosen(layers: Sequence[int] | None, there: AnyArray, where: str) -> AnyArray:
    """Which layers of a product a study takes.

    Parameters
    ----------
    layers : sequence of int or None
        `dependence.layers`, from 1 at the surface; None for all.
    there : (layer,) int array
        Layers of the product.
    where : str
        Product and years, for the message.

    Returns
    -------
    (layer,) bool array

    Raises
    ------
    ValueError
        If the product lacks one of them.
    """
    lacking = [layer for layer in layers or () if layer not in there]
    if lacking:
        raise ValueError(
            f"{where}: expected layers {', '.join(map(str, layers or ()))} (dependence.layers), found "
            f"{', '.join(map(str, there))}. Leave out {', '.join(map(str, lacking))}, or take a product that has them."
        )
    return np.ones(len(there), bool) if layers is None else np.isin(there, layers)


def depth(product: xr.Dataset, position: int) -> str:
    """Layer by its bounds: 0-7 cm."""
    return f"{depth_cm(product, position)} cm"
