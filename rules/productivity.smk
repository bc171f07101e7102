"""Study A: soil moisture against gross primary productivity, per cell and per land-cover class.
Needs:  soil moisture of the moisture seasons (variability.smk), annual productivity and land cover (prepare.smk).
Gives:  variability/{productivity_correlation,productivity_summary}.nc, tables/variability/productivity_correlation.csv.
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
