"""The page of the atlas: arrays in blocks that a browser unpacks one by one, inside the page where all have place and
else most of them in files beside it, HTML with its program inside."""

import json
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vadose.core.arrays import AnyArray, Array
from vadose.figures import style
from vadose.files import land_mask
from vadose.pages.atlas import packing, places
from vadose.pages.atlas.content import Content, scale_of, sharpened

TEMPLATES = Path(__file__).parents[1] / "templates"
LIMIT = 30_000_000  # bytes of the page
BLOCK = 4_000_000  # bytes, unpacked, of the columns that are unpacked together
OPENED = 8_000_000  # bytes of a page with files beside it: more take longer to open than a file to fetch
TILE = 200  # cells whose numbers lie in one file beside a large page
LAND_SPACING = 0.25  # degrees, of the land drawn behind the cells
DEFLATED = 2.0  # times the bytes of the page: more numbers than that are not packed for the page alone


@dataclass
class Blocks:
    """Texts that a page holds by the name of their element, those of most use first."""

    texts: dict[str, str] = field(default_factory=dict)
    packed: dict[tuple, tuple[str, bool]] = field(default_factory=dict)  # columns, for a page that is packed anew

    def add(self, text: str) -> str:
        """Keep a text under a name of its own."""
        name = f"b{len(self.texts)}"
        self.texts[name] = text
        return name

    def within(self, size: int) -> dict[str, str]:
        """Those that have place in so many bytes, smallest first."""
        chosen, left = {}, size
        for name, text in sorted(self.texts.items(), key=lambda entry: len(entry[1])):
            left -= len(text) + 60
            if left >= 0:
                chosen[name] = text
        return chosen


def land_of(path: Path) -> Array:
    """Raster of the land, (lat, lon) bool, from the run's reduced land mask."""
    rows = round(180 / LAND_SPACING)
    return (
        land_mask.land_fraction(path, np.linspace(-90.0, 90.0, rows + 1), np.linspace(-180.0, 180.0, 2 * rows + 1))
        >= 0.5
    )


