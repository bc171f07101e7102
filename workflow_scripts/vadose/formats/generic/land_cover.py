"""Land cover of a user's own: areas of the groups of its classes in each cell."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from vadose.core.arrays import Array
from vadose.core.grid import Grid
from vadose.formats.generic.classes import NOTHING, class_areas, maps_of
from vadose.formats.generic.description import Description
from vadose.formats.opening import FormatError
from vadose.formats.years import years_of_maps


def areas_of_groups(
    paths: Sequence[Path],
    year: int | str,
    target: Grid,
    codes: Mapping[str, int],
    stable: Callable[[list[Array]], Array],
    **options: Any,
) -> tuple[Array, sparse.csr_array]:
    """Area of each group of classes in each cell of a grid.

    Parameters
    ----------
    paths : sequence of Path
        Files of the data set.
    year : int or str
        Of the map; "any" is the first, "stable" takes pixels whose group is the same in all maps.
    target : Grid
        The cells.
    codes : mapping
        Number that stands for each group.
    stable : function
        Joins maps of these numbers, (row, column) float arrays, to one that is NaN where the group changes.
    **options
        As the fields of `vadose.formats.generic.description.Description`.

    Returns
    -------
    codes, areas
        As `vadose.formats.generic.classes.class_areas`, m2.

    Raises
    ------
    FormatError
        If there is no map of the year, or a code of it is in no group; or as `class_areas`.
    """
    described = Description.of(**options)
    maps = maps_of(paths, described)
    wanted = years_of_maps([one.year for one in maps], year, described.dataset)
    chosen = [one for one in maps if one.year in wanted][: None if year == "stable" else 1]

    def joined(pieces: list[Array]) -> Array:
        groups = [_groups(piece, described, codes) for piece in pieces]
        if len(groups) == 1:
            return groups[0]
        same = stable([np.where(group == NOTHING, np.nan, group) for group in groups])
        return np.where(np.isfinite(same), same, NOTHING).astype(np.int64)

    return class_areas(chosen, described, target, joined)


def _groups(pixels: Array, described: Description, codes: Mapping[str, int]) -> Array:
    """The number of its group for each pixel."""
    table = {code: codes[group] for group, held in (described.classes or {}).items() for code in held}
    named = np.array(sorted(table), dtype=np.int64)
    strange = np.setdiff1d(pixels[pixels != NOTHING], named)
    if strange.size:
        raise FormatError(
            f"{described.key}.classes: expected every code of the map in a group ({', '.join(codes)}), found "
            f"{', '.join(map(str, strange[:5]))} in none. Add them; a number for missing values is given as "
            f"{described.key}.missing."
        )
    place = np.minimum(np.searchsorted(named, pixels), named.size - 1)
    return np.where(pixels == NOTHING, NOTHING, np.array([table[code] for code in named.tolist()], np.int64)[place])
