"""What the cells of the atlas are called: country and reference region, from the outlines that the library ships; and
the regions and land cover of the run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np

from vadose import formats
from vadose.core.arrays import AnyArray
from vadose.core.cells import grid_of, pack
from vadose.figures import region_maps, style
from vadose.files import datasets, products
from vadose.formats import polygons
from vadose.pages.atlas.content import Content
from vadose.studies.regions import names_of

# Colours by IGBP code, near those of MODIS's maps; searched for so that each pair differs by at least 9 in CIEDE2000,
# also to eyes without red or green cones.
LAND_COVER = {
    0: "#0051E0", 1: "#2A3221", 2: "#2D4400", 3: "#507C06", 4: "#5E9C00", 5: "#2C985E", 6: "#90BA00", 7: "#BDDDB6",
    8: "#FCFFC0", 9: "#E8D900", 10: "#FFFF7A", 11: "#07BBAD", 12: "#9D354A", 13: "#265168", 14: "#FF6B80",
    15: "#60FFFF", 16: "#E6BE7A",
}  # fmt: skip
OUTLINES = {"Country": "countries.geojson", "AR6 region": "ar6.geojson"}


def of_run(contents: Sequence[Content], regions: Sequence[Path], land_cover: Sequence[Path], record: Mapping) -> None:
    """All names that the cells of a run have.

    Parameters
    ----------
    contents : sequence of Content
        Of its studies, that of variability first; are filled.
    regions : sequence of Path
        Products "ecoregions", in folders of the studies' names.
    land_cover : sequence of Path
        Product "land_cover" of study A, if there is one.
    record : mapping
        Of the run, from `provenance.record`.
    """
    for content in contents:
        outlined(content)
        for path in (path for path in regions if path.parent.name == content.study):
            mapped = products.read(path, "ecoregions")
            title = title_of_regions(record, content.study)
            classes(content, title, mapped["ecoregion"].values, names_of(mapped), region_colours(names_of(mapped)))
    for path in land_cover:
        dominant = products.read(path, "land_cover")["dominant"].values
        classes(contents[0], "Land cover", dominant, products.specifications()["codes"]["igbp"], LAND_COVER)


def title_of_regions(record: Mapping, study: str) -> str:
    """What the regions of a study are called: Ecoregion, Biome, or the title of their data set.

    Parameters
    ----------
    record : mapping
        Of the run.
    study : str
    """
    chosen = record["configuration"][study]["regions"]
    titles = {item["id"]: item["title"] for item in record["provenance"]["sources"][study]}
    title = {datasets.ECOREGIONS: "Ecoregion", datasets.BIOMES: "Biome"}.get(chosen, titles.get(chosen))
    return chosen if title in (None, datasets.NOT_CATALOGUED) else title


def region_colours(names: Mapping[int, str]) -> dict[int, str]:
    """Colours, by code, of those regions that are biomes of WWF or groups of land cover: as in the figures."""
    if names and all(name in region_maps.LAND_COVER for name in names.values()):
        return {code: region_maps.LAND_COVER[name] for code, name in names.items()}
    return {code: colour for code, (_, name, colour) in style.ECOREGIONS.items() if names.get(code) == name}


def outlined(content: Content) -> None:
    """Country (Natural Earth) and reference region (IPCC AR6) of each cell, for search and statistics.

    Parameters
    ----------
    content : Content
        Is filled.
    """
    grid = grid_of(content.cells)
    for title, name in OUTLINES.items():
        mapped = polygons.read(Path(formats.__file__).parent / "shipped" / name, grid.lat, grid.lon, name="name")
        content.name(title, pack(mapped["region"].values, content.cells), dict(enumerate(mapped["name"].values, 1)))


def classes(
    content: Content, title: str, codes: AnyArray, names: Mapping[int, str], colours: Mapping[int, str]
) -> None:
    """Classes of the run as names of the cells and as a layer.

    Parameters
    ----------
    content : Content
        Is filled.
    title : str
        What they are, such as "Ecoregion".
    codes : (cell,) int array
        Those without a name are none.
    names : dict of int to str
        By code.
    colours : dict of int to str
        By code; where one is missing, all are those of "tab20" in the order of the codes.
    """
    there = {code: name for code, name in names.items() if (codes == code).any()}
    content.name(title, np.where(np.isin(codes, list(there)), codes, np.nan), there)
    if not there:
        return
    shades = [colours.get(code, "") for code in there]
    if not all(shades):
        shades = [matplotlib.colors.to_hex(matplotlib.colormaps["tab20"](place % 20)) for place in range(len(there))]
    content.layer("Ground", title, style.classes(list(there.values()), shades, title, codes=list(there)), title, 0)
