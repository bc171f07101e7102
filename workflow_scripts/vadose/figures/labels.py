"""Labels beside points that overlap neither one another nor the points: deterministic, so that a figure is drawn the
same way each time."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text

from vadose.core.arrays import Array
from vadose.figures import style
from vadose.figures.journal import SMALLEST

ANGLES = np.deg2rad(
    [0, 180, 45, 135, 315, 225, 90, 270, 22.5, 157.5, 337.5, 202.5, 67.5, 112.5, 292.5, 247.5]
)  # the right side is preferred
FAR = 1.1  # times the height of the letters: labels farther off get a line to their point


def arrange(
    anchors: Array,
    sizes: Array,
    frame: tuple[float, float, float, float],
    *,
    taken: Array | None = None,
    clear: float = 2.0,
    gap: float = 0.6,
) -> Array:
    """Centres of labels near their anchors, within a frame, without overlap.

    Parameters
    ----------
    anchors : (label, 2) array
        Points to be labelled, any unit of length.
    sizes : (label, 2) array
        Width and height of the labels.
    frame : (left, bottom, right, top)
        Labels stay inside.
    taken : (text, 4) array, optional
        Rectangles (left, bottom, right, top) of other texts, avoided as labels are.
    clear : float
        Half the side of the square around each anchor that labels keep free where they can.
    gap : float
        Smallest distance between labels.

    Returns
    -------
    (label, 2) array
        Centres. Labels never overlap as long as the frame has room for them where the search looks; where it has not,
        the overlap is the smallest found.

    Notes
    -----
    The most crowded anchors are served first. Each label takes the cheapest of its candidates, which lie on sixteen
    rays at growing distances, and at last on a lattice over the frame: overlap with labels costs most, then covering
    points, then the distance to the point, then an unusual side.
    """
    anchors = np.asarray(anchors, dtype=float).reshape(-1, 2)
    sizes = np.asarray(sizes, dtype=float).reshape(-1, 2)
    count = len(anchors)
    if count == 0:
        return np.zeros((0, 2))
    left, bottom, right, top = frame
    reach = 3.0 * sizes.mean()
    distances = np.hypot(*(anchors[:, None] - anchors[None]).transpose(2, 0, 1))
    crowd = (distances < reach).sum(1)
    order = np.lexsort((np.arange(count), anchors[:, 0], -crowd))
    radii = np.arange(0.0, max(right - left, top - bottom), 0.35 * sizes[:, 1].mean())
    columns = np.linspace(left, right, 40)
    rows = np.linspace(bottom, top, 40)
    lattice = np.stack(np.meshgrid(columns, rows), -1).reshape(-1, 2)
    placed = np.empty((0, 4)) if taken is None else np.asarray(taken, dtype=float).reshape(-1, 4)
    centres = np.zeros((count, 2))
    for number in order:
        half = 0.5 * sizes[number]
        rays = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])
        # Nearest position on each ray at which the label does not touch its own point.
        touch = np.min((half + clear) / np.maximum(np.abs(rays), 1e-9), axis=1)
        offsets = rays[None] * (touch[None, :, None] + radii[:, None, None])
        candidates = np.concatenate([anchors[number] + offsets.reshape(-1, 2), lattice])
        preference = np.append(np.tile(np.arange(len(ANGLES)), len(radii)), np.full(len(lattice), len(ANGLES)))
        inside = (
            np.abs(candidates - [(left + right) / 2, (bottom + top) / 2])
            <= np.array([(right - left) / 2, (top - bottom) / 2]) - half
        ).all(1)
        candidates = candidates[inside] if inside.any() else np.array([[(left + right) / 2, (bottom + top) / 2]])
        preference = preference[inside] if inside.any() else np.zeros(1)
        boxes = np.hstack([candidates - half, candidates + half])
        outside = np.maximum(np.abs(candidates - anchors[number]) - half, 0.0)
        cost = np.hypot(*outside.T) + 0.03 * half[1] * preference
        points = np.hstack([anchors - clear, anchors + clear])
        cost = cost + 12.0 * sizes[:, 1].mean() * (_overlap(boxes, points) > 0).sum(1)
        if len(placed):
            padded = placed + np.array([-gap, -gap, gap, gap])
            area = _overlap(boxes, padded).sum(1)
            cost = cost + np.where(area > 0, 1e6 + 1e3 * area, 0.0)
        best = int(np.argmin(cost))
        centres[number] = candidates[best]
        placed = np.vstack([placed, boxes[best]])
    return centres


def _overlap(boxes: Array, others: Array) -> Array:
    """(box, other) shared areas of rectangles (left, bottom, right, top)."""
    wide = np.minimum(boxes[:, None, 2], others[None, :, 2]) - np.maximum(boxes[:, None, 0], others[None, :, 0])
    high = np.minimum(boxes[:, None, 3], others[None, :, 3]) - np.maximum(boxes[:, None, 1], others[None, :, 1])
    return np.maximum(wide, 0.0) * np.maximum(high, 0.0)


def labels_apart(labels: Sequence[Text], distance: float = 0.09) -> None:
    """Remove those of a unit square's contour labels that stand too near to its edge or to one that stays; that of 1
    stays first."""
    kept: list[tuple[float, float]] = []
    for label in sorted(labels, key=lambda one: one.get_text() != "1"):
        x, y = label.get_position()
        inside = min(x, y, 1.0 - x, 1.0 - y) >= distance / 3.0
        if inside and all(np.hypot(x - other_x, y - other_y) >= distance for other_x, other_y in kept):
            kept.append((x, y))
        else:
            label.remove()


def place_labels(
    axes: Axes, points: Array, texts: Sequence[str], *, size: float = SMALLEST, colour: str = style.INK
) -> list[tuple[float, ...]]:
    """Write labels beside points of final axes, and beside what is written there; those that had to go far get a thin
    line.

    Parameters
    ----------
    axes : Axes
        With final limits and position.
    points : (point, 2) array
        In data units.
    texts : sequence of str
    size : float
        Of the letters, points.

    Returns
    -------
    list of (left, bottom, right, top)
        The labels' rectangles in pixels of the figure.
    """
    from matplotlib.patheffects import withStroke

    if not len(texts):
        return []
    dot = axes.figure.dpi / 72.0  # pixels of a point
    halo = [withStroke(linewidth=1.0, foreground=(1, 1, 1, 0.75))]  # so that lines behind do not strike the letters out
    before = [text.get_window_extent().extents / dot for text in axes.texts]
    options = {"fontsize": size, "color": colour, "ha": "center", "va": "center", "zorder": 6, "path_effects": halo}
    written = [axes.text(0, 0, text, **options) for text in texts]
    extents = [text.get_window_extent() for text in written]
    sizes = np.array([(extent.width, 0.92 * extent.height) for extent in extents]) / dot
    frame = axes.get_window_extent()
    anchors = axes.transData.transform(np.asarray(points, dtype=float)) / dot
    corners = np.array([frame.x0, frame.y0, frame.x1, frame.y1]) / dot + np.array([1, 1, -1, -1])
    centres = arrange(anchors, sizes, tuple(corners), taken=np.array(before))
    back = axes.transData.inverted()
    for text, centre, anchor, extent in zip(written, centres, anchors, sizes):
        text.set_position(back.transform(centre * dot))
        nearest = np.clip(anchor, centre - extent / 2, centre + extent / 2)
        if np.hypot(*(nearest - anchor)) > FAR * extent[1]:
            ends = back.transform(np.array([anchor, nearest]) * dot)
            axes.plot(*ends.T, color="0.55", linewidth=0.3, zorder=4)
    return [
        tuple(np.concatenate([centre - extent / 2, centre + extent / 2]) * dot)
        for centre, extent in zip(centres, sizes)
    ]
