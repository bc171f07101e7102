"""The referee: headline numbers under each likely objection. Only what an objection touches is run again, by the rules and scripts of the run itself.
Needs:  prepared and merged products of the studies of this run; config/referee.yaml.
Gives:  tables/referee.csv; referee/<objection>/..., what was made anew. Not part of the run unless the configuration asks (referee: true).
"""


include: "functions/referee.smk"


wildcard_constraints:
    objection=r"[a-z0-9_]+",


rule referee:
    input:
        base=headline_products(),
        again=products_anew,
    output:
        table=report(result("tables/referee.csv"), caption="captions/pages.rst", category="Referee"),
    log:
        log_of("referee"),
    benchmark:
        benchmark_of("referee")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(30),
    params:
        cases=lambda wildcards: [
            case._replace(configuration={}, reading=case.reading._asdict())._asdict() for case in cases()
        ],
        own=referee_plan.own_reading(config)._asdict(),
        folder=lambda wildcards: result("referee"),
        levels={**config["significance"], "seed": config["seed"]},
        library=library_of("write_referee"),
    message:
        "The referee's table"
    script:
        "../workflow_scripts/write_referee.py"


rule record_objection:
    output:
        written=anew("run_config.yaml"),
    log:
        log_of("record_objection", "{objection}"),
    benchmark:
        benchmark_of("record_objection", "{objection}")
    localrule: True
    conda:
        "../envs/prepare.yaml"
    params:
        record=objection_record,
        library=library_of("record_objection"),
    message:
        "Configuration under the objection {wildcards.objection}"
    script:
        "../workflow_scripts/record_objection.py"


rule merge_overlaid:
    input:
        tiles=tiles_under,
    output:
        merged=anew("{stage}/{name}.nc"),
    log:
        log_of("merge_overlaid", "{objection}", "{stage}", "{name}"),
    benchmark:
        benchmark_of("merge_overlaid", "{objection}", "{stage}", "{name}")
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
        "Merge {wildcards.name} under the objection {wildcards.objection}"
    script:
        "../workflow_scripts/merge_tiles.py"


# ---- Study A: seasons, attribution and trends, from soil moisture of another splice or with other seasons


use rule prepare_soil_moisture as prepare_soil_moisture_overlaid with:
    input:
        cells=prepared("{study}", "cells"),
        files=lambda wildcards: files_of(soil_moisture_datasets(wildcards.study)),
        shift=prepared("variability", "splice_shift"),
        after_record=ancient(anew("run_config.yaml")),
    output:
        soil_moisture=anew("prepared/{study}/soil_moisture_{years}.nc"),
    log:
        log_of("prepare_soil_moisture_overlaid", "{objection}", "{study}", "{years}"),
    benchmark:
        benchmark_of("prepare_soil_moisture_overlaid", "{objection}", "{study}", "{years}")
    message:
        "Soil moisture of the {wildcards.study} study, {wildcards.years}, under the objection {wildcards.objection}"


use rule average_seasons as average_seasons_overlaid with:
    input:
        soil_moisture=soil_moisture_under,
        after_record=ancient(anew("run_config.yaml")),
    output:
        seasonal=temp(anew_tile("variability/seasonal_soil_moisture")),
    log:
        log_of("average_seasons_overlaid", "{objection}", "{tile}"),
    benchmark:
        benchmark_of("average_seasons_overlaid", "{objection}", "{tile}")
    params:
        rank_on=overlaid("season", "rank_on"),
        basis=overlaid("season", "basis"),
    message:
        "Moisture seasons of tile {wildcards.tile}, under the objection {wildcards.objection}"


use rule attribute_variability as attribute_variability_overlaid with:
    input:
        soil_moisture=soil_moisture_under,
        seasonal=anew_tile("variability/seasonal_soil_moisture"),
    output:
        attribution=temp(anew_tile("variability/attribution")),
    log:
        log_of("attribute_variability_overlaid", "{objection}", "{tile}"),
    benchmark:
        benchmark_of("attribute_variability_overlaid", "{objection}", "{tile}")
    message:
        "Attribution of variability in tile {wildcards.tile}, under the objection {wildcards.objection}"


use rule fit_trends as fit_trends_overlaid with:
    input:
        seasonal=anew_tile("variability/seasonal_soil_moisture"),
        attribution=anew_tile("variability/attribution"),
    output:
        trends=temp(anew_tile("variability/trends")),
    log:
        log_of("fit_trends_overlaid", "{objection}", "{tile}"),
    benchmark:
        benchmark_of("fit_trends_overlaid", "{objection}", "{tile}")
    params:
        tests=overlaid("trend", "tests"),
    message:
        "Trends of tile {wildcards.tile}, under the objection {wildcards.objection}"


use rule test_splice as test_splice_overlaid with:
    input:
        seasonal=anew("variability/seasonal_soil_moisture.nc"),
        attribution=anew("variability/attribution.nc"),
    output:
        splice=anew("variability/splice.nc"),
    log:
        log_of("test_splice_overlaid", "{objection}"),
    benchmark:
        benchmark_of("test_splice_overlaid", "{objection}")
    params:
        simulations=overlaid("trend", "simulations"),
    message:
        "Step at the splice, under the objection {wildcards.objection}"


