"""Tables and clusters of the driver models: estimates with cluster-robust errors, outcome of every model, and negative
dependence."""

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import clusters, drivers
from vadose.studies.depths import depth_cm, layer_columns
from vadose.studies.drivers.statistics import MODEL
from vadose.studies.drivers.status import Status

QUANTILES = ("q5", "q25", "q50", "q75", "q95")
TITLES = {
    "drivers": (
        "Drivers of precipitation and soil moisture: posterior mean, sd, quantiles, R-hat and effective sample sizes "
        "of every coefficient (sd of the "
        "response per sd of the predictor), least squares over all rows and within cells, Driscoll-Kraay and "
        "year-clustered standard errors, variance "
        "inflation, quadrant, and whether a call of quadrant II or IV survives the cluster-robust errors."
    ),
    "driver_models": "Driver models: outcome, sentence for those that failed or could not be estimated, rows, cells, "
    "and the worst diagnostics.",
    "driver_failures": "Driver models that were sampled and did not pass: empty if all passed.",
    "driver_negatives": (
        "Negative dependence by driver: ecoregions in quadrants II and IV of the (precipitation, soil moisture) plane, "
        "how many of them survive errors "
        "that allow for correlated rows, slope of the regression over ecoregions, and mean agreement of the clusters "
        "under posterior draws (1)."
    ),
}
CLUSTERS = {"Ta:LST": 2, "Ta:GPP:LST": 2}  # docs/methods.md#b5; 3 for the others


def usable(estimates: xr.Dataset) -> xr.DataArray:
    """Posterior means of converged models, (time_scale, layer, ecoregion, response, term); NaN for the others."""
    return estimates["mean"].where(estimates["status"] == Status.CONVERGED)


def clustered(
    estimates: xr.Dataset, draws: xr.Dataset, statistics: xr.Dataset, *, seed: int, reclustered: int
) -> xr.Dataset:
    """Clusters, their stability, regression line and quadrants of every time scale, layer and term.

    Parameters
    ----------
    estimates, statistics : Dataset
        Products "driver_estimates" and "driver_statistics".
    draws : Dataset
        Group `posterior` of the file of draws.
    seed : int
        Of k-means.
    reclustered : int
        Posterior draws that are clustered again, evenly chosen.

    Returns
    -------
    Dataset
        Variables of the product "driver_clusters". Where fewer ecoregions than clusters have converged, there are no
        clusters.
    """
    means = usable(estimates).transpose("time_scale", "layer", "term", "ecoregion", "response").values
    shape, count = means.shape[:3], means.shape[3]
    every = (
        draws["coefficients"]
        .stack(sample=("chain", "draw"))
        .transpose("sample", "time_scale", "layer", "term", "ecoregion", "response")
        .values
    )
    chosen = every[np.unique(np.linspace(0, len(every) - 1, min(reclustered, len(every))).astype(int))]
    fields = {"cluster": np.full((*shape, count), -1, np.int8), "agreement": np.full((*shape, count), np.nan)}
    fields |= {
        "together": np.full((*shape, count, count), np.nan),
        "slope": np.full(shape, np.nan),
        "intercept": np.full(shape, np.nan),
    }
    for place in np.ndindex(shape):
        points = means[place]
        k = CLUSTERS.get(str(estimates["term"].values[place[2]]), 3)
        fields["slope"][place], fields["intercept"][place] = line(points)
        if len(np.unique(points[np.isfinite(points).all(axis=1)], axis=0)) < k:
            continue
        drawn = np.where(np.isfinite(points), chosen[(slice(None), *place)], np.nan)
        fields["cluster"][place] = clusters.cluster(points, k, seed=seed).label
        stable = clusters.stability(points, drawn, k, seed=seed)
        fields["agreement"][place], fields["together"][place] = stable.agreement, stable.together
    quadrant, robust = quadrants(estimates, statistics)
    fields["quadrant"] = quadrant.transpose(0, 1, 3, 2)
    fields["robust"] = robust.transpose(0, 1, 3, 2)
    dims = {"together": ("ecoregion", "other"), "slope": (), "intercept": ()}
    names = {name: estimates[name].values for name in ("time_scale", "layer", "term", "ecoregion")} | {
        "other": estimates["ecoregion"].values
    }
    variables = {
        name: (("time_scale", "layer", "term", *dims.get(name, ("ecoregion",))), values)
        for name, values in fields.items()
    }
    variables |= {"name": ("ecoregion", estimates["name"].values)} if "name" in estimates else {}
    return xr.Dataset(variables, coords=names)


def line(points: Array) -> tuple[float, float]:
    """Slope and intercept of the least-squares line of the second on the first coordinate; NaN for fewer than three
    points or no spread."""
    points = points[np.isfinite(points).all(axis=1)]
    x = points[:, 0] - points[:, 0].mean() if len(points) else points[:, 0]
    y = points[:, 1]
    if len(points) < 3 or not np.any(x):
        return np.nan, np.nan
    slope = float(x @ y / (x @ x))
    return slope, float(y.mean() - slope * points[:, 0].mean())


