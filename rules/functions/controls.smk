"""What the rules of controls.smk are made from: study B: what controls soil moisture, by ridge regression in every cell, layer and time scale. No rules."""

if (
    "dependence" in STUDIES
    and config["dependence"]["controls"]
    and config["dependence"]["precipitation"] != "gpcp_daily"
    and not datasets.is_own(config, config["dependence"]["precipitation"])
):
    raise WorkflowError(
        f"dependence.controls: expected daily precipitation, which gives its frequency, found {config['dependence']['precipitation']}. "
        "Set dependence.precipitation: gpcp_daily or a daily data set of your own, or dependence.controls: false."
    )


CONTROL_TABLES = ["strong_controls", "controls_by_latitude", "control_reasons"]


def controls_tables():
    """Tables of controls and drivers that the report shows."""
    names = CONTROL_TABLES + ["control_year_intervals"] if config["dependence"]["controls"] else []
    return [result(f"tables/dependence/{name}.csv") for name in names] + drivers_tables() + recovery_tables()
