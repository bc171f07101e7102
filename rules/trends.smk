"""Study A: trends of annual soil moisture, their tests, field significance, and the splice of the two GLDAS versions.
Needs:  soil moisture of the moisture seasons and reasons (variability.smk).
Gives:  variability/{trends,field_significance,splice}.nc, tables of false-positive rates."""


rule fit_trends:
    message:
        "Trends of tile {wildcards.tile}"
    input:
        seasonal=tile_of("variability/seasonal_soil_moisture"),
        attribution=tile_of("variability/attribution"),
    output:
        trends=temp(tile_of("variability/trends")),
    params:
        periods=config["variability"]["periods"],
        tests=config["trend"]["tests"],
        resamples=config["trend"]["resamples"],
        block_years=config["trend"]["block_years"],
        bootstrap_series=config["trend"]["bootstrap_series"],
        seed=config["seed"],
        library=library_of("fit_trends"),
    log:
        log_of("fit_trends", "{tile}"),
    benchmark:
        benchmark_of("fit_trends", "{tile}")
    resources:
        mem_mb=memory(350, per_cell_kb=60, study="variability"),
        runtime=minutes(2, per_thousand_cells=0.5, study="variability"),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/fit_trends.py"
