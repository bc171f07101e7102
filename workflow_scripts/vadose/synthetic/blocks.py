"""Planted blocks and native grids: every planted quantity is constant on square blocks; native cells look their block
up.

A block that is land (half of its area) is active and has a number; engines work on the active blocks alone, as one
axis.
"""

import functools
from dataclasses import dataclass

import numpy as np

from vadose.core.arrays import Array
from vadose.files import land_mask
from vadose.synthetic.settings import Settings

LAND = 0.5  # ASSUME: a cell is land where at least half of its area is


@dataclass(frozen=True, eq=False)
class Blocks:
    """Active land blocks, south to north, then west to east.

    `lat`, `lon` are centres (block,), `land` their land share, `number` (row, column) the block's number or -1, `south`
    the lowest edge.
    """

    spacing: float
    south: float
    number: Array
    lat: Array
    lon: Array
    land: Array

    @property
    def size(self) -> int:
        """Number of active blocks."""
        return self.lat.size

    def locate(self, lat: Array, lon: Array) -> Array:
        """Number of the block that holds each point, -1 outside; a point on an edge belongs to the block north or east
        of it."""
        lat, lon = np.broadcast_arrays(np.asarray(lat, dtype=float), np.asarray(lon, dtype=float))
        # A tenth of a millionth of a degree keeps 0.1 * 3 on the edge at 0.3.
        row = np.floor((lat - self.south) / self.spacing + 1e-7).astype(int)
        column = np.floor(((lon + 180.0) % 360.0) / self.spacing + 1e-7).astype(int) % self.number.shape[1]
        inside = (row >= 0) & (row < self.number.shape[0])
        return np.where(inside, self.number[np.where(inside, row, 0), column], -1)


@functools.lru_cache(maxsize=4)
def variability_blocks(settings: Settings) -> Blocks:
    """Blocks of study A: the GLDAS domain, 60 S to 90 N."""
    return _blocks(settings, settings.variability.spacing, -60.0, (-60.0, 90.0, -180.0, 180.0))


@functools.lru_cache(maxsize=4)
def dependence_blocks(settings: Settings) -> Blocks:
    """Blocks of study B within its region."""
    return _blocks(settings, settings.block_spacing, -90.0, settings.dependence.region)


def _blocks(settings: Settings, spacing: float, south: float, region: tuple[float, float, float, float]) -> Blocks:
    lat_edges = south + spacing * np.arange(round((90.0 - south) / spacing) + 1)
    lon_edges = -180.0 + spacing * np.arange(round(360.0 / spacing) + 1)
    land = land_mask.land_fraction(settings.land_mask, lat_edges, lon_edges)
    lat, lon = np.meshgrid(lat_edges[:-1] + spacing / 2, lon_edges[:-1] + spacing / 2, indexing="ij")
    lat_min, lat_max, lon_min, lon_max = region
    between = (lon - lon_min) % 360.0 <= _width(lon_min, lon_max)
    active = (land >= LAND) & (lat >= lat_min) & (lat <= lat_max) & between
    if not active.any():
        raise ValueError(
            f"synthetic: expected land within the region {region}, found none on blocks of {spacing:g} degrees."
        )
    number = np.full(land.shape, -1)
    number[active] = np.arange(active.sum())
    return Blocks(spacing, south, number, lat[active], lon[active], land[active])


def _width(west: float, east: float) -> float:
    """Degrees from west to east; an east below the west lies beyond the date line."""
    return east - west if east > west else east - west + 360.0


def _nodes(lon: Array, west: float, width: float, reach: float) -> Array:
    """Nodes of a region and within reach around it, ascending in one piece, as the archive delivers them: a region
    across the date line goes on beyond 180."""
    if width >= 359.0:
        return lon
    beyond = (lon - (west - reach)) % 360.0
    inside = (beyond > 0.0) & (beyond < width + 2 * reach)
    start = (west - reach + 180.0) % 360.0 - 180.0
    return np.sort(np.where(lon[inside] < start, lon[inside] + 360.0, lon[inside]))


@dataclass(frozen=True, eq=False)
class Native:
    """Native grid of a product: ascending centres, and the block of each cell (-1 where the product has no value)."""

    lat: Array
    lon: Array
    block: Array
    valid: Array

    def spread(self, values: Array, fill: float = np.nan) -> Array:
        """(..., lat, lon) field of values (..., block)."""
        field = np.asarray(values)[..., np.where(self.valid, self.block, 0)]
        field[..., ~self.valid] = fill
        return field


@functools.lru_cache(maxsize=12)
def native_grid(settings: Settings, product: str) -> Native:
    """Native grid of a product and which of its cells hold a value (land within the study's active blocks)."""
    spacing = settings.spacing(product)
    blocks = (
        variability_blocks(settings) if product in ("gldas", "mcd12c1", "gosif_gpp") else dependence_blocks(settings)
    )
    if product == "era5_land":  # nodes: the poles and Greenwich are centres
        lat = np.linspace(-90.0, 90.0, round(180.0 / spacing) + 1)
        lon = -180.0 + spacing * np.arange(round(360.0 / spacing))
        # The archive delivers a requested area: the nodes of the region and one more around it.
        lat_min, lat_max, lon_min, lon_max = settings.dependence.region
        lat = lat[(lat > lat_min - 1.01 * spacing) & (lat < lat_max + 1.01 * spacing)]
        lon = _nodes(lon, lon_min, _width(lon_min, lon_max), 1.01 * spacing)
        lat_edges = np.append(lat - spacing / 2, lat[-1] + spacing / 2).clip(-90.0, 90.0)
    else:
        south = -60.0 if product == "gldas" else -90.0
        lat_edges = south + spacing * np.arange(round((90.0 - south) / spacing) + 1)
        lat = lat_edges[:-1] + spacing / 2
        lon = -180.0 + spacing * (np.arange(round(360.0 / spacing)) + 0.5)
    lon_edges = np.append(lon - spacing / 2, lon[-1] + spacing / 2)
    land = land_mask.land_fraction(settings.land_mask, lat_edges, lon_edges)
    block = blocks.locate(lat[:, None], lon[None, :]).astype(np.int32)
    valid = block >= 0
    if product != "gpcp_daily":  # rain falls on the sea too
        valid &= land >= LAND
    return Native(np.round(lat, 8), np.round(lon, 8), block, valid)


def texture(settings: Settings, product: str) -> Array:
    """Smooth variation within blocks, dimensionless, whose area-weighted mean over the valid cells of every block is
    zero.

    Multiplied by an amplitude and added, it makes native fields look alive without moving a block's mean.
    """
    return _texture(settings, product)


@functools.lru_cache(maxsize=4)
def _texture(settings: Settings, product: str) -> Array:
    from vadose.synthetic.streams import smooth_field

    native = native_grid(settings, product)
    spacing = settings.spacing(product)
    height = np.diff(
        np.sin(np.deg2rad(np.append(native.lat - spacing / 2, native.lat[-1] + spacing / 2).clip(-90.0, 90.0)))
    )
    rows, columns = np.nonzero(native.valid)
    block = native.block[rows, columns]
    wave = smooth_field(
        settings.seed,
        f"texture {product}",
        native.lat[rows],
        native.lon[columns],
        size=max(3.0 * spacing, 0.5),
        waves=12,
    )
    wave = np.tanh(wave)
    count = int(block.max()) + 1
    weight = np.bincount(block, height[rows], count)
    mean = np.divide(np.bincount(block, height[rows] * wave, count), weight, out=np.zeros(count), where=weight > 0)
    field = np.zeros(native.valid.shape)
    field[rows, columns] = wave - mean[block]
    return field
