"""Where runs agree in sign and significance, how far they lie apart, and which statements hold in how many of them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from vadose.core import cells
from vadose.core.arrays import Array
from vadose.core.grid import Grid
from vadose.studies import of_cells
from vadose.studies.comparison.runs import Headline

# The classes of the IPCC's hatching, with products in the place of models and a test in that of natural variability.
SHARE_SIGNIFICANT, SHARE_OF_SIGN = 0.66, 0.80
NONE, ROBUST, NO_SIGNAL, CONFLICTING = 0, 1, 2, 3
MOSTLY = 0.5  # ASSUME: share of a coarse cell's area and a common layer's thickness from which it counts as significant


def classes(values: Array, significant: Array) -> NDArray[np.int8]:
    """Agreement in sign and significance, cell by cell.

    Parameters
    ----------
    values : (..., run) array, any unit
        NaN takes no part; zero has no sign.
    significant : (..., run) array
        Share that is significant; NaN counts as not.

    Returns
    -------
    (...) int8 array
        1 robust: at least 66 % of the runs are significant and 80 % agree in sign; 2 no robust signal: fewer are
        significant; 3 conflicting: as many are significant, and fewer agree; 0 with fewer than two runs.

    References
    ----------
    Gutierrez et al. (2021), doi:10.1017/9781009157896.021 (the advanced approach to hatching).
    """
    there = np.isfinite(values)
    count = there.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        strong = (there & (significant >= MOSTLY)).sum(axis=-1) >= SHARE_SIGNIFICANT * count
        larger = np.maximum((values > 0).sum(axis=-1), (values < 0).sum(axis=-1))
    same = larger >= SHARE_OF_SIGN * count
    return np.select([count < 2, ~strong, same], [NONE, NO_SIGNAL, ROBUST], CONFLICTING).astype(np.int8)


def side_by_side(names: Sequence[str], maps: Sequence[Sequence[Headline]], target: Grid) -> xr.Dataset:
    """The product "comparison": every headline number of every run on the cells that two or more have.

    Parameters
    ----------
    names : sequence of str
        Of the runs.
    maps : sequence of sequences of Headline
        For each run, in one order. Those that a run lacks at the end, such as a time scale, are left out.
    target : Grid
        Of the maps.
    """
    wanted = [(one.quantity, one.case) for one in maps[0]]
    wanted = [key for key in wanted if all(key in {(one.quantity, one.case) for one in own} for own in maps)]
    by_key = [{(one.quantity, one.case): one for one in own} for own in maps]
    values = np.stack([[own[key].values for key in wanted] for own in by_key], axis=-1)  # (number, lat, lon, run)
    tested = np.stack([[own[key].significant for key in wanted] for own in by_key], axis=-1)
    mask = (np.isfinite(values).sum(axis=-1) > 1).any(axis=0)
    located = cells.locate(mask, target)
    value, share = (cells.pack(np.moveaxis(part, -1, 1), located) for part in (values, tested))  # (cell, number, run)
    signed = np.array([by_key[0][key].signed for key in wanted])
    agreement = np.where(signed, classes(value, share), NONE).astype(np.int8)
    count = np.isfinite(value).sum(axis=-1)
    total = np.nansum(value, axis=-1)
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    squares = np.nansum((value - mean[..., None]) ** 2, axis=-1)
    spread = np.sqrt(np.divide(squares, count - 1, out=np.full(total.shape, np.nan), where=count > 1))
    labels = [", ".join(filter(None, key)) for key in wanted]
    return xr.Dataset(
        {
            "value": (("cell", "number", "run"), value),
            "significant": (("cell", "number", "run"), share),
            "agreement": (("cell", "number"), agreement),
            "mean": (("cell", "number"), mean),
            "spread": (("cell", "number"), spread),
            "runs": (("cell", "number"), count.astype(np.int16)),
        },
        coords={**located.coords, "number": labels, "run": list(names)},
    ).assign_coords({name: located[name] for name in ("row", "column", "area")})


def _mean(values: Array, area: Array) -> float:
    there = np.isfinite(values)
    return of_cells.mean(values[there], area[there])


def tables(compared: xr.Dataset, maps: Sequence[Sequence[Headline]]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Values by run, agreement by headline number, and the statements that hold in k of n runs; means are over the area
    of the cells that all runs have."""
    labelled = [{", ".join(filter(None, (one.quantity, one.case))): one for one in own} for own in maps]
    values, agreed, statements = [], [], []
    area, names = compared["area"].values, [str(name) for name in compared["run"].values]
    for number, label in enumerate(compared["number"].values.tolist()):
        value = compared["value"].values[:, number]
        everywhere = np.isfinite(value).all(axis=1)
        value, here = value[everywhere], area[everywhere]
        share = compared["significant"].values[everywhere, number]
        about = labelled[0][label]
        means = [_mean(value[:, place], here) for place in range(len(names))]
        negative = [_mean((value[:, place] < 0).astype(float), here) for place in range(len(names))]
        for place, name in enumerate(names):
            strong = np.where(np.isfinite(share[:, place]), share[:, place] >= MOSTLY, np.nan)
            row = {"quantity": about.quantity, "case": about.case, "run": name, "years": labelled[place][label].years}
            row |= {"unit": about.unit, "cells": len(value), "mean": means[place], "negative": negative[place]}
            values.append(row | {"significant": _mean(strong, here)})
        row = {"quantity": about.quantity, "case": about.case, "unit": about.unit, "cells": len(value)}
        if about.signed:
            code = compared["agreement"].values[everywhere, number]
            row |= {
                word: _mean((code == which).astype(float), here)
                for word, which in (("robust", ROBUST), ("no_signal", NO_SIGNAL), ("conflicting", CONFLICTING))
            }
            statements += _of_sign(label, means, negative, names)
        agreed.append(row | {"mean_spread": _mean(compared["spread"].values[everywhere, number], here)})
    columns = ["quantity", "case", "unit", "cells", "robust", "no_signal", "conflicting", "mean_spread"]
    statements += _largest_share(values, names)
    return pd.DataFrame(values), pd.DataFrame(agreed, columns=columns), pd.DataFrame(statements)


