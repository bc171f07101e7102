"""What study B reports of its copulas and lags: negative shares, reasons, families, tails, lags, and tests over the
whole field."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import copula, share_intervals, significance
from vadose.studies.dependence import pairs
from vadose.studies.depths import layer_columns

ALL, MONTHLY, ANNUAL = "all", "monthly", "annual"
REMOVED_SUFFIX = ", annual cycle removed"
WITHOUT_ANNUAL_CYCLE = f"{MONTHLY}{REMOVED_SUFFIX}"
FLAGS = {bit: name.replace(" ", "_") for bit, name in copula.FLAGS.items()}
NO_DEPENDENCE = "no dependence"
TITLES = {
    "negative_shares": "Negative dependence by layer. Shares (0 to 1) of the cells that have a copula, and of their "
    "area, in which Kendall's tau-b of precipitation and soil moisture is below zero, in which its whole 95 % "
    "block-bootstrap interval is (certain), and in which the tau of the selected copula is (copula, the published "
    "study's estimator: 0 where independence is selected); means of the copula's tau and tail dependence. Annual "
    "cycle removed: the mean of each calendar month taken from both sides. shared: cells that have a copula with and "
    "without the annual cycle, and the negative share of those alone; mean tau-b of the data, and its reliability: "
    "the share (0 to 1) of its variance between cells that is not sampling error. In means over seasons and years "
    "each month counts alike, whatever its days.",
    "negative_shares_by_ecoregion": "Negative dependence by ecoregion. As the table of negative shares, for each "
    "WWF ecoregion by its code.",
    "negative_shares_by_region": "Negative dependence by region. As the table of negative shares, for each region by "
    "its code and region_name.",
    "copula_reasons": "Cells with and without a copula, months with the annual cycle and without. Numbers and areas "
    "(m²) by reason; they sum to all land cells. "
    "Of those with a copula the numbers that are tied, have a parameter on a bound, and are undetermined (a cell may "
    "be all three). Below, the rules that removed or changed values of the files, and how many (cells, layers and "
    "months of the product's own grid).",
    "copula_families": "Selected families. Shares (0 to 1) of the cells that have a copula, by layer and time scale, "
    "as published; `named`: only where independence is rejected at the false discovery rate, else no dependence; "
    "the mean Akaike weight (0 to 1) of the family where it is selected, and the shares of those cells that are tied, "
    "have a parameter on a bound, and are undetermined (weight below one half).",
    "copula_tails": "Tails of the selected copulas. Shares (0 to 1) of the cells that have a copula by the behaviour "
    f"of their tails (tail dependence of at least {pairs.TAIL_FROM:g}); `named` and the shares of each class that are "
    "tied, on a bound and undetermined as in the table of families.",
    "optimal_lags": "Optimal lags. Shares (0 to 1) of cells by the lag (months) of the largest |tau|, with the share "
    "of those cells in "
    "which dependence at any lag is "
    "significant by itself (circular shifts) and by the false discovery rate (of what turned series leave beyond a "
    "shared season).",
}

PARTS = ("tau", "lower", "upper", "tail_class", "tau_low", "tau_high", "kendall", "family", "lag", "flags", "reason")


def series_of(copulas: xr.Dataset) -> dict[str, xr.Dataset]:
    """Copulas by series: the configured time scales, and monthly ones with and without the annual cycle, each (cell,
    layer).

    Returns
    -------
    dict
        "monthly", "monthly, annual cycle removed", those of parts of the year, "annual" -> Dataset of those of PARTS
        that there are.
    """
    by_label = {}
    names = [name for name in PARTS if name in copulas]
    for number, time_scale in enumerate(copulas["time_scale"].values):
        cycle = str(copulas["annual_cycle_of_time_scale"].values[number])
        by_label[label(str(time_scale), cycle)] = copulas[names].isel(time_scale=number).reset_coords(drop=True)
    for number, cycle in enumerate(copulas["annual_cycle"].values if "tau_by_annual_cycle" in copulas else ()):
        if (key := label("monthly", str(cycle))) in by_label:
            continue
        part = (
            copulas[[f"{name}_by_annual_cycle" for name in names if f"{name}_by_annual_cycle" in copulas]]
            .isel(annual_cycle=number)
            .reset_coords(drop=True)
        )
        part = part.rename({name: str(name).removesuffix("_by_annual_cycle") for name in part.data_vars})
        parameters = [copulas[f"{name}_by_annual_cycle"].values[:, number] for name in ("family", "par", "par2")]
        tails = copula.tail_dependence(*parameters)
        by_label[key] = part.assign(lower=(("cell", "layer"), tails.lower), upper=(("cell", "layer"), tails.upper))
    first, last = (MONTHLY, WITHOUT_ANNUAL_CYCLE), (ANNUAL,)
    order = (*first, *(key for key in by_label if key not in first + last), *last)
    return {key: by_label[key] for key in order if key in by_label}


def label(time_scale: str, cycle: str) -> str:
    """Name of a series: "monthly", "months of DJF, annual cycle removed", "annual"."""
    return f"{time_scale}{REMOVED_SUFFIX}" if cycle == pairs.REMOVED else time_scale


def tau_b(part: xr.Dataset) -> Array:
    """Kendall's tau-b of the data, the one estimator of signs and of the intervals; of results that do not hold it the
    copula's tau."""
    return part["kendall" if "kendall" in part else "tau"].values


