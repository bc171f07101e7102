"""What the rules of dependence.smk are made from: study B: lags and copulas of precipitation and soil moisture in every cell, layer and time scale, and what they amount to. No rules."""

COPULA_OPTIONS = ("engine", "margins", "preselect", "restarts", "bootstrap", "gof", "gof_resamples")


def copula_tables():
    """Tables of the copulas and lags."""
    names = ["negative_shares", "copula_tails", "copula_families", "optimal_lags", "copula_reasons"]
    names += ["negative_shares_by_biome"] if config["dependence"]["drivers"] else []
    return [result(f"tables/dependence/{name}.csv") for name in names]


def series_lengths():
    """Values in a series of each time scale of the study."""
    first, last = config["dependence"]["years"]
    return {"monthly": 12 * (last - first + 1), "annual": last - first + 1}
