"""Study B: copulas of precipitation and soil moisture in every cell, layer and time scale.
Needs:  prepared soil moisture and precipitation on the cell axis (prepare.smk).
Gives:  dependence/copulas.nc."""


rule select_copulas:
    message:
        "Copulas of tile {wildcards.tile}"
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
    output:
        copulas=temp(tile_of("dependence/copulas")),
    params:
        scales=config["dependence"]["scales"],
        preselect=config["copula"]["preselect"],
        restarts=config["copula"]["restarts"],
        engine=config["copula"]["engine"],
        anomalies=config["copula"]["anomalies"],
        library=library_of("select_copulas"),
    log:
        log_of("select_copulas", "{tile}"),
    benchmark:
        benchmark_of("select_copulas", "{tile}")
    resources:
        mem_mb=memory(400, per_cell_kb=30, study="dependence"),
        runtime=minutes(3, per_thousand_cells=0.5, study="dependence"),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/select_copulas.py"


rule merge_dependence:
    message:
        "Merge {wildcards.name} of the dependence study"
    input:
        tiles=all_tiles("dependence/{name}", "dependence"),
    output:
        merged=result("dependence/{name}.nc"),
    params:
        library=library_of("merge_tiles"),
    log:
        log_of("merge_dependence", "{name}"),
    benchmark:
        benchmark_of("merge_dependence", "{name}")
    resources:
        mem_mb=memory(350, per_cell_kb=60, study="dependence"),
        runtime=minutes(2),
    conda:
        "../envs/statistics.yaml"
    script:
        "../workflow_scripts/merge_tiles.py"
