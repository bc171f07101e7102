"""Maps of packed cells or of latitude-longitude fields, one or many to a figure, with shared colour bars.

A map is sampled: for every dot of the printed raster the position on Earth is computed, and with it the cell whose
edges enclose the position. So a 5 degree and a 0.05 degree field, a seam anywhere and half cells at the poles are all
drawn where they lie, in the time of one picture. Coastlines, graticule and stippling are vectors. Nothing is
downloaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Border
from numpy.typing import NDArray

from vadose.core import cells
from vadose.core.arrays import Array
from vadose.core.grid import Grid
from vadose.figures import cartography, latitudes, style
from vadose.figures.cartography import Land, Region
from vadose.figures.journal import JOURNAL
from vadose.figures.legends import LEGEND_ROW_MM, bar_room, class_legend, legend_rows, side_room
from vadose.figures.wrapping import extra_height, wrapped

RASTER_DPI = 400  # of the printed map
STIPPLE_MM = 1.5  # distance of dots on paper
LEFT_MM, RIGHT_MM, GAP_MM, TITLE_MM, ROW_MM, ZONAL_MM = 6.0, 1.0, 3.0, 4.6, 2.0, 17.0
LETTER_MM = 5.0  # of a panel, before its title
DOTS_MM, DOTS_POINTS = 2.5, 5.5  # of the line that says what dots mean
SMALLEST_COAST_MM = 0.8  # islands that would be specks on paper are left out


@dataclass(frozen=True, eq=False)
class Panel:
    """One map.

    Parameters
    ----------
    values : (cell,) or (lat, lon) array; or (..., 3) array of red, green, blue 0..1
        What is drawn; missing is NaN.
    title : str
        Stands behind the panel letter.
    significant : bool array like the map, optional
        Where to stipple, such as the mask of the false discovery rate.
    scale : Scale, optional
        Own scale of this panel; default that of the figure.
    """

    values: Array
    title: str = ""
    significant: Array | None = None
    scale: style.Scale | None = None


@dataclass
class Maps:
    """A drawn figure: its map axes in the order of the panels, its colour bars, and the room left at the foot (left,
    bottom, width, height)."""

    figure: Figure
    axes: list[Axes] = field(default_factory=list)
    bars: list = field(default_factory=list)
    foot: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


def unpacked(values: Array, where: xr.Dataset | Grid) -> tuple[Array, Grid]:
    """Field on its grid: (cell, ...) -> (lat, lon, ...), or the field itself where `where` is a grid.

    Raises
    ------
    ValueError
        If the values fit neither the cells nor the grid.
    """
    values = np.asarray(values)
    if isinstance(where, Grid):
        if values.shape[:2] != where.shape:
            raise ValueError(f"map: expected a field on the grid {where.shape}, found {values.shape}.")
        return values.astype(float), where
    if values.shape[:1] != (where.sizes["cell"],):
        raise ValueError(f"map: expected one value for each of {where.sizes['cell']} cells, found {values.shape}.")
    spread = cells.unpack(values.astype(float), where)
    return (spread if values.ndim == 1 else np.moveaxis(spread, 0, -1)), cells.grid_of(where)


def raster(
    values: Array, where: xr.Dataset | Grid, region: Region, columns: int, scale: style.Scale | None, land: Land | None
) -> NDArray[np.uint8]:
    """The picture of a map, (row, column, 4) RGBA, north first: the cell under each dot, grey on land without data,
    transparent elsewhere.

    Parameters
    ----------
    values : (cell, ...) or (lat, lon, ...) array
        Numbers, or red, green, blue (0..1) along a last axis; missing is NaN.
    where : Dataset or Grid
        Packed cells, or the grid of the values.
    region : str
        Of `vadose.figures.cartography`.
    columns : int
        Width of the picture in dots.
    scale : Scale or None
        Colours of numbers.
    land : Land or None
        Where land without data is grey.
    """
    lattice, grid = unpacked(values, where)
    if lattice.ndim == 3:
        missing = ~np.isfinite(lattice).all(-1)
        colours = np.dstack(
            [np.rint(255 * np.where(missing[..., None], 0.0, np.clip(lattice, 0, 1))), np.where(missing, 0, 255)]
        ).astype(np.uint8)
    elif scale is not None:
        colours = scale.colours(lattice)
    else:
        raise ValueError(
            "map: expected a scale for a field of numbers, found none. Make one with style.diverging, sequential or "
            "classes."
        )
    lon, lat = cartography.positions(region, columns)
    row, column, inside = cartography.index(grid, lon, lat)
    picture = np.where(inside[..., None], colours[row, column], 0).astype(np.uint8)
    if land is not None:
        row, column, inside = cartography.index(land.grid, lon, lat)
        bare = inside & (land.fraction[row, column] >= 0.5) & (picture[..., 3] == 0)
        picture[bare] = round(255 * float(style.NO_DATA))
        picture[bare, 3] = 255
    return picture


def draw(
    axes: Axes,
    panel: Panel,
    where: xr.Dataset | Grid,
    *,
    region: Region = "global",
    scale: style.Scale | None = None,
    land: Land | None = None,
) -> None:
    """Draw one map into axes whose box has the region's shape.

    Parameters
    ----------
    axes : Axes
        With the region's shape.
    panel : Panel
        What is drawn.
    where : Dataset or Grid
        Packed cells, or the grid of the panel's values.
    region : str
        Of `vadose.figures.cartography`.
    scale : Scale, optional
        Where the panel has none of its own.
    land : Land, optional
        Coastlines, and where land without data is grey.
    """
    border = cartography.outline(region)
    (west, south), (east, north) = border.min(0), border.max(0)
    axes.set_xlim(west, east), axes.set_ylim(south, north)
    axes.set_axis_off()
    across = axes.get_position().width * axes.figure.get_figwidth()
    patch = PathPatch(Border(border), facecolor="none", edgecolor=style.SOFT, linewidth=0.4, zorder=5, clip_on=False)
    axes.add_patch(patch)
    picture = raster(panel.values, where, region, max(60, round(across * RASTER_DPI)), panel.scale or scale, land)
    # Nearest dot in the picture: classes must not mix into colours of other classes.
    image = axes.imshow(picture, extent=(west, east, south, north), interpolation="nearest", aspect="auto", zorder=1)
    grid_lines = LineCollection(cartography.graticule(region), colors="0.5", linewidths=0.25, alpha=0.35, zorder=2)
    artists = [image, axes.add_collection(grid_lines, autolim=False)]
    if land is not None:
        smallest = SMALLEST_COAST_MM * style.MM / across * (east - west)
        lines = [
            line for line in cartography.projected_lines(region, land.lines) if np.ptp(line, axis=0).max() > smallest
        ]
        coast = LineCollection(lines, colors=style.COAST, linewidths=0.2 + 0.02 * across, zorder=3, joinstyle="round")
        artists.append(axes.add_collection(coast, autolim=False))
    if panel.significant is not None:
        artists.append(_dots(axes, panel, where, region, across))
    for artist in artists:
        artist.set_clip_path(patch)


def _dots(axes: Axes, panel: Panel, where: xr.Dataset | Grid, region: Region, across: float):
    significant, grid = unpacked(np.asarray(panel.significant, dtype=float), where)
    values, _ = unpacked(panel.values, where)
    valid = np.isfinite(values if values.ndim == 2 else values[..., 0])
    degrees = 360.0 if region != "polar" else 200.0
    lon, lat = cartography.stipple(significant > 0, valid, grid, STIPPLE_MM * style.MM / across * degrees)
    x, y = cartography.project(region, lon, lat)
    return axes.scatter(x, y, s=0.6, c="0.05", linewidths=0, zorder=4)


def panels(
    items: Sequence[Panel],
    where: xr.Dataset | Grid,
    *,
    region: Region = "global",
    columns: int | None = None,
    scale: style.Scale | None = None,
    land: Land | None = None,
    width: str | float = "double",
    first_letter: int | None = 0,
    dots: str = "",
    by_latitude: bool = False,
    foot: float = 0.0,
    key: bool = True,
) -> Maps:
    """Figure of maps in a grid, with letters and titles, and as few colour bars as the scales allow.

    Parameters
    ----------
    items : sequence of Panel
        In reading order.
    where : Dataset or Grid
        The packed cells (as `cells.locate` makes them) or the grid of the fields.
    region : {"global", "robinson", "north", "polar"}
        Equal Earth or Robinson for the globe, Equal Earth north of the equator, Lambert azimuthal about the pole.
    columns : int, optional
        Default 1 to 3 by the number of panels.
    scale : Scale, optional
        Of panels without their own. One bar below when all panels share a scale, one at the right of each row when rows
        do, else one below each map.
    land : Land, optional
        Coastlines and grey land.
    width : str or float
        "single", "middle", "double" or mm.
    first_letter : int or None
        Letter of the first panel (0 = a); None for no letters. A figure of one map has none by itself.
    dots : str
        What stippling means, printed at the foot, such as "significant (false discovery rate 0.1)".
    by_latitude : bool
        Draw the mean by latitude at the right of each map.
    foot : float
        Room in mm to leave at the foot for what the caller draws there.
    key : bool
        Draw colour bars or the legend of classes; False where the caller draws its own at the foot.

    Returns
    -------
    Maps
    """
    columns = columns or min(len(items), 1 if len(items) == 1 else 2 if len(items) in (2, 4) else 3)
    rows = -(-len(items) // columns)
    scales = [
        None if np.ndim(item.values) > (2 if isinstance(where, Grid) else 1) else item.scale or scale for item in items
    ]
    bars = _bar_mode(scales, columns) if key else "none"
    full = style.WIDTHS[width] if isinstance(width, str) else float(width)
    zonal_mm = ZONAL_MM if by_latitude else 0.0
    without_side = (full - LEFT_MM - RIGHT_MM - (columns - 1) * GAP_MM) / columns - zonal_mm
    side = side_room(scales, without_side, columns, cartography.REGIONS[region][0]) if bars == "row" else 0.0
    across = without_side - side / columns
    tall = across / cartography.REGIONS[region][0]
    titles = [wrapped(item.title, across - LETTER_MM, JOURNAL["axes.titlesize"]) for item in items]
    title_mm = TITLE_MM + max(extra_height(title, JOURNAL["axes.titlesize"]) for title in titles)
    dots = wrapped(f"•  {dots}", full - LEFT_MM - RIGHT_MM, DOTS_POINTS) if dots else ""
    rows_of_legend = legend_rows(scales[0], full - LEFT_MM) if bars == "shared" and scales[0].names else 0
    below = bar_room(scales, 0.7 * across) + 1.0 if bars == "each" else 2.5 if by_latitude else 0.0
    long = min(90.0, 0.62 * full)  # of a shared bar
    bottom = (
        foot
        + (bar_room(scales, long) if bars == "shared" and not rows_of_legend else rows_of_legend * LEGEND_ROW_MM + 2.0)
        + (DOTS_MM + extra_height(dots, DOTS_POINTS) if dots else 0.0)
    )
    height = bottom + rows * (tall + title_mm + below) + (rows - 1) * ROW_MM
    figure = style.figure(full, height)
    drawn = Maps(figure, foot=(0.0, 0.0, 1.0, foot / height))

    def box(left: float, low: float, wide: float, high: float) -> tuple[float, float, float, float]:
        return left / full, low / height, wide / full, high / height

    for number, item in enumerate(items):
        row, column = divmod(number, columns)
        left = LEFT_MM + column * (across + zonal_mm + GAP_MM)
        low = height - (row + 1) * (tall + title_mm) - row * (ROW_MM + below)
        axes = figure.add_axes(box(left, low, across, tall))
        draw(axes, item, where, region=region, scale=scales[number], land=land)
        style.title(axes, None if len(items) == 1 or first_letter is None else first_letter + number, titles[number])
        if column == 0:
            latitudes.names(axes, region)
        if by_latitude and scales[number] is not None:
            beside = figure.add_axes(box(left + across + 1.0, low, zonal_mm - 3.0, tall))
            latitudes.zonal(beside, *unpacked(item.values, where), region, scales[number])
        if bars == "each" and scales[number] is not None:
            drawn.bars.append(
                style.colour_bar(figure, scales[number], box(left + 0.15 * across, low - 4.0, 0.7 * across, 1.8))
            )
        if bars == "row" and column == columns - 1 and scales[number] is not None:
            place = box(full - side + 1.0, low + 0.04 * tall, 1.8, 0.92 * tall)
            drawn.bars.append(style.colour_bar(figure, scales[number], place, vertical=True))
        drawn.axes.append(axes)
    if bars == "shared":
        _shared(drawn, scales[0], full, height, bottom, rows_of_legend, long)
    if dots:
        figure.text(LEFT_MM / full, (foot + 1.0) / height, dots, fontsize=DOTS_POINTS, color=style.INK, va="bottom")
    return drawn


def place(
    figure: Figure,
    panel: Panel,
    where: xr.Dataset | Grid,
    *,
    left: float,
    top: float,
    width: float,
    mark: int | str | None = None,
    region: Region = "global",
    scale: style.Scale | None = None,
    land: Land | None = None,
    bar: bool = True,
) -> Axes:
    """One map inside a figure of other plots, with its letter, title and colour bar.

    Parameters
    ----------
    left, top, width : float
        mm, of the map itself from the upper left corner of the figure; 5 mm above it and 9 mm below it are needed for
        title and bar.
    mark : int or str, optional
        Panel letter.
    bar : bool
        Draw the colour bar below.

    Returns
    -------
    Axes
    """
    scale = panel.scale or scale
    tall = width / cartography.REGIONS[region][0]
    axes = style.axes_at(figure, left, top, width, tall)
    draw(axes, panel, where, region=region, scale=scale, land=land)
    style.title(axes, mark, wrapped(panel.title, width - LETTER_MM, JOURNAL["axes.titlesize"]))
    latitudes.names(axes, region)
    if bar and scale is not None:
        full, high = (size / style.MM for size in figure.get_size_inches())
        long = min(0.8 * width, 90.0)
        style.colour_bar(
            figure,
            scale,
            ((left + 0.5 * (width - long)) / full, 1.0 - (top + tall + 3.2) / high, long / full, 1.8 / high),
        )
    return axes


def _bar_mode(scales: list, columns: int) -> str:
    present = {id(scale) for scale in scales if scale is not None}
    if not present:
        return "none"
    if len(present) == 1:
        return "shared"
    by_row = [{id(scale) for scale in scales[start : start + columns]} for start in range(0, len(scales), columns)]
    return "row" if columns > 1 and all(len(group) == 1 for group in by_row) else "each"


def _shared(
    drawn: Maps, scale: style.Scale, full: float, height: float, bottom: float, rows_of_legend: int, long: float
) -> None:
    if rows_of_legend:
        class_legend(drawn.figure, scale, LEFT_MM, bottom - 2.0, full, height)
        return
    centre = LEFT_MM + 0.5 * (full - LEFT_MM - RIGHT_MM)
    drawn.bars.append(
        style.colour_bar(
            drawn.figure, scale, ((centre - long / 2) / full, (bottom - 3.2) / height, long / full, 2.0 / height)
        )
    )
