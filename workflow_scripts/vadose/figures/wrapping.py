"""Text broken into lines that fit a width on paper, measured with the letters that are printed."""

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

POINT = 25.4 / 72.0  # mm
LINE = 1.4  # distance of two lines in sizes of the letters, as matplotlib sets them in this font


def width_of(text: str, points: float) -> float:
    """Width in mm of one line of text.

    Parameters
    ----------
    text : str
        May hold mathematics between dollar signs.
    points : float
        Size of the letters.
    """
    properties = FontProperties(family="DejaVu Sans", size=points)
    ismath = text.count("$") >= 2
    return TextToPath().get_text_width_height_descent(text, properties, ismath=ismath)[0] * POINT


def wrapped(text: str, width: float, points: float) -> str:
    """The text with line breaks, so that each line fits the width; a word that is wider than that is cut.

    Parameters
    ----------
    text : str
        One paragraph; line breaks of its own stay. A blank within mathematics counts as one of the text.
    width : float
        mm.
    points : float
        Size of the letters.
    """
    return "\n".join(_paragraph(part, width, points) for part in text.split("\n"))


def _paragraph(text: str, width: float, points: float) -> str:
    if width_of(text, points) <= width:
        return text
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(longer, points) <= width:
            lines[-1] = longer
            continue
        lines += [word] if lines[-1] else []
        lines[-1] = word
        while width_of(lines[-1], points) > width and len(lines[-1]) > 1 and "$" not in word:
            kept = _fitting(lines[-1], width, points)
            lines[-1:] = [lines[-1][:kept], lines[-1][kept:]]
    return "\n".join(lines)


def _fitting(word: str, width: float, points: float) -> int:
    """Letters of a word that fit the width, one at least."""
    kept = 1
    while kept < len(word) and width_of(word[: kept + 1], points) <= width:
        kept += 1
    return kept


def extra_height(text: str, points: float) -> float:
    """Height in mm of the lines after the first."""
    return text.count("\n") * LINE * points * POINT
