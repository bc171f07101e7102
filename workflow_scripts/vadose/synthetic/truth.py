"""The planted truth on the cells of a study, for the comparison of planted with recovered.

Study A: what the methods must find exactly (the planted seasonal means are what a perfect analysis sees; only packing
stands between) and the parameters behind it. Study B: parameters; a recovered number differs from them by its sampling
error.
"""

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.synthetic import dependence, landcover, productivity, soil
from vadose.synthetic.blocks import Blocks, dependence_blocks, variability_blocks
from vadose.synthetic.provinces import COPULA, PREDICTORS, SCHEMES, TERMS, provinces
from vadose.synthetic.settings import Settings

LAND_COVER_YEAR = 2010
COMPLETE = 0.8  # share of complete years that a period needs (docs/methods.md#a1)
SEASONS = ("humid", "sub-humid", "semi-arid", "arid")
LAYERS_OF_DEPENDENCE = ((0.0, 0.07), (0.07, 0.28), (0.28, 1.0))  # m


def truth(settings: Settings, lat: Array, lon: Array, study: str) -> xr.Dataset:
    """Planted truth on cells.

    Parameters
    ----------
    settings : Settings
        The synthetic Earth.
    lat, lon : (cell,) arrays
        Centres of the cells of the study's grid, degrees.
    study : str
        "variability" or "dependence".

    Returns
    -------
    Dataset
        Dims cell and others; NaN (or -1 for codes) where a cell lies outside the planted blocks or nothing is planted.
        variability: contribution(cell, period, dynamics, season, layer), trend_ols and trend_sen(cell, period) of
        yearly total soil moisture, yearly_total(cell, year), planted_slope(cell, part, season, layer), persistence,
        kind, land_cover, gpp_correlation_planted and gpp_correlation(cell, season, layer) of the planted series;
        attribute step. dependence: block, scheme, ecoregion, family, tau(cell, layer), lag, shared_season,
        control_weight(cell, predictor), control_share(cell, control), dominant_control, own_share, and
        driver_coefficient(ecoregion_code, layer, response, term).

    Raises
    ------
    ValueError
        If `study` is another word.
    """
    lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
    if study == "variability":
        dataset = _variability(settings, variability_blocks(settings).locate(lat, lon))
    elif study == "dependence":
        dataset = _dependence(settings, dependence_blocks(settings), lat, lon)
    else:
        raise ValueError(f"truth: expected study variability or dependence, found {study!r}.")
    dataset = dataset.assign_coords(lat=("cell", lat), lon=("cell", lon))
    dataset.attrs |= {"title": f"Planted truth of study {study}", "world": settings.world, "seed": settings.seed}
    return dataset


def _on_cells(values: Array, block: Array, fill: float = np.nan) -> Array:
    result = np.asarray(values)[np.where(block >= 0, block, 0)]
    if np.isnan(fill):
        result = result.astype(float)
    result[block < 0] = fill
    return result


# ---- study A
# ----------------------------------------------------------------------------------------------------------------------


def complete_years(settings: Settings) -> Array:
    """Whether all months of a year are there in a block (block, year), bool."""
    study = settings.variability
    complete = ~soil.gaps(settings)
    absent = soil.missing_months(settings, "gldas", study.first_year, study.last_year)
    complete[:, absent.astype("datetime64[Y]").astype(int) + 1970 - study.first_year] = False
    return complete


def periods(settings: Settings) -> dict[str, tuple[int, int]]:
    """Periods of study A by name: before the splice, from the splice on, all."""
    study = settings.variability
    spans = [
        (study.first_year, study.splice_year - 1),
        (study.splice_year, study.last_year),
        (study.first_year, study.last_year),
    ]
    return {f"{first}-{last}": (first, last) for first, last in dict.fromkeys(spans) if first <= last}