def negative_shares(copulas: xr.Dataset, ecoregion: Array | None) -> xr.Dataset:
    """Negative dependence by region, series and layer.

    Parameters
    ----------
    copulas : Dataset
        Product "copulas", with the cells' area.
    ecoregion : (cell,) array, optional
        Codes of WWF ecoregions, or other regions; 0 and missing ones belong to no region but the whole.

    Returns
    -------
    Dataset
        Variables of the product "negative_shares". A cell without a copula counts in `cells` only. Negative, and
        certainly negative, count Kendall's tau-b of the data; `copula_` counts the tau of the selected copula, as the
        published study does, which is 0 where independence is selected.
    """
    series, area = series_of(copulas), copulas["area"].values
    regions = {ALL: np.ones(area.size, dtype=bool)}
    if ecoregion is not None:
        codes = np.nan_to_num(np.asarray(ecoregion, dtype=float)).astype(int)
        regions |= {str(code): codes == code for code in np.unique(codes[codes > 0])}
    shape = (len(regions), len(series), copulas.sizes["layer"])
    certain = all("tau_low" in part for part in series.values())
    shared = _shared(series)
    names = ["cells", "fitted", "negative", "share_of_cells", "share_of_area", "mean_tau", "mean_lower", "mean_upper"]
    names += ["copula_negative", "copula_share_of_cells", "copula_share_of_area"]
    names += ["certain_share_of_cells", "certain_share_of_area"] if certain else []
    names += ["shared", "shared_share_of_cells", "shared_share_of_area"] if shared is not None else []
    names += ["mean_kendall", "reliability"] if all("kendall" in part for part in series.values()) else []
    out = {name: np.full(shape, np.nan) for name in names}
    for place in np.ndindex(shape):
        inside = list(regions.values())[place[0]]
        part = list(series.values())[place[1]].isel(layer=place[2])
        tau = part["tau"].values
        fitted = inside & np.isfinite(tau)
        below = fitted & (np.where(fitted, tau_b(part), 0.0) < 0.0)
        counted = {"cells": inside.sum(), "fitted": fitted.sum(), "negative": below.sum()}
        shares = _shares(below, fitted, area)
        counted |= {"share_of_cells": shares[0], "share_of_area": shares[1]}
        by_copula = fitted & (np.where(fitted, tau, 0.0) < 0.0)
        shares = _shares(by_copula, fitted, area)
        counted |= {"copula_negative": by_copula.sum()}
        counted |= {"copula_share_of_cells": shares[0], "copula_share_of_area": shares[1]}
        counted |= {
            f"mean_{name}": part[name].values[fitted].mean() if fitted.any() else np.nan
            for name in ("tau", "lower", "upper")
        }
        if certain:
            shares = _shares(fitted & (np.nan_to_num(part["tau_high"].values, nan=1.0) < 0.0), fitted, area)
            counted |= {"certain_share_of_cells": shares[0], "certain_share_of_area": shares[1]}
        if shared is not None and list(series)[place[1]] in (MONTHLY, WITHOUT_ANNUAL_CYCLE):
            among = inside & shared[:, place[2]]
            shares = _shares(below & among, among, area)
            counted |= {"shared": among.sum(), "shared_share_of_cells": shares[0], "shared_share_of_area": shares[1]}
        if "mean_kendall" in out:
            counted |= _reliability(part, fitted)
        for name, value in counted.items():
            out[name][place] = value
    labels = {name: copulas[name] for name in ("layer", "layer_top", "layer_bottom")}
    dims = ("region", "time_scale", "layer")
    return xr.Dataset({name: (dims, values) for name, values in out.items()}).assign_coords(
        region=list(regions), time_scale=list(series), **labels
    )


