"""Areas side by side: one product delivered as several boxes of the same months, merged by what each holds.

Files are told apart by their axes, never by their names. A reader looks for areas only where two of its files hold one
month; each area is read as a product of its own, and the months are put side by side
(`vadose.formats.canonical.side_by_side`).
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.formats.canonical import orient, side_by_side
from vadose.formats.opening import FormatError

Axes = Callable[[Path], tuple[np.ndarray, np.ndarray]]
Reading = Callable[[Sequence[Path], tuple[int, int]], Iterator[xr.Dataset]]


def by_area(paths: Sequence[Path], axes_of: Axes) -> list[list[Path]]:
    """Files in groups of one grid each, whichever way their axes run.

    Parameters
    ----------
    paths : sequence of Path
        Files of one product.
    axes_of : function
        Latitudes and longitudes of the cell centres of a file. A file that it cannot read (a cut duplicate) stays with
        the first group, whose reader says what is wrong with it or takes another file in its place.

    Returns
    -------
    list of lists of Path
        In the order of the first file of each.
    """
    groups: dict[bytes, list[Path]] = {}
    unread = []
    for path in paths:
        try:
            lat, lon = axes_of(path)
        except FormatError:
            unread.append(path)
            continue
        axes = orient(xr.Dataset(coords={"lat": lat, "lon": lon}), path)
        groups.setdefault(axes["lat"].values.tobytes() + axes["lon"].values.tobytes(), []).append(path)
    areas = list(groups.values()) or [[]]
    areas[0].extend(unread)
    return areas


def months(
    reading: Reading, areas: Sequence[Sequence[Path]], years: tuple[int, int], times_of: Callable[[Path], np.ndarray]
) -> Iterator[xr.Dataset]:
    """The months of the years, those of several areas side by side.

    Parameters
    ----------
    reading : function
        Gives the months of years from the files of one area.
    areas : sequence of sequences of Path
        Of `by_area`.
    years : (first, last)
        Inclusive.
    times_of : function
        Months of a file, for messages.

    Yields
    ------
    Dataset
        As the reader gives them for one area; a month at a time for several, of the areas that hold it (whether they
        are enough shows where the months are put on cells, `vadose.formats.months`). A year is held in memory.

    Raises
    ------
    FormatError
        If the areas of a month leave a hole, lie on shifted grids, or differ where they overlap.
    """
    if len(areas) == 1:
        yield from reading(areas[0], years)
        return
    times_of = functools.cache(times_of)  # which for some products opens the file
    for year in range(years[0], years[1] + 1):
        parts: dict[np.datetime64, list[tuple[xr.Dataset, Sequence[Path]]]] = {}
        for paths in areas:
            for part in reading(paths, (year, year)):
                for place, time in enumerate(part["time"].values):
                    parts.setdefault(time, []).append((part.isel(time=[place]), paths))
        for time in sorted(parts):
            names = [_holder(paths, time, times_of) for _, paths in parts[time]]
            yield side_by_side([part for part, _ in parts[time]], names)


def _holder(paths: Sequence[Path], time: np.datetime64, times_of: Callable[[Path], np.ndarray]) -> Path:
    """The file of an area that holds a month (or step), for messages."""
    if len(paths) == 1:
        return Path(paths[0])
    return next((Path(path) for path in paths if time in times_of(path)), Path(paths[0]))


def expect_one_version(paths: Sequence[Path], versions: Sequence[str | None], product: str) -> None:
    """Check that files are of one version, as far as their names tell it.

    Parameters
    ----------
    paths, versions
        Files, and what the name of each says; None where it says nothing.
    product : str
        For messages.

    Raises
    ------
    FormatError
        Naming the versions.
    """
    named = sorted({version.lower() for version in versions if version})
    if len(named) > 1:
        raise FormatError(
            f"{Path(paths[0]).parent}: expected one version of {product}, found {' and '.join(named)}. Do not mix "
            "them: keep the files of one."
        )


def twice(steps: Sequence[object]) -> list[int]:
    """Places of what stands more than once: of the files that may be of several areas."""
    count = Counter(steps)
    return [place for place, step in enumerate(steps) if count[step] > 1]


def of_files(paths: Sequence[Path], steps: Sequence[object], axes_of: Axes) -> list[list[Path]]:
    """Files by area, where the names tell their steps: only files of one step are opened, unless they show areas.

    Parameters
    ----------
    paths : sequence of Path
        Files of one product.
    steps : sequence
        What each of them holds: of one area, a step stands in one file (or in versions of it).
    axes_of : function
        As in `by_area`.
    """
    doubtful = [paths[place] for place in twice(steps)]
    if len(by_area(doubtful, axes_of)) == 1:
        return [list(paths)]
    return by_area(paths, axes_of)
