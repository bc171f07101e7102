"""Maps of packed cells or of latitude-longitude fields, one or many to a figure, with shared colour bars.

Cells are dots of the print (`vadose.figures.pictures`), coastlines and graticule are vectors; nothing is downloaded. A
figure is printed at 300 dots an inch, or finer where its smallest cell needs it.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from vadose.core.grid import Grid
from vadose.figures import cartography, latitudes, style
from vadose.figures.cartography import Land, Region
from vadose.figures.journal import JOURNAL, SMALLEST
from vadose.figures.legends import LEGEND_ROW_MM, bar_room, class_legend, legend_rows, side_room
from vadose.figures.pictures import MapPicture, Panel, dots_for, raster, unpacked
from vadose.figures.wrapping import extra_height, width_of, wrapped

__all__ = ["Land", "Maps", "Panel", "Region", "draw", "panels", "place", "raster", "unpacked"]

FINEST_DPI = 1600  # beyond, a page is more than a hundred million dots
LEFT_MM, RIGHT_MM, GAP_MM, TITLE_MM, ROW_MM, ZONAL_MM = 6.0, 1.0, 3.0, 4.6, 2.0, 17.0
LONGEST_BESIDE_MM = 60.0  # of a bar beside several rows
LETTER_MM = 5.0  # of a panel, before its title
DOTS_MM, DOTS_POINTS = 4.5, SMALLEST  # of the line that says what full and pale colours mean
NOTE_MM = 3.0  # between a title and the note at its right
HIGHEST_MM = 215.0  # of all maps of a page with their titles
SMALLEST_COAST_MM = 0.8  # islands that would be specks on paper are left out


@dataclass
class Maps:
    """A drawn figure: its map axes in the order of the panels, its colour bars, and the room left at the foot (left,
    bottom, width, height)."""

    figure: Figure
    axes: list[Axes] = field(default_factory=list)
    bars: list = field(default_factory=list)
    foot: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


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
    patch = PathPatch(Path(border), facecolor="none", edgecolor=style.SOFT, linewidth=0.4, zorder=5, clip_on=False)
    axes.add_artist(patch)  # add_patch would look for its extent, which the limits have
    finest = min(FINEST_DPI, int(np.ceil(dots_for(panel, where, region) / across)))
    axes.figure.set_dpi(max(axes.figure.dpi, finest))
    MapPicture(axes, panel, where, region, scale, land)  # transparent beyond the border: a clip would blend its dots
    grid_lines = Lines(cartography.graticule(region), colors="0.5", linewidths=0.25, alpha=0.35, zorder=2)
    artists = [axes.add_collection(grid_lines, autolim=False)]
    if land is not None:
        smallest = SMALLEST_COAST_MM * style.MM / across * (east - west)
        lines = [
            line for line in cartography.projected_lines(region, land.lines) if np.ptp(line, axis=0).max() > smallest
        ]
        coast = Lines(lines, colors=style.COAST, linewidths=0.2 + 0.02 * across, zorder=3, joinstyle="round")
        artists.append(axes.add_collection(coast, autolim=False))
    for artist in artists:
        artist.set_clip_path(patch)


class Lines(LineCollection):
    """Lines that PDF and SVG hold as one path: to write each with its clip takes longer than all else on a map."""

    def draw(self, renderer) -> None:
        """Draw them, one by one among the dots of a print."""
        lines = self._paths
        if lines and not hasattr(renderer, "buffer_rgba"):
            self._paths = [Path.make_compound_path(*lines)]
        try:
            super().draw(renderer)
        finally:
            self._paths = lines


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
    region : {"global", "robinson", "north", "polar"} or View
        Equal Earth or Robinson for the globe, Equal Earth north of the equator, Lambert azimuthal about the pole, Equal
        Earth about the middle of a view.
    columns : int, optional
        Default 1 to 3 by the number of panels.
    scale : Scale, optional
        Of panels without their own. One bar below when all panels share a scale, one at the right of rows or below
        columns that share one, else one below each map.
    land : Land, optional
        Coastlines and grey land.
    width : str or float
        "single", "middle", "double" or mm.
    first_letter : int or None
        Letter of the first panel (0 = a); None for no letters. A figure of one map has none by itself.
    dots : str
        What cells of full colour are, and pale ones are not, printed at the foot, such as "significant (false discovery
        rate 0.1)".
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
    one = next((scale for scale in scales if scale is not None), None)
    full = style.WIDTHS[width] if isinstance(width, str) else float(width)
    zonal_mm = ZONAL_MM if by_latitude else 0.0
    without_side = (full - LEFT_MM - RIGHT_MM - (columns - 1) * GAP_MM) / columns - zonal_mm
    side = side_room(scales, without_side, columns, cartography.frame(region)[0]) if bars == "row" else 0.0
    across = without_side - side / columns
    most = (HIGHEST_MM - foot) / rows - TITLE_MM - ROW_MM - 2.0
    column_mm, across = across, min(across, most * cartography.frame(region)[0])  # a tall region is narrower
    tall = across / cartography.frame(region)[0]
    titles = [_titled(item, column_mm, across) for item in items]
    more = max(extra_height(title, JOURNAL["axes.titlesize"]) for title, _ in titles)
    title_mm = TITLE_MM + 1.2 * by_latitude + more
    dots = wrapped(f"Pale colours: not {dots}", full - LEFT_MM - RIGHT_MM, DOTS_POINTS) if dots else ""
    rows_of_legend = legend_rows(one, full - LEFT_MM) if bars == "shared" and one.names else 0
    below = bar_room(scales, 0.7 * across) + 1.0 if bars == "each" else 2.5 if by_latitude else 0.0
    long = min(90.0, 0.62 * full) if bars == "shared" else 0.7 * across  # of a bar of all maps, or of a column
    one_below = bars in ("shared", "column") and not rows_of_legend
    bottom = (
        foot
        + (bar_room(scales, long) if one_below else rows_of_legend * LEGEND_ROW_MM + 2.0)
        + (DOTS_MM + extra_height(dots, DOTS_POINTS) if dots else 0.0)
    )
    height = bottom + rows * (tall + title_mm + below) + (rows - 1) * ROW_MM
    figure = style.figure(full, height)
    drawn = Maps(figure, foot=(0.0, 0.0, 1.0, foot / height))

    def box(left: float, low: float, wide: float, high: float) -> tuple[float, float, float, float]:
        return left / full, low / height, wide / full, high / height

    for number, item in enumerate(items):
        row, column = divmod(number, columns)
        left = LEFT_MM + column * (column_mm + zonal_mm + GAP_MM)
        low = height - (row + 1) * (tall + title_mm) - row * (ROW_MM + below)
        axes = figure.add_axes(box(left, low, across, tall))
        draw(axes, item, where, region=region, scale=scales[number], land=land)
        letter = None if len(items) == 1 or first_letter is None else item.mark or first_letter + number
        _title(axes, letter, *titles[number])
        if column == 0:
            latitudes.names(axes, region)
        if by_latitude and scales[number] is not None:
            beside = figure.add_axes(box(left + across + 1.0, low, zonal_mm - 3.0, tall))
            latitudes.zonal(beside, *unpacked(item.values, where), region, scales[number])
        drawn.axes.append(axes)
    if bars == "row":
        _beside(drawn, scales[::columns], columns, full - side + 1.0)
    if bars in ("each", "column"):
        _below(drawn, scales, columns if bars == "column" else len(items))
    if bars == "shared":
        _shared(drawn, one, full, height, bottom, rows_of_legend, long)
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
    room: float | None = None,
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
    room : float, optional
        mm that the title may take, where a narrow map has empty room at its right.

    Returns
    -------
    Axes
    """
    scale = panel.scale or scale
    tall = width / cartography.frame(region)[0]
    axes = style.axes_at(figure, left, top, width, tall)
    draw(axes, panel, where, region=region, scale=scale, land=land)
    _title(axes, mark, *_titled(panel, room or width, width))
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


