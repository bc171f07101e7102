"""Writing and reading products: the only way in and out of a file between stages.

What a product holds is said once, in `specifications/*.yaml`: names, dimensions, units, ranges. `write` labels by
that table, adds the provenance of the run, writes to a temporary name, checks and renames; `read` checks by it.
"""

import functools
import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.cells import Tile, gathered, without_gathering
from vadose.files import contents, netcdf, provenance, yaml_files
from vadose.files.atomic import replacing

SPECIFICATIONS = Path(__file__).parent / "specifications"
CELL_COORDINATES = ("row", "column", "area", "lat", "lon", "grid_lat", "grid_lon")
TIME_ENCODING = {"units": "days since 1900-01-01", "calendar": "standard", "dtype": "int32"}
REMOVED = ("snapped_negatives", "masked_negatives", "outside_limits")  # counts of values of the files
NOTES = ("missing_months", "failures", "note", *REMOVED)  # attributes that a script may add
CHUNK_BYTES = 4 * 2**20


class ProductError(ValueError):
    """A product is not what its specification says; the message says which file, what was expected and what was
    found."""


@functools.cache
def specifications() -> dict[str, yaml_files.Entries]:
    """The table of all products, and of the coordinates and the meanings of codes that they share."""
    return yaml_files.parts(SPECIFICATIONS, ("products", "coordinates", "codes"))


def specification(product: str) -> dict:
    """Specification of one product.

    Raises
    ------
    ProductError
        If there is none.
    """
    try:
        return specifications()["products"][product]
    except KeyError:
        raise ProductError(f"{product}: expected a product of {SPECIFICATIONS}, found no such name.") from None


def write(dataset: xr.Dataset, path: Path, product: str) -> None:
    """Write a product: labelled, with provenance, checked, and only then seen under its name.

    Parameters
    ----------
    dataset : Dataset
        Variables as `product` is specified; units and names are added here, a `units` attribute that contradicts is an
        error.
    path : Path
        Target; its folder is made.
    product : str
        Name in the specifications.

    Raises
    ------
    ProductError
        If variables, dimensions, units or ranges differ from the specification, or the disk refuses.
    """
    path = Path(path)
    entry = specification(product)
    check(dataset, product, str(path))
    labelled = gathered(_label(dataset, entry))
    history = f"vadose: {product} by {entry.get('rule', 'a rule')}"
    labelled.attrs = {
        "Conventions": "CF-1.11",
        "title": entry["title"],
        "history": history,
        **provenance.of(path, entry.get("study")),
    }
    labelled.attrs |= {name: str(dataset.attrs[name]) for name in NOTES if name in dataset.attrs}
    try:
        with replacing(path) as temporary:
            netcdf.write(labelled, temporary, _encoding(labelled, entry))
            with netcdf.opened(temporary, indexes=False) as written:
                check(written, product, str(path), ranges=False)
    except OSError as error:
        words = error.strerror or str(error)
        raise ProductError(
            f"{path}: expected to write {product}, but the disk refused ({words}). Nothing was left behind; make room "
            "and run again."
        ) from None
    contents.log_dataset("wrote", path, product, labelled)


def _label(dataset: xr.Dataset, entry: dict) -> xr.Dataset:
    # One order of variables and coordinates, whatever the order in which they were made: equal content, equal bytes.
    names = [name for name in entry["variables"] if name in dataset.data_vars]
    coordinates = {name: dataset[name].variable.copy(deep=False) for name in sorted(dataset.coords, key=str)}
    labelled = xr.Dataset({name: dataset[name].variable.copy(deep=False) for name in names}, coords=coordinates)
    shared = specifications()["coordinates"]
    for name in labelled.variables:
        description = entry["variables"].get(name) or shared.get(name) or {}
        attributes = {
            key: description[key]
            for key in ("units", "long_name", "standard_name", "cell_methods", "axis", "compress")
            if key in description
        }
        for key, words in (
            ("flag_values", _meanings(str(name), description, dataset)),
            ("flag_masks", description.get("masks")),
        ):
            if words:
                attributes[key] = np.array(list(words), dtype=labelled[name].dtype)
                attributes["flag_meanings"] = " ".join(re.sub(r"[^\w.+@-]+", "_", word) for word in words.values())
        labelled[name].attrs = attributes
        labelled[name].encoding = {}
    return labelled


def _meanings(variable: str, description: dict, dataset: xr.Dataset) -> dict[int, str]:
    """What each code of a variable means: as a variable of the product names them, of a shared table, its own, or the
    coordinates that it counts over."""
    words = specifications()["codes"][description["codes"]] if "codes" in description else {}
    if description.get("named_by", "") in dataset:
        labels = [str(label) for label in dataset[description["named_by"]].values]
        codes = dataset[variable].values if variable in dataset.dims else range(1, len(labels) + 1)
        words = dict(zip(map(int, codes), labels, strict=True))
    words = words | description.get("flags", {})
    names = [[str(value) for value in dataset[dim].values] for dim in description.get("flags_over", ())]
    if "layer" in description.get("flags_over", ()):
        names[-1] = [f"layer {name}" for name in names[-1]]
    return words | dict(enumerate(map(" ".join, itertools.product(*names) if names else ())))


