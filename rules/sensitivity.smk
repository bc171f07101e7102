"""The sensitivity analysis: headline numbers under each alternative of config/sensitivity.yaml. Only what an alternative touches is run again, by the rules and scripts of the run itself.
Needs:  prepared and merged products of the studies of this run; config/sensitivity.yaml.
Gives:  tables/sensitivity.csv; sensitivity/<alternative>/..., what was computed again. Not part of the run unless the configuration asks (sensitivity: true).
"""


include: "functions/sensitivity.smk"


wildcard_constraints:
    alternative=r"[a-z0-9_]+",


rule sensitivity:
    input:
        base=headline_products(),
        again=alternative_products,
        regions=files_by_region(),
        after_record=RECORD,
    output:
        table=report(result("tables/sensitivity.csv"), caption="captions/pages.rst", category="Sensitivity analysis"),
        by_region=[result("tables/sensitivity_by_region.csv")] if files_by_region() else [],
    log:
        log_of("sensitivity"),
    benchmark:
        benchmark_of("sensitivity")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(30),
    params:
        cases=cases_to_tabulate,
        own=sensitivity_plan.own_reading(config)._asdict(),
        folder=lambda wildcards: result("sensitivity"),
        levels={**config["significance"], "seed": config["seed"]},
        library=library_of("tabulate_sensitivity"),
    message:
        "Sensitivity analysis"
    script:
        "../workflow_scripts/tabulate_sensitivity.py"


use rule record_run as record_alternative with:
    output:
        record=str(RECORD_UNDER),
    log:
        log_of("record_alternative", "{alternative}"),
    benchmark:
        benchmark_of("record_alternative", "{alternative}")
    params:
        content=lambda wildcards, output: record_of_case(case_of(wildcards)),
    message:
        "Configuration under the alternative {wildcards.alternative}"


rule merge_alternative:
    input:
        tiles=tiles_under,
        after_record=RECORD_UNDER,
    output:
        merged=alternative_file("{stage}/{name}.nc"),
    log:
        log_of("merge_alternative", "{alternative}", "{stage}", "{name}"),
    benchmark:
        benchmark_of("merge_alternative", "{alternative}", "{stage}", "{name}")
    wildcard_constraints:
        stage="variability|dependence|controls",
        name="seasonal_soil_moisture|attribution|trends|copulas|controls",
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(270, per_cell_kb=20, study="dependence", whole=True),
        runtime=minutes(4),
    params:
        library=library_of("merge_tiles"),
    message:
        "Merge {wildcards.name} under the alternative {wildcards.alternative}"
    script:
        "../workflow_scripts/merge_tiles.py"


# ---- Study A: seasons, attribution and trends, from soil moisture of another splice or with other seasons


use rule prepare_soil_moisture as prepare_soil_moisture_alternative with:
    input:
        cells=prepared("{study}", "cells"),
        files=soil_moisture_lists,
        shift=prepared("variability", "splice_shift"),
        after_record=RECORD_UNDER,
    output:
        soil_moisture=alternative_file("prepared/{study}/soil_moisture_{years}.nc"),
    log:
        log_of("prepare_soil_moisture_alternative", "{alternative}", "{study}", "{years}"),
    benchmark:
        benchmark_of("prepare_soil_moisture_alternative", "{alternative}", "{study}", "{years}")
    message:
        "Soil moisture of the {wildcards.study} study, {wildcards.years}, under the alternative {wildcards.alternative}"


use rule average_seasons as average_seasons_alternative with:
    input:
        soil_moisture=soil_moisture_under,
        after_record=RECORD_UNDER,
    output:
        seasonal=temp(alternative_tile("variability/seasonal_soil_moisture")),
    log:
        log_of("average_seasons_alternative", "{alternative}", "{tile}"),
    benchmark:
        benchmark_of("average_seasons_alternative", "{alternative}", "{tile}")
    params:
        rank_on=alternative_setting("variability", "season", "rank_on"),
        basis=alternative_setting("variability", "season", "basis"),
    message:
        "Moisture seasons of tile {wildcards.tile}, under the alternative {wildcards.alternative}"


use rule attribute_variability as attribute_variability_alternative with:
    input:
        soil_moisture=soil_moisture_under,
        after_record=RECORD_UNDER,
    output:
        attribution=temp(alternative_tile("variability/attribution")),
    log:
        log_of("attribute_variability_alternative", "{alternative}", "{tile}"),
    benchmark:
        benchmark_of("attribute_variability_alternative", "{alternative}", "{tile}")
    params:
        rank_on=alternative_setting("variability", "season", "rank_on"),
        basis=alternative_setting("variability", "season", "basis"),
        form=form_of_trend_under,
    message:
        "Attribution of variability in tile {wildcards.tile}, under the alternative {wildcards.alternative}"


