"""Study B: what stands behind dependence: who leads, what is left given evaporation and temperature, what memory explains, whether it changes. Each stage runs where dependence.mechanism asks for it.
Needs:  prepared soil moisture, precipitation, evapotranspiration and air temperature on the cell axis, regions (prepare.smk).
Gives:  mechanism/{lead_lag,lead_lag_tests,partial_dependence,memory,dependence_changes}.nc, tables/dependence/{lead_lag,lead_lag_panel,partial_dependence,memory,lag_profiles,dependence_changes}.csv.
"""


include: "functions/mechanism.smk"


rule measure_lead_lag:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        after_record=RECORD,
    output:
        lead_lags=temp(tile_of("mechanism/lead_lag")),
    log:
        log_of("measure_lead_lag", "{tile}"),
    benchmark:
        benchmark_of("measure_lead_lag", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(450, per_cell_kb=8, study="dependence"),
        runtime=minutes(3, per_thousand_cells=0.5, study="dependence"),
    params:
        library=library_of("measure_lead_lag"),
    message:
        "Who leads, tile {wildcards.tile}"
    script:
        "../workflow_scripts/measure_lead_lag.py"


rule merge_mechanism:
    input:
        tiles=all_tiles("mechanism/{name}", "dependence"),
        after_record=RECORD,
    output:
        merged=result("mechanism/{name}.nc"),
    log:
        log_of("merge_mechanism", "{name}"),
    benchmark:
        benchmark_of("merge_mechanism", "{name}")
    wildcard_constraints:
        name="lead_lag|partial_dependence|memory|dependence_changes",
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(240, per_cell_kb=6.5, study="dependence", whole=True),
        runtime=minutes(2),
    params:
        library=library_of("merge_tiles"),
    message:
        "Merge {wildcards.name} of the dependence study"
    script:
        "../workflow_scripts/merge_tiles.py"


rule tabulate_lead_lag:
    input:
        lead_lags=result("mechanism/lead_lag.nc"),
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        ecoregions=regions_if_any("dependence"),
        after_record=RECORD,
    output:
        tests=result("mechanism/lead_lag_tests.nc"),
        shares=report(
            result("tables/dependence/lead_lag.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
        panels=report(
            result("tables/dependence/lead_lag_panel.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_lead_lag"),
    benchmark:
        benchmark_of("tabulate_lead_lag")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(900, per_cell_kb=14, study="dependence", whole=True),
        runtime=minutes(20),
    params:
        alpha=config["significance"]["alpha"],
        alpha_fdr=config["significance"]["alpha_fdr"],
        every=every_kth(LAG_CELLS),
        library=library_of("tabulate_lead_lag"),
    message:
        "Who leads, over the field and by region"
    script:
        "../workflow_scripts/tabulate_lead_lag.py"


rule measure_partial_dependence:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        evapotranspiration=prepared_years("dependence", "evapotranspiration"),
        air_temperature=prepared_years("dependence", "air_temperature"),
        after_record=RECORD,
    output:
        partials=temp(tile_of("mechanism/partial_dependence")),
    log:
        log_of("measure_partial_dependence", "{tile}"),
    benchmark:
        benchmark_of("measure_partial_dependence", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(450, per_cell_kb=30, study="dependence"),
        runtime=minutes(3, per_thousand_cells=copula_minutes(), study="dependence"),
    params:
        options={name: config["dependence"]["copula"][name] for name in ("engine", "preselect", "restarts")},
        library=library_of("measure_partial_dependence"),
    message:
        "Partial dependence of tile {wildcards.tile}"
    script:
        "../workflow_scripts/measure_partial_dependence.py"


rule tabulate_partial_dependence:
    input:
        partials=result("mechanism/partial_dependence.nc"),
        ecoregions=regions_if_any("dependence"),
        after_record=RECORD,
    output:
        tabulated=report(
            result("tables/dependence/partial_dependence.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_partial_dependence"),
    benchmark:
        benchmark_of("tabulate_partial_dependence")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(300, per_cell_kb=2, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        library=library_of("tabulate_partial_dependence"),
    message:
        "What is left of negative dependence given evapotranspiration and air temperature"
    script:
        "../workflow_scripts/tabulate_partial_dependence.py"


rule measure_memory:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        after_record=RECORD,
    output:
        memories=temp(tile_of("mechanism/memory")),
    log:
        log_of("measure_memory", "{tile}"),
    benchmark:
        benchmark_of("measure_memory", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(450, per_cell_kb=20, study="dependence"),
        runtime=minutes(3, per_thousand_cells=0.5, study="dependence"),
    params:
        max_lag=config["dependence"]["lags"]["max"],
        library=library_of("measure_memory"),
    message:
        "Lag profiles and memory of tile {wildcards.tile}"
    script:
        "../workflow_scripts/measure_memory.py"


rule tabulate_memory:
    input:
        memories=result("mechanism/memory.nc"),
        ecoregions=regions_if_any("dependence"),
        after_record=RECORD,
    output:
        profiles=report(
            result("tables/dependence/lag_profiles.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
        tabulated=report(
            result("tables/dependence/memory.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_memory"),
    benchmark:
        benchmark_of("tabulate_memory")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(300, per_cell_kb=4, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        library=library_of("tabulate_memory"),
    message:
        "Lag profiles and memory"
    script:
        "../workflow_scripts/tabulate_memory.py"


rule measure_dependence_changes:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        after_record=RECORD,
    output:
        measured=temp(tile_of("mechanism/dependence_changes")),
    log:
        log_of("measure_dependence_changes", "{tile}"),
    benchmark:
        benchmark_of("measure_dependence_changes", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        # Orders of years: tau of some cells in some of them, whatever the tile.
        mem_mb=memory(650, per_cell_kb=20, study="dependence"),
        runtime=minutes(3, per_thousand_cells=1, study="dependence"),
    params:
        seed=config["seed"],
        library=library_of("measure_dependence_changes"),
    message:
        "Change of dependence within the record, tile {wildcards.tile}"
    script:
        "../workflow_scripts/measure_dependence_changes.py"


rule tabulate_dependence_changes:
    input:
        measured=result("mechanism/dependence_changes.nc"),
        ecoregions=regions_if_any("dependence"),
        after_record=RECORD,
    output:
        tabulated=report(
            result("tables/dependence/dependence_changes.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_dependence_changes"),
    benchmark:
        benchmark_of("tabulate_dependence_changes")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(300, per_cell_kb=6, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        alpha=config["significance"]["alpha"],
        alpha_fdr=config["significance"]["alpha_fdr"],
        library=library_of("tabulate_dependence_changes"),
    message:
        "Change of dependence within the record"
    script:
        "../workflow_scripts/tabulate_dependence_changes.py"
