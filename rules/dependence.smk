"""Study B: lags and copulas of precipitation and soil moisture in every cell, layer and time scale, and what they amount to.
Needs:  prepared soil moisture and precipitation on the cell axis, ecoregions (prepare.smk); the planted truth (synthesize.smk).
Gives:  dependence/{lags,copulas,dependence_tests,negative_shares}.nc, tables/dependence/*.csv."""


include: "functions/dependence.smk"


rule measure_lags:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        after_record=RECORD,
    output:
        lags=temp(tile_of("dependence/lags")),
    log:
        log_of("measure_lags", "{tile}"),
    benchmark:
        benchmark_of("measure_lags", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(390, per_cell_kb=0.22 * series_lengths()["monthly"], study="dependence"),
        runtime=minutes(3, per_thousand_cells=0.3, study="dependence"),
    params:
        max_lag=config["dependence"]["lags"]["max"],
        null=config["dependence"]["lags"]["null_distribution"],
        library=library_of("measure_lags"),
    message:
        "Lags of tile {wildcards.tile}"
    script:
        "../workflow_scripts/measure_lags.py"


rule select_copulas:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        lags=branch(config["dependence"]["copula"]["lag"] == "optimal", then=tile_of("dependence/lags"), otherwise=[]),
        temperature=frozen_temperature(),
        after_record=RECORD,
    output:
        copulas=temp(tile_of("dependence/copulas")),
        risks=temp(tile_of("dependence/risk")) if config["dependence"]["risk"] else [],
    log:
        log_of("select_copulas", "{tile}"),
    benchmark:
        benchmark_of("select_copulas", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(390, per_cell_kb=50 if config["dependence"]["risk"] else 13, study="dependence"),
        runtime=minutes(3, per_thousand_cells=copula_minutes(), study="dependence"),
    params:
        time_scales=config["dependence"]["time_scales"],
        annual_cycle=config["dependence"]["copula"]["annual_cycle"],
        compare_annual_cycle=config["dependence"]["copula"]["compare_annual_cycle"],
        stability_cells=config["dependence"]["copula"]["stability_cells"],
        options={name: config["dependence"]["copula"][name] for name in COPULA_OPTIONS}
        | {"risk": config["dependence"]["risk"], "seed": config["seed"]},
        frozen=config["dependence"]["frozen"],
        library=library_of("select_copulas"),
    message:
        "Copulas of tile {wildcards.tile}"
    script:
        "../workflow_scripts/select_copulas.py"


rule merge_dependence:
    input:
        tiles=all_tiles("dependence/{name}", "dependence"),
        after_record=RECORD,
    output:
        merged=result("dependence/{name}.nc"),
    log:
        log_of("merge_dependence", "{name}"),
    benchmark:
        benchmark_of("merge_dependence", "{name}")
    wildcard_constraints:
        name="lags|copulas|controls|frozen_months|risk",
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(240, per_cell_kb=40 if config["dependence"]["risk"] else 4.6, study="dependence", whole=True),
        runtime=minutes(2),
    params:
        library=library_of("merge_tiles"),
    message:
        "Merge {wildcards.name} of the dependence study"
    script:
        "../workflow_scripts/merge_tiles.py"


rule assess_dependence:
    input:
        lags=result("dependence/lags.nc"),
        copulas=result("dependence/copulas.nc"),
        after_record=RECORD,
    output:
        tests=result("dependence/dependence_tests.nc"),
    log:
        log_of("assess_dependence"),
    benchmark:
        benchmark_of("assess_dependence")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(290, per_cell_kb=3.1, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        alpha_fdr=config["significance"]["alpha_fdr"],
        library=library_of("assess_dependence"),
    message:
        "Field significance of lagged dependence and of the fit of copulas"
    script:
        "../workflow_scripts/assess_dependence.py"


rule tabulate_dependence:
    input:
        copulas=result("dependence/copulas.nc"),
        lags=result("dependence/lags.nc"),
        tests=result("dependence/dependence_tests.nc"),
        ecoregions=regions_if_any("dependence"),
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        after_record=RECORD,
    output:
        negative=result("dependence/negative_shares.nc"),
        tabulated=report(
            copula_tables(),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_dependence"),
    benchmark:
        benchmark_of("tabulate_dependence")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(300, per_cell_kb=3.2, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        alpha=config["significance"]["alpha"],
        library=library_of("tabulate_dependence"),
    message:
        "Negative shares, families, tails, lags and reasons"
    script:
        "../workflow_scripts/tabulate_dependence.py"


rule resample_dependence:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        copulas=result("dependence/copulas.nc"),
        lags=result("dependence/lags.nc"),
        negative=result("dependence/negative_shares.nc"),
        ecoregions=regions_if_any("dependence"),
        temperature=frozen_temperature(),
        after_record=RECORD,
    output:
        sums=temp(tile_of("dependence/year_sums")),
    log:
        log_of("resample_dependence", "{tile}"),
    benchmark:
        benchmark_of("resample_dependence", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(400, per_cell_kb=40, study="dependence"),
        runtime=minutes(4, per_thousand_cells=0.5, study="dependence"),
    params:
        every=every_kth(LAG_CELLS),
        resamples=config["intervals"]["resamples"],
        seed=config["seed"],
        frozen=config["dependence"]["frozen"],
        library=library_of("resample_dependence"),
    message:
        "Resampled years of dependence in tile {wildcards.tile}"
    script:
        "../workflow_scripts/resample_dependence.py"


rule tabulate_dependence_intervals:
    input:
        tiles=all_tiles("dependence/year_sums", "dependence"),
        after_record=RECORD,
    output:
        table=report(
            result("tables/dependence/year_intervals.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
        resampled=result("dependence/dependence_resamples.nc"),
    log:
        log_of("tabulate_dependence_intervals"),
    benchmark:
        benchmark_of("tabulate_dependence_intervals")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(400),
        runtime=minutes(5),
    params:
        years=series_lengths()["annual"],
        library=library_of("tabulate_dependence_intervals"),
    message:
        "Intervals over years of the dependence study"
    script:
        "../workflow_scripts/tabulate_dependence_intervals.py"


rule simulate_dependence:
    input:
        after_record=RECORD,
    output:
        families=report(
            result("tables/dependence/recovered_families.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
        season=report(
            result("tables/dependence/shared_season.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
    log:
        log_of("simulate_dependence"),
    benchmark:
        benchmark_of("simulate_dependence")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(500),
        runtime=minutes(20),
    params:
        lengths=series_lengths(),
        simulations=config["dependence"]["copula"]["simulations"],
        preselect=config["dependence"]["copula"]["preselect"],
        resamples=config["dependence"]["copula"]["bootstrap"],
        seed=config["seed"],
        library=library_of("simulate_dependence"),
    message:
        "What selection recovers of simulated copulas, and what a shared season makes of nothing"
    script:
        "../workflow_scripts/simulate_dependence.py"