def quadrants(estimates: xr.Dataset, statistics: xr.Dataset) -> tuple[Array, Array]:
    """Quadrant 1-4 (0 where missing) and whether II or IV is robust, (time_scale, layer, ecoregion, term) each.

    Robust as `drivers.robust_quadrant` says, by Driscoll-Kraay and year-clustered errors.
    """
    means = usable(estimates).transpose(*MODEL, "response", "term").values
    pooled = statistics["pooled"].transpose(*MODEL, "response", "term").values
    survives = statistics["survives"].transpose(*MODEL, "response", "term").values == 1
    return drivers.quadrant(means), drivers.robust_quadrant(means, pooled, survives).astype(np.int8)


def estimates_table(estimates: xr.Dataset, statistics: xr.Dataset, names: dict[int, str]) -> pd.DataFrame:
    """The tidy table of all coefficients of sampled models: one row per time scale, layer, ecoregion, response and
    term.

    `names` gives the names of the ecoregions by code. Models that failed are there with their status; those that were
    never sampled are not.
    """
    quadrant, robust = quadrants(estimates, statistics)
    by_term = (*MODEL, "response", "term")
    both = estimates[["mean", "sd", *QUANTILES, "rhat", "ess_bulk", "ess_tail"]].merge(
        statistics[["pooled", "within", "driscoll_kraay", "clustered", "survives"]], join="exact", compat="override"
    )
    both = both.assign(
        quadrant=((*MODEL, "term"), quadrant), robust_negative=((*MODEL, "term"), robust), vif=statistics["vif"]
    )
    both = both.assign(status=estimates["status"]).drop_vars(["layer_top", "layer_bottom"], errors="ignore")
    table = both.to_dataframe(dim_order=by_term).reset_index()
    table = table[np.isfinite(table["mean"])].reset_index(drop=True)
    depths = {int(layer): depth_cm(estimates, place) for place, layer in enumerate(estimates["layer"].values)}
    table.insert(table.columns.get_loc("layer") + 1, "depth_cm", table["layer"].map(depths))
    table.insert(table.columns.get_loc("ecoregion") + 1, "name", table["ecoregion"].map(names))
    table["status"] = table["status"].map(lambda code: Status(int(code)).name.lower())
    return table


def models_table(estimates: xr.Dataset, statistics: xr.Dataset, names: dict[int, str]) -> pd.DataFrame:
    """Outcome of every model, also of those without cells; no model is left out."""
    rows = []
    for place in np.ndindex(estimates["status"].shape):
        labels = {dim: estimates[dim].values[index] for dim, index in zip(MODEL, place)}
        row = {
            "time_scale": str(labels["time_scale"]),
            **layer_columns(estimates, place[1]),
            "ecoregion": int(labels["ecoregion"]),
        }
        row |= {"name": names[row["ecoregion"]], "status": Status(int(estimates["status"].values[place])).name.lower()}
        row |= {name: int(statistics[name].values[place]) for name in ("cells", "rows", "groups")}
        row |= {
            name: float(estimates[name].values[place])
            for name in ("largest_rhat", "smallest_ess_bulk", "smallest_ess_tail", "residual_correlation")
        }
        row |= {name: int(estimates[name].values[place]) for name in ("divergences", "depth_hits")}
        row["condition"] = float(statistics["condition"].values[place])
        terms = drivers.Terms.named(statistics["term"].values.tolist())
        for number in terms.alone:
            row[f"vif_{terms.names[number]}"] = float(statistics["vif_predictor"].values[place][number])
        rows.append(row | {"message": str(estimates["message"].values[place])})
    return pd.DataFrame(rows)


def negatives_table(clusters_of_terms: xr.Dataset) -> pd.DataFrame:
    """Ecoregions in quadrants II and IV by time scale, layer and term, from the product "driver_clusters"."""
    rows = []
    for place in np.ndindex(tuple(clusters_of_terms.sizes[dim] for dim in ("time_scale", "layer", "term"))):
        quadrant = clusters_of_terms["quadrant"].values[place]
        robust = clusters_of_terms["robust"].values[place] == 1
        codes = clusters_of_terms["ecoregion"].values
        agreement = clusters_of_terms["agreement"].values[place]
        row = {"time_scale": clusters_of_terms["time_scale"].values[place[0]]}
        row |= layer_columns(clusters_of_terms, place[1]) | {"term": clusters_of_terms["term"].values[place[2]]}
        row |= {
            "ecoregions": int((quadrant > 0).sum()),
            "in_quadrant_2": int((quadrant == 2).sum()),
            "in_quadrant_4": int((quadrant == 4).sum()),
        }
        row |= {"robust": int(robust.sum()), "robust_ecoregions": " ".join(map(str, codes[robust]))}
        row |= {"slope": float(clusters_of_terms["slope"].values[place])}
        rows.append(
            row
            | {
                "cluster_agreement": float(agreement[np.isfinite(agreement)].mean())
                if np.isfinite(agreement).any()
                else np.nan
            }
        )
    return pd.DataFrame(rows)
