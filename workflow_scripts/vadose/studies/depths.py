"""How soil layers are named in tables of all studies: by number from the surface, and by their bounds."""

import xarray as xr


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


def layer_columns(product: xr.Dataset, position: int) -> dict[str, int | str]:
    """The two columns that name a layer in every table: `layer`, from 1 at the surface, and `depth_cm`.

    Parameters
    ----------
    product, position
        As in `depth_cm`.
    """
    return {"layer": int(product["layer"].values[position]), "depth_cm": depth_cm(product, position)}
