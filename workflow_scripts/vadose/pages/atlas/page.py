"""The page of the atlas: cells thinned until the page is small enough, arrays packed one after another, HTML with its
program inside."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from vadose.core.arrays import Array
from vadose.files import land_mask
from vadose.pages.atlas import packing
from vadose.pages.atlas.content import Content, sharpened

TEMPLATES = Path(__file__).parents[1] / "templates"
LIMIT = 30_000_000  # bytes of the page
MOST_CELLS = {"variability": 20_000, "dependence": 8_000}  # a cell of study B carries its monthly pairs
LAND_SPACING = 0.5  # degrees, of the land drawn behind the cells


def land_of(path: Path) -> Array:
    """Raster of the land, (lat, lon) bool, from the run's reduced land mask."""
    rows = round(180 / LAND_SPACING)
    return (
        land_mask.land_fraction(path, np.linspace(-90.0, 90.0, rows + 1), np.linspace(-180.0, 180.0, 2 * rows + 1))
        >= 0.5
    )


def every_for(cells: int, most: int) -> int:
    """Of how many rows and columns one is kept so that about `most` cells stay."""
    return max(1, int(np.ceil(np.sqrt(cells / most))))


def thinned(row: Array, column: Array, step: int) -> Array:
    """Which cells stay when only every so many rows and columns do."""
    return np.ones(row.size, bool) if step == 1 else (row % step == step // 2) & (column % step == step // 2)


def render(
    record: Mapping, contents: Sequence[Content], land: Array, limit: int = LIMIT, *, beside: str = "report.html"
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
        Bytes that the page must stay below; where it would not, cells are left out and the page says so.
    beside : str
        The report that it links to.

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
    while True:
        index, blob = pack(contents, steps, land)
        index["run"] = {name: provenance[name] for name in ("run", "configuration_hash", "revision", "library_version")}
        text = template.render(
            run=provenance["run"],
            provenance=provenance,
            beside=beside,
            synthetic=record["configuration"]["source"] == "synthetic",
            program=(TEMPLATES / "atlas.js").read_text(encoding="utf-8"),
            index=json.dumps(index, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
            blob=blob,
        )
        if len(text.encode()) <= limit:
            return text
        largest = max(contents, key=lambda content: _size(content) / steps[content.study] ** 2)
        steps[largest.study] += 1


def _size(content: Content) -> int:
    return sum(packed.values.nbytes for packed in content.arrays.values())


def pack(contents: Sequence[Content], steps: Mapping[str, int], land: Array) -> tuple[dict, str]:
    """The index of the page, and all numbers as text."""
    parts, place = [], 0

    def add(packed: packing.Packed) -> dict:
        nonlocal place
        raw = packing.to_bytes(packed)
        parts.append(raw)
        place += len(raw)
        kind = "u1" if packed.values.dtype == np.uint8 else "i2"
        step = float(f"{packed.step:.12g}")
        return {
            "at": place - len(raw),
            "kind": kind,
            "columns": packed.values.shape[0],
            "step": step,
            "shape": list(packed.shape),
        }

    studies = []
    for content in contents:
        cells, step = content.cells, steps[content.study]
        kept = thinned(cells["row"].values // content.every, cells["column"].values // content.every, step)
        arrays = {name: add(packed._replace(values=packed.values[:, kept])) for name, packed in content.arrays.items()}
        spacing = float(np.median(np.diff(cells["grid_lat"].values))) if cells.sizes["grid_lat"] > 1 else 1.0
        studies.append(
            {
                "id": content.study,
                "title": content.title,
                "lat": sharpened(cells["lat"].values[kept]),
                "lon": sharpened(cells["lon"].values[kept]),
                "spacing": round(spacing * content.every * step, 6),
                "every": content.every * step,
                "cells": int(kept.sum()),
                "all": content.of or int(kept.size),
                "arrays": arrays,
                "layers": content.layers,
                "facts": content.facts,
            }
        )
    bits = np.packbits(land.astype(np.uint8).ravel())
    parts.append(bits.tobytes())
    background = {"at": place, "rows": land.shape[0], "columns": land.shape[1]}
    return {"studies": studies, "land": background}, packing.compressed(parts)
