"""From labelled arrays to arrays (cell, ...) and back: dimensions, coordinates, and blocks of dask."""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core import calendar
from vadose.core.arrays import AnyArray

STEPS = 1e-6  # share of a step by which the next may differ


class Variable(NamedTuple):
    """A variable of a result: what stands behind the cells, its type and its attributes."""

    attrs: Mapping[str, Any]
    dims: tuple[Hashable, ...] = ()
    dtype: Any = float


@dataclass(frozen=True)
class OnBlocks:
    """A function of arrays (cell, ...) as one of blocks (..., core); pickled by the function's name."""

    function: Callable[..., Sequence[AnyArray]]
    core: tuple[int, ...]  # number of core dimensions of each array
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, *blocks: np.ndarray):
        loops = [block.shape[: block.ndim - count] for block, count in zip(blocks, self.core)]
        shape = np.broadcast_shapes(*loops)
        cells = []
        for block, count in zip(blocks, self.core):
            wanted = shape + block.shape[block.ndim - count :]
            whole = block if block.shape == wanted else np.broadcast_to(block, wanted)
            # Writable: for what is not, as of dask or broadcast, numba would compile every loop once more.
            cells.append(np.require(whole, float, ["C", "W"]).reshape(math.prod(shape), *wanted[len(shape) :]))
        results = [np.asarray(part) for part in self.function(*cells, **self.options)]
        parts = tuple(part.reshape(shape + part.shape[1:]) for part in results)
        return parts if len(parts) > 1 else parts[0]


def labelled(name: str, value: Any) -> xr.DataArray:
    """A DataArray as it is, a Series as one along `time`."""
    if isinstance(value, xr.DataArray):
        return value
    if isinstance(value, pd.Series):
        index = value.index.to_timestamp() if isinstance(value.index, pd.PeriodIndex) else value.index
        return xr.DataArray(value.to_numpy(), {"time": index.to_numpy()}, "time")
    if isinstance(value, xr.Dataset | pd.DataFrame):
        kind, variables = type(value).__name__, ", ".join(map(str, value))
        raise TypeError(f"{name}: expected a DataArray, found a {kind}: choose one of its variables {variables}.")
    raise TypeError(
        f"{name}: expected a DataArray, found {type(value).__name__}: give all data with labels, or all as arrays."
    )


def over_cells(
    function: Callable[..., Sequence[AnyArray]],
    arrays: Mapping[str, xr.DataArray],
    core: Sequence[Hashable],
    variables: Mapping[str, Variable],
    *,
    sizes: Mapping[Hashable, int] | None = None,
    resized: bool = False,
    **options,
) -> xr.Dataset:
    """Call a function of arrays (cell, ...) on every block, over all dimensions but the core ones.

    Parameters
    ----------
    function : callable
        Of a module, so that workers of a cluster find it by name; gives one array (cell, ...) per variable.
    arrays : mapping of str to DataArray
        By the names that sentences call them; coordinates must be equal, a dimension that one lacks is broadcast.
    core : sequence of hashable
        Dimensions that the function needs whole, in its order. Where dask holds one in several chunks, it is put into
        one, and the others are cut so that a chunk is as large as dask's setting says.
    variables : mapping of str to Variable
        Of the result.
    sizes : mapping of hashable to int, optional
        Of dimensions of the result that no array has.
    resized : bool
        Whether the core dimensions come back with other sizes.
    **options
        Of the function.

    Returns
    -------
    Dataset
        Over the other dimensions in their order of appearance, with the coordinates that do not depend on core
        dimensions; lazy where the arrays are.
    """
    for name, array in arrays.items():
        for dim in core:
            if dim not in array.dims:
                raise ValueError(
                    f"{name}: expected a dimension {dim!r}, found {', '.join(map(str, array.dims)) or 'none'}."
                )
    try:
        aligned = xr.broadcast(*xr.align(*arrays.values(), join="exact"))
    except ValueError as error:
        raise ValueError(f"{' and '.join(arrays)}: expected the same coordinates, found others ({error}).") from None
    parts = xr.apply_ufunc(
        OnBlocks(function, (len(core),) * len(arrays), options),
        *(_whole(array, core) for array in aligned),
        input_core_dims=[list(core)] * len(arrays),
        output_core_dims=[list(variable.dims) for variable in variables.values()],
        exclude_dims=set(core) if resized else set(),
        dask="parallelized",
        output_dtypes=[variable.dtype for variable in variables.values()],
        dask_gufunc_kwargs={"output_sizes": dict(sizes or {})},
    )
    several = parts if len(variables) > 1 else (parts,)
    named = zip(variables.items(), several)
    return xr.Dataset({name: part.assign_attrs(variable.attrs) for (name, variable), part in named})


