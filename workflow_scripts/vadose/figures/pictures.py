"""Fields of cells as the dots of a print: a map is sampled, and so is each format that it is saved in.

For every dot of the print the position on Earth is computed, and with it the cell whose edges enclose the position. So
a 5 degree and a 0.05 degree field, a seam anywhere and half cells at the poles are all drawn where they lie, in the
time of one picture.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.artist import Artist, allow_rasterization
from matplotlib.axes import Axes
from numpy.typing import NDArray

from vadose.core import cells
from vadose.core.arrays import Array
from vadose.core.grid import Grid
from vadose.figures import cartography, style
from vadose.figures.cartography import Land, Region

PALE = 0.6  # share of white in the colour of a cell that is not significant
LIGHT = 140  # mean of red, green and blue (0..255) above which stripes are black
ROWS = 256  # of a picture that are worked on at once: memory, never the result
STRIPE_MM, STRIPE_SHARE = 0.9, 0.3  # from one stripe to the next across the print, and how much of that it takes


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
        Where the colour is full, such as the mask of the false discovery rate; elsewhere it is pale.
    scale : Scale, optional
        Own scale of this panel; default that of the figure.
    note : str
        The panel's number in words, above its right corner.
    mark : str, optional
        Panel letter such as a1; default letters in reading order.
    striped : bool array like the map, optional
        Where stripes lie over the colour: black ones over light colours, white ones over others.
    """

    values: Array
    title: str = ""
    significant: Array | None = None
    scale: style.Scale | None = None
    note: str = ""
    mark: str | None = None
    striped: Array | None = None


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
    values: Array,
    where: xr.Dataset | Grid,
    region: Region,
    dots: int | tuple[Array, Array],
    scale: style.Scale | None,
    land: Land | None,
    significant: Array | None = None,
    striped: Array | None = None,
    stripe: float = 8.0,
) -> NDArray[np.uint8]:
    """The picture of a map, (row, column, 4) RGBA, north first: the cell under each dot, grey on land without data,
    transparent elsewhere.

    Parameters
    ----------
    values : (cell, ...) or (lat, lon, ...) array
        Numbers, or red, green, blue (0..1) along a last axis; missing is NaN.
    where : Dataset or Grid
        Packed cells, or the grid of the values.
    region : str or View
        Of `vadose.figures.cartography`.
    dots : int or (x, y)
        Width of the picture in dots; or the metres of its columns and rows.
    scale : Scale or None
        Colours of numbers.
    land : Land or None
        Where land without data is grey.
    significant : bool array like the values, optional
        Cells elsewhere are pale.
    striped : bool array like the values, optional
        Cells with stripes.
    stripe : float
        Dots from one stripe to the next, along a row.
    """
    colours, grid = _coloured(values, where, scale, significant)
    mask = None if striped is None else unpacked(np.asarray(striped, dtype=float), where)[0] > 0
    x, y = cartography.metres_of(region, dots) if isinstance(dots, int) else dots
    dyes = np.ascontiguousarray(colours).view(np.uint32)[..., 0]  # one number a colour is moved faster than four
    picture = np.empty((len(y), len(x), 4), dtype=np.uint8)
    for first in range(0, len(y), ROWS):
        band = picture[first : first + ROWS]
        lon, lat = cartography.positions(region, (x, y[first : first + ROWS]))
        row, column, inside = cartography.index(grid, lon, lat)
        band[:] = np.where(inside, dyes[row, column], np.uint32(0))[..., None].view(np.uint8)
        if mask is not None:
            across, down = np.arange(len(x))[None, :], first + np.arange(len(band))[:, None]
            drawn = inside & mask[row, column] & ((across + down) % stripe < STRIPE_SHARE * stripe)
            band[drawn, :3] = np.where(band[drawn, :3].mean(-1) > LIGHT, 0, 255)[:, None]
        if land is not None:
            _draw_bare_land(band, lon, lat, land)
    return picture


def _draw_bare_land(band: NDArray[np.uint8], lon: Array, lat: Array, land: Land) -> None:
    """Land without data in grey."""
    empty = (band[..., 3] == 0) & np.isfinite(lon)
    row, column, inside = cartography.index(land.grid, lon, lat)
    empty &= inside & (land.fraction[row, column] >= 0.5)
    grey = round(255 * float(style.NO_DATA))
    band[empty] = grey, grey, grey, 255


def _coloured(values, where, scale: style.Scale | None, significant) -> tuple[NDArray[np.uint8], Grid]:
    """Colour of each cell, (lat, lon, 4) RGBA; transparent where it has no value."""
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
    if significant is not None:
        mask, _ = unpacked(np.asarray(significant, dtype=float), where)
        faded = ~(mask > 0)
        colours[faded, :3] = np.rint(255 * PALE + (1 - PALE) * colours[faded, :3].astype(float)).astype(np.uint8)
    return colours, grid


class MapPicture(Artist):
    """The dots of a map in axes whose limits are the metres of the projection: sampled for the dots of each format when
    it is drawn, so that no cell is lost between two rasters."""

    def __init__(self, axes: Axes, panel: Panel, where, region: Region, scale: style.Scale | None, land: Land | None):
        super().__init__()
        self.field = panel.values, where, region
        self.look = panel.scale or scale, land, panel.significant, panel.striped
        self.latest: tuple[tuple, NDArray[np.uint8]] | None = None  # dots and picture, the same in PDF and SVG
        self.set_zorder(1)
        axes.add_artist(self)

    def get_window_extent(self, renderer=None):
        """Box of the map."""
        return self.axes.get_window_extent(renderer)

    @allow_rasterization
    def draw(self, renderer) -> None:
        """Sample and draw."""
        box, finer = self.axes.get_window_extent(renderer), renderer.get_image_magnification()
        left, low = np.floor(box.x0), np.floor(box.y0)
        wide, high = int(np.ceil((box.x1 - left) * finer)), int(np.ceil((box.y1 - low) * finer))
        (west, east), (south, north) = self.axes.get_xlim(), self.axes.get_ylim()
        x = west + (east - west) * (left + (np.arange(wide) + 0.5) / finer - box.x0) / box.width
        y = south + (north - south) * (low + (np.arange(high) + 0.5) / finer - box.y0) / box.height
        stripe = STRIPE_MM * style.MM * self.axes.figure.dpi * finer
        dots = x.tobytes(), y.tobytes(), stripe
        if self.latest is None or self.latest[0] != dots:
            self.latest = dots, raster(*self.field, (x, y), *self.look, stripe)
        context = renderer.new_gc()
        self._set_gc_clip(context)
        renderer.draw_image(context, left, low, self.latest[1])
        context.restore()


def dots_for(panel: Panel, where: xr.Dataset | Grid, region: Region) -> int:
    """Dots across a map, of which each cell with a value has one at least."""
    if isinstance(where, Grid):
        values = np.asarray(panel.values, dtype=float)
        valued = np.isfinite(values.reshape(*values.shape[:2], -1)).all(-1).any(1)
        return cartography.columns_for(region, where, where.lat[valued])
    return cartography.columns_for(region, cells.grid_of(where), where["lat"].values)
