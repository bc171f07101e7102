"""Study B: what controls soil moisture, by ridge regression in every cell, layer and time scale.
Needs:  prepared soil moisture, daily precipitation, evapotranspiration and air temperature (prepare.smk).
Gives:  controls/controls.nc, tables/dependence/{strong_controls,controls_by_latitude,control_reasons,control_year_intervals}.csv.
"""


include: "functions/controls.smk"


rule fit_controls:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        evapotranspiration=ridge_field("evapotranspiration"),
        air_temperature=ridge_field("air_temperature"),
        others=other_ridge_fields(),
        temperature=frozen_temperature(),
        after_record=RECORD,
    output:
        controls=temp(tile_of("controls/controls")),
    log:
        log_of("fit_controls", "{tile}"),
    benchmark:
        benchmark_of("fit_controls", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(390, per_cell_kb=6, study="dependence"),
        runtime=minutes(3, per_thousand_cells=0.3, study="dependence"),
    params:
        choose=config["dependence"]["ridge"]["penalty_choice"],
        penalty=config["dependence"]["ridge"]["penalty"],
        strong_share=config["dependence"]["ridge"]["strong_share"],
        bootstrap=config["dependence"]["ridge"]["bootstrap"],
        seed=config["seed"],
        shared=config["dependence"]["ridge"]["predictors"],
        adjusted_for=config["dependence"]["ridge"]["adjusted_for"],
        covariates=list(config["dependence"]["covariates"]),
        frozen=config["dependence"]["frozen"],
        library=library_of("fit_controls"),
    message:
        "Controls of tile {wildcards.tile}"
    script:
        "../workflow_scripts/fit_controls.py"


rule merge_controls:
    input:
        tiles=all_tiles("controls/{name}", "dependence"),
        after_record=RECORD,
    output:
        merged=result("controls/{name}.nc"),
    log:
        log_of("merge_controls", "{name}"),
    benchmark:
        benchmark_of("merge_controls", "{name}")
    wildcard_constraints:
        name="controls",
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(240, per_cell_kb=5.5, study="dependence", whole=True),
        runtime=minutes(2),
    params:
        library=library_of("merge_tiles"),
    message:
        "Merge {wildcards.name}"
    script:
        "../workflow_scripts/merge_tiles.py"


rule tabulate_controls:
    input:
        controls=result("controls/controls.nc"),
        after_record=RECORD,
    output:
        tabulated=report(
            [result(f"tables/dependence/{name}.csv") for name in CONTROL_TABLES],
            caption="captions/tables.rst",
            category="Controls and drivers",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_controls"),
    benchmark:
        benchmark_of("tabulate_controls")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(250, per_cell_kb=3, study="dependence", whole=True),
        runtime=minutes(3),
    params:
        library=library_of("tabulate_controls", "vadose.studies.controls.tables"),
    message:
        "Tables of controls"
    script:
        "../workflow_scripts/tabulate_controls.py"


rule resample_controls:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        evapotranspiration=ridge_field("evapotranspiration"),
        air_temperature=ridge_field("air_temperature"),
        others=other_ridge_fields(),
        controls=result("controls/controls.nc"),
        ecoregions=branch(bool(region_tables("dependence")), then=prepared("dependence", "ecoregions"), otherwise=[]),
        temperature=frozen_temperature(),
        after_record=RECORD,
    output:
        sums=temp(tile_of("controls/year_sums")),
    log:
        log_of("resample_controls", "{tile}"),
    benchmark:
        benchmark_of("resample_controls", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(450, per_cell_kb=40, study="dependence"),
        runtime=minutes(4, per_thousand_cells=0.5, study="dependence"),
    params:
        every=every_kth(CONTROL_CELLS),
        strong_share=config["dependence"]["ridge"]["strong_share"],
        resamples=config["intervals"]["resamples"],
        seed=config["seed"],
        shared=config["dependence"]["ridge"]["predictors"],
        adjusted_for=config["dependence"]["ridge"]["adjusted_for"],
        covariates=list(config["dependence"]["covariates"]),
        frozen=config["dependence"]["frozen"],
        library=library_of("resample_controls"),
    message:
        "Resampled years of controls in tile {wildcards.tile}"
    script:
        "../workflow_scripts/resample_controls.py"


rule tabulate_control_intervals:
    input:
        tiles=all_tiles("controls/year_sums", "dependence"),
        after_record=RECORD,
    output:
        table=report(
            result("tables/dependence/control_year_intervals.csv"),
            caption="captions/tables.rst",
            category="Controls and drivers",
            subcategory="Tables",
        ),
        resampled=result("controls/control_resamples.nc"),
    log:
        log_of("tabulate_control_intervals"),
    benchmark:
        benchmark_of("tabulate_control_intervals")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(400),
        runtime=minutes(5),
    params:
        years=series_lengths()["annual"],
        library=library_of("tabulate_control_intervals"),
    message:
        "Intervals over years of the controls"
    script:
        "../workflow_scripts/tabulate_control_intervals.py"
