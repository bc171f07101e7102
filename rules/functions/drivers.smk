"""What the rules of drivers.smk are made from: study B: drivers of dependence, Bayesian models of precipitation and soil moisture per ecoregion, layer and time scale. No rules."""

# Time scales of the models; "seasonal" stands for its four seasons.
DRIVER_TIME_SCALES = [
    time_scale
    for name in config["dependence"]["driver_models"]["time_scales"]
    for time_scale in (("MAM", "JJA", "SON", "DJF") if name == "seasonal" else (name,))
]


def drivers_tables():
    """Tables of the drivers that the report shows; the tidy table of all estimates is too long for it."""
    names = (
        ["driver_negatives", "driver_models", "driver_failures", "interval_coverage"]
        if config["dependence"]["drivers"]
        else []
    )
    return [result(f"tables/dependence/{name}.csv") for name in names]


def driver_truth_is_planted():
    """Whether there are driver models of the ecoregions, in which drivers are planted."""
    return config["dependence"]["drivers"] and config["dependence"]["regions"] == datasets.ECOREGIONS


def recovery_tables():
    """Planted against recovered, where the truth is known and there is something to compare."""
    planted = config["source"] == "synthetic" and (config["dependence"]["controls"] or driver_truth_is_planted())
    return [result("tables/dependence/controls_recovery.csv")] if planted else []
