"""Legends of classes below maps: patches with names, in as many columns as the width allows; and the room that colour
bars take with their labels."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vadose.figures import style
from vadose.figures.journal import JOURNAL
from vadose.figures.wrapping import extra_height, width_of, wrapped

LEGEND_ROW_MM = 3.6
POINTS = 6.0  # size of the letters
BAR_MM, SIDE_BAR_MM, SIDE_LINE_MM = 9.6, 15.0, 3.2
STRIPES = "//////"  # hatch of patches and bars for the stripes of maps
PATCH_MM, SPACE_MM = 4.6, 3.0  # before a name and behind it


class _Shape(NamedTuple):
    title: list[str]  # lines
    names: list[str]  # of the classes, with line breaks
    lines: int  # of the longest name
    rows: int
    columns: int
    wide: float  # mm of a column


def _legend_shape(scale: style.Scale, across: float) -> _Shape:
    """What a class legend holds in a width of `across` mm."""
    listed = [*scale.names, *([scale.stripes] if scale.stripes else [])]
    names = [wrapped(name, across - PATCH_MM - SPACE_MM, POINTS) for name in listed]
    longest = max(width_of(line, POINTS) for name in names for line in name.split("\n"))
    wide = min(across, PATCH_MM + longest + SPACE_MM)
    columns = max(1, min(len(names), int(across // wide)))
    rows = -(-len(names) // columns)
    title = wrapped(scale.label, across - SPACE_MM, POINTS).split("\n") if scale.label else []
    lines = max(name.count("\n") for name in names) + 1
    return _Shape(title, names, lines, rows, -(-len(names) // rows), wide)


def legend_rows(scale: style.Scale, across: float) -> int:
    """Rows that a class legend takes in a width of `across` mm, its title included."""
    shape = _legend_shape(scale, across)
    return shape.rows * shape.lines + len(shape.title)


def class_legend(figure: Figure, scale: style.Scale, left: float, top: float, full: float, height: float) -> None:
    """Patches with the names of classes in columns, centred over the width; positions in mm from the lower left
    corner.

    Parameters
    ----------
    figure : Figure
        Drawn into.
    scale : Scale
        Of classes.
    left, top : float
        mm, upper left corner of the legend, from the left and from the lower edge of the figure.
    full, height : float
        mm, size of the figure.
    """
    shape = _legend_shape(scale, full - left)
    for line in shape.title:
        middle = (top - 0.5 * LEGEND_ROW_MM) / height
        figure.text(left / full, middle, line, fontsize=POINTS, va="center", color=style.INK)
        top -= LEGEND_ROW_MM
    left += max(0.0, 0.5 * (full - left - shape.columns * shape.wide))
    for number, name in enumerate(shape.names):
        column, row = divmod(number, shape.rows)
        middle = top - (row + 0.5) * shape.lines * LEGEND_ROW_MM
        start = left + column * shape.wide
        corner = (start / full, (middle - 1.1) / height)
        striped = number == len(scale.names)
        face = "white" if striped else scale.colormap(number)
        patch = Rectangle(
            corner,
            3.4 / full,
            2.2 / height,
            transform=figure.transFigure,
            facecolor=face,
            edgecolor="0.4",
            linewidth=0.3,
            hatch=STRIPES if striped else None,
        )
        figure.add_artist(patch)
        place = (start + 4.4) / full, middle / height
        aligned = "center_baseline" if "\n" not in name else "center"
        figure.text(*place, name, fontsize=POINTS, va=aligned, color=style.INK)


def bar_room(scales: Sequence[style.Scale | None], length: float) -> float:
    """Height in mm that colour bars of a length take, with the longest of their labels."""
    labels = (style.bar_label(scale, length) for scale in scales if scale is not None)
    more = max((extra_height(label, JOURNAL["axes.labelsize"]) for label in labels), default=0.0)
    return BAR_MM + more + (1.0 if more else 0.0)


def side_room(scales: Sequence[style.Scale | None], width: float, columns: int, shape: float) -> float:
    """Width in mm that colour bars at the right of rows take; two lines of a label have room as it is.

    Parameters
    ----------
    scales : sequence of Scale or None
        Of the maps.
    width : float
        mm of a map if there were no bars; `columns` maps stand side by side.
    columns : int
        Maps in a row.
    shape : float
        Width of a map by its height.
    """
    side = SIDE_BAR_MM
    for _ in range(3):  # a wider side leaves lower maps, with shorter bars and more lines
        length = 0.92 * (width - side / columns) / shape
        labels = [style.bar_label(scale, length, vertical=True) for scale in scales if scale is not None]
        side = SIDE_BAR_MM + max(0, max(label.count("\n") for label in labels) - 1) * SIDE_LINE_MM
    return side
