"""What the rules of controls.smk are made from: study B: what controls soil moisture, by ridge regression in every cell, layer and time scale. No rules."""

if (
    "dependence" in STUDIES
    and config["dependence"]["controls"]
    and "precipitation_frequency"
    in config["dependence"]["ridge"]["predictors"] + config["dependence"]["ridge"]["adjusted_for"]
    and config["dependence"]["precipitation"] != "gpcp_daily"
    and not datasets.is_own(config, config["dependence"]["precipitation"])
):
    raise WorkflowError(
        f"dependence.controls: expected daily precipitation, which gives its frequency, found {config['dependence']['precipitation']}. "
        "Set dependence.precipitation: gpcp_daily or a daily data set of your own, or dependence.controls: false, or leave precipitation_frequency out of dependence.ridge.predictors."
    )


def ridge_field(name):
    """Prepared files of a variable of the dependence study, where the ridge regressions need it."""
    needed = config["dependence"]["controls"] and name in datasets.ridge_variables(config["dependence"])
    return prepared_years("dependence", name) if needed else []


def other_ridge_fields():
    """Prepared files of what the ridge regressions need beyond the published predictors."""
    names = datasets.ridge_variables(config["dependence"]) if config["dependence"]["controls"] else []
    usual = ("precipitation", "evapotranspiration", "air_temperature")
    return [path for name in names if name not in usual for path in prepared_years("dependence", name)]


CONTROL_TABLES = ["strong_controls", "controls_by_latitude", "control_reasons"]


def controls_tables():
    """Tables of controls and drivers that the report shows."""
    names = CONTROL_TABLES + ["control_year_intervals"] if config["dependence"]["controls"] else []
    return [result(f"tables/dependence/{name}.csv") for name in names] + drivers_tables() + recovery_tables()