def thinned(row: Array, column: Array, step: int) -> Array:
    """Which cells stay when only every so many rows and columns do."""
    return np.ones(row.size, bool) if step == 1 else (row % step == step // 2) & (column % step == step // 2)


def render(
    record: Mapping,
    contents: Sequence[Content],
    land: Array,
    limit: int = LIMIT,
    *,
    beside: str = "report.html",
    tiles: MutableMapping[str, str] | None = None,
    folder: str = "atlas_tiles",
) -> str:
    """The page.

    Parameters
    ----------
    record : mapping
        The run's record.
    contents : sequence of Content
        One per study.
    land : (lat, lon) bool array
        Land on a global raster, ascending latitudes from -90, longitudes from -180.
    limit : int
        Bytes that the page must stay below.
    beside : str
        The report that it links to.
    tiles : mapping, optional
        Where all cells do not fit the page, is filled with the files that must lie beside it, text by name. Without
        it cells are left out until the page is small enough, and the page says so.
    folder : str
        Of those files, as seen from the page.

    Returns
    -------
    str
        HTML that asks nothing of the network and works from a file.
    """
    import jinja2

    steps = {content.study: 1 for content in contents}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    template = environment.get_template("atlas.html")
    provenance = record["provenance"]
    run = {name: provenance[name] for name in ("run", "configuration_hash", "revision", "library_version")}

    def written(index: dict, inside: Mapping[str, str]) -> str:
        return template.render(
            run=provenance["run"],
            provenance=provenance,
            beside=beside,
            synthetic=record["configuration"]["source"] == "synthetic",
            index=json.dumps(index, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
            blocks=inside,
        )

    packed: dict[tuple, tuple[str, bool]] = {}
    while True:
        if tiles is None or sum(map(_size, contents)) <= DEFLATED * limit:
            index, blocks = pack(contents, steps, land, packed=packed)
            index |= {"run": run, "folder": folder}
            text = written(index, blocks.texts)
            if len(text.encode()) <= limit:
                return text
        if tiles is not None:
            index, blocks = pack(contents, steps, land, tile=TILE, packed=packed)
            index |= {"run": run, "folder": folder}
            inside = blocks.within(min(limit, OPENED) - len(written(index, {}).encode()))
            outside = {name: text for name, text in blocks.texts.items() if name not in inside}
            tiles.update({f"{name}.js": f'atlasTile("{name}","{text}");\n' for name, text in outside.items()})
            return written(index, inside)
        largest = max(contents, key=lambda content: _size(content) / steps[content.study] ** 2)
        steps[largest.study] += 1


def write_tiles(files: Mapping[str, str], folder: Path) -> None:
    """The files that a large page reads, in a folder that says what it is for also where it holds none of them."""
    folder.mkdir(parents=True, exist_ok=True)
    said = f"{len(files)} files that {folder.name.removesuffix('_tiles')}.html reads: keep them where they are.\n"
    for name, text in {"README.txt": said, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")


def _size(content: Content) -> int:
    return sum(packed.values.nbytes for packed in content.arrays.values())


def pack(
    contents: Sequence[Content],
    steps: Mapping[str, int],
    land: Array,
    tile: int = 0,
    packed: dict[tuple, tuple[str, bool]] | None = None,
) -> tuple[dict, Blocks]:
    """The index of the page, and all numbers as blocks of text.

    Parameters
    ----------
    contents : sequence of Content
        One per study.
    steps : mapping of str to int
        Of how many rows and columns of a study one is kept.
    land : (lat, lon) bool array
        As in `render`.
    tile : int
        How many cells share a block with all their numbers, which their panels need; arrays that no map shows are then
        in these alone. 0: there are none, and every array is in blocks of columns.
    packed : dict, optional
        Columns that were packed before, of the same contents; is filled.
    """
    blocks = Blocks(packed={} if packed is None else packed)
    studies = [_study(content, steps[content.study], blocks, tile) for content in contents]
    background = {
        "block": blocks.add(packing.compressed(np.packbits(land.astype(np.uint8).ravel()).tobytes())),
        "rows": land.shape[0],
        "columns": land.shape[1],
    }
    signed = scale_of(style.diverging(np.array([-1.0, 1.0]), "", "1"))
    index = {"studies": studies, "land": background, "difference": signed}
    return index | {"borders": blocks.add(places.borders()), "cities": places.cities()}, blocks


def _study(content: Content, step: int, blocks: Blocks, tile: int) -> dict:
    cells = content.cells
    kept = thinned(cells["row"].values, cells["column"].values, step)
    values = {name: packed.values[:, kept] for name, packed in content.arrays.items()}
    mapped = content.mapped()
    arrays = {}
    for name, packed in content.arrays.items():
        key, size = (content.study, name, step), max(1, BLOCK // max(1, values[name][0].nbytes))
        arrays[name] = {
            "kind": "u1" if packed.values.dtype == np.uint8 else "i2",
            "columns": packed.values.shape[0],
            "step": float(f"{packed.step:.12g}"),
            "shape": list(packed.shape),
            "size": size,
            "blocks": _by_columns(values[name], size, blocks, key) if not tile or name in mapped else [],
        }
    spacing = float(np.median(np.diff(cells["grid_lat"].values))) if cells.sizes["grid_lat"] > 1 else 1.0
    return {
        "id": content.study,
        "title": content.title,
        "lat": sharpened(cells["lat"].values[kept]),
        "lon": sharpened(cells["lon"].values[kept]),
        "spacing": round(spacing * step, 6),
        "every": step,
        "cells": int(kept.sum()),
        "all": int(kept.size),
        "arrays": arrays,
        "layers": content.layers,
        "facts": content.facts,
        "first": content.first,
        "names": content.names,
        "tile": tile,
        "tiles": _by_cells(list(values.values()), tile, blocks) if tile else [],
    }


def _by_columns(values: AnyArray, size: int, blocks: Blocks, key: tuple[str, str, int]) -> list[list]:
    listed = []
    for start in range(0, values.shape[0], size):
        if (*key, start) not in blocks.packed:
            blocks.packed[*key, start] = packing.smaller(values[start : start + size])
        text, stepped = blocks.packed[*key, start]
        listed.append([blocks.add(text), int(stepped)])
    return listed


def _by_cells(arrays: Sequence[AnyArray], tile: int, blocks: Blocks) -> list[str]:
    """One text for every so many cells: their columns of all arrays, one array after another."""
    listed = []
    for start in range(0, arrays[0].shape[1], tile):
        parts = [packing.to_bytes(np.ascontiguousarray(values[:, start : start + tile])) for values in arrays]
        listed.append(blocks.add(packing.compressed(b"".join(parts))))
    return listed
