"""Vadose: statistics of soil moisture, on arrays (cell, time) here and on labelled ones in vadose.xarray.

The public functions are imported when they are first asked for, so that `import vadose` costs nothing.
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
    "field_significance": ("vadose.statistics.significance", "field_significance"),
    "hamed_rao": ("vadose.statistics.trend.autocorrelation", "hamed_rao"),
    "headline_intervals": ("vadose.studies.variability.intervals", "table"),
    "kendall_lags": ("vadose.statistics.lags", "kendall_lags"),
    "kendall_tau": ("vadose.statistics.copula.dependence", "kendall_tau"),
    "land_cover_classes": ("vadose.statistics.landcover", "classify"),
    "mann_kendall": ("vadose.statistics.trend.mann_kendall", "mann_kendall"),
    "moisture_seasons": ("vadose.statistics.seasons", "moisture_seasons"),
    "optimal_lag": ("vadose.statistics.lags", "optimal_lag"),
    "pseudo_observations": ("vadose.statistics.copula.ranks", "pseudo_observations"),
    "rank_months": ("vadose.statistics.seasons", "rank_months"),
    "ridge": ("vadose.statistics.ridge.regression", "fit"),
    "seasonal_means": ("vadose.statistics.seasons", "seasonal_means"),
    "select_copula": ("vadose.statistics.copula.selection", "select"),
    "step_test": ("vadose.statistics.significance", "step_test"),
    "tail_dependence": ("vadose.statistics.copula.dependence", "tail_dependence"),
    "three_pw": ("vadose.statistics.trend.prewhitening", "three_pw"),
    "top_terms": ("vadose.statistics.attribution", "top_terms"),
}

__all__ = [
    "__version__",
    "Grid",
    "attribute",
    "attribute_monthly",
    "block_bootstrap",
    "field_significance",
    "hamed_rao",
    "headline_intervals",
    "kendall_lags",
    "kendall_tau",
    "land_cover_classes",
    "mann_kendall",
    "moisture_seasons",
    "optimal_lag",
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
]


def __getattr__(name: str):
    """The public function or class of this name (PEP 562)."""
    if name not in _PUBLIC:
        raise AttributeError(f"vadose has no {name!r}; it offers {', '.join(sorted(_PUBLIC))}, and its packages.")
    module, attribute = _PUBLIC[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
