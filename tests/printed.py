"""What a journal asks of the letters and colours of a figure, checked on the drawn figure."""

import re
from collections import defaultdict

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from vadose.figures import bundle
from vadose.figures.journal import SMALLEST
from vadose.figures.pictures import MapPicture
from vadose.figures.rounding import extension, finite_values

LETTER = r"(?:\$\\bf\{\w+\}\$\s*)?"  # of a panel, before its title
ACROSS, UP = 0.5, 0.75  # points that boxes of letters may share: they are a little larger than the letters


def faults(figure):
    """Texts that are too small, that leave the page, or that lie over one another (upright and on-edge ones)."""
    finer = figure.dpi
    figure.set_dpi(100)  # the letters alone are looked at: nothing is painted, and maps not even computed
    canvas = FigureCanvasAgg(figure)
    maps = [picture for picture in figure.findobj(MapPicture) if picture.get_visible()]
    for picture in maps:
        picture.set_visible(False)
    figure.draw_without_rendering()
    for picture in maps:
        picture.set_visible(True)
    page, renderer = figure.bbox.padded(0.4), canvas.get_renderer()
    axis_of = [(axis, axes.axison) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    unprinted = {  # ticks beyond the limits, and those of axes without a frame
        id(text)
        for axis, printed in axis_of
        for tick in set(axis.get_major_ticks()) - (set(axis._update_ticks()) if printed else set())
        for text in (tick.label1, tick.label2)
    }
    listed, boxes = [], []
    for text in figure.findobj(Text):
        if id(text) in unprinted or not (text.get_text().strip() and text.get_visible()):
            continue
        box = text.get_window_extent(renderer)
        if text.get_fontsize() < SMALLEST:
            listed.append(f"{text.get_text()!r} has {text.get_fontsize()} points")
        if not (page.contains(*box.min) and page.contains(*box.max)) and box.width:
            listed.append(f"{text.get_text()!r} leaves the page")
        if text.get_rotation() % 90 == 0:
            boxes.append((text.get_text(), box))
    for number, (text, box) in enumerate(boxes):
        for other_text, other in boxes[number + 1 :]:
            across = min(box.x1, other.x1) - max(box.x0, other.x0)
            up = min(box.y1, other.y1) - max(box.y0, other.y0)
            if min(across / ACROSS, up / UP) > 100 / 72:
                listed.append(f"{text!r} lies over {other_text!r}")
    figure.set_dpi(finer)
    return listed + small_letters(figure) + untrue_arrows(figure)


def small_letters(figure):
    """Titles and labels of axes that begin with a small letter; symbols of one letter may."""
    texts = [text for axes in figure.axes for text in (axes.get_title("left"), axes.get_xlabel(), axes.get_ylabel())]
    return [f"{text!r} begins small" for text in texts if re.match(LETTER + r"[a-z]{2,}", text)]


def untrue_arrows(figure):
    """Colour scales of maps with an arrow beyond which no value lies, or without one where values lie beyond."""
    values, scales = defaultdict(list), {}
    for picture in figure.findobj(MapPicture):
        scale = picture.look[0]
        if scale is not None and scale.names is None:
            scales[id(scale)] = scale
            values[id(scale)].append(np.asarray(picture.field[0], dtype=float))
    listed = []
    for key, scale in scales.items():
        bounds = scale.norm.boundaries
        true = extension(finite_values(values[key]), bounds[0], bounds[-1])
        if true != scale.extend:
            listed.append(f"arrows of {scale.label!r}: {scale.extend}, values lie beyond: {true}")
    return listed


def only_fit(monkeypatch):
    """Let no figure be saved that has a fault."""
    whole = bundle.save

    def save(figure, stem, *parts, **words):
        listed = faults(figure)
        assert not listed, (stem.name, listed)
        return whole(figure, stem, *parts, **words)

    monkeypatch.setattr(bundle, "save", save)
