"""A finished run as one tree of datasets on latitude and longitude.

Needs xarray and a library that reads netCDF, nothing of the workflow.
"""

from pathlib import Path

import xarray as xr

from vadose.core.maps import unpacked

GRIDS = "grids"  # folder of a run whose files are maps already


def open(folder: str | Path) -> xr.DataTree:
    """Every netCDF file of a finished run, what is packed on cells as maps.

    Parameters
    ----------
    folder : str or Path
        Folder of the run, such as results/demo, or one inside it.

    Returns
    -------
    DataTree
        A node for each file, named by its path without ending, such as "dependence/copulas"; data of figures stand
        below "figures". Variables on cells have the dimensions (..., latitude, longitude), NaN outside the cells, the
        units and meanings of codes of the file. Values are read when they are taken.

    Raises
    ------
    FileNotFoundError
        If the folder holds no netCDF file.

    Examples
    --------
    >>> tau = vadose.open("results/demo")["dependence/copulas"]["tau"]
    >>> tau.sel(time_scale="monthly", layer=1).plot()
    """
    folder = Path(folder).expanduser()
    paths = [path for path in sorted(folder.rglob("*.nc")) if path.relative_to(folder).parts[0] != GRIDS]
    if not paths:
        raise FileNotFoundError(
            f"{folder}: expected the folder of a finished run with netCDF files, found none. Give a folder such as "
            "results/demo."
        )
    nodes = {}
    for path in paths:
        stem = path.relative_to(folder).with_suffix("").as_posix()
        for group, dataset in xr.open_groups(path).items():
            nodes[f"{stem}{group}".rstrip("/")] = unpacked(dataset)
    return xr.DataTree.from_dict(nodes, name=folder.name)
