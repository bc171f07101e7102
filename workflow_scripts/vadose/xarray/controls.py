"""What controls soil moisture: ridge regression in every cell, and the driver model of all cells together."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core import formulas
from vadose.core.arrays import AnyArray, Array
from vadose.statistics.drivers import Accumulator, Gates, Terms, checked, sample, terms
from vadose.statistics.ridge import regression, solver
from vadose.xarray import attributes, cells
from vadose.xarray.cells import Variable

SAMPLER = "nutpie"
COEFFICIENTS = {
    "mean": "posterior mean of the standardised coefficient",
    "sd": "posterior standard deviation",
    "q5": "5 % quantile",
    "q25": "25 % quantile",
    "q50": "median",
    "q75": "75 % quantile",
    "q95": "95 % quantile",
    "rhat": "R-hat",
    "ess_bulk": "bulk effective sample size",
    "ess_tail": "tail effective sample size",
}


def ridge(
    predictors: xr.Dataset | xr.DataArray,
    response: xr.DataArray,
    dim: Hashable = "time",
    *,
    controls: int = 3,
    **options,
) -> xr.Dataset:
    """Ridge regression of z-scores along a dimension, with the penalty chosen for every cell.

    Parameters
    ----------
    predictors : Dataset or DataFrame, any units
        The first ones (precipitation frequency, precipitation volume, evapotranspiration) share the control; the others
        are control variables, such as air temperature. A DataArray has them along a dimension `predictor`.
    response : DataArray or Series, any unit
        With the coordinates of the predictors; NaN marks a missing value.
    dim : str
    controls : int
        How many predictors share the control.
    **options
        `choose`, `penalties`, `penalty`, `minimum` of `vadose.statistics.ridge.regression.fit`.

    Returns
    -------
    Dataset
        coefficients (..., predictor), share (..., control), penalty, at_edge, reason (with flag_meanings) and n.

    Formulas and references: `vadose.statistics.ridge.regression.fit`, the same on arrays.
    """
    columns = _columns(predictors)
    names = list(columns)
    if len(names) < controls:
        least = "three" if controls == 3 else controls
        raise ValueError(f"predictors: expected at least {least}, which share the control, found {names}.")
    fields = {
        "coefficients": Variable({"long_name": "standardised coefficient", "units": "1"}, ("predictor",)),
        "penalty": Variable({"long_name": "lambda of ridge regression", "units": "1"}),
        "share": Variable({"long_name": "share of the controls", "units": "1"}, ("control",)),
        "at_edge": Variable({"long_name": "penalty is at an edge of its grid"}, dtype=bool),
        "reason": Variable(
            attributes.flags(solver.REASONS, np.int8, long_name="why there are no coefficients"), dtype=np.int8
        ),
        "n": Variable({"long_name": "complete time steps", "units": "1"}, dtype=np.int64),
    }
    sides = columns | {"response": cells.labelled("response", response)}
    fitted = cells.over_cells(
        _fitted,
        sides,
        [dim],
        fields,
        sizes={"predictor": len(names), "control": controls},
        controls=controls,
        **options,
    )
    return fitted.assign_coords(predictor=names, control=names[:controls])


def _columns(predictors: Any) -> dict[str, xr.DataArray]:
    """The predictors by name."""
    if isinstance(predictors, xr.DataArray):
        if "predictor" not in predictors.dims:
            raise ValueError(
                f"predictors: expected a Dataset of predictors, or a dimension 'predictor', found "
                f"{', '.join(map(str, predictors.dims))}."
            )
        numbered = predictors.sizes["predictor"]
        names = predictors["predictor"].values if "predictor" in predictors.coords else range(numbered)
        return {str(name): predictors.isel(predictor=place, drop=True) for place, name in enumerate(names)}
    if not isinstance(predictors, xr.Dataset | pd.DataFrame):
        raise TypeError(
            f"predictors: expected a Dataset, found {type(predictors).__name__}: give all data with labels, or all as "
            "arrays."
        )
    return {str(name): cells.labelled(str(name), column) for name, column in predictors.items()}


def _fitted(*arrays: Array, **options) -> tuple[AnyArray, ...]:
    fit = regression.fit(np.stack(arrays[:-1], axis=-1), arrays[-1], **options)
    return fit.coefficients, fit.penalty, fit.share, fit.at_edge, fit.reason, fit.n


def drivers(
    columns: Mapping[str, Any],
    dim: Hashable = "time",
    *,
    formula: str = formulas.PUBLISHED,
    group: str | None = None,
    seed: int = 0,
    rhat: float = 1.01,
    ess: float = 400.0,
    **options,
) -> xr.Dataset:
    """The Bayesian model of precipitation and soil moisture on their drivers, one for all cells and steps together.

    Parameters
    ----------
    columns : Dataset, DataFrame or mapping of names to arrays, any units
        Ta, GPP, LST (predictors; those of another formula by their names), P and SM (responses), z-scored here. Arrays
        are vectors (time,) or (cell, time); NaN marks a missing value, and a row that lacks any is left out. A labelled
        predictor without `dim` has one value a cell.
    dim : str
        Dimension of the time steps; all others together are the cells.
    formula : str
        Terms of the model (`vadose.core.formulas.parse`); by default the published ones.
    group : {"cell", "none"}, optional
        Whether every cell has its own intercepts; by default where there are two cells or more.
    seed : int
        Equal seeds give equal draws.
    rhat, ess : float
        Limits of R-hat and of the effective sample sizes.
    **options
        `priors`, `chains`, `warmup`, `draws`, `max_treedepth`, `target_accept`, `cores` of
        `vadose.statistics.drivers.sampling.sample`.

    Returns
    -------
    Dataset
        mean, sd, quantiles, rhat and effective sample sizes (response, term), rows, cells, and `passed`: whether all
        convergence checks hold; its attribute `reasons` says which do not.

    Raises
    ------
    NotEstimable
        If the rows cannot carry the model; the sentence says why.
    ValueError
        If the formula cannot be read, a column lacks, or a term has one value a cell where each has its own intercepts.
    ModuleNotFoundError
        Without the packages of the extra `bayes`.

    Notes
    -----
    Rows are read piece by piece along the first dimension of the cells, so that only one chunk of dask along it is in
    memory; sums are taken in the order of the cells, and do not depend on the chunks.

    Formulas and references: `vadose.statistics.drivers.sampling.sample`.
    """
    if find_spec(SAMPLER) is None:
        raise ModuleNotFoundError(
            f"drivers: expected the package {SAMPLER}, found none: install the extra bayes (pip install "
            '"vadose[bayes]").'
        )
    if group not in (None, "cell", "none"):
        raise ValueError(f"group: expected cell or none, found {group!r}.")
    model = Terms.of(formula)
    table = _table(columns, dim, model)
    count = int(np.prod([size for name, size in table.sizes.items() if name != dim]))
    grouped = count > 1 if group is None else group == "cell"
    if grouped:
        _refuse_constant(model, [name for name in model.predictors if _lacks(columns[name], dim)])
    rows = Accumulator(terms=model)
    for piece in _pieces(table, dim, model):
        rows.add(*piece)
    trace = sample(rows.statistics("grouped" if grouped else "pooled"), seed=seed, **options)
    passed, estimates = checked(trace, rhat=rhat, ess=ess)
    return _described(estimates, passed, rows.count, count, model)


def _lacks(column: Any, dim: Hashable) -> bool:
    """Whether a column has one value a cell."""
    return isinstance(column, xr.DataArray) and dim not in column.dims


def _refuse_constant(model: Terms, constant: Sequence[str]) -> None:
    """Stop where a term is one value a cell, which each cell's own intercept holds already."""
    alone = [
        name
        for name, powers in zip(model.names, model.powers, strict=True)
        if all(predictor in constant for predictor, power in zip(model.predictors, powers, strict=True) if power)
    ]
    if alone:
        raise ValueError(
            f"formula: expected terms that vary within a cell where group is cell, found {', '.join(alone)}, which the "
            'intercept of each cell holds already. Pool the cells (group="none"), or keep its products alone.'
        )