def _sign(value: float) -> str:
    return "negative" if value < 0 else "positive" if value > 0 else "not defined"


def _held(statement: str, holds: Sequence[bool], names: Sequence[str]) -> dict:
    """A statement that is true of the first run, and the runs of which it is true."""
    where = ", ".join(name for name, true in zip(names, holds, strict=True) if true)
    return {"statement": statement, "holds_in": sum(holds), "of": len(names), "runs": where}


def _of_sign(label: str, means: Sequence[float], negative: Sequence[float], names: Sequence[str]) -> list[dict]:
    first, most = _sign(means[0]), negative[0] > MOSTLY
    words = "most" if most else "at most half"
    return [
        _held(f"the mean of {label} is {first}", [_sign(mean) == first for mean in means], names),
        _held(f"{label} is negative in {words} of the area", [(one > MOSTLY) == most for one in negative], names),
    ]


def _largest_share(values: Sequence[dict], names: Sequence[str]) -> list[dict]:
    """Which layer takes the largest share of the variance, and whether a trend takes less than half."""
    statements, frame = [], pd.DataFrame(values).set_index("run")
    layers = frame[frame["quantity"] == "share of the variance"]
    if len(layers):
        largest = [str(layers.loc[[name]].set_index("case")["mean"].idxmax()) for name in names]
        holds = [one == largest[0] for one in largest]
        statements.append(_held(f"{largest[0]} has the largest share of the variance", holds, names))
    trend = frame[frame["quantity"] == "share of the trend in the variance"]
    if len(trend):
        small = [float(trend.loc[name, "mean"]) < MOSTLY for name in names]
        words = "less" if small[0] else "more"
        holds = [one == small[0] for one in small]
        statements.append(_held(f"a trend takes {words} than half of the variance", holds, names))
    return statements
