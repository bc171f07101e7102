"""What a study shows in the atlas: packed arrays of its cells, the layers of the map, and facts for the panel of a
cell."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import matplotlib
import numpy as np
import xarray as xr

from vadose.core.arrays import AnyArray, Array
from vadose.core.cells import Tile, tiles
from vadose.figures import style
from vadose.pages.atlas import packing

CELLS_AT_ONCE = 10_000  # of which months and densities are in memory


@dataclass
class Content:
    """Arrays, layers and facts of one study; the page sees `arrays` by name and the rest as it stands here."""

    study: str
    title: str
    cells: xr.Dataset
    arrays: dict[str, packing.Packed] = field(default_factory=dict)
    layers: list[dict] = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    names: list[dict] = field(default_factory=list)  # what cells are called: title, array of codes, labels by code
    first: str = ""  # layer that is shown first; "" for the first in the list

    def store(self, name: str, values: Array, step: float | None = None) -> None:
        """Keep (cell, ...) values: in steps of `step`, or, without it, as shares in one byte."""
        self.arrays[name] = packing.quantise_share(values) if step is None else packing.quantise(values, step)

    def mapped(self) -> set[str]:
        """Arrays that a map shows or marks, or that name the cells; the panel of a cell needs all."""
        marks = {entry["mask"][0] for entry in self.layers if "mask" in entry}
        return {entry["array"] for entry in [*self.layers, *self.names]} | marks

    def name(self, title: str, codes: AnyArray, labels: Mapping[int, str]) -> None:
        """Names of the cells by (cell,) codes; NaN or a code without label is none."""
        self.store(title, codes, 1.0)
        there = {int(code) for code in np.unique(codes[np.isfinite(codes)])} & set(labels)
        texts = {str(code): labels[code] for code in sorted(there)}
        self.names.append({"title": title, "array": title, "labels": texts})

    def layer(
        self,
        group: str,
        name: str,
        scale: style.Scale,
        array: str,
        column: int,
        unit: str = "1",
        mask: tuple[str, int] | None = None,
        times: Sequence[int] = (),
        stride: int = 0,
    ) -> None:
        """A layer of the map: one column of an array, how it is coloured, and the column that says where it is
        significant.

        Parameters
        ----------
        group, name : str
            Where and how it stands in the list of layers.
        scale : Scale
            Its colours.
        array : str
            Name of an array of the atlas, (cell, column).
        column : int
            Which of its columns.
        unit : str
            Of the values.
        mask : (array, column), optional
            Where it is significant; default: nowhere marked.
        times : sequence of int
            Years of a layer that has a map of each; `column` is that of the first.
        stride : int
            Columns from one year to the next.
        """
        entry = {"id": _identifier(f"{group} {name}"), "group": group, "name": name, "array": array, "column": column}
        entry |= {"unit": style.unit_text(unit), "scale": scale_of(scale), "label": scale.label}
        entry |= {"times": list(times), "stride": stride} if len(times) else {}
        self.layers.append(entry | ({"mask": list(mask)} if mask else {}))

    def table(
        self,
        groups: Sequence[str],
        names: Sequence[str],
        scale: style.Scale,
        array: str,
        unit: str = "1",
        mask: str = "",
        columns: AnyArray | None = None,
        marks: AnyArray | None = None,
    ) -> None:
        """Layers of an array (cell, group, name), or (cell, name) of one group; or of chosen columns of a larger one.

        Parameters
        ----------
        groups, names : sequence of str
            Along the dimensions of the array.
        scale : Scale
            Colours of all its columns.
        array : str
            Name of an array of the atlas.
        unit : str
            Of the values.
        mask : str
            Array that says where they are significant; "": nowhere marked.
        columns : (group, name) or (name,) int array, optional
            Columns of the array; default: all of it.
        marks : int array of the same shape, optional
            Columns of the mask; default: those of the array.
        """
        count = len(groups) * len(names)
        chosen = np.arange(count) if columns is None else np.ravel(columns)
        marked = chosen if marks is None else np.ravel(marks)
        pairs = itertools.product(groups, names)
        for (group, name), column, mark in zip(pairs, chosen.tolist(), marked.tolist(), strict=True):
            self.layer(group, name, scale, array, column, unit, (mask, mark) if mask else None)


def numbered(*lengths: int) -> AnyArray:
    """Number of each column of an array of cells, in the shape of what a cell has."""
    return np.arange(math.prod(lengths)).reshape(lengths)


def pieces_of(cells: int) -> list[Tile]:
    """Pieces in which the monthly record passes through, whatever its size."""
    return tiles(-(-cells // CELLS_AT_ONCE))


def _identifier(text: str) -> str:
    kept = "".join(letter if letter.isalnum() else "-" for letter in text.lower())
    return "-".join(filter(None, kept.split("-")))


def scale_of(scale: style.Scale) -> dict:
    """Bounds and colours of a scale, or the codes, names and colours of its classes."""
    shades = [matplotlib.colors.to_hex(shade) for shade in scale.colormap(np.arange(scale.colormap.N))]
    if scale.names is not None:
        codes = list(scale.codes) if scale.codes is not None else list(range(len(scale.names)))
        return {"codes": [int(code) for code in codes], "names": list(scale.names), "colours": shades}
    ends = [matplotlib.colors.to_hex(shade) for shade in (scale.colormap.get_under(), scale.colormap.get_over())]
    arrows = [scale.extend in (side, "both") for side in ("min", "max")]
    ends = [end if arrow else edge for end, arrow, edge in zip(ends, arrows, (shades[0], shades[-1]), strict=True)]
    bounds = [float(f"{bound:.9g}") for bound in scale.norm.boundaries]
    return {"bounds": bounds, "colours": shades, "ends": ends, "arrows": arrows}


def layer_names(dataset: xr.Dataset) -> list[str]:
    """Names of the soil layers from their bounds."""
    return [
        style.layer_name(float(t), float(b))
        for t, b in zip(dataset["layer_top"].values, dataset["layer_bottom"].values, strict=True)
    ]


def sharpened(values: Sequence[float]) -> list[float]:
    """Coordinates as short numbers."""
    return [float(f"{value:.6g}") for value in values]
