"""Study A: soil moisture against gross primary productivity, per cell and per land-cover class.
Needs:  soil moisture of the moisture seasons (variability.smk), annual productivity and land cover (prepare.smk).
Gives:  variability/{productivity_correlation,productivity_summary,correlation_resamples}.nc,
        tables/variability/{productivity_correlation,land_cover_rules,land_cover_cells}.csv.
"""


rule correlate_productivity:
    input:
        seasonal=result("variability/seasonal_soil_moisture.nc"),
        attribution=result("variability/attribution.nc"),
        productivity=prepared("variability", "annual_productivity"),
        land_cover=prepared("variability", "land_cover"),
        after_record=RECORD,
    output:
        correlation=result("variability/productivity_correlation.nc"),
        summary=result("variability/productivity_summary.nc"),
        table=report(
            result("tables/variability/productivity_correlation.csv"),
            caption="captions/tables.rst",
            category="Variability of soil moisture",
            subcategory="Tables",
        ),
    log:
        log_of("correlate_productivity"),
    benchmark:
        benchmark_of("correlate_productivity")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(370, per_cell_kb=10, study="variability", whole=True),
        runtime=minutes(10),
    params:
        alpha=config["significance"]["alpha"],
        alpha_fdr=config["significance"]["alpha_fdr"],
        library=library_of("correlate_productivity"),
    message:
        "Correlation of soil moisture with productivity"
    script:
        "../workflow_scripts/correlate_productivity.py"


rule compare_land_cover_rules:
    input:
        seasonal=result("variability/seasonal_soil_moisture.nc"),
        attribution=result("variability/attribution.nc"),
        annual=prepared("variability", "annual_productivity"),
        land_cover=prepared("variability", "land_cover"),
        after_record=RECORD,
    output:
        resampled=result("variability/correlation_resamples.nc"),
        correlations=report(
            result("tables/variability/land_cover_rules.csv"),
            caption="captions/tables.rst",
            category="Variability of soil moisture",
            subcategory="Tables",
        ),
        counted=report(
            result("tables/variability/land_cover_cells.csv"),
            caption="captions/tables.rst",
            category="Variability of soil moisture",
            subcategory="Tables",
        ),
    log:
        log_of("compare_land_cover_rules"),
    benchmark:
        benchmark_of("compare_land_cover_rules")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(400, per_cell_kb=30, study="variability", whole=True),
        runtime=minutes(5, per_thousand_cells=1, study="variability", whole=True),
    params:
        mode=config["variability"]["land_cover"]["mode"],
        min_share=config["variability"]["land_cover"]["min_share"],
        alpha=config["significance"]["alpha"],
        resamples=config["intervals"]["resamples"],
        seed=config["seed"],
        library=library_of("compare_land_cover_rules"),
    message:
        "Correlation with productivity under several rules of land cover"
    script:
        "../workflow_scripts/compare_land_cover_rules.py"
