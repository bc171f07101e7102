"""Vadose: statistics of soil moisture, on arrays (cell, time), on one cell's, and on xarray's DataArrays.

The public functions are imported when they are first asked for, so that `import vadose` costs nothing. Those of
`_OF_CELLS` take arrays with or without their axis of cells, those of `_LABELLED` DataArrays and pandas' Series too.
"""

from importlib import import_module

from vadose.core.version import VERSION

__version__ = VERSION

# Public name -> module that holds it, and its name there.
_PUBLIC = {
    "Grid": ("vadose.core.grid", "Grid"),
    "regrid": ("vadose.core.grid", "regrid"),
    "attribute": ("vadose.statistics.attribution", "attribute"),
    "attribute_monthly": ("vadose.statistics.attribution", "attribute_monthly"),
    "block_bootstrap": ("vadose.statistics.trend.mann_kendall", "block_bootstrap"),
    "drivers": ("vadose.xarray.controls", "drivers"),
    "extended_collocation": ("vadose.statistics.extended_collocation", "extended"),
    "field_significance": ("vadose.statistics.significance", "field_significance"),
    "hamed_rao": ("vadose.statistics.trend.autocorrelation", "hamed_rao"),
    "headline_intervals": ("vadose.studies.variability.intervals", "table"),
    "kendall_lags": ("vadose.statistics.lags", "kendall_lags"),
    "kendall_tau": ("vadose.statistics.copula.dependence", "kendall_tau"),
    "land_cover_classes": ("vadose.statistics.landcover", "classify"),
    "mann_kendall": ("vadose.statistics.trend.mann_kendall", "mann_kendall"),
    "moisture_seasons": ("vadose.statistics.seasons", "moisture_seasons"),
    "open": ("vadose.files.finished_run", "open"),
    "optimal_lag": ("vadose.statistics.lags", "optimal_lag"),
    "prewhitened": ("vadose.statistics.trend.prewhitening", "three_pw"),
    "pseudo_observations": ("vadose.statistics.copula.ranks", "pseudo_observations"),
    "rank_months": ("vadose.statistics.seasons", "rank_months"),
    "ridge": ("vadose.statistics.ridge.regression", "fit"),
    "seasonal_means": ("vadose.statistics.seasons", "seasonal_means"),
    "select_copula": ("vadose.statistics.copula.selection", "select_copula"),
    "step_test": ("vadose.statistics.significance", "step_test"),
    "tail_dependence": ("vadose.statistics.copula.dependence", "tail_dependence"),
    "three_pw": ("vadose.statistics.trend.prewhitening", "three_pw"),
    "top_terms": ("vadose.statistics.attribution", "top_terms"),
    "triple_collocation": ("vadose.statistics.triple_collocation", "triple_collocation"),
    "triple_collocation_intervals": ("vadose.statistics.triple_collocation", "intervals"),
}

# Public name -> its leading arguments, with the number of dimensions that each has with its axis of cells.
_OF_CELLS = {
    "attribute": {"seasonal": 4},
    "block_bootstrap": {"values": 2},
    "hamed_rao": {"values": 2},
    "kendall_lags": {"driver": 2, "response": 2},
    "mann_kendall": {"values": 2},
    "moisture_seasons": {"values": 4},
    "optimal_lag": {"driver": 2, "response": 2},
    "prewhitened": {"values": 2},
    "pseudo_observations": {"x": 2},
    "rank_months": {"total": 3},
    "ridge": {"predictors": 3, "response": 2},
    "seasonal_means": {"values": 4, "season": 3},
    "select_copula": {"x": 2, "y": 2},
    "step_test": {"values": 2},
    "three_pw": {"values": 2},
}
# Public name -> module with the function of that name on labelled data.
_LABELLED = {
    "attribute": "vadose.xarray.moisture",
    "field_significance": "vadose.xarray.trend",
    "hamed_rao": "vadose.xarray.trend",
    "kendall_lags": "vadose.xarray.dependence",
    "mann_kendall": "vadose.xarray.trend",
    "moisture_seasons": "vadose.xarray.moisture",
    "optimal_lag": "vadose.xarray.dependence",
    "prewhitened": "vadose.xarray.trend",
    "pseudo_observations": "vadose.xarray.dependence",
    "regrid": "vadose.xarray.maps",
    "ridge": "vadose.xarray.controls",
    "select_copula": "vadose.xarray.dependence",
}

__all__ = [
    "__version__",
    "Grid",
    "attribute",
    "attribute_monthly",
    "block_bootstrap",
    "drivers",
    "extended_collocation",
    "field_significance",
    "hamed_rao",
    "headline_intervals",
    "kendall_lags",
    "kendall_tau",
    "land_cover_classes",
    "mann_kendall",
    "moisture_seasons",
    "open",
    "optimal_lag",
    "prewhitened",
    "pseudo_observations",
    "rank_months",
    "regrid",
    "ridge",
    "seasonal_means",
    "select_copula",
    "step_test",
    "tail_dependence",
    "three_pw",
    "top_terms",
    "triple_collocation",
    "triple_collocation_intervals",
]


def __getattr__(name: str):
    """The public function or class of this name (PEP 562)."""
    if name not in _PUBLIC:
        raise AttributeError(f"vadose has no {name!r}; it offers {', '.join(sorted(_PUBLIC))}, and its packages.")
    module, attribute = _PUBLIC[name]
    value = getattr(import_module(module), attribute)
    if name in _OF_CELLS or name in _LABELLED:
        from vadose.core.public import public  # brings numpy

        value = public(name, value, _OF_CELLS.get(name, {}), _LABELLED.get(name, ""))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
