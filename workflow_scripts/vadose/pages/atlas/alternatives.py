"""Under which alternatives to the run dependence changes its sign, in the atlas."""

from collections.abc import Mapping

import matplotlib
import numpy as np
import xarray as xr

from vadose.figures import style
from vadose.pages.atlas.content import Content, layer_names

SCALE = "monthly"


def signs(content: Content, fitted: xr.Dataset, again: Mapping[str, xr.Dataset]) -> None:
    """Layers of the number of alternatives under which Kendall's tau-b of the months has the other sign.

    Parameters
    ----------
    content : Content
        Is filled.
    fitted : Dataset
        Product "copulas" of the run.
    again : mapping of str to Dataset
        The same product under each alternative, on the same cells; those without months are left out. Where it has no
        value, an alternative changes none.
    """
    tau = {
        name: one["kendall"].sel(time_scale=SCALE).values for name, one in again.items() if SCALE in one["time_scale"]
    }
    if not tau or SCALE not in fitted["time_scale"]:
        return
    own = fitted["kendall"].where(np.isfinite(fitted["tau"])).sel(time_scale=SCALE).values  # as the tables count
    changes = np.sum([own * other < 0 for other in tau.values()], axis=0)
    content.store("sign_changes", np.where(np.isfinite(own), changes, np.nan), 1.0)
    shades = matplotlib.colormaps["YlOrBr"](np.linspace(0.05, 0.9, len(tau) + 1))
    counts = [f"{number} of {len(tau)} alternatives" for number in range(len(tau) + 1)]
    names = ", ".join(name.replace("_", " ") for name in tau)
    scale = style.classes(counts, [matplotlib.colors.to_hex(shade) for shade in shades], names)
    group = f"Sensitivity of tau-b, {SCALE}: alternatives that change its sign ({names})"
    content.table([group], layer_names(fitted), scale, "sign_changes")
