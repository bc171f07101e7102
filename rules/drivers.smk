"""Study B: drivers of dependence, Bayesian models of precipitation and soil moisture per ecoregion, layer and time scale.
Needs:  prepared soil moisture, precipitation, air and land surface temperature, productivity and biomes (prepare.smk).
Gives:  drivers/{statistics,estimates,draws,clusters}.nc, tables/dependence/{drivers,driver_models,...}.csv."""


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
        scales=config["drivers"]["scales"],
        group=config["drivers"]["group"],
        block_degrees=config["drivers"]["block_degrees"],
        min_cells=config["drivers"]["min_cells"],
        library=library_of("summarise_drivers"),
    log:
        log_of("summarise_drivers"),
    benchmark:
        benchmark_of("summarise_drivers")
    resources:
        mem_mb=memory(1500),
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
        mem_mb=memory(2500),
        runtime=minutes(60),
    conda:
        "../envs/bayes.yaml"
    script:
        "../workflow_scripts/sample_drivers.py"
