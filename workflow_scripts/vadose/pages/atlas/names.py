"""What the cells of the atlas are called: country and reference region, from the outlines that the library ships; and
the ecoregion or land cover of the run."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib
import numpy as np

from vadose import formats
from vadose.core.arrays import AnyArray
from vadose.core.cells import grid_of, pack
from vadose.figures import style
from vadose.formats import polygons
from vadose.pages.atlas.content import Content

OUTLINES = {"Country": "countries.geojson", "AR6 region": "ar6.geojson"}


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


def classes(content: Content, title: str, codes: AnyArray, names: Mapping[int, str]) -> None:
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
    """
    there = {code: name for code, name in names.items() if (codes == code).any()}
    content.name(title, np.where(np.isin(codes, list(there)), codes, np.nan), there)
    if not there:
        return
    colours = [matplotlib.colors.to_hex(matplotlib.colormaps["tab20"](place % 20)) for place in range(len(there))]
    content.layer("Ground", title, style.classes(list(there.values()), colours, title, codes=list(there)), title, 0)
