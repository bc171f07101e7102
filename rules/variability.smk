"""Study A: moisture seasons and the attribution of variability to trend and interannual parts of seasons and layers.
Needs:  prepared soil moisture on the cell axis (prepare.smk).
Gives:  variability/{seasonal_soil_moisture,attribution}.nc."""


include: "functions/variability.smk"


rule average_seasons:
    input:
        soil_moisture=prepared_years("variability", "soil_moisture"),
        after_record=RECORD,
    output:
        seasonal=temp(tile_of("variability/seasonal_soil_moisture")),
    log:
        log_of("average_seasons", "{tile}"),
    benchmark:
        benchmark_of("average_seasons", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(300, per_cell_kb=45, study="variability"),
        runtime=minutes(2, per_thousand_cells=0.1, study="variability"),
    params:
        rank_on=config["variability"]["season"]["rank_on"],
        basis=config["variability"]["season"]["basis"],
        library=library_of("average_seasons"),
    message:
        "Moisture seasons of tile {wildcards.tile}"
    script:
        "../workflow_scripts/average_seasons.py"


rule attribute_variability:
    input:
        soil_moisture=prepared_years("variability", "soil_moisture"),
        after_record=RECORD,
    output:
        attribution=temp(tile_of("variability/attribution")),
    log:
        log_of("attribute_variability", "{tile}"),
    benchmark:
        benchmark_of("attribute_variability", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(350, per_cell_kb=30, study="variability"),
        runtime=minutes(2, per_thousand_cells=0.1, study="variability"),
    params:
        periods=config["variability"]["periods"],
        rank_on=config["variability"]["season"]["rank_on"],
        basis=config["variability"]["season"]["basis"],
        min_months=config["variability"]["min_months"],
        min_year_share=config["variability"]["min_year_share"],
        top_by=config["variability"]["largest_terms"]["ranked_by"],
        form=form_of_trend(config),
        library=library_of("attribute_variability"),
    message:
        "Attribution of variability in tile {wildcards.tile}"
    script:
        "../workflow_scripts/attribute_variability.py"


rule merge_variability:
    input:
        seasonal=all_tiles("variability/seasonal_soil_moisture", "variability"),
        attribution=all_tiles("variability/attribution", "variability"),
        trends=all_tiles("variability/trends", "variability"),
        after_record=RECORD,
    output:
        merged_seasonal=result("variability/seasonal_soil_moisture.nc"),
        merged_attribution=result("variability/attribution.nc"),
        merged_trends=result("variability/trends.nc"),
    log:
        log_of("merge_variability"),
    benchmark:
        benchmark_of("merge_variability")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(250, per_cell_kb=27, study="variability", whole=True),
        runtime=minutes(4),
    params:
        library=library_of("merge_variability"),
    message:
        "Merge the tiles of the variability study"
    script:
        "../workflow_scripts/merge_variability.py"


rule tabulate_variability:
    input:
        attribution=result("variability/attribution.nc"),
        trends=result("variability/trends.nc"),
        fields=result("variability/field_significance.nc"),
        splice=result("variability/splice.nc"),
        seasonal=result("variability/seasonal_soil_moisture.nc"),
        soil_moisture=prepared_years("variability", "soil_moisture"),
        false_positives=result("tables/variability/false_positives.csv"),
        after_record=RECORD,
    output:
        tabulated=report(
            headline_tables(),
            caption="captions/tables.rst",
            category="Variability of soil moisture",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_variability"),
    benchmark:
        benchmark_of("tabulate_variability")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(380, per_cell_kb=26, study="variability", whole=True),
        runtime=minutes(5),
    params:
        weight=config["headline_weight"],
        alpha=config["significance"]["alpha"],
        library=library_of("tabulate_variability"),
    message:
        "Headline tables of the variability study"
    script:
        "../workflow_scripts/tabulate_variability.py"


rule resample_years:
    input:
        seasonal=result("variability/seasonal_soil_moisture.nc"),
        attribution=result("variability/attribution.nc"),
        after_record=RECORD,
    output:
        resampled=result("variability/year_resamples.nc"),
        table=report(
            result("tables/variability/year_intervals.csv"),
            caption="captions/tables.rst",
            category="Variability of soil moisture",
            subcategory="Tables",
        ),
    log:
        log_of("resample_years"),
    benchmark:
        benchmark_of("resample_years")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(400, per_cell_kb=60, study="variability", whole=True),
        runtime=minutes(5, per_thousand_cells=2, study="variability", whole=True),
    params:
        resamples=config["intervals"]["resamples"],
        seed=config["seed"],
        alpha=config["significance"]["alpha"],
        alpha_fdr=config["significance"]["alpha_fdr"],
        splice_year=year_of_splice(),
        form=form_of_trend(config),
        library=library_of("resample_years"),
    message:
        "Intervals over years of the variability study"
    script:
        "../workflow_scripts/resample_years.py"


rule recover_truth_variability:
    input:
        truth=result("variability/truth.nc"),
        attribution=result("variability/attribution.nc"),
        trends=result("variability/trends.nc"),
        splice=result("variability/splice.nc"),
        correlation=branch(
            config["variability"]["productivity"], then=result("variability/productivity_correlation.nc")
        ),
        land_cover=branch(config["variability"]["productivity"], then=prepared("variability", "land_cover")),
        after_record=RECORD,
    output:
        table=report(
            result("tables/variability/recovery.csv"),
            caption="captions/tables.rst",
            category="Variability of soil moisture",
            subcategory="Tables",
        ),
    log:
        log_of("recover_truth_variability"),
    benchmark:
        benchmark_of("recover_truth_variability")
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(270, per_cell_kb=4, study="variability", whole=True),
        runtime=minutes(5),
    params:
        settings=synthetic_settings(),
        # Truth is that of the published seasons, months ranked by the total of each year, and of straight lines.
        compared=config["variability"]["season"] == {"rank_on": "total", "basis": "year"}
        and config["variability"]["attribution"]["trend"] == "linear",
        step_kept=config["variability"]["splice"] == "raw",
        alpha=config["significance"]["alpha"],
        library=library_of("recover_truth_variability"),
    message:
        "Planted against recovered, variability study"
    script:
        "../workflow_scripts/recover_truth_variability.py"