def _table(columns: Mapping[str, Any], dim: Hashable, model: Terms) -> xr.Dataset:
    """The columns of the model over (cells ..., dim)."""
    names = [*model.predictors, *terms.RESPONSES]
    absent = [name for name in names if name not in columns]
    if absent:
        raise ValueError(
            f"columns: expected {', '.join(names)}, found none named {', '.join(absent)}; rename the variables."
        )
    arrays = [_column(name, columns[name], dim) for name in names]
    if not all(dim in array.dims for array in arrays[len(model.predictors) :]):
        raise ValueError(f"columns: expected a dimension {dim!r} in each of {', '.join(terms.RESPONSES)}.")
    try:
        aligned = xr.broadcast(*xr.align(*arrays, join="exact"))
    except ValueError as error:
        raise ValueError(f"columns: expected the same coordinates, found others ({error}).") from None
    return xr.Dataset({name: array.variable for name, array in zip(names, aligned)}).transpose(..., dim)


def _column(name: str, values: Any, dim: Hashable) -> xr.DataArray:
    if isinstance(values, xr.DataArray | pd.Series):
        return cells.labelled(name, values)
    values = np.asarray(values, dtype=float)
    if values.ndim not in (1, 2):
        raise ValueError(f"{name}: expected a vector or (cell, time), found shape {values.shape}.")
    return xr.DataArray(values, dims=("cell", dim)[2 - values.ndim :])


def _pieces(table: xr.Dataset, dim: Hashable, model: Terms) -> Iterator[tuple[AnyArray, AnyArray, AnyArray, AnyArray]]:
    """Predictors, responses, cell and step of the rows, cell after cell, in pieces along the first dimension of cells
    as dask cuts it."""
    across = [name for name in table[terms.RESPONSES[0]].dims if name != dim]
    steps, first = table.sizes[dim], across[0] if across else None
    ends = np.cumsum(table.chunksizes.get(first, (table.sizes[first],))) if first is not None else [1]
    start, cell = 0, 0
    for end in ends:
        piece = (table if first is None else table.isel({first: slice(start, end)})).compute()
        arrays = [piece[name].values.astype(float).reshape(-1) for name in (*model.predictors, *terms.RESPONSES)]
        width, rows = len(model.predictors), arrays[0].size
        numbers = np.repeat(np.arange(cell, cell + rows // steps), steps)
        yield (
            np.stack(arrays[:width], axis=1),
            np.stack(arrays[width:], axis=1),
            numbers,
            np.tile(np.arange(steps), rows // steps),
        )
        start, cell = end, cell + rows // steps


def _described(estimates: pd.DataFrame, passed: Gates, rows: int, count: int, model: Terms) -> xr.Dataset:
    """The table of coefficients as a Dataset, with what the checks say."""
    table = estimates.set_index(["response", "term"]).to_xarray()
    table = table.reindex(response=list(terms.RESPONSES), term=list(model.names))
    described = table.assign(
        {name: table[name].assign_attrs(long_name=long_name, units="1") for name, long_name in COEFFICIENTS.items()}
    )
    return described.assign(
        rows=((), rows, {"long_name": "complete rows", "units": "1"}),
        cells=((), count, {"long_name": "cells", "units": "1"}),
        passed=((), passed.ok, {"long_name": "all convergence checks hold", "reasons": "; ".join(passed.reasons)}),
    )
