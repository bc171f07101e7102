"""One look for all figures: fonts, sizes, colours, colour scales, and how units, seasons and layers are written.

Colours are chosen by role (amount, change, class), never by figure, and all of them stay apart under red-green
blindness. Figures are made without pyplot: no global state but the font sizes, no window system, equal bytes from equal
data.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, Colormap, ListedColormap, Normalize, to_rgba_array
from matplotlib.figure import Figure
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.figures.journal import JOURNAL, SMALLEST, WIDTHS
from vadose.figures.rounding import extension, finite_values, nice, round_parts, stepped
from vadose.figures.wrapping import wrapped

MM = 1 / 25.4  # inches
TALLEST = 235.0  # mm, a page with its caption

INK, SOFT, NO_DATA, COAST, SEA = "0.15", "0.45", "0.86", "0.35", "white"
CHANGE = "BrBG"  # drier brown, wetter blue-green
ASSOCIATION = "RdBu_r"  # negative blue, positive red: of dependence, where wet and dry have no meaning
AMOUNT = "YlGnBu"
PROBABILITY = "YlOrBr_r"

DYNAMICS = {"trend": "Trend", "iav": "Interannual variability"}
DYNAMICS_COLOURS = {"trend": "#D55E00", "iav": "#0072B2"}
MOISTURE_SEASONS = {"H-S": "humid", "SH-S": "sub-humid", "SA-S": "semi-arid", "A-S": "arid"}
MOISTURE_COLOURS = {"H-S": "#01665E", "SH-S": "#5AB4AC", "SA-S": "#D8A84E", "A-S": "#8C510A"}
CALENDAR_SEASONS = {"MAM": "spring", "JJA": "summer", "SON": "autumn", "DJF": "winter"}
TAILS = {
    "none": "#D9D9D9",
    "lower": "#0072B2",
    "upper": "#E69F00",
    "both": "#039B7A",
    "negative": "#AC0A2C",
    "undetermined": "#FFFEB5",
}
# Code: (short name, full name, colour). Short names stand in plots, full names in captions and tables. The colours were
# searched for near the usual ones (forests green, deserts sand) so that each pair differs by at least 17 CIELAB units,
# also to eyes without red or green cones (Machado et al. 2009).
ECOREGIONS = {
    1: ("TrMoist", "Tropical and subtropical moist broadleaf forests", "#004E3B"),
    2: ("TrDry", "Tropical and subtropical dry broadleaf forests", "#A6D866"),
    3: ("TrConif", "Tropical and subtropical coniferous forests", "#3B7854"),
    4: ("TeBroad", "Temperate broadleaf and mixed forests", "#8CCCA4"),
    5: ("TeConif", "Temperate coniferous forests", "#317D99"),
    6: ("Boreal", "Boreal forests and taiga", "#3E7EC7"),
    7: ("TrGrass", "Tropical and subtropical grasslands, savannas and shrublands", "#E29C2C"),
    8: ("TeGrass", "Temperate grasslands, savannas and shrublands", "#FAF0A5"),
    9: ("Flooded", "Flooded grasslands and savannas", "#3C248B"),
    10: ("Montane", "Montane grasslands and shrublands", "#BD97D4"),
    11: ("Tundra", "Tundra", "#BEE1F5"),
    12: ("Medit.", "Mediterranean forests, woodlands and scrub", "#610018"),
    13: ("Desert", "Deserts and xeric shrublands", "#D26237"),
    14: ("Mangr.", "Mangroves", "#D9008C"),
    98: ("Lake", "Lakes", "#0E00C6"),
    99: ("Ice", "Rock and ice", "#A5B1BA"),
}
LONGEST_NAME = 9  # characters of the name of a region beside a point
TEST_NAMES = {
    "original": "Mann-Kendall",
    "hamed_rao": "Hamed and Rao",
    "3pw": "3PW",
    "block_bootstrap": "block bootstrap",
}
TERMS = {
    "Ta": "$T_a$",
    "GPP": "GPP",
    "LST": "LST",
    "Ta:GPP": "$T_a$ : GPP",
    "Ta:LST": "$T_a$ : LST",
    "GPP:LST": "GPP : LST",
    "Ta:GPP:LST": "$T_a$ : GPP : LST",
}


@dataclass(frozen=True, eq=False)
class Scale:
    """How values become colours, and how the colour bar is labelled."""

    colormap: Colormap
    norm: Normalize
    label: str = ""
    extend: str = "neither"  # arrows of the colour bar: neither, min, max, both
    ticks: tuple[float, ...] | None = None
    names: tuple[str, ...] | None = None  # of classes; None for a scale of numbers
    centre: float | None = None  # where the hues of a diverging scale meet
    codes: tuple[int, ...] | None = None  # values of the classes in the data, where they are not 0, 1, 2 ...
    stripes: str = ""  # what stripes over the colours mean

    @property
    def mappable(self) -> ScalarMappable:
        """For `figure.colorbar`."""
        return ScalarMappable(self.norm, self.colormap)

    def colours(self, values: Array) -> NDArray[np.uint8]:
        """Colours of values, (...) -> (..., 4) RGBA of 0..255; missing values are transparent."""
        values = np.asarray(values, dtype=float)
        if self.codes is not None:  # a code that is no class is missing
            match = values[..., None] == np.asarray(self.codes, dtype=float)
            values = np.where(match.any(-1), match.argmax(-1), np.nan)
        missing = ~np.isfinite(values)
        out = np.array(self.colormap(self.norm(np.where(missing, 0.0, values)), bytes=True), dtype=np.uint8)
        out[missing] = 0
        return out


def figure(width: str | float = "double", height: float = 80.0) -> Figure:
    """An empty figure in the journal's style.

    Parameters
    ----------
    width : {"single", "middle", "double"} or float
        Column width by name, or mm.
    height : float
        mm.
    """
    matplotlib.rcParams.update(JOURNAL)
    across = WIDTHS[width] if isinstance(width, str) else float(width)
    # Its canvas keeps the renderer that texts are measured with, which is made anew for each text otherwise.
    return FigureCanvasAgg(Figure(figsize=(across * MM, float(height) * MM))).figure


def axes_at(figure: Figure, left: float, top: float, width: float, height: float, **options):
    """Axes in a box given in mm from the upper left corner of the figure.

    Parameters
    ----------
    figure : Figure
        Drawn into.
    left, top : float
        mm from the left and from the upper edge to the box.
    width, height : float
        mm, size of the box.
    **options
        Of `Figure.add_axes`.
    """
    full, high = (size / MM for size in figure.get_size_inches())
    return figure.add_axes((left / full, 1.0 - (top + height) / high, width / full, height / high), **options)


def letter(index: int) -> str:
    """Panel letter: 0 -> a, 25 -> z, 26 -> aa."""
    return (letter(index // 26 - 1) if index >= 26 else "") + chr(ord("a") + index % 26)


def title(axes, index: int | str | None, text: str = "", **options) -> None:
    """Panel letter in bold and title, at the left above the panel; `index` is a number, a text such as b1, or None.

    Parameters
    ----------
    axes : Axes
        Of the panel.
    index : int, str or None
        Number of the panel from 0, a mark such as b1, or no letter.
    text : str
        Behind the letter.
    **options
        Of `Axes.set_title`.
    """
    mark = letter(index) if isinstance(index, int) else index
    bold = f"$\\bf{{{mark}}}$  " if mark else ""
    axes.set_title(bold + text, loc="left", color=INK, **{"y": 1.0, "pad": 2.5, **options})


def unit_text(unit: str) -> str:
    """Unit as it is printed: "kg m-2 yr-1" -> "kg m⁻² yr⁻¹"; "1" -> ""."""
    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "" if unit == "1" else re.sub(r"(?<=[A-Za-z])-?\d+", lambda match: match[0].translate(raised), unit)


def label(quantity: str, unit: str) -> str:
    """Quantity and unit for an axis: "Trend (kg m⁻² yr⁻¹)"."""
    text = unit_text(unit)
    return f"{quantity} ({text})" if text else quantity


def layer_name(top: float, bottom: float) -> str:
    """Soil layer from its bounds in m: "10–40 cm"."""
    return f"{100 * top:g}–{100 * bottom:g} cm"


def layer_colours(count: int) -> list[str]:
    """Colours of soil layers from the surface (light) down (dark)."""
    shades = (
        matplotlib.colormaps["YlGnBu"](np.linspace(0.35 if count < 4 else 0.2, 0.95, count))
        if count > 1
        else matplotlib.colormaps["YlGnBu"]([0.7])
    )
    return [matplotlib.colors.to_hex(shade) for shade in shades]


def shades(colour: str, count: int) -> list[str]:
    """`count` shades of one colour from light to the colour itself darkened, equal steps of lightness."""
    base = to_rgba_array(colour)[0, :3]
    mixes = np.linspace(-0.62, 0.28, count) if count > 1 else np.zeros(1)
    return [matplotlib.colors.to_hex(base + (1 - base) * -mix if mix < 0 else base * (1 - mix)) for mix in mixes]


def ink_on(colour) -> str:
    """Black or white, whichever reads better on a background colour."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in to_rgba_array(colour)[0, :3]
    )
    return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.22 else "white"


