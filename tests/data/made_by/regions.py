"""Makes the polygons and cities that the library ships (workflow_scripts/vadose/formats/shipped) and the masks of
regionmask that tests hold polygons against (ar6_masks.npz), from files of other packages:

    python regions.py AR6_SHAPEFILE COUNTRIES_SHAPEFILE CITIES_SHAPEFILE

AR6_SHAPEFILE: ar6.shp of the ESMValCore package (esmvalcore/preprocessor/shapefiles, 2.13.0; CC BY 4.0), the file
IPCC-WGI-reference-regions-v4 that regionmask fetches. COUNTRIES_SHAPEFILE: naturalearth_lowres.shp of the pyogrio
package (pyogrio/tests/fixtures, 0.13.0; Natural Earth, public domain). CITIES_SHAPEFILE: naturalearth_cities.shp of the
geopandas package (geopandas/datasets, 0.14.4; the populated places of Natural Earth, public domain). The masks need
regionmask (0.13.0 was used).
"""

import json
import sys
from pathlib import Path

import geopandas
import numpy as np
import shapely

SHIPPED = Path(__file__).parents[3] / "workflow_scripts/vadose/formats/shipped"
ABOUT = {
    "ar6": {
        "title": "IPCC AR6 WGI reference regions, version 4",
        "source": "Iturbide et al. (2020), doi:10.5194/essd-12-2959-2020; doi:10.5281/zenodo.5176260",
        "licence": "CC BY 4.0; points along straight borders are left out, the area is the same",
    },
    "countries": {
        "title": "Countries, 1:110 million",
        "source": "Natural Earth",
        "licence": "public domain; coordinates rounded to 0.001 degree",
    },
    "cities": {
        "title": "Populated places, 1:110 million",
        "source": "Natural Earth",
        "licence": "public domain; coordinates rounded to 0.001 degree",
    },
}
# Letters that Latin-1 lacks are question marks in that shapefile; these are the names of Natural Earth.
LOST = {"Chi?in?u": "Chișinău", "?saka": "Ōsaka"}
SPACINGS = (1.0, 2.0, 5.0)


def write(name: str, table: geopandas.GeoDataFrame, decimals: int) -> None:
    """One feature a line, so that changes can be read."""
    features = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {key: row[key] for key in table.columns if key != "geometry"},
                "geometry": rounded(shapely.geometry.mapping(row["geometry"]), decimals),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for _, row in table.iterrows()
    ]
    about = json.dumps(ABOUT[name], ensure_ascii=False)[1:-1]
    text = f'{{"type": "FeatureCollection", {about}, "features": [\n' + ",\n".join(features) + "\n]}\n"
    (SHIPPED / f"{name}.geojson").write_text(text, encoding="utf-8")


def rounded(geometry: dict, decimals: int) -> dict:
    def of(part):
        if isinstance(part[0], float):
            return [int(x) if x == int(x) else x for x in (round(x, decimals) for x in part)]
        return [of(each) for each in part]

    return {"type": geometry["type"], "coordinates": of(geometry["coordinates"])}


def masks(table: geopandas.GeoDataFrame) -> None:
    """Number of the region at every centre, from 1; 0 where there is none."""
    import regionmask

    regions = regionmask.from_geopandas(table, names="Name", abbrevs="Acronym", overlap=False)
    out = {}
    for spacing in SPACINGS:
        lat = np.arange(-90 + spacing / 2, 90, spacing)
        lon = np.arange(-180 + spacing / 2, 180, spacing)
        out[f"{spacing:g}"] = np.nan_to_num(regions.mask(lon, lat).values + 1).astype(np.uint8)
    np.savez_compressed(Path(__file__).parents[1] / "ar6_masks.npz", **out)


def main(ar6: str, countries: str, cities: str) -> None:
    table = geopandas.read_file(ar6)
    masks(table)
    table["geometry"] = shapely.simplify(table.geometry.values, 1e-7)
    table = table.rename(columns={"Name": "name", "Acronym": "acronym", "Type": "type"})
    write("ar6", table[["name", "acronym", "type", "geometry"]], 6)
    nations = geopandas.read_file(countries).sort_values("name", ignore_index=True)
    nations["geometry"] = shapely.set_precision(nations.geometry.values, 0.001)
    write("countries", nations[["name", "iso_a3", "continent", "geometry"]], 3)
    places = geopandas.read_file(cities)
    places["name"] = [" ".join(LOST.get(name, name).split()) for name in places["name"]]
    write("cities", places.sort_values("name", ignore_index=True)[["name", "geometry"]], 3)


if __name__ == "__main__":
    main(*sys.argv[1:])
