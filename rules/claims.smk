"""The claims ledger: what the studies printed against what this run finds.
Needs:  tables and merged products of the studies of this run; config/claims.yaml.
Gives:  tables/claims.csv."""


def products_of_run():
    """Merged products of the studies of this run."""
    part, found = config["dependence"], []
    if "variability" in STUDIES:
        found += [f"variability/{name}.nc" for name in ("attribution", "trends", "field_significance", "seasonal_soil_moisture")]
        found += ["variability/productivity_correlation.nc"] if config["variability"]["productivity"] else []
    if "dependence" in STUDIES:
        found += [f"dependence/{name}.nc" for name in ("copulas", "lags", "dependence_tests")]
        found += ["controls/controls.nc"] if part["controls"] else []
        found += ["drivers/estimates.nc", "drivers/clusters.nc"] if part["drivers"] else []
    return [result(path) for path in found]


def tables_of_run():
    """CSV tables that the report shows."""
    found = variability_tables() if "variability" in STUDIES else []
    return found + (dependence_tables() + controls_tables() if "dependence" in STUDIES else [])


rule compare_claims:
    message:
        "Published against reproduced numbers"
    input:
        files=tables_of_run() + products_of_run(),
        ledger=str(PROJECT / "config/claims.yaml"),
    output:
        compared=result("tables/claims.csv"),
    params:
        results=str(RESULTS),
        record=lambda wildcards: run_record(),
        library=library_of("compare_claims"),
    log:
        log_of("compare_claims"),
    benchmark:
        benchmark_of("compare_claims")
    resources:
        mem_mb=memory(1500),
        runtime=minutes(5),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/compare_claims.py"