def _encoding(dataset: xr.Dataset, entry: dict) -> dict:
    encoding = {}
    for name, variable in dataset.variables.items():
        options = dict(TIME_ENCODING) if np.issubdtype(variable.dtype, np.datetime64) else {}
        if np.issubdtype(variable.dtype, np.floating):
            options["_FillValue"] = np.nan
            if (entry["variables"].get(name) or {}).get("precision") == "single":
                options["dtype"] = "float32"
        if variable.dims[:1] == ("cell",) and variable.size > 0 and variable.dtype.kind in "fiu":
            per_cell = max(1, variable.size // variable.shape[0]) * variable.dtype.itemsize
            rows = int(np.clip(CHUNK_BYTES // per_cell, 1, variable.shape[0]))
            options |= {"chunksizes": (rows, *variable.shape[1:]), "zlib": True, "complevel": 1, "shuffle": True}
        encoding[name] = options
    return encoding


def check(dataset: xr.Dataset, product: str, where: str, *, ranges: bool = True) -> None:
    """Compare a dataset with the specification of a product.

    Parameters
    ----------
    dataset : Dataset
        What is to be written, or was read.
    product : str
        A name of the specifications.
    where : str
        Path or other place, for the sentence.
    ranges : bool
        Whether values must lie within their ranges, which takes reading them.

    Raises
    ------
    ProductError
        With one sentence for the first thing that differs.
    """
    entry = specification(product)
    for name, description in entry["variables"].items():
        if name not in dataset.variables:
            if description.get("optional"):
                continue
            variables = ", ".join(map(str, dataset.data_vars)) or "none"
            raise ProductError(
                f"{where}: expected variable {name} of {product}, found {variables}. Delete the file and run again."
            )
        variable = dataset[name]
        if list(variable.dims) != list(description["dims"]):
            raise ProductError(
                f"{where}: expected {name} with dimensions {tuple(description['dims'])}, found {variable.dims}."
            )
        unit = variable.attrs.get("units", description.get("units"))
        if unit != description.get("units"):
            raise ProductError(
                f"{where}: expected {name} in {description.get('units')}, found {unit}. Convert it before writing."
            )
        if ranges and "range" in description and variable.size:
            _check_range(variable.values, description["range"], name, where)
    unknown = [name for name in dataset.data_vars if name not in entry["variables"] and name not in CELL_COORDINATES]
    if unknown:
        raise ProductError(
            f"{where}: expected only the variables of {product}, found also {', '.join(unknown)}. Specify them first."
        )


def _check_range(values: np.ndarray, limits: Sequence[float], name: str, where: str) -> None:
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    slack = 1e-9 * max(map(abs, limits))
    if finite.size and (finite.min() < limits[0] - slack or finite.max() > limits[1] + slack):
        raise ProductError(
            f"{where}: expected {name} within {limits[0]} and {limits[1]}, found {finite.min():g} to {finite.max():g}."
        )


def read(path: Path | Sequence[Path], product: str, *, tile: Tile | None = None, join: str = "time") -> xr.Dataset:
    """Read a product, or several files of it that follow one another along `join`, checked against its specification.

    Parameters
    ----------
    path : Path or sequence of Path
        The file or files.
    product : str
        Name in the specifications.
    tile : Tile, optional
        Only this share of the cells; one contiguous read.
    join : str
        Dimension along which several files follow one another.

    Returns
    -------
    Dataset
        In memory; the files are closed.

    Raises
    ------
    ProductError
        If a file is missing, cut, or not as specified, or the files do not fit together.
    """
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(item) for item in path]
    parts = []
    for item in paths:
        with netcdf.sound(item, f"the product {product}", ProductError), netcdf.opened(item) as opened:
            part = (
                opened
                if tile is None or "cell" not in opened.sizes
                else opened.isel(cell=tile.slice(opened.sizes["cell"]))
            )
            part = without_gathering(part).load()
        check(part, product, str(item))
        contents.log_dataset("read", item, product, part)
        parts.append(part)
    if len(parts) == 1:
        return parts[0]
    for item, part in zip(paths[1:], parts[1:], strict=True):
        if "cell" in part.sizes and not (
            part["lat"].identical(parts[0]["lat"]) and part["lon"].identical(parts[0]["lon"])
        ):
            raise ProductError(
                f"{item}: expected the cells of {paths[0]}, found others. Delete the prepared files and run again."
            )
    joined = xr.concat(
        parts, join, data_vars="minimal", coords="minimal", compat="override", join="override", combine_attrs="override"
    )
    index = joined[join].values
    if np.any(index[1:] <= index[:-1]):
        raise ProductError(f"{paths[0]}: expected files that follow one another along {join}, found overlapping ones.")
    return joined


def merge(paths: Sequence[Path], output: Path, product: str) -> None:
    """Join the tiles of a product along the cell axis, in order.

    Raises
    ------
    ProductError
        If a tile is missing or damaged, or cells repeat or are out of order.
    """
    parts = [read(path, product) for path in paths]
    merged = xr.concat(
        parts,
        "cell",
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="override",
        combine_attrs="override",
    )
    if "row" in merged:
        order = merged["row"].values.astype(np.int64) * (merged["column"].values.max() + 1) + merged["column"].values
        if np.any(np.diff(order) <= 0):
            raise ProductError(
                f"{output}: expected tiles whose cells follow one another, found repeated or unordered cells. Delete "
                "the tiles and run again."
            )
    write(merged, output, product)


def cell_coordinates(cells: xr.Dataset) -> xr.Dataset:
    """The coordinates that every product on the cell axis carries, as a dataset to merge or assign into."""
    return xr.Dataset(coords={name: cells[name] for name in CELL_COORDINATES})
