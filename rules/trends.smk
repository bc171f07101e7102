"""Study A: trends of annual soil moisture, their tests, field significance, and the splice of the two GLDAS versions.
Needs:  soil moisture of the moisture seasons and reasons (variability.smk).
Gives:  variability/{trends,field_significance,splice}.nc, tables of false-positive rates; variability/change_points.nc where variability.change_points asks for it.
"""


rule fit_trends:
    input:
        seasonal=tile_of("variability/seasonal_soil_moisture"),
        attribution=tile_of("variability/attribution"),
        after_record=RECORD,
    output:
        trends=temp(tile_of("variability/trends")),
    log:
        log_of("fit_trends", "{tile}"),
    benchmark:
        benchmark_of("fit_trends", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(380, per_cell_kb=30, study="variability"),
        runtime=minutes(2, per_thousand_cells=0.5, study="variability"),
    params:
        periods=config["variability"]["periods"],
        tests=config["variability"]["trend"]["tests"],
        resamples=config["variability"]["trend"]["resamples"],
        block_years=config["variability"]["trend"]["block_years"],
        bootstrap_series=config["variability"]["trend"]["bootstrap_series"],
        seed=config["seed"],
        library=library_of("fit_trends"),
    message:
        "Trends of tile {wildcards.tile}"
    script:
        "../workflow_scripts/fit_trends.py"


rule assess_field_significance:
    input:
        trends=result("variability/trends.nc"),
        after_record=RECORD,
    output:
        fields=result("variability/field_significance.nc"),
    log:
        log_of("assess_field_significance"),
    benchmark:
        benchmark_of("assess_field_significance")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(290, per_cell_kb=3, study="variability", whole=True),
        runtime=minutes(5),
    params:
        alpha=config["significance"]["alpha"],
        alpha_fdr=config["significance"]["alpha_fdr"],
        library=library_of("assess_field_significance"),
    message:
        "Field significance of trends"
    script:
        "../workflow_scripts/assess_field_significance.py"


rule assess_splice:
    input:
        seasonal=result("variability/seasonal_soil_moisture.nc"),
        attribution=result("variability/attribution.nc"),
        after_record=RECORD,
    output:
        splice=result("variability/splice.nc"),
    log:
        log_of("assess_splice"),
    benchmark:
        benchmark_of("assess_splice")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(430, per_cell_kb=13, study="variability", whole=True),
        runtime=minutes(10),
    params:
        periods=config["variability"]["periods"],
        splice_year=year_of_splice(),
        alpha_fdr=config["significance"]["alpha_fdr"],
        simulations=config["variability"]["trend"]["simulations"],
        seed=config["seed"],
        library=library_of("assess_splice"),
    message:
        "Step at the splice, and trend shares in windows of equal length"
    script:
        "../workflow_scripts/assess_splice.py"


rule detect_change_points:
    input:
        seasonal=result("variability/seasonal_soil_moisture.nc"),
        attribution=result("variability/attribution.nc"),
        after_record=RECORD,
    output:
        changes=result("variability/change_points.nc"),
        tabulated=report(
            result("tables/variability/change_points.csv"),
            caption="captions/tables.rst",
            category="Variability of soil moisture",
            subcategory="Tables",
        ),
    log:
        log_of("detect_change_points"),
    benchmark:
        benchmark_of("detect_change_points")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(500, per_cell_kb=30, study="variability", whole=True),
        runtime=minutes(10, per_thousand_cells=0.1, study="variability", whole=True),
    params:
        splice_year=year_of_splice(),
        alpha=config["significance"]["alpha"],
        alpha_fdr=config["significance"]["alpha_fdr"],
        simulations=config["variability"]["trend"]["simulations"],
        seed=config["seed"],
        library=library_of("detect_change_points"),
    message:
        "Change of annual soil moisture at an unknown year"
    script:
        "../workflow_scripts/detect_change_points.py"


rule simulate_false_positives:
    input:
        after_record=RECORD,
    output:
        table=report(
            result("tables/variability/false_positives.csv"),
            caption="captions/tables.rst",
            category="Variability of soil moisture",
            subcategory="Tables",
        ),
    log:
        log_of("simulate_false_positives"),
    benchmark:
        benchmark_of("simulate_false_positives")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(390),
        runtime=minutes(20),
    params:
        tests=config["variability"]["trend"]["tests"],
        resamples=config["variability"]["trend"]["resamples"],
        block_years=config["variability"]["trend"]["block_years"],
        simulations=config["variability"]["trend"]["simulations"],
        lengths=lengths_of_record(),
        split=share_before_splice(),
        alpha=config["significance"]["alpha"],
        seed=config["seed"],
        library=library_of("simulate_false_positives"),
    message:
        "False-positive rates of the tests of study A"
    script:
        "../workflow_scripts/simulate_false_positives.py"
