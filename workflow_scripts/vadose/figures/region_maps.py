"""Map of the regions of a study: WWF's ecoregions, or what the configuration names (study B, figure 1)."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib import patheffects
from scipy import ndimage

from vadose.core.arrays import Array
from vadose.figures import cartography, maps, style
from vadose.figures.drawn import Drawn, region_of
from vadose.figures.journal import SMALLEST
from vadose.figures.pictures import unpacked
from vadose.studies import regions

# Groups of land cover where they are the regions: found as `style.ECOREGIONS`, each pair 17 units apart.
LAND_COVER = {
    "forests": "#043716",
    "shrublands": "#BC6B2B",
    "grasslands": "#90DD3C",
    "croplands": "#F6EECA",
    "water": "#0002E8",
    "urban": "#AD1C55",
    "ice": "#CFE1F2",
    "barren": "#C19F8B",
}


def region_map(mapped: xr.Dataset, land: maps.Land) -> Drawn:
    """Figure 1 of study B: the region of each cell by colour and number.

    Parameters
    ----------
    mapped : Dataset
        Product "ecoregions": the code of each cell, 0 where no region covers it.
    land : Land
        Coastlines.
    """
    codes, names = mapped["ecoregion"].values, regions.names_of(mapped)
    present = [int(code) for code in np.unique(codes[codes > 0])]
    count = max(int((codes > 0).sum()), 1)
    share = {code: 100.0 * float((codes == code).sum()) / count for code in present}
    listed = [f"{code}  {names[code]} ({_percent(share[code])} %)" for code in present] or ["no region"]
    scale = style.classes(listed, _colours(present, regions.other_names(mapped)), codes=present or [0])
    field = np.where(codes > 0, codes, np.nan).astype(float)
    region = region_of(mapped)
    drawn = maps.panels([maps.Panel(field)], mapped, region=region, scale=scale, land=land)
    _numbers(drawn, field, mapped, region)
    kind = "ecoregions (WWF)" if regions.other_names(mapped) is None else "regions"
    outside = int((codes == 0).sum())
    largest = max(share, key=share.get) if share else None
    most = f" The largest is {names[largest]} ({_percent(share[largest])} % of the cells)." if share else ""
    caption = (
        f"The {len(present)} {kind} of the study.{most} Numbers on the map stand at the middle of the largest part of "
        "each region and before its name; in brackets its share of the cells. "
        f"{outside} of {codes.size} cells lie in no region (grey, as other land that is not analysed)."
    )
    return Drawn(drawn.figure, mapped[["ecoregion"] + ["name"] * ("name" in mapped)], caption)


def _percent(value: float) -> str:
    return f"{value:.0f}" if value >= 9.5 else f"{value:.1f}"


def _colours(codes: list[int], own: Mapping[int, str] | None) -> list[str]:
    """Colours of the ecoregions or of groups of land cover; other regions take those of the ecoregions in their order
    and again from the 17th on: there the numbers tell them apart."""
    palette = [colour for *_, colour in style.ECOREGIONS.values()]
    if own is None:
        return [style.ECOREGIONS[code][2] for code in codes] or [style.NO_DATA]
    if codes and all(own[code] in LAND_COVER for code in codes):
        return [LAND_COVER[own[code]] for code in codes]
    return [palette[number % len(palette)] for number in range(len(codes))] or [style.NO_DATA]


def _numbers(drawn: maps.Maps, field: Array, where: xr.Dataset, region: cartography.Region) -> None:
    """Write the code of each region at the middle of its largest part, large regions first; one that has no room left
    stands in the legend alone."""
    lattice, grid = unpacked(field, where)
    axes, taken = drawn.axes[0], []
    places = []
    for code in np.unique(field[np.isfinite(field)]):
        parts, _ = ndimage.label(lattice == code)
        largest = int(np.argmax(np.bincount(parts.ravel())[1:])) + 1
        inner = ndimage.distance_transform_edt(np.pad(parts == largest, 1))[1:-1, 1:-1]
        row, column = np.unravel_index(np.argmax(inner), inner.shape)
        places.append((-float(inner[row, column]), int(code), float(grid.lon[column]), float(grid.lat[row])))
    for _, code, lon, lat in sorted(places):
        x, y = cartography.project(region, np.array([lon]), np.array([lat]))
        text = axes.text(x[0], y[0], str(code), ha="center", va="center", fontsize=SMALLEST, color="black", zorder=6)
        text.set_path_effects([patheffects.withStroke(linewidth=1.4, foreground="white")])
        box = text.get_window_extent()
        if any(box.overlaps(other) for other in taken):
            text.remove()
        else:
            taken.append(box)
