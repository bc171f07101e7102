"""Study B: dependence and controls of all, thawed and frozen months side by side, where the configuration asks (dependence.frozen.compare).
Needs:  prepared soil moisture, precipitation, temperature of air or soil (or snow), and what the ridge regressions need (prepare.smk).
Gives:  dependence/frozen_months.nc, tables/dependence/frozen_months.csv."""


rule compare_frozen_months:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        temperature=prepared_years("dependence", datasets.frozen_by(config["dependence"])),
        predicting=branch(
            config["dependence"]["controls"],
            then=[
                path
                for name in dict.fromkeys(datasets.ridge_variables(config["dependence"]))
                for path in prepared_years("dependence", name)
            ],
            otherwise=[],
        ),
        after_record=RECORD,
    output:
        compared=temp(tile_of("dependence/frozen_months")),
    log:
        log_of("compare_frozen_months", "{tile}"),
    benchmark:
        benchmark_of("compare_frozen_months", "{tile}")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(390, per_cell_kb=10, study="dependence"),
        runtime=minutes(3, per_thousand_cells=0.3, study="dependence"),
    params:
        frozen=config["dependence"]["frozen"],
        shared=config["dependence"]["ridge"]["predictors"],
        adjusted_for=config["dependence"]["ridge"]["adjusted_for"],
        covariates=list(config["dependence"]["covariates"]),
        options={
            "choose": config["dependence"]["ridge"]["penalty_choice"],
            "penalty": config["dependence"]["ridge"]["penalty"],
            "strong_share": config["dependence"]["ridge"]["strong_share"],
            "seed": config["seed"],
        },
        library=library_of("compare_frozen_months"),
    message:
        "Frozen and thawed months of tile {wildcards.tile}"
    script:
        "../workflow_scripts/compare_frozen_months.py"


rule tabulate_frozen_months:
    input:
        compared=result("dependence/frozen_months.nc"),
        ecoregions=regions_if_any("dependence"),
        after_record=RECORD,
    output:
        table=report(
            result("tables/dependence/frozen_months.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_frozen_months"),
    benchmark:
        benchmark_of("tabulate_frozen_months")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(300, per_cell_kb=2, study="dependence", whole=True),
        runtime=minutes(3),
    params:
        library=library_of("tabulate_frozen_months"),
    message:
        "Dependence with and without frozen months"
    script:
        "../workflow_scripts/tabulate_frozen_months.py"