def _variability(settings: Settings, block: Array) -> xr.Dataset:
    signal, surface = soil.planted(settings), soil.surface(settings)
    seasonal = (
        signal.seasonal
        + np.where(signal.years >= settings.variability.splice_year, 1.0, 0.0)[:, None, None] * signal.step
    )
    seasonal[surface.climate.ice] = np.nan
    complete = complete_years(settings)
    seasonal[~complete] = np.nan
    total = seasonal.sum(axis=3).mean(axis=2)
    spans = periods(settings)
    parts = [np.flatnonzero((signal.years >= first) & (signal.years <= last)) for first, last in spans.values()]
    contribution = np.stack([_contribution(seasonal[:, part], signal.years[part]) for part in parts], axis=1)
    ols = np.stack([_slope(total[:, part], signal.years[part]) for part in parts], axis=1)
    sen = np.stack([_sen(total[:, part], signal.years[part]) for part in parts], axis=1)
    enough = np.stack([complete[:, part].mean(axis=1) >= COMPLETE for part in parts], axis=1)
    for field in (contribution, ols, sen):
        field[~enough] = np.nan
    years, relative, planted_correlation = productivity.yearly(settings)
    kind = np.select([surface.climate.ice, surface.climate.hyper_arid], [1, 2], default=0)
    whole = years > 2000  # 2000 lacks two months
    correlation = _correlation(seasonal[:, -years.size :][:, whole], relative[:, whole])
    cover = landcover.planted_class(settings, LAND_COVER_YEAR)
    kilograms = {"units": "kg m-2"}
    blocks = {
        "contribution": (("cell", "period", "dynamics", "season", "layer"), contribution, {"units": "1"}),
        "trend_ols": (("cell", "period"), ols, {"units": "kg m-2 yr-1"}),
        "trend_sen": (("cell", "period"), sen, {"units": "kg m-2 yr-1"}),
        "yearly_total": (("cell", "year"), total, kilograms),
        "planted_slope": (("cell", "part", "season", "layer"), signal.slopes, {"units": "kg m-2 yr-1"}),
        "persistence": (
            ("cell",),
            signal.persistence,
            {"units": "1", "long_name": "lag-1 autocorrelation of yearly anomalies"},
        ),
        "gpp_correlation": (("cell", "season", "layer"), correlation, {"units": "1"}),
        "gpp_correlation_planted": (("cell",), planted_correlation, {"units": "1"}),
    }
    fields = {name: (dims, _on_cells(values, block), attributes) for name, (dims, values, attributes) in blocks.items()}
    fields["kind"] = (
        "cell",
        _on_cells(kind, block, -1),
        {"flag_values": [0, 1, 2], "flag_meanings": "ordinary ice hyper_arid"},
    )
    fields["land_cover"] = (
        "cell",
        _on_cells(cover, block, 255),
        {"long_name": f"IGBP class of the mode, {LAND_COVER_YEAR}; 255 none"},
    )
    coords = {
        "period": list(spans),
        "dynamics": ["trend", "iav"],
        "season": list(SEASONS),
        "layer": np.arange(1, 5),
        "part": ["before", "after"],
        "year": signal.years,
    }
    return xr.Dataset(fields, coords=coords, attrs={"step": settings.planted_step})


def _contribution(seasonal: Array, years: Array) -> Array:
    """RC (block, dynamics, season, layer) of docs/methods.md#a3 in closed form, over complete years; NaN without
    variance."""
    here = np.isfinite(seasonal[:, :, 0, 0])
    count = np.maximum(here.sum(axis=1), 1)
    year = np.where(here, years - (years * here).sum(axis=1, keepdims=True) / count[:, None], 0.0)
    parts = np.where(here[:, :, None, None], seasonal, 0.0)
    parts = np.where(here[:, :, None, None], parts - (parts.sum(axis=1) / count[:, None, None])[:, None], 0.0)
    total = parts.sum(axis=(2, 3))
    variance, time = (total**2).sum(axis=1), np.maximum((year**2).sum(axis=1), 1e-300)
    slope = np.einsum("by,bysd->bsd", year, parts) / time[:, None, None]
    share = np.einsum("by,bysd->bsd", total, parts)
    trend = slope * (slope.sum(axis=(1, 2)) * time)[:, None, None]
    both = np.stack([trend, share - trend], axis=1)
    varies = variance > 1e-12 * np.maximum(time, 1.0)
    return np.divide(
        both, variance[:, None, None, None], out=np.full(both.shape, np.nan), where=varies[:, None, None, None]
    )


def _slope(total: Array, years: Array) -> Array:
    here = np.isfinite(total)
    count = np.maximum(here.sum(axis=1, keepdims=True), 1)
    year = np.where(here, years - (years * here).sum(axis=1, keepdims=True) / count, 0.0)
    square = (year**2).sum(axis=1)
    product = (year * np.where(here, total, 0.0)).sum(axis=1)
    return np.divide(product, square, out=np.full(square.shape, np.nan), where=here.sum(axis=1) >= 4)


def _sen(total: Array, years: Array) -> Array:
    """Median of pairwise slopes, a hundred blocks at a time."""
    early, late = np.triu_indices(years.size, 1)
    gap = (years[late] - years[early]).astype(float)
    result = np.full(total.shape[0], np.nan)
    usable = np.flatnonzero(np.isfinite(total).sum(axis=1) >= 4)
    for some in np.array_split(usable, max(1, usable.size // 100)):
        if some.size:
            result[some] = np.nanmedian((total[some][:, late] - total[some][:, early]) / gap, axis=1)
    return result


def _correlation(seasonal: Array, productivity_: Array) -> Array:
    """Pearson r (block, season, layer) of seasonal soil moisture with yearly GPP over complete years; NaN for fewer
    than 10 or constants."""
    here = np.isfinite(seasonal[:, :, 0, 0])
    count = np.maximum(here.sum(axis=1), 1)
    x = np.where(here[:, :, None, None], seasonal, 0.0)
    x = np.where(here[:, :, None, None], x - (x.sum(axis=1) / count[:, None, None])[:, None], 0.0)
    y = np.where(here, productivity_, 0.0)
    y = np.where(here, y - (y.sum(axis=1) / count)[:, None], 0.0)
    product = np.einsum("by,bysd->bsd", y, x)
    norm = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1)[:, None, None])
    defined = (norm > 1e-9) & (count >= 10)[:, None, None]
    return np.divide(product, norm, out=np.full(norm.shape, np.nan), where=defined)


