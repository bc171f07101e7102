"""What the rules of drivers.smk are made from: study B: drivers of dependence, Bayesian models of precipitation and soil moisture per ecoregion, layer and time scale. No rules."""

from vadose.core import formulas

# Time scales of the models; "seasonal" stands for its four seasons.
DRIVER_TIME_SCALES = [
    time_scale
    for name in config["dependence"]["driver_models"]["time_scales"]
    for time_scale in (("MAM", "JJA", "SON", "DJF") if name == "seasonal" else (name,))
]


def driver_products():
    """Prepared product of each predictor of the formula, in its order."""
    part = config["dependence"]
    kinds = dict.fromkeys(part["covariates"], "covariate") | dict.fromkeys(
        part["static_covariates"], "static_covariate"
    )
    names = formulas.parse(part["driver_models"]["formula"])[0]
    return {name: kinds.get(name, datasets.DRIVERS.get(name)) for name in names}


def driver_fields():
    """Prepared files of the predictors of the formula, one predictor after the other."""
    return [
        path
        for name, kind in driver_products().items()
        for path in (
            [prepared("dependence", name)]
            if kind == "static_covariate"
            else prepared_years("dependence", datasets.DRIVERS.get(name, name))
        )
    ]


def driver_sums_mb():
    """Memory of the sums of products of a formula beyond those of the published one, MB."""
    _, terms = formulas.parse(config["dependence"]["driver_models"]["formula"])
    columns = len(formulas.divisors(terms)) + 3
    # ASSUME: up to 60 models of some 300 time steps.
    return max(0, round(60 * 300 * 8e-6 * (columns**2 - 100)))


def drivers_tables():
    """Tables of the drivers that the report shows; the tidy table of all estimates is too long for it."""
    names = (
        ["driver_negatives", "driver_models", "driver_failures", "interval_coverage"]
        if config["dependence"]["drivers"]
        else []
    )
    return [result(f"tables/dependence/{name}.csv") for name in names]


def driver_truth_is_planted():
    """Whether there are driver models of the ecoregions, in which drivers of the published formula are planted."""
    part = config["dependence"]
    published = formulas.parse(part["driver_models"]["formula"]) == formulas.parse(formulas.PUBLISHED)
    return part["drivers"] and part["regions"] == datasets.ECOREGIONS and published


def recovery_tables():
    """Planted against recovered, where the truth is known and there is something to compare."""
    planted = config["source"] == "synthetic" and (config["dependence"]["controls"] or driver_truth_is_planted())
    return [result("tables/dependence/controls_recovery.csv")] if planted else []