use rule fit_trends as fit_trends_alternative with:
    input:
        seasonal=alternative_tile("variability/seasonal_soil_moisture"),
        attribution=alternative_tile("variability/attribution"),
        after_record=RECORD_UNDER,
    output:
        trends=temp(alternative_tile("variability/trends")),
    log:
        log_of("fit_trends_alternative", "{alternative}", "{tile}"),
    benchmark:
        benchmark_of("fit_trends_alternative", "{alternative}", "{tile}")
    params:
        tests=alternative_setting("variability", "trend", "tests"),
    message:
        "Trends of tile {wildcards.tile}, under the alternative {wildcards.alternative}"


use rule assess_splice as assess_splice_alternative with:
    input:
        seasonal=alternative_file("variability/seasonal_soil_moisture.nc"),
        attribution=alternative_file("variability/attribution.nc"),
        after_record=RECORD_UNDER,
    output:
        splice=alternative_file("variability/splice.nc"),
    log:
        log_of("assess_splice_alternative", "{alternative}"),
    benchmark:
        benchmark_of("assess_splice_alternative", "{alternative}")
    params:
        simulations=alternative_setting("variability", "trend", "simulations"),
    message:
        "Step at the splice, under the alternative {wildcards.alternative}"


use rule resample_years as resample_years_alternative with:
    input:
        seasonal=seasonal_under,
        attribution=alternative_file("variability/attribution.nc"),
        after_record=RECORD_UNDER,
    output:
        resampled=alternative_file("variability/year_resamples.nc"),
        table=alternative_file("tables/variability/year_intervals.csv"),
    log:
        log_of("resample_years_alternative", "{alternative}"),
    benchmark:
        benchmark_of("resample_years_alternative", "{alternative}")
    params:
        form=form_of_trend_under,
    message:
        "Intervals over years under the alternative {wildcards.alternative}"


use rule prepare_land_cover as prepare_land_cover_alternative with:
    input:
        cells=prepared("variability", "cells"),
        files=list_of(datasets.variability_source(config, "land_cover")),
        after_record=RECORD_UNDER,
    output:
        land_cover=alternative_file("prepared/variability/land_cover.nc"),
    log:
        log_of("prepare_land_cover_alternative", "{alternative}"),
    benchmark:
        benchmark_of("prepare_land_cover_alternative", "{alternative}")
    params:
        mode=alternative_setting("variability", "land_cover", "mode"),
        year=alternative_setting("variability", "land_cover", "year"),
        min_share=alternative_setting("variability", "land_cover", "min_share"),
    message:
        "Land cover classes, under the alternative {wildcards.alternative}"


# ---- Study B: copulas, controls and driver models with other settings