def _shared(series: Mapping[str, xr.Dataset]) -> Array | None:
    """(cell, layer): cells that have a copula with and without the annual cycle; None where only one is computed."""
    both = [np.isfinite(series[name]["tau"].values) for name in (MONTHLY, WITHOUT_ANNUAL_CYCLE) if name in series]
    return both[0] & both[1] if len(both) > 1 else None


def _reliability(part: xr.Dataset, fitted: Array) -> dict[str, float]:
    """Mean of tau-b over the fitted cells, and the share of its variance between them that is not sampling error: by
    the intervals of tau-b, or where there are none by its variance under independence."""
    kendall = part["kendall"].values[fitted]
    if kendall.size < 2:
        return {"mean_kendall": float(kendall.mean()) if kendall.size else np.nan, "reliability": np.nan}
    if "tau_low" in part:
        error = (part["tau_high"].values[fitted] - part["tau_low"].values[fitted]) / (2.0 * share_intervals.NORMAL)
    else:
        steps = part["n"].values[fitted] if "n" in part else np.full(kendall.size, np.nan)
        error = np.sqrt(2.0 * (2.0 * steps + 5.0) / (9.0 * steps * (steps - 1.0)))
    between = float(kendall.var(ddof=1))
    kept = 1.0 - float(np.mean(error**2)) / between if between > 0 else 0.0
    return {"mean_kendall": float(kendall.mean()), "reliability": max(kept, 0.0) if np.isfinite(kept) else 1.0}


def _shares(chosen: Array, among: Array, area: Array) -> tuple[float, float]:
    """Share of cells and of area."""
    if not among.any():
        return np.nan, np.nan
    return float(chosen.sum() / among.sum()), float(area[chosen].sum() / area[among].sum())


def listed(
    shares: xr.Dataset, copulas: xr.Dataset, *, whole: bool, names: Mapping[int, str] | None = None
) -> pd.DataFrame:
    """Negative shares as rows: of the whole, or of the regions.

    Parameters
    ----------
    shares, copulas : Dataset
        Products "negative_shares" and "copulas".
    whole : bool
        Whether of the whole.
    names : mapping of int to str, optional
        Of regions other than WWF's, by code.
    """
    key = ["ecoregion"] if names is None else ["region", "region_name"]
    chosen = [region for region in shares["region"].values if (region == ALL) == whole]
    rows = []
    for region in chosen:
        for name in shares["time_scale"].values:
            for number in range(shares.sizes["layer"]):
                part = shares.sel(region=region, time_scale=name).isel(layer=number)
                named = (str(region),) if names is None or whole else (str(region), names[int(region)])
                row = {} if whole else dict(zip(key, named, strict=True))
                row |= {"time_scale": str(name)} | layer_columns(copulas, number)
                row |= {key: int(part[key]) for key in ("cells", "fitted", "negative", "copula_negative")}
                row |= {key: float(part[key]) for key in shares.data_vars if key not in row}
                rows.append(row)
    if rows:
        return pd.DataFrame(rows)
    return pd.DataFrame(
        columns=[
            *key,
            "time_scale",
            "layer",
            "depth_cm",
            "cells",
            "fitted",
            "negative",
            *sorted(map(str, shares.data_vars)),
        ]
    )