def _whole(array: xr.DataArray, core: Sequence[Hashable]) -> xr.DataArray:
    """An array whose core dimensions are in one chunk each."""
    if array.chunks is None or all(len(array.chunksizes[dim]) == 1 for dim in core):
        return array
    return array.chunk({dim: -1 if dim in core else "auto" for dim in array.dims})


def years_of(array: xr.DataArray, dim: Any) -> tuple[Hashable, np.ndarray]:
    """The dimension of years and its calendar years; `dim` is its name, its coordinate, or None for year or time."""
    if isinstance(dim, xr.DataArray):
        if dim.ndim != 1 or dim.dims[0] not in array.dims:
            raise ValueError(
                f"dim: expected the name of a dimension or a coordinate along one of "
                f"{', '.join(map(str, array.dims))}, found one along {', '.join(map(str, dim.dims)) or 'none'}."
            )
        return dim.dims[0], calendar.as_years(_decoded(dim))
    if dim is None:
        named = [name for name in ("year", "time") if name in array.dims]
        if not named:
            raise ValueError(
                f"dim: expected a dimension year or time, or its name, found {', '.join(map(str, array.dims))}."
            )
        dim = named[0]
    elif dim not in array.dims:
        raise ValueError(f"values: expected a dimension {dim!r}, found {', '.join(map(str, array.dims))}.")
    return dim, calendar.as_years(stamps_of(array, dim))


def stamps_of(array: xr.DataArray, dim: Hashable) -> np.ndarray:
    """The coordinate of a dimension of time; numbers with a unit such as "days since 1900-01-01" are decoded by it."""
    if dim not in array.coords:
        raise ValueError(f"{dim}: expected a coordinate with calendar years or dates, found none.")
    return _decoded(array[dim])


def _decoded(coordinate: xr.DataArray) -> np.ndarray:
    stamps = coordinate.variable
    if stamps.dtype.kind in "iuf" and " since " in str(stamps.attrs.get("units", "")):
        stamps = xr.decode_cf(xr.Dataset(coords={stamps.dims[0]: stamps.to_base_variable()}))[stamps.dims[0]].variable
    return stamps.values


def refuse_uneven(array: xr.DataArray, dim: Hashable) -> None:
    """Refuse a coordinate whose steps are neither equal nor each the same number of months, for lags count steps."""
    if dim not in array.coords or array.sizes[dim] < 3:
        return
    stamps = stamps_of(array, dim)
    steps = [np.diff(stamps)]
    if stamps.dtype.kind in "MO":
        steps.insert(0, np.diff(calendar.as_stamps(stamps).astype("datetime64[M]").astype(int)))
    wrong = [_unlike_the_median(step) for step in steps if not np.all(step == 0)]
    if wrong and all(places.any() for places in wrong):
        raise ValueError(
            f"{dim}: expected equal steps, for a lag counts them, found another after "
            f"{stamps[int(np.argmax(wrong[0]))]}: fill the gaps with missing values first, as xarray's resample or "
            "reindex do."
        )


def _unlike_the_median(steps: np.ndarray) -> np.ndarray:
    """Which steps differ from the middle one by more than rounding."""
    usual = np.sort(steps)[steps.size // 2]
    if steps.dtype.kind == "f":
        return np.abs(steps - usual) > STEPS * abs(usual)
    return steps != usual