use rule prepare_land_cover as prepare_land_cover_overlaid with:
    input:
        cells=prepared("variability", "cells"),
        files=files_of(["mcd12c1"])[0],
        after_record=ancient(anew("run_config.yaml")),
    output:
        land_cover=anew("prepared/variability/land_cover.nc"),
    log:
        log_of("prepare_land_cover_overlaid", "{objection}"),
    benchmark:
        benchmark_of("prepare_land_cover_overlaid", "{objection}")
    params:
        mode=overlaid("landcover", "mode"),
        year=overlaid("landcover", "year"),
    message:
        "Land cover classes, under the objection {wildcards.objection}"


# ---- Study B: copulas, controls and driver models with other settings


rule cut_tile:
    input:
        merged=result("dependence/lags.nc"),
    output:
        cut=temp(anew_tile("dependence/lags")),
    log:
        log_of("cut_tile", "{objection}", "{tile}"),
    benchmark:
        benchmark_of("cut_tile", "{objection}", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(250, per_cell_kb=7, study="dependence"),
        runtime=minutes(2),
    params:
        name="lags",
        library=library_of("cut_tile"),
    message:
        "Lags of tile {wildcards.tile}"
    script:
        "../workflow_scripts/cut_tile.py"


use rule select_copulas as select_copulas_overlaid with:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        lags=lags_under,
        after_record=ancient(anew("run_config.yaml")),
    output:
        copulas=temp(anew_tile("dependence/copulas")),
    log:
        log_of("select_copulas_overlaid", "{objection}", "{tile}"),
    benchmark:
        benchmark_of("select_copulas_overlaid", "{objection}", "{tile}")
    params:
        scales=overlaid("dependence", "scales"),
        anomalies=overlaid("copula", "anomalies"),
        compare_cycle=overlaid("copula", "compare_cycle"),
        options=lambda wildcards: {name: overlaid("copula", name)(wildcards) for name in COPULA_OPTIONS}
        | {"seed": config["seed"]},
    message:
        "Copulas of tile {wildcards.tile}, under the objection {wildcards.objection}"


use rule prepare_field as prepare_field_overlaid with:
    input:
        cells=prepared("dependence", "cells"),
        files=lambda wildcards: files_of([DEPENDENCE_SOURCES[wildcards.name]])[0],
        after_record=ancient(anew("run_config.yaml")),
    output:
        field=anew("prepared/dependence/{name}_{years}.nc"),
    log:
        log_of("prepare_field_overlaid", "{objection}", "{name}", "{years}"),
    benchmark:
        benchmark_of("prepare_field_overlaid", "{objection}", "{name}", "{years}")
    wildcard_constraints:
        name="precipitation",
    params:
        wet_day_mm=overlaid("precipitation", "wet_day_mm"),
    message:
        "{wildcards.name} of the dependence study, {wildcards.years}, under the objection {wildcards.objection}"


use rule fit_controls as fit_controls_overlaid with:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=precipitation_under,
        evapotranspiration=prepared_years("dependence", "evapotranspiration"),
        air_temperature=prepared_years("dependence", "air_temperature"),
        after_record=ancient(anew("run_config.yaml")),
    output:
        controls=temp(anew_tile("controls/controls")),
    log:
        log_of("fit_controls_overlaid", "{objection}", "{tile}"),
    benchmark:
        benchmark_of("fit_controls_overlaid", "{objection}", "{tile}")
    params:
        choose=overlaid("ridge", "lambda"),
        penalty=overlaid("ridge", "penalty"),
        strong_share=overlaid("ridge", "strong_share"),
        bootstrap=overlaid("ridge", "bootstrap"),
    message:
        "Controls of tile {wildcards.tile}, under the objection {wildcards.objection}"


use rule summarise_drivers as summarise_drivers_overlaid with:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        air_temperature=prepared_years("dependence", "air_temperature"),
        productivity=prepared_years("dependence", "gross_primary_productivity"),
        land_surface_temperature=prepared_years("dependence", "land_surface_temperature"),
        biome=prepared("dependence", "biome"),
        after_record=ancient(anew("run_config.yaml")),
    output:
        statistics=anew("drivers/statistics.nc"),
    log:
        log_of("summarise_drivers_overlaid", "{objection}"),
    benchmark:
        benchmark_of("summarise_drivers_overlaid", "{objection}")
    params:
        group=overlaid("drivers", "group"),
        block_degrees=overlaid("drivers", "block_degrees"),
        min_cells=overlaid("drivers", "min_cells"),
    message:
        "Statistics of the driver models, under the objection {wildcards.objection}"


use rule sample_drivers as sample_drivers_overlaid with:
    input:
        statistics=anew("drivers/statistics.nc"),
    output:
        estimates=anew("drivers/estimates.nc"),
        draws=temp(anew("drivers/draws.nc")),
    log:
        log_of("sample_drivers_overlaid", "{objection}"),
    benchmark:
        benchmark_of("sample_drivers_overlaid", "{objection}")
    params:
        priors=overlaid("drivers", "priors"),
    message:
        "Driver models, under the objection {wildcards.objection}"
