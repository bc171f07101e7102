"""Sufficient statistics of all driver models as one labelled product, and back."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics import drivers
from vadose.studies.drivers.rows import Gathered, years_of_steps
from vadose.studies.drivers.status import Status

NOTE = (
    "Varying intercepts: {group}. Complete rows only; z-scores (1/n) within each model; interactions are products of "
    "z-scores."
)


MODEL = ("time_scale", "layer", "ecoregion")
BY_TERM = (*MODEL, "response", "term")


def describe(
    gathered: dict[tuple[str, int, int], Gathered],
    layers: int,
    *,
    group: str,
    min_cells: int,
    names: Mapping[int, str] | None = None,
) -> xr.Dataset:
    """Statistics, variance inflation and cluster-robust errors of every model, with a sentence for those that cannot be
    estimated.

    Parameters
    ----------
    gathered : dict
        From `vadose.studies.drivers.rows.gather`.
    layers : int
        Number of soil layers.
    group : str
        Varying intercepts, as in `gather`.
    min_cells : int
        Ecoregions with fewer cells are not modelled.
    names : mapping of int to str, optional
        Of regions other than WWF's, by code.

    Returns
    -------
    Dataset
        Variables of the product "driver_statistics", with ecoregion, stratum, entry, term and response as coordinates;
        `layer` is left to the caller.
    """
    time_scales = list(dict.fromkeys(time_scale for time_scale, _, _ in gathered))
    codes = list(dict.fromkeys(code for _, _, code in gathered))
    shape, terms = (len(time_scales), layers, len(codes)), next(iter(gathered.values())).by_cell.terms
    models, messages = {}, {}
    status = np.zeros(shape, np.int8)
    for place in np.ndindex(shape):
        model = gathered[time_scales[place[0]], place[1], codes[place[2]]]
        status[place], messages[place], models[place] = _examine(model, group, min_cells)
    strata = max([fields.degrees.size for fields in models.values() if fields is not None], default=1)
    fields = _blank(shape, strata, terms)
    for place, statistics in models.items():
        fields["cells"][place] = gathered[time_scales[place[0]], place[1], codes[place[2]]].cells
        if statistics is not None:
            model = gathered[time_scales[place[0]], place[1], codes[place[2]]]
            messages[place] = _fill(
                fields, place, statistics, model.by_cell.statistics("pooled"), time_scales[place[0]]
            )
    text = np.array([messages[place] for place in np.ndindex(shape)], dtype=object).reshape(shape)
    dims = {"degrees": ("stratum",), "group_size": ("stratum",), "sscp": ("stratum", "entry", "entry_")}
    dims |= {"vif": ("term",), "vif_predictor": ("term",)}
    dims |= dict.fromkeys(("pooled", "within", "driscoll_kraay", "clustered", "survives"), ("response", "term"))
    entries = ["1", *terms.names, *drivers.RESPONSES]
    called = {} if names is None else {"name": ("ecoregion", [names[code] for code in codes])}
    return xr.Dataset(
        {"status": (MODEL, status), "message": (MODEL, text)}
        | called
        | {name: ((*MODEL, *dims.get(name, ())), values) for name, values in fields.items()},
        coords={
            "time_scale": time_scales,
            "ecoregion": codes,
            "stratum": np.arange(strata),
            "entry": entries,
            "entry_": entries,
            "term": list(terms.names),
            "response": list(drivers.RESPONSES),
        },
    )


def _examine(model: Gathered, group: str, min_cells: int) -> tuple[Status, str, drivers.SufficientStatistics | None]:
    if model.cells == 0:
        return Status.NO_CELLS, "no cell of the grid lies in this ecoregion", None
    if model.cells < min_cells:
        return Status.TOO_FEW_CELLS, f"expected at least {min_cells} cells, found {model.cells}", None
    try:
        return Status.CONVERGED, "", model.statistics(group)
    except drivers.NotEstimable as error:
        return Status.NOT_ESTIMABLE, str(error), None


def _blank(shape: tuple[int, ...], strata: int, terms: drivers.Terms) -> dict[str, Array]:
    sizes = {"degrees": (strata,), "group_size": (strata,), "sscp": (strata, terms.columns, terms.columns)}
    count = len(terms.names)
    sizes |= {"vif": (count,), "vif_predictor": (count,), "condition": (), "driscoll_kraay_df": (), "clustered_df": ()}
    sizes |= dict.fromkeys(("pooled", "within", "driscoll_kraay", "clustered"), (2, count))
    fields = {name: np.full((*shape, *size), np.nan) for name, size in sizes.items()}
    fields |= {name: np.zeros(shape, np.int64) for name in ("cells", "rows", "groups", "rank")}
    return fields | {"survives": np.zeros((*shape, 2, count), np.int8)}


def _fill(
    fields: dict,
    place: tuple,
    statistics: drivers.SufficientStatistics,
    rows: drivers.SufficientStatistics,
    time_scale: str,
) -> str:
    """Put one model into its place; the sentence says why cluster-robust errors are missing, if they are."""
    size = statistics.degrees.size
    for name in ("degrees", "group_size", "sscp"):
        fields[name][place][:size] = getattr(statistics, name)
    grouped = statistics.kind != "pooled"
    fields["rows"][place] = statistics.count
    fields["groups"][place] = len(statistics.group_labels) if grouped else 0
    fields["rank"][place], fields["condition"][place] = statistics.correlation_rank()
    among_terms, among_predictors = drivers.variance_inflation(rows)
    fields["vif"][place], fields["vif_predictor"][place][rows.terms.alone] = among_terms, among_predictors
    try:
        correlated = drivers.pooled(rows, years_of_steps(rows.time_labels, time_scale))
    except drivers.NotEstimable as error:
        return str(error)
    for name in ("driscoll_kraay", "clustered", "within", "driscoll_kraay_df", "clustered_df"):
        fields[name][place] = getattr(correlated, name)
    fields["pooled"][place] = correlated.coefficients
    fields["survives"][place] = correlated.survives()
    return ""


def statistics_of(described: xr.Dataset, place: tuple[int, int, int]) -> drivers.SufficientStatistics:
    """What the likelihood needs of one model, from the product; groups and time steps themselves are not kept in it.

    Parameters
    ----------
    described : Dataset
        Product "driver_statistics".
    place : (time_scale, layer, ecoregion) positions
    """
    degrees = described["degrees"].values[place]
    used = np.isfinite(degrees)
    none, terms = np.zeros(0), drivers.Terms.named(described["term"].values.tolist())
    return drivers.SufficientStatistics(
        kind="grouped" if described["groups"].values[place] else "pooled",
        count=int(described["rows"].values[place]),
        degrees=degrees[used],
        group_size=described["group_size"].values[place][used],
        time_size=np.zeros(int(used.sum())),
        sscp=described["sscp"].values[place][used],
        group_labels=none,
        group_counts=none,
        group_means=np.zeros((0, terms.columns)),
        time_labels=none,
        time_counts=none,
        time_sscp=np.zeros((0, terms.columns, terms.columns)),
        terms=terms,
    )