# ---- study B
# ----------------------------------------------------------------------------------------------------------------------


def _dependence(settings: Settings, blocks: Blocks, lat: Array, lon: Array) -> xr.Dataset:
    block, planted = blocks.locate(lat, lon), provinces(settings)
    size = np.abs(planted.weights[:, :3])
    share = size / size.sum(axis=1, keepdims=True)
    dominant = np.where(np.isnan(share[:, 0]), -1, np.nan_to_num(share).argmax(axis=1))
    # ASSUME: half and half has no dominant control.
    dominant[np.nan_to_num(share).max(axis=1) < 0.5] = -1
    codes = {"flag_values": list(SCHEMES), "flag_meanings": " ".join(SCHEMES.values())}
    fields = {
        "block": ("cell", block, {"long_name": "planted block, -1 outside; its cells share their series"}),
        "scheme": ("cell", _on_cells(planted.scheme, block, 0), codes),
        "ecoregion": ("cell", _on_cells(planted.ecoregion, block, -1), {"long_name": "WWF ecoregion"}),
        "family": (
            "cell",
            _on_cells(planted.family, block, -1),
            {"long_name": "copula family (docs/methods.md#b2), -1 none planted"},
        ),
        "tau": (
            ("cell", "layer"),
            _on_cells(planted.tau, block),
            {"long_name": "Kendall's tau of monthly values, annual cycle removed, at the planted lag"},
        ),
        "lag": (
            "cell",
            np.where(_on_cells(planted.scheme, block, 0) == COPULA, _on_cells(planted.lag, block, -1), -1),
            {"units": "months"},
        ),
        "shared_season": (
            "cell",
            _on_cells(planted.shared_season, block, 0).astype(np.int8),
            {"long_name": "P and SM share a seasonal cycle"},
        ),
        "control_weight": (
            ("cell", "predictor"),
            _on_cells(planted.weights, block),
            {"long_name": "weights of z-scored predictors, monthly"},
        ),
        "control_share": (("cell", "control"), _on_cells(share, block), {"units": "1"}),
        "dominant_control": (
            "cell",
            _on_cells(dominant, block, -1),
            {"flag_values": [0, 1, 2], "flag_meanings": "frequency volume evapotranspiration"},
        ),
        "own_share": (
            "cell",
            np.where(block >= 0, _own_share(settings, blocks, lat, lon), np.nan),
            {"long_name": "area share of a cell's own block in ERA5-Land"},
        ),
        "driver_coefficient": (("ecoregion_code", "layer", "response", "term"), *_driver_coefficients(settings)),
    }
    return xr.Dataset(fields, coords=_dependence_axes())


def _dependence_axes() -> dict:
    bounds = np.array(LAYERS_OF_DEPENDENCE)
    return {
        "layer": np.arange(1, 4),
        "layer_top": ("layer", bounds[:, 0], {"units": "m"}),
        "layer_bottom": ("layer", bounds[:, 1], {"units": "m"}),
        "predictor": list(PREDICTORS),
        "control": list(PREDICTORS[:3]),
        "response": ["P", "SM"],
        "term": list(TERMS),
        "ecoregion_code": np.array([*range(1, 15), 98, 99]),
    }


def _driver_coefficients(settings: Settings) -> tuple[Array, dict]:
    """Coefficients of standardised responses (ecoregion_code, layer, response, term); NaN for ecoregions of another
    scheme."""
    codes = [*range(1, 15), 98, 99]
    result = np.full((len(codes), 3, 2, len(TERMS)), np.nan)
    if settings.has_dependence:
        for code, coefficients in dependence.drivers(settings).coefficients.items():
            result[codes.index(code), :, 0] = coefficients[0]
            result[codes.index(code), :, 1] = coefficients[1:]
    return result, {"units": "1", "long_name": "coefficient after standardising within the ecoregion, monthly"}


def _own_share(settings: Settings, blocks: Blocks, lat: Array, lon: Array) -> Array:
    """Area share of each cell that ERA5-Land nodes of its own block cover: nodes on a block's edge belong to the block
    north or east."""
    node, cell = settings.spacing("era5_land"), settings.dependence.spacing

    def along(centre: Array, origin: float, last: float) -> Array:
        low, high = centre - cell / 2, centre + cell / 2
        start = origin + blocks.spacing * np.floor((centre - origin) / blocks.spacing)
        # Nodes of the block run from its lower edge to just below its upper edge; their cells reach half a node spacing
        # further.
        first = np.ceil((start - origin) / node - 1e-6)
        past = np.ceil((start + blocks.spacing - origin) / node - 1e-6)
        west, east = origin + (first - 0.5) * node, origin + (past - 0.5) * node
        east = np.where(start + blocks.spacing >= last - 1e-6, high, east)
        return np.clip(np.minimum(high, east) - np.maximum(low, west), 0.0, cell) / cell

    return along(lat, -90.0, 90.0) * along(lon, -180.0, np.inf)
