"""What the rules of claims.smk are made from: the claims ledger: what the studies printed against what this run finds. No rules."""


def products_of_run():
    """Merged products of the studies of this run."""
    part, found = config["dependence"], []
    if "variability" in STUDIES:
        found += [
            f"variability/{name}.nc"
            for name in ("attribution", "trends", "field_significance", "seasonal_soil_moisture")
        ]
        found += ["variability/productivity_correlation.nc"] if config["variability"]["productivity"] else []
    if "dependence" in STUDIES:
        found += [f"dependence/{name}.nc" for name in ("copulas", "lags", "dependence_tests")]
        found += ["controls/controls.nc"] if part["controls"] else []
        found += ["drivers/estimates.nc", "drivers/clusters.nc"] if part["drivers"] else []
    return [result(path) for path in found]


def tables_of_run():
    """CSV tables that the report shows."""
    found = [result("tables/missing_months.csv")] + (variability_tables() if "variability" in STUDIES else [])
    return found + (dependence_tables() + controls_tables() if "dependence" in STUDIES else [])