def readable(colour) -> str:
    """The colour, darkened as far as letters in it need on white."""
    rgb = to_rgba_array(colour)[0, :3]
    while 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2] > 0.48:
        rgb = rgb * 0.94
    return matplotlib.colors.to_hex(rgb)


def diverging(
    values,
    quantity: str,
    unit: str,
    *,
    limit: float | None = None,
    centre: float = 0.0,
    steps: int | None = None,
    colours: str = CHANGE,
) -> Scale:
    """Scale with two hues that meet at `centre`, with the same reach on both sides.

    Parameters
    ----------
    values : array or list of arrays
        What the scale must serve; missing values are ignored.
    quantity, unit : str
        For the colour bar.
    limit : float, optional
        Reach on either side; default a round number at the 98th percentile of the distance from the centre.
    centre : float
        Where the hues meet.
    steps : int, optional
        Even number of bins, so that none straddles the centre; default 8 to 12, whatever gives round bounds.
    colours : str
        A diverging colour map of matplotlib.

    Raises
    ------
    ValueError
        If `steps` is odd.
    """
    if steps is not None and steps % 2:
        raise ValueError(
            f"diverging: expected an even number of steps, so that none straddles the centre, found {steps}."
        )
    finite = finite_values(values) - centre
    reach = limit if limit is not None else nice(float(np.quantile(np.abs(finite), 0.98)) if finite.size else 1.0)
    half = np.linspace(0.0, reach, (steps // 2 if steps else round_parts(reach)) + 1)
    bounds = centre + np.concatenate([-half[:0:-1], half])
    colormap, norm = stepped(colours, bounds)
    return Scale(colormap, norm, label(quantity, unit), extension(finite, -reach, reach), tuple(bounds), centre=centre)


def sequential(
    values,
    quantity: str,
    unit: str,
    *,
    limits: tuple[float, float] | None = None,
    steps: int = 8,
    colours: str = AMOUNT,
) -> Scale:
    """Scale from light to dark between robust limits.

    Parameters
    ----------
    values : array or list of arrays
        What the scale must serve; missing values are ignored.
    quantity, unit : str
        For the colour bar.
    limits : (low, high), optional
        Default: round numbers around the 2nd and 98th percentile; zero where the low end is close to it.
    steps : int
        Number of bins.
    colours : str
        A sequential colour map of matplotlib.
    """
    finite = finite_values(values)
    if limits is None:
        low, high = np.quantile(finite, [0.02, 0.98]) if finite.size else (0.0, 1.0)
        begin = 0.0 if 0 <= low < 0.35 * high else float(low)
        size = nice((high - begin if high - begin > 1e-9 else 1.0) / steps)  # less is rounding
        start = math.floor(begin / size + 1e-9) * size
        limits = (start, start + steps * size)
    bounds = np.linspace(*limits, steps + 1)
    colormap, norm = stepped(colours, bounds)
    return Scale(colormap, norm, label(quantity, unit), extension(finite, *limits), tuple(bounds))


def classes(
    names: Sequence[str], colours: Sequence[str], quantity: str = "", codes: Sequence[int] | None = None
) -> Scale:
    """Scale of classes: value 0, or the first of the codes, has the first name and colour, and so on.

    Parameters
    ----------
    names, colours : sequences of str
        One of each for a class.
    quantity : str
        For the legend.
    codes : sequence of int, optional
        Values of the classes; default 0, 1, ...

    Raises
    ------
    ValueError
        If names, colours and codes are not equally many.
    """
    count = len(names)
    if count != len(colours) or (codes is not None and len(codes) != count):
        counts = len(colours) if codes is None else (len(colours), len(codes))
        raise ValueError(f"classes: expected as many colours, and codes, as names ({count}), found {counts}.")
    norm = BoundaryNorm(np.arange(count + 1) - 0.5, count)
    codes_kept = None if codes is None else tuple(codes)
    return Scale(
        ListedColormap(list(colours)), norm, quantity, "neither", tuple(range(count)), tuple(names), codes=codes_kept
    )


def integers(low: int, high: int, quantity: str, unit: str, *, colours: str = "viridis_r") -> Scale:
    """Scale of whole numbers such as lags, one colour each.

    Parameters
    ----------
    low, high : int
        Smallest and largest number.
    quantity, unit : str
        For the colour bar.
    colours : str
        A sequential colour map of matplotlib.
    """
    count = high - low + 1
    shades = matplotlib.colormaps[colours](np.linspace(0.03, 0.97, count))
    norm = BoundaryNorm(np.arange(low, high + 2) - 0.5, count)
    return Scale(ListedColormap(shades), norm, label(quantity, unit), "neither", tuple(range(low, high + 1)))


def thinned(ticks: Sequence[float], most: int, keep: float | None = None) -> tuple[float, ...]:
    """Every so many of the ticks that about `most` stay: the one at `keep` always, otherwise the first."""
    every = max(1, math.ceil((len(ticks) - 1) / max(most - 1, 1)))
    start = int(np.argmin(np.abs(np.asarray(ticks) - keep))) % every if keep is not None else 0
    return tuple(ticks[start::every])


def colour_bar(figure: Figure, scale: Scale, box: tuple[float, float, float, float], *, vertical: bool = False):
    """Colour bar in the box (left, bottom, width, height) of figure shares; ticks and label are fitted to its
    length.

    Parameters
    ----------
    figure : Figure
        Drawn into.
    scale : Scale
        What the bar tells.
    box : (left, bottom, width, height)
        Shares of the figure.
    vertical : bool
        Whether the bar stands.
    """
    axes = figure.add_axes(box)
    side = "vertical" if vertical else "horizontal"
    bar = figure.colorbar(
        scale.mappable, cax=axes, orientation=side, extend=scale.extend, extendfrac=0.045, spacing="uniform"
    )
    bar.outline.set_linewidth(0.4)
    long = (box[3] * figure.get_figheight() if vertical else box[2] * figure.get_figwidth()) / MM
    if scale.ticks is not None:
        ticks = (
            scale.ticks if scale.names else thinned(scale.ticks, int(long // (3.0 if vertical else 6.5)), scale.centre)
        )
        bar.set_ticks(
            list(ticks), labels=scale.names or [f"{tick:.6g}".replace("-", "−") for tick in np.round(ticks, 9)]
        )
    bar.ax.tick_params(length=1.5, width=0.4, pad=1.5, labelsize=SMALLEST)
    bar.ax.minorticks_off()
    bar.set_label(bar_label(scale, long, vertical=vertical), labelpad=2.0)
    return bar


def bar_label(scale: Scale, length: float, *, vertical: bool = False) -> str:
    """Label of a colour bar of a length in mm, in lines a little longer than the bar; beside a bar there is room above
    and below."""
    return wrapped(scale.label, max(10.0, length + 4.0 if vertical else 1.15 * length), JOURNAL["axes.labelsize"])
