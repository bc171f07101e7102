"""Tables by region, where a study has regions besides the published ecoregions of study B.
Needs:  prepared regions, merged products of the studies.
Gives:  tables/<study>/*_by_region.csv."""


rule tabulate_regions_variability:
    input:
        attribution=result("variability/attribution.nc"),
        trends=result("variability/trends.nc"),
        splice=result("variability/splice.nc"),
        seasonal=result("variability/seasonal_soil_moisture.nc"),
        ecoregions=prepared("variability", "ecoregions"),
        false_positives=result("tables/variability/false_positives.csv"),
        after_record=RECORD,
    output:
        tabulated=report(
            [result(f"tables/variability/{name}.csv") for name in TABLES_BY_REGION["variability"]],
            caption="captions/tables.rst",
            category="Variability of soil moisture",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_regions_variability"),
    benchmark:
        benchmark_of("tabulate_regions_variability")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(450, per_cell_kb=80, study="variability", whole=True),
        runtime=minutes(8, per_thousand_cells=2, study="variability", whole=True),
    params:
        settings={
            "weight": config["headline_weight"],
            **config["significance"],
            **config["intervals"],
            "seed": config["seed"],
        },
        library=library_of("tabulate_regions_variability"),
    message:
        "Tables of the variability study by region"
    script:
        "../workflow_scripts/tabulate_regions_variability.py"


rule tabulate_regions_dependence:
    input:
        copulas=result("dependence/copulas.nc"),
        lags=result("dependence/lags.nc"),
        controls=branch(config["dependence"]["controls"], then=result("controls/controls.nc")),
        ecoregions=prepared("dependence", "ecoregions"),
        over_years=result("tables/dependence/year_intervals.csv"),
        sums=branch(config["dependence"]["controls"], then=all_tiles("controls/year_sums", "dependence")),
        after_record=RECORD,
    output:
        tabulated=report(
            [result(f"tables/dependence/{name}.csv") for name in TABLES_BY_REGION["dependence"]],
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_regions_dependence"),
    benchmark:
        benchmark_of("tabulate_regions_dependence")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(350, per_cell_kb=8, study="dependence", whole=True),
        runtime=minutes(6, per_thousand_cells=0.1, study="dependence", whole=True),
    params:
        alpha=config["significance"]["alpha"],
        alpha_fdr=config["significance"]["alpha_fdr"],
        years=series_lengths()["annual"],
        library=library_of("tabulate_regions_dependence"),
    message:
        "Tables of the dependence study by region"
    script:
        "../workflow_scripts/tabulate_regions_dependence.py"
