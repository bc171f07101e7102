"""A public function takes arrays with or without their axis of cells, or labelled data: xarray's or pandas'."""

import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np

LABELLED = {"xarray": ("DataArray", "Dataset"), "pandas": ("Series", "DataFrame")}


def is_labelled(value: Any) -> bool:
    """Whether a value is one of xarray's or pandas' arrays; neither is imported to find out."""
    return any(
        library in sys.modules and isinstance(value, tuple(getattr(sys.modules[library], kind) for kind in kinds))
        for library, kinds in LABELLED.items()
    )


def public(name: str, on_arrays: Callable, dimensions: Mapping[str, int], labelled: str = "") -> Callable:
    """The function of this name for all that a user may have.

    Parameters
    ----------
    name : str
        In `vadose`; by it the function is pickled.
    on_arrays : callable
        Of arrays (cell, ...), the leading arguments.
    dimensions : mapping of str to int
        Those arguments, and how many dimensions each has with its cells.
    labelled : str
        Module with the function of the same name on labelled data; empty where there is none.

    Returns
    -------
    callable
        Arrays that all lack one dimension are one cell, and so is the result.
    """

    @functools.wraps(on_arrays)
    def either(*args, **options):
        leading = args[: max(len(dimensions), 1)]
        if labelled and any(is_labelled(value) for value in leading or options.values()):
            return getattr(import_module(labelled), name)(*args, **options)
        arrays = dict(zip(dimensions, leading)) | {key: options[key] for key in dimensions if key in options}
        if not dimensions or {key: np.ndim(value) + 1 for key, value in arrays.items()} != dict(dimensions):
            return on_arrays(*args, **options)
        cells = {key: np.asarray(value)[None] for key, value in arrays.items()}
        first = [cells.pop(key) for key in list(dimensions)[: len(leading)]]
        return _of_one_cell(on_arrays(*first, *args[len(leading) :], **{**options, **cells}))

    either.__module__, either.__qualname__, either.__name__ = "vadose", name, name
    told = ["One cell may come without its axis, and has a result without it."] if dimensions else []
    told += [f"DataArrays and Series: `{labelled}.{name}`."] if labelled else []
    either.__doc__ = f"{on_arrays.__doc__}\n    {' '.join(told)}\n    "
    return either


def _of_one_cell(result: Any) -> Any:
    """What a function gives for one cell, without the axis of cells."""
    if is_dataclass(result) and not isinstance(result, type):
        return replace(result, **{field.name: getattr(result, field.name)[0] for field in fields(result)})
    if isinstance(result, tuple):
        parts = [part[0] for part in result]
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
    return result[0]
