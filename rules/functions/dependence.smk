"""What the rules of dependence.smk are made from: study B: lags and copulas of precipitation and soil moisture in every cell, layer and time scale, and what they amount to. No rules."""

COPULA_OPTIONS = ("engine", "margins", "preselect", "restarts", "bootstrap", "gof", "gof_resamples", "tied_share")


# Measured: 9 s for a thousand cells of three layers, both scales, with and without the annual cycle (docs/scaling.md); pyvinecopulib 51 and 6 ms a fit.
COPULA_MINUTES = {"batch": 0.5, "pyvinecopulib": 12.0}  # three times as much, for slower machines
GOODNESS_MINUTES = 8.0  # for a hundred resamples: 27 and 3 ms a fit


def copula_minutes():
    """Minutes for the copulas of a thousand cells, with the configured engine and goodness of fit."""
    chosen = config["dependence"]["copula"]
    return COPULA_MINUTES[chosen["engine"]] + (
        GOODNESS_MINUTES * chosen["gof_resamples"] / 100 if chosen["gof"] else 0.0
    )


def copula_tables():
    """Tables of the copulas and lags."""
    names = ["negative_shares", "copula_tails", "copula_families", "optimal_lags", "copula_reasons"]
    if datasets.has_regions(config, "dependence"):
        names += ["negative_shares_by_region" if has_other_regions("dependence") else "negative_shares_by_ecoregion"]
    return [result(f"tables/dependence/{name}.csv") for name in names]


def series_lengths():
    """Values in a series of each time scale of the study; one calendar month has as many as the years."""
    first, last = config["dependence"]["years"]
    years = last - first + 1
    seasonal = {"seasonal": 3 * years} if "seasonal" in config["dependence"]["time_scales"] else {}
    return {"monthly": 12 * years, **seasonal, "annual": years}


def frozen_temperature():
    """Prepared temperatures, or snow, that tell frozen months, where the configuration leaves some out."""
    part = config["dependence"]
    return prepared_years("dependence", datasets.frozen_by(part)) if part["frozen"]["keep"] != "all" else []


# About so many cells carry the spread of resampled lags and controls: resampling all of a full grid would cost a quarter of the study.
LAG_CELLS, CONTROL_CELLS = 3000, 20000


def every_kth(most):
    """One cell in how many, so that about `most` are left."""
    return max(1, round(cells_of("dependence") / most))
