"""Keys of the configuration under the names that they had before version 2, and the sentence that names the new one."""

from collections.abc import Iterator, Mapping

# Former key -> key. A group stands for all keys of it that are not named.
FORMER = {
    "season": "variability.season",
    "top": "variability.largest_terms",
    "top.by": "variability.largest_terms.ranked_by",
    "global": "headline_weight",
    "global.weight": "headline_weight",
    "trend": "variability.trend",
    "landcover": "variability.land_cover",
    "gpp": "variability.productivity_partial_years",
    "gpp.partial_years": "variability.productivity_partial_years",
    "correlation": "variability.correlation",
    "precipitation": "dependence.wet_day_mm",
    "precipitation.wet_day_mm": "dependence.wet_day_mm",
    "ecoregions": "dependence.ecoregions",
    "copula": "dependence.copula",
    "copula.anomalies": "dependence.copula.annual_cycle",
    "copula.compare_cycle": "dependence.copula.compare_annual_cycle",
    "lag": "dependence.lags",
    "lag.null": "dependence.lags.null_distribution",
    "ridge": "dependence.ridge",
    "ridge.lambda": "dependence.ridge.penalty_choice",
    "drivers": "dependence.driver_models",
    "drivers.scales": "dependence.driver_models.time_scales",
    "dependence.scales": "dependence.time_scales",
    "referee": "sensitivity",
}
# What its values are called now, where they have changed too.
FORMER_VALUES = {"copula.anomalies": "none is now kept, climatology is removed"}


def complaints(config: Mapping) -> Iterator[str]:
    """A sentence for every former key, in the order of the configuration.

    Parameters
    ----------
    config : mapping
        As given or completed.
    """
    for key in _named(config):
        group, _, rest = key.rpartition(".")
        if key not in FORMER and (group not in FORMER or group == "dependence"):
            continue
        name = FORMER.get(key) or f"{FORMER[group]}.{rest}"
        values = f" ({FORMER_VALUES[key]})" if key in FORMER_VALUES else ""
        yield f"Configuration: {key} is now called {name}{values}. Write it so, and run again."


def _named(config: Mapping, prefix: str = "") -> Iterator[str]:
    """Dotted names of the single keys, the groups of the first level taken apart."""
    for key, value in config.items():
        if not prefix and isinstance(value, Mapping) and value:
            yield from _named(value, f"{key}.")
        else:
            yield f"{prefix}{key}"
