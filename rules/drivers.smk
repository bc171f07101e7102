"""Study B: drivers of dependence, Bayesian models of precipitation and soil moisture per ecoregion, layer and time scale.
Needs:  prepared soil moisture, precipitation, the predictors of the formula and ecoregions (prepare.smk).
Gives:  drivers/{statistics,estimates,draws,clusters}.nc, tables/dependence/{drivers,driver_models,...}.csv."""


include: "functions/drivers.smk"


rule summarise_drivers:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        predictors=driver_fields(),
        ecoregions=prepared("dependence", "ecoregions"),
        after_record=RECORD,
    output:
        statistics=result("drivers/statistics.nc"),
    log:
        log_of("summarise_drivers"),
    benchmark:
        benchmark_of("summarise_drivers")
    conda:
        "../envs/bayes.yaml"
    resources:
        mem_mb=memory(360 + driver_sums_mb(), per_cell_kb=5.5, study="dependence", whole=True),
        runtime=minutes(5, per_thousand_cells=0.1, study="dependence", whole=True),
    params:
        formula=config["dependence"]["driver_models"]["formula"],
        products_of=driver_products(),
        time_scales=DRIVER_TIME_SCALES,
        group=config["dependence"]["driver_models"]["group"],
        block_degrees=config["dependence"]["driver_models"]["block_degrees"],
        min_cells=config["dependence"]["driver_models"]["min_cells"],
        library=library_of("summarise_drivers"),
    message:
        "Statistics of the driver models"
    script:
        "../workflow_scripts/summarise_drivers.py"


rule sample_drivers:
    input:
        statistics=result("drivers/statistics.nc"),
        after_record=RECORD,
    output:
        estimates=result("drivers/estimates.nc"),
        draws=result("drivers/draws.nc"),
    log:
        log_of("sample_drivers"),
    benchmark:
        benchmark_of("sample_drivers")
    conda:
        "../envs/bayes.yaml"
    threads: config["dependence"]["driver_models"]["chains"]
    resources:
        mem_mb=memory(640),
        runtime=minutes(20),
    params:
        priors=config["dependence"]["driver_models"]["priors"],
        seed=config["seed"],
        sampler={
            name: config["dependence"]["driver_models"][name]
            for name in ("chains", "warmup", "draws", "max_treedepth")
        },
        rhat=config["dependence"]["driver_models"]["rhat"],
        ess=config["dependence"]["driver_models"]["ess"],
        kept=config["dependence"]["driver_models"]["kept_draws"],
        library=library_of("sample_drivers"),
    message:
        "Driver models"
    script:
        "../workflow_scripts/sample_drivers.py"


rule tabulate_drivers:
    input:
        statistics=result("drivers/statistics.nc"),
        estimates=result("drivers/estimates.nc"),
        draws=result("drivers/draws.nc"),
        after_record=RECORD,
    output:
        clusters=result("drivers/clusters.nc"),
        drivers=result("tables/dependence/drivers.csv"),
        models=report(
            result("tables/dependence/driver_models.csv"),
            caption="captions/tables.rst",
            category="Controls and drivers",
            subcategory="Tables",
        ),
        negatives=report(
            result("tables/dependence/driver_negatives.csv"),
            caption="captions/tables.rst",
            category="Controls and drivers",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_drivers"),
    benchmark:
        benchmark_of("tabulate_drivers")
    conda:
        "../envs/bayes.yaml"
    resources:
        mem_mb=memory(350),
        runtime=minutes(10),
    params:
        seed=config["seed"],
        cluster_draws=config["dependence"]["driver_models"]["cluster_draws"],
        library=library_of("tabulate_drivers"),
    message:
        "Tables and clusters of the driver models"
    script:
        "../workflow_scripts/tabulate_drivers.py"


rule check_drivers:
    input:
        estimates=result("drivers/estimates.nc"),
        after_tables=result("tables/dependence/driver_models.csv"),
        after_record=RECORD,
    output:
        failed=report(
            result("tables/dependence/driver_failures.csv"),
            caption="captions/tables.rst",
            category="Controls and drivers",
            subcategory="Tables",
        ),
    log:
        log_of("check_drivers"),
    benchmark:
        benchmark_of("check_drivers")
    localrule: True
    conda:
        "../envs/bayes.yaml"
    params:
        on_failure=config["dependence"]["driver_models"]["on_failure"],
        library=library_of("check_drivers"),
    message:
        "Whether the driver models passed"
    script:
        "../workflow_scripts/check_drivers.py"


rule simulate_coverage:
    input:
        after_record=RECORD,
    output:
        table=report(
            result("tables/dependence/interval_coverage.csv"),
            caption="captions/tables.rst",
            category="Controls and drivers",
            subcategory="Tables",
        ),
    log:
        log_of("simulate_coverage"),
    benchmark:
        benchmark_of("simulate_coverage")
    conda:
        "../envs/bayes.yaml"
    resources:
        mem_mb=memory(400),
        runtime=minutes(20),
    params:
        simulations=config["dependence"]["driver_models"]["coverage_simulations"],
        seed=config["seed"],
        library=library_of("simulate_coverage"),
    message:
        "Coverage of intervals where rows are correlated"
    script:
        "../workflow_scripts/simulate_coverage.py"


rule recover_truth_controls:
    input:
        truth=result("dependence/truth.nc"),
        controls=branch(config["dependence"]["controls"], then=result("controls/controls.nc")),
        statistics=branch(driver_truth_is_planted(), then=result("drivers/statistics.nc")),
        estimates=branch(driver_truth_is_planted(), then=result("drivers/estimates.nc")),
        after_record=RECORD,
    output:
        table=report(
            result("tables/dependence/controls_recovery.csv"),
            caption="captions/tables.rst",
            category="Controls and drivers",
            subcategory="Tables",
        ),
    log:
        log_of("recover_truth_controls"),
    benchmark:
        benchmark_of("recover_truth_controls")
    conda:
        "../envs/bayes.yaml"
    resources:
        mem_mb=memory(300),
        runtime=minutes(5),
    params:
        library=library_of("recover_truth_controls"),
    message:
        "Planted against recovered controls and drivers"
    script:
        "../workflow_scripts/recover_truth_controls.py"
