"""Study B: drivers of dependence, Bayesian models of precipitation and soil moisture per ecoregion, layer and time scale.
Needs:  prepared soil moisture, precipitation, air and land surface temperature, productivity and biomes (prepare.smk).
Gives:  drivers/{statistics,estimates,draws,clusters}.nc, tables/dependence/{drivers,driver_models,...}.csv."""

# Time scales of the models; "seasonal" stands for its four seasons.
DRIVER_SCALES = [
    scale for name in config["drivers"]["scales"] for scale in (("MAM", "JJA", "SON", "DJF") if name == "seasonal" else (name,))
]


def drivers_tables():
    """Tables of the drivers that the report shows; the tidy table of all estimates is too long for it."""
    names = ["driver_negatives", "driver_models", "driver_failures", "interval_coverage"] if config["dependence"]["drivers"] else []
    return [result(f"tables/dependence/{name}.csv") for name in names]


def recovery_tables():
    """Planted against recovered, where the truth is known and there is something to compare."""
    part = config["dependence"]
    known = config["source"] == "synthetic" and (part["controls"] or part["drivers"])
    return [result("tables/dependence/controls_recovery.csv")] if known else []


rule summarise_drivers:
    message:
        "Statistics of the driver models"
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        air_temperature=prepared_years("dependence", "air_temperature"),
        productivity=prepared_years("dependence", "gross_primary_productivity"),
        land_surface_temperature=prepared_years("dependence", "land_surface_temperature"),
        biome=prepared("dependence", "biome"),
    output:
        statistics=result("drivers/statistics.nc"),
    params:
        scales=DRIVER_SCALES,
        group=config["drivers"]["group"],
        block_degrees=config["drivers"]["block_degrees"],
        min_cells=config["drivers"]["min_cells"],
        library=library_of("summarise_drivers"),
    log:
        log_of("summarise_drivers"),
    benchmark:
        benchmark_of("summarise_drivers")
    resources:
        mem_mb=memory(400, per_cell_kb=25, study="dependence", whole=True),
        runtime=minutes(30),
    conda:
        "../envs/bayes.yaml"
    script:
        "../workflow_scripts/summarise_drivers.py"


rule sample_drivers:
    message:
        "Driver models"
    input:
        statistics=result("drivers/statistics.nc"),
    output:
        estimates=result("drivers/estimates.nc"),
        draws=result("drivers/draws.nc"),
    params:
        priors=config["drivers"]["priors"],
        seed=config["seed"],
        sampler={name: config["drivers"][name] for name in ("chains", "warmup", "draws", "max_treedepth")},
        rhat=config["drivers"]["rhat"],
        ess=config["drivers"]["ess"],
        kept=config["drivers"]["kept_draws"],
        library=library_of("sample_drivers"),
    log:
        log_of("sample_drivers"),
    benchmark:
        benchmark_of("sample_drivers")
    threads: config["drivers"]["chains"]
    resources:
        mem_mb=memory(1000),
        runtime=minutes(60),
    conda:
        "../envs/bayes.yaml"
    script:
        "../workflow_scripts/sample_drivers.py"


rule tabulate_drivers:
    message:
        "Tables and clusters of the driver models"
    input:
        statistics=result("drivers/statistics.nc"),
        estimates=result("drivers/estimates.nc"),
        draws=result("drivers/draws.nc"),
    output:
        clusters=result("drivers/clusters.nc"),
        drivers=result("tables/dependence/drivers.csv"),
        models=result("tables/dependence/driver_models.csv"),
        negatives=result("tables/dependence/driver_negatives.csv"),
    params:
        seed=config["seed"],
        cluster_draws=config["drivers"]["cluster_draws"],
        library=library_of("tabulate_drivers"),
    log:
        log_of("tabulate_drivers"),
    benchmark:
        benchmark_of("tabulate_drivers")
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    conda:
        "../envs/bayes.yaml"
    script:
        "../workflow_scripts/tabulate_drivers.py"


rule check_drivers:
    message:
        "Whether the driver models passed"
    input:
        estimates=result("drivers/estimates.nc"),
        after_tables=result("tables/dependence/driver_models.csv"),
    output:
        failed=result("tables/dependence/driver_failures.csv"),
    params:
        on_failure=config["drivers"]["on_failure"],
        library=library_of("check_drivers"),
    log:
        log_of("check_drivers"),
    benchmark:
        benchmark_of("check_drivers")
    localrule: True
    conda:
        "../envs/bayes.yaml"
    script:
        "../workflow_scripts/check_drivers.py"


rule simulate_coverage:
    message:
        "Coverage of intervals where rows are correlated"
    output:
        table=result("tables/dependence/interval_coverage.csv"),
    params:
        simulations=config["drivers"]["coverage_simulations"],
        seed=config["seed"],
        library=library_of("simulate_coverage"),
    log:
        log_of("simulate_coverage"),
    benchmark:
        benchmark_of("simulate_coverage")
    resources:
        mem_mb=memory(420),
        runtime=minutes(20),
    conda:
        "../envs/bayes.yaml"
    script:
        "../workflow_scripts/simulate_coverage.py"


def where(stage, path):
    """An input that exists only where the run has the stage."""
    return path if config["dependence"][stage] else []


rule recover_truth_controls:
    message:
        "Planted against recovered controls and drivers"
    input:
        truth=result("dependence/truth.nc"),
        controls=where("controls", result("controls/controls.nc")),
        statistics=where("drivers", result("drivers/statistics.nc")),
        estimates=where("drivers", result("drivers/estimates.nc")),
    output:
        table=result("tables/dependence/controls_recovery.csv"),
    params:
        library=library_of("recover_truth_controls"),
    log:
        log_of("recover_truth_controls"),
    benchmark:
        benchmark_of("recover_truth_controls")
    resources:
        mem_mb=memory(800),
        runtime=minutes(5),
    conda:
        "../envs/bayes.yaml"
    script:
        "../workflow_scripts/recover_truth_controls.py"
