"""Legends of classes below maps: patches with names, in as many columns as the width allows."""

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vadose.figures import style

LEGEND_ROW_MM = 3.6


def _legend_shape(scale: style.Scale, across: float) -> tuple[int, int, float]:
    """Rows, columns and width in mm of a column of a class legend; a letter of 6 points is about 1.1 mm wide."""
    wide = 4.6 + 1.12 * max(map(len, scale.names)) + 3.0
    columns = max(1, min(len(scale.names), int(across // wide)))
    rows = -(-len(scale.names) // columns)
    return rows, -(-len(scale.names) // rows), wide


def legend_rows(scale: style.Scale, across: float) -> int:
    """Rows that a class legend takes in a width of `across` mm, its title included."""
    return _legend_shape(scale, across)[0] + bool(scale.label)


def class_legend(figure: Figure, scale: style.Scale, left: float, top: float, full: float, height: float) -> None:
    """Patches with the names of classes in columns, centred over the width; positions in mm from the lower left
    corner."""
    if scale.label:
        figure.text(
            left / full, (top - 0.5 * LEGEND_ROW_MM) / height, scale.label, fontsize=6, va="center", color=style.INK
        )
        top -= LEGEND_ROW_MM
    rows, columns, wide = _legend_shape(scale, full - left)
    left += max(0.0, 0.5 * (full - left - columns * wide))
    for number, name in enumerate(scale.names):
        column, row = divmod(number, rows)
        middle = top - (row + 0.5) * LEGEND_ROW_MM
        start = left + column * wide
        corner = (start / full, (middle - 1.1) / height)
        face = scale.colormap(number)
        patch = Rectangle(
            corner,
            3.4 / full,
            2.2 / height,
            transform=figure.transFigure,
            facecolor=face,
            edgecolor="0.4",
            linewidth=0.3,
        )
        figure.add_artist(patch)
        figure.text((start + 4.4) / full, middle / height, name, fontsize=6, va="center_baseline", color=style.INK)