rule cut_tile:
    input:
        merged=result("dependence/lags.nc"),
        after_record=RECORD_UNDER,
    output:
        cut=temp(alternative_tile("dependence/lags")),
    log:
        log_of("cut_tile", "{alternative}", "{tile}"),
    benchmark:
        benchmark_of("cut_tile", "{alternative}", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(250, per_cell_kb=7, study="dependence"),
        runtime=minutes(2),
    params:
        name="lags",
        library=library_of("cut_tile", "lags"),
    message:
        "Lags of tile {wildcards.tile}"
    script:
        "../workflow_scripts/cut_tile.py"


use rule select_copulas as select_copulas_alternative with:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=field_under("precipitation"),
        lags=lags_under,
        temperature=frozen_temperature_under,
        after_record=RECORD_UNDER,
    output:
        copulas=temp(alternative_tile("dependence/copulas")),
        risks=[],
    log:
        log_of("select_copulas_alternative", "{alternative}", "{tile}"),
    benchmark:
        benchmark_of("select_copulas_alternative", "{alternative}", "{tile}")
    params:
        frozen=alternative_setting("dependence", "frozen"),
        time_scales=alternative_setting("dependence", "time_scales"),
        annual_cycle=alternative_setting("dependence", "copula", "annual_cycle"),
        compare_annual_cycle=alternative_setting("dependence", "copula", "compare_annual_cycle"),
        stability_cells=0,
        options=copula_options_under,
    message:
        "Copulas of tile {wildcards.tile}, under the alternative {wildcards.alternative}"


rule resample_copulas_alternative:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=field_under("precipitation"),
        copulas=alternative_file("dependence/copulas.nc"),
        temperature=frozen_temperature_under,
        after_record=RECORD_UNDER,
    output:
        resampled=alternative_file("dependence/dependence_resamples.nc"),
    log:
        log_of("resample_copulas_alternative", "{alternative}"),
    benchmark:
        benchmark_of("resample_copulas_alternative", "{alternative}")
    conda:
        "../envs/statistics.yaml"
    resources:
        # A tile at a time beside the copulas of all.
        mem_mb=memory(400, per_cell_kb=40 / len(tiles("dependence")) + 3.2, study="dependence", whole=True),
        runtime=minutes(4, per_thousand_cells=0.5, study="dependence", whole=True),
    params:
        tiles=tiles("dependence"),
        years=series_lengths()["annual"],
        resamples=config["intervals"]["resamples"],
        seed=config["seed"],
        frozen=alternative_setting("dependence", "frozen"),
        library=library_of("resample_alternative_copulas"),
    message:
        "Resampled years of dependence, under the alternative {wildcards.alternative}"
    script:
        "../workflow_scripts/resample_alternative_copulas.py"


use rule prepare_field as prepare_field_alternative with:
    input:
        cells=prepared("dependence", "cells"),
        files=field_list_under,
        after_record=RECORD_UNDER,
    output:
        field=alternative_file("prepared/dependence/{name}_{years}.nc"),
    log:
        log_of("prepare_field_alternative", "{alternative}", "{name}", "{years}"),
    benchmark:
        benchmark_of("prepare_field_alternative", "{alternative}", "{name}", "{years}")
    wildcard_constraints:
        name="precipitation|evapotranspiration|air_temperature",
    params:
        product=reader_of_field_under,
        options=field_options_under,
        library=lambda wildcards: fingerprint_with_reader(
            "prepare_field", reader_of_field_under(wildcards), wildcards.name
        ),
    message:
        "{wildcards.name} of the dependence study, {wildcards.years}, under the alternative {wildcards.alternative}"


use rule fit_controls as fit_controls_alternative with:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=field_under("precipitation"),
        evapotranspiration=ridge_field_under("evapotranspiration"),
        air_temperature=ridge_field_under("air_temperature"),
        others=other_ridge_fields(),
        temperature=frozen_temperature_under,
        after_record=RECORD_UNDER,
    output:
        controls=temp(alternative_tile("controls/controls")),
    log:
        log_of("fit_controls_alternative", "{alternative}", "{tile}"),
    benchmark:
        benchmark_of("fit_controls_alternative", "{alternative}", "{tile}")
    params:
        frozen=alternative_setting("dependence", "frozen"),
        choose=alternative_setting("dependence", "ridge", "penalty_choice"),
        penalty=alternative_setting("dependence", "ridge", "penalty"),
        strong_share=alternative_setting("dependence", "ridge", "strong_share"),
        bootstrap=alternative_setting("dependence", "ridge", "bootstrap"),
    message:
        "Controls of tile {wildcards.tile}, under the alternative {wildcards.alternative}"


use rule resample_controls as resample_controls_alternative with:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=field_under("precipitation"),
        evapotranspiration=ridge_field_under("evapotranspiration"),
        air_temperature=ridge_field_under("air_temperature"),
        others=other_ridge_fields(),
        controls=alternative_file("controls/controls.nc"),
        ecoregions=[],
        temperature=frozen_temperature_under,
        after_record=RECORD_UNDER,
    output:
        sums=temp(alternative_tile("controls/year_sums")),
    log:
        log_of("resample_controls_alternative", "{alternative}", "{tile}"),
    benchmark:
        benchmark_of("resample_controls_alternative", "{alternative}", "{tile}")
    params:
        frozen=alternative_setting("dependence", "frozen"),
        strong_share=alternative_setting("dependence", "ridge", "strong_share"),
    message:
        "Resampled years of controls in tile {wildcards.tile}, under the alternative {wildcards.alternative}"


use rule tabulate_control_intervals as tabulate_control_intervals_alternative with:
    input:
        tiles=tiles_of_sums_under,
        after_record=RECORD_UNDER,
    output:
        table=alternative_file("tables/dependence/control_year_intervals.csv"),
        resampled=alternative_file("controls/control_resamples.nc"),
    log:
        log_of("tabulate_control_intervals_alternative", "{alternative}"),
    benchmark:
        benchmark_of("tabulate_control_intervals_alternative", "{alternative}")
    message:
        "Intervals over years of the controls, under the alternative {wildcards.alternative}"


use rule summarise_drivers as summarise_drivers_alternative with:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        predictors=driver_fields(),
        ecoregions=prepared("dependence", "ecoregions"),
        after_record=RECORD_UNDER,
    output:
        statistics=alternative_file("drivers/statistics.nc"),
    log:
        log_of("summarise_drivers_alternative", "{alternative}"),
    benchmark:
        benchmark_of("summarise_drivers_alternative", "{alternative}")
    params:
        group=alternative_setting("dependence", "driver_models", "group"),
        block_degrees=alternative_setting("dependence", "driver_models", "block_degrees"),
        min_cells=alternative_setting("dependence", "driver_models", "min_cells"),
    message:
        "Statistics of the driver models, under the alternative {wildcards.alternative}"


use rule sample_drivers as sample_drivers_alternative with:
    input:
        statistics=alternative_file("drivers/statistics.nc"),
        after_record=RECORD_UNDER,
    output:
        estimates=alternative_file("drivers/estimates.nc"),
        draws=temp(alternative_file("drivers/draws.nc")),
    log:
        log_of("sample_drivers_alternative", "{alternative}"),
    benchmark:
        benchmark_of("sample_drivers_alternative", "{alternative}")
    params:
        priors=alternative_setting("dependence", "driver_models", "priors"),
    message:
        "Driver models, under the alternative {wildcards.alternative}"
