"""What the rules of claims.smk are made from: the table of claims: what the studies printed against what this run finds. No rules."""


def products_of_run():
    """Merged products of the studies of this run."""
    part, paths = config["dependence"], []
    if "variability" in STUDIES:
        paths += [
            f"variability/{name}.nc"
            for name in ("attribution", "trends", "field_significance", "seasonal_soil_moisture", "year_resamples")
        ]
        paths += ["variability/change_points.nc"] if config["variability"]["change_points"] else []
        if config["variability"]["productivity"]:
            paths += ["variability/productivity_correlation.nc", "variability/correlation_resamples.nc"]
    if "dependence" in STUDIES:
        paths += [f"dependence/{name}.nc" for name in ("copulas", "lags", "dependence_tests", "dependence_resamples")]
        paths += ["dependence/risk.nc"] if part["risk"] else []
        paths += ["controls/controls.nc", "controls/control_resamples.nc"] if part["controls"] else []
        paths += ["drivers/estimates.nc", "drivers/clusters.nc"] if part["drivers"] else []
        paths += [f"mechanism/{name}.nc" for name in MECHANISM_PRODUCTS]
    return [result(path) for path in paths]


def tables_of_run():
    """CSV tables that the report shows."""
    paths = [result("tables/missing_months.csv")] + [result("tables/left_out.csv")] * LEFT_OUT_ALLOWED
    paths += variability_tables() if "variability" in STUDIES else []
    return paths + (dependence_tables() + controls_tables() if "dependence" in STUDIES else [])


def regions_with_tables():
    """Regions of the studies that have tables by region, and these tables."""
    paths = []
    for study in filter(region_tables, STUDIES):
        names = TABLES_BY_REGION[study] + ["negative_shares_by_region"] * (study == "dependence")
        paths += [prepared(study, "ecoregions"), *(result(f"tables/{study}/{name}.csv") for name in names)]
    return paths