def reasons(copulas: xr.Dataset) -> pd.DataFrame:
    """Why cells have a copula or not: numbers and areas by series (`series_of`), layer and reason."""
    area, rows = copulas["area"].values, []
    for name, series in series_of(copulas).items():
        for number in range(copulas.sizes["layer"]):
            codes = series["reason"].values[:, number]
            for code in np.unique(codes):
                with_code = codes == code
                row = {
                    "time_scale": name,
                    **layer_columns(copulas, number),
                    "code": int(code),
                    "reason": pairs.REASONS[int(code)],
                }
                row |= {"cells": int(with_code.sum()), "area_m2": float(area[with_code].sum())}
                bits = series["flags"].values[with_code, number]
                rows.append(row | {name: int((bits & bit > 0).sum()) for bit, name in FLAGS.items()})
    return pd.DataFrame(rows)


def _classes(copulas: xr.Dataset, dependent: Array | None, name: str, names: Mapping[int, str]) -> pd.DataFrame:
    """Shares of classes of the fitted copulas; where independence is not rejected, `named` counts no dependence."""
    rows = []
    for place, time_scale in enumerate(copulas["time_scale"].values):
        for number in range(copulas.sizes["layer"]):
            part = copulas.sel(time_scale=time_scale).isel(layer=number)
            values, fitted = part[name].values, part["reason"].values == 0
            rejected = np.ones(fitted.shape, dtype=bool) if dependent is None else dependent[:, place, number] == 1
            scale_and_layer = {"time_scale": str(time_scale), **layer_columns(copulas, number)}
            for code, words in names.items():
                with_code = fitted & (values == code)
                if not with_code.any():
                    continue
                row = scale_and_layer | {"code": code, "name": words, "cells": int(with_code.sum())}
                row |= {
                    "share": float(with_code.sum() / fitted.sum()),
                    "named": float((with_code & rejected).sum() / fitted.sum()),
                    "mean_weight": float(part["weight"].values[with_code].mean()),
                }
                bits = part["flags"].values[with_code]
                rows.append(row | {words: float((bits & bit > 0).mean()) for bit, words in FLAGS.items()})
            if (without := fitted & ~rejected).any():
                row = scale_and_layer | {"code": -1, "name": NO_DEPENDENCE, "cells": int(without.sum())}
                rows.append(row | {"named": float(without.sum() / fitted.sum())})
    columns = ["time_scale", "layer", "depth_cm", "code", "name", "cells", "share", "named", "mean_weight"]
    return pd.DataFrame(rows, columns=[*columns, *FLAGS.values()])


def families(copulas: xr.Dataset, dependent: Array | None = None) -> pd.DataFrame:
    """Shares of the selected families by time scale and layer, with their Akaike weights.

    Parameters
    ----------
    copulas : Dataset
        Product "copulas".
    dependent : (cell, time_scale, layer) array, optional
        1 where independence is rejected (`independence_rejected` of the product "dependence_tests"); by default it is
        everywhere.

    Returns
    -------
    DataFrame
        `share` counts every fitted cell, as the published study does; `named` only those in which independence is
        rejected, the others being the row "no dependence" (code -1).
    """
    return _classes(copulas, dependent, "family", {int(code): name for code, name in copula.FAMILIES.items()})


def tails(copulas: xr.Dataset, dependent: Array | None = None) -> pd.DataFrame:
    """Shares of the classes of tail behaviour by time scale and layer; arguments and columns as in `families`."""
    return _classes(copulas, dependent, "tail_class", dict(enumerate(pairs.TAILS[:5])))


