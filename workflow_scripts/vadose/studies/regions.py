"""What the regions of a study are called."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

NAMES = {
    1: "Tropical and subtropical moist broadleaf forests",
    2: "Tropical and subtropical dry broadleaf forests",
    3: "Tropical and subtropical coniferous forests",
    4: "Temperate broadleaf and mixed forests",
    5: "Temperate coniferous forests",
    6: "Boreal forests and taiga",
    7: "Tropical and subtropical grasslands, savannas and shrublands",
    8: "Temperate grasslands, savannas and shrublands",
    9: "Flooded grasslands and savannas",
    10: "Montane grasslands and shrublands",
    11: "Tundra",
    12: "Mediterranean forests, woodlands and scrub",
    13: "Deserts and xeric shrublands",
    14: "Mangroves",
    98: "Lakes",
    99: "Rock and ice",
}


def names_of(regions: xr.Dataset) -> Mapping[int, str]:
    """Names by code, from the product "ecoregions" or "driver_statistics"."""
    return other_names(regions) or NAMES


def other_names(regions: xr.Dataset | None) -> dict[int, str] | None:
    """Names by code of regions other than WWF's; None where they are WWF's, or there are none."""
    if regions is None or "name" not in regions:
        return None
    names = [str(name) for name in regions["name"].values]
    codes = regions["ecoregion"].values if "ecoregion" in regions.dims else np.arange(1, len(names) + 1)
    return {int(code): name for code, name in zip(codes, names, strict=True)}
