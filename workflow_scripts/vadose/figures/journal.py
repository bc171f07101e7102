"""How all figures of a process look and are written: letters and lines as journals print them (settings of matplotlib,
sizes in points), and what the configuration says under `figures`."""

from collections.abc import Mapping
from typing import Any

from matplotlib import font_manager

SMALLEST = 6.0  # points, of any letter in print

JOURNAL: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same letters on every machine
    "mathtext.fontset": "dejavusans",
    "font.size": 6.5,
    "axes.labelsize": 6.5,
    "axes.titlesize": 7.0,
    "axes.titlepad": 3.0,
    "axes.labelpad": 2.0,
    "axes.linewidth": 0.5,
    "axes.edgecolor": "0.25",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": 6.0,
    "ytick.labelsize": 6.0,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2.0,
    "ytick.major.size": 2.0,
    "xtick.major.pad": 1.5,
    "ytick.major.pad": 1.5,
    "lines.linewidth": 0.9,
    "patch.linewidth": 0.4,
    "hatch.linewidth": 0.4,
    "legend.fontsize": 6.0,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # letters stay letters, so that a journal can edit them
    "svg.fonttype": "none",
    "svg.hashsalt": "vadose",  # equal names of parts in equal figures
    "image.composite_image": False,
    "figure.dpi": 300,
}

WIDTHS = {"single": 88.0, "middle": 120.0, "double": 180.0}  # mm, the column widths that journals of the field share
FONT = JOURNAL["font.family"]
LOOK: dict[str, Any] = {"formats": ["png", "pdf", "svg"], "colours": "published"}


def use(look: Mapping[str, Any]) -> None:
    """Draw and save the figures of this process as the configuration says under `figures`.

    Raises
    ------
    ValueError
        If the font is not on this machine.
    """
    LOOK.update(formats=look["formats"], colours=look["colours"])
    WIDTHS.update(look["width"])
    font = look["font"]
    try:
        font_manager.findfont(font, fallback_to_default=False)
    except ValueError:
        raise ValueError(
            f"figures.font: expected a font of this machine, found {font}. Install it, or name {FONT}, which comes "
            "with matplotlib."
        ) from None
    own = {
        "mathtext.fontset": "custom",
        "mathtext.rm": font,
        "mathtext.it": f"{font}:italic",
        "mathtext.bf": f"{font}:bold",
    }
    JOURNAL.update({"mathtext.fontset": "dejavusans"} if font == FONT else own, **{"font.family": font})