def optimal_lags(lags: xr.Dataset, tests: xr.Dataset, alpha: float) -> pd.DataFrame:
    """Shares of optimal lags by layer, with and without the annual cycle, and how many of them are significant."""
    rows = []
    for number, cycle in enumerate(lags["annual_cycle"].values):
        for layer in range(lags.sizes["layer"]):
            lag = lags["optimal_lag"].values[:, number, layer]
            p = lags["p"].values[:, number, layer]
            rejected = tests["lag_rejected"].values[:, number, layer] == 1
            defined = np.isfinite(lag)
            for months in lags["lag"].values:
                with_lag = defined & (lag == months)
                if not with_lag.any():
                    continue
                row = {
                    "annual_cycle": str(cycle),
                    **layer_columns(lags, layer),
                    "lag_months": int(months),
                    "cells": int(with_lag.sum()),
                }
                row |= {"share": float(with_lag.sum() / defined.sum())}
                tested = np.isfinite(p[with_lag]).any()
                row["mean_tau"] = float(lags["optimal_tau"].values[with_lag, number, layer].mean())
                row["significant"] = float(np.mean(p[with_lag] <= alpha)) if tested else np.nan
                rows.append(row | {"significant_by_fdr": float(rejected[with_lag].mean()) if tested else np.nan})
    columns = [
        "annual_cycle",
        "layer",
        "depth_cm",
        "lag_months",
        "cells",
        "share",
        "mean_tau",
        "significant",
        "significant_by_fdr",
    ]
    return pd.DataFrame(rows, columns=columns)


def testable_goodness(copulas: xr.Dataset) -> xr.DataArray | None:
    """p of goodness of fit where a bootstrap holds its level: not of fits with a parameter on a bound; None where it
    was not asked for."""
    return copulas["gof_p"].where(copulas["flags"] & copula.AT_BOUND == 0) if "gof_p" in copulas else None


def field_tests(
    lag_p: xr.DataArray, gof_p: xr.DataArray | None, alpha_fdr: float, independence_p: xr.DataArray | None = None
) -> xr.Dataset:
    """False discovery rates over all cells, one field for each layer and case; of independence, one field for all
    layers of a time scale.

    Parameters
    ----------
    lag_p : (cell, annual_cycle, layer) DataArray
        p of dependence at any lag, `field_p` of the product "lags"; NaN where it was not tested.
    gof_p : (cell, time_scale, layer) DataArray, optional
        p of the fit of the selected copulas (`testable_goodness`).
    alpha_fdr : float
        False discovery rate.
    independence_p : (cell, time_scale, layer) DataArray, optional
        p of independence of the pairs behind the copulas.

    Returns
    -------
    Dataset
        Variables of the product "dependence_tests".
    """
    out = {}
    labels = {key: lag_p[key] for key in ("annual_cycle", "layer", "layer_top", "layer_bottom")}
    for name, p in (("lag", lag_p), ("gof", gof_p), ("independence", independence_p)):
        if p is None:
            continue
        # Layers of a time scale are one field of independence, since their families stand in one table.
        together = name == "independence"
        q = np.full(p.shape, np.nan)
        rejected = np.zeros(p.shape, dtype=np.int8)
        for place in np.ndindex(p.shape[1:2] if together else p.shape[1:]):
            q[:, *place], rejected[:, *place] = significance.field_significance(p.values[:, *place], alpha_fdr)
        tested = np.isfinite(p.values).sum(axis=0).astype(np.int32)
        out |= {
            f"{name}_q": (p.dims, q),
            f"{name}_rejected": (p.dims, rejected),
            f"{name}_tested": (p.dims[1:], tested),
        }
    for p in (gof_p, independence_p):
        labels |= {} if p is None else {"time_scale": p["time_scale"]}
    return xr.Dataset(out).assign_coords(labels)
