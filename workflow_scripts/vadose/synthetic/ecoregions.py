"""Ecoregion polygons of study B: unions of block boxes, one feature for each biome and realm, in the attributes of the WWF table."""

import numpy as np

from vadose.synthetic.blocks import dependence_blocks
from vadose.synthetic.provinces import provinces
from vadose.synthetic.settings import Settings

BIOME_NAMES = {
    1: "Tropical moist broadleaf forests",
    2: "Tropical dry broadleaf forests",
    3: "Tropical coniferous forests",
    4: "Temperate broadleaf and mixed forests",
    5: "Temperate coniferous forests",
    6: "Boreal forests",
    7: "Tropical grasslands",
    8: "Temperate grasslands",
    9: "Flooded grasslands",
    10: "Montane grasslands",
    11: "Tundra",
    12: "Mediterranean forests",
    13: "Deserts",
    14: "Mangroves",
    98: "Lake",
    99: "Rock and Ice",
}
REALMS = ("NA", "NT", "PA", "AT", "IM", "AA")  # Nearctic, Neotropic, Palearctic, Afrotropic, Indo-Malay, Australasia


def _realm(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Rough biogeographic realm of each block."""
    americas = lon < -25.0
    choices = [americas & (lat >= 22.0), americas, (lat < -8.0) & (lon > 105.0), (lat < 20.0) & (lon < 60.0), (lat < 27.0) & (lon > 60.0)]
    return np.select(choices, ["NA", "NT", "AA", "AT", "IM"], default="PA")


def features(settings: Settings):
    """Ecoregions as a GeoDataFrame with columns BIOME, REALM, ECO_NAME, ECO_NUM and geometry, in EPSG:4326.

    Parameters
    ----------
    settings : Settings
        The synthetic Earth.

    Returns
    -------
    geopandas.GeoDataFrame
        A feature for each biome and realm; together they cover every active block of study B once.
    """
    import geopandas
    import shapely

    blocks, truth = dependence_blocks(settings), provinces(settings)
    half = blocks.spacing / 2
    boxes = shapely.box(blocks.lon - half, blocks.lat - half, blocks.lon + half, blocks.lat + half)
    realm = _realm(blocks.lat, blocks.lon)
    rows = []
    for code in np.unique(truth.biome):
        for place in REALMS:
            inside = (truth.biome == code) & (realm == place)
            if inside.any():
                name = f"{BIOME_NAMES[int(code)]} {place}"
                rows.append({"BIOME": float(code), "REALM": place, "ECO_NAME": name, "geometry": shapely.union_all(boxes[inside])})
    frame = geopandas.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
    frame["ECO_NUM"] = np.arange(1.0, len(frame) + 1.0)
    return frame