def _titled(panel: Panel, width: float, across: float) -> tuple[str, str]:
    """Title and note of a map in a column of a width in mm: side by side where they fit above the map, which is
    `across` mm wide, else the note in lines below the title."""
    size, room = JOURNAL["axes.titlesize"], width - LETTER_MM
    beside = width_of(panel.title, size) + NOTE_MM + width_of(panel.note, SMALLEST)
    if panel.note and beside > across - LETTER_MM:
        return wrapped(f"{panel.title}\n{panel.note}", room, size), ""
    return wrapped(panel.title, room, size), panel.note


def _title(axes: Axes, mark: int | str | None, title: str, note: str) -> None:
    style.title(axes, mark, title)
    if note:
        axes.set_title(note, loc="right", fontsize=SMALLEST, color=style.INK, y=1.0, pad=2.5)


def _bar_mode(scales: list, columns: int) -> str:
    present = {id(scale) for scale in scales if scale is not None}
    if not present:
        return "none"
    if len(present) == 1:
        return "shared"
    by_row = [{id(scale) for scale in scales[start : start + columns]} for start in range(0, len(scales), columns)]
    by_column = [{id(scale) for scale in scales[start::columns]} for start in range(columns)]
    if columns > 1 and all(len(group) == 1 for group in by_row):
        return "row"
    one_each = len(by_row) > 1 and all(len(group) == 1 for group in by_column)
    return "column" if one_each and not any(scale is None or scale.names for scale in scales) else "each"


def _below(drawn: Maps, scales: list, count: int) -> None:
    """Colour bars below each of the maps, or below the last of each column where `count` is that of columns."""
    height = drawn.figure.get_figheight() / style.MM
    for number, scale in enumerate(scales[:count]):
        if scale is not None:
            box = drawn.axes[number::count][-1].get_position()
            place = box.x0 + 0.15 * box.width, box.y0 - 3.2 / height, 0.7 * box.width, 1.8 / height
            drawn.bars.append(style.colour_bar(drawn.figure, scale, place))


def _beside(drawn: Maps, scales: list, columns: int, left: float) -> None:
    """Colour bars at the right, `left` mm from the left edge: one for rows of one scale that follow one another."""
    figure = drawn.figure
    full, height = (size / style.MM for size in figure.get_size_inches())
    rows = [axes.get_position() for axes in drawn.axes[::columns]]
    for scale, group in itertools.groupby(range(len(scales)), key=lambda row: scales[row]):
        listed = list(group)
        if scale is None:
            continue
        top, bottom = height * rows[listed[0]].y1, height * rows[listed[-1]].y0
        long = min(0.92 * (top - bottom), max(0.92 * height * rows[0].height, LONGEST_BESIDE_MM))
        place = left / full, 0.5 * (top + bottom - long) / height, 1.8 / full, long / height
        drawn.bars.append(style.colour_bar(figure, scale, place, vertical=True))


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
