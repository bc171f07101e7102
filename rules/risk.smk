"""Study B: risk of dry soil after little precipitation and of wet soil after much, where `dependence.risk` asks for it.
Needs:  dependence/risk.nc (dependence.smk: fitted with the copulas), ecoregions, the land mask for coastlines.
Gives:  tables/dependence/risk.csv, figures/dependence/risk.png."""


rule tabulate_risk:
    input:
        risks=result("dependence/risk.nc"),
        ecoregions=regions_if_any("dependence"),
        after_record=RECORD,
    output:
        table=report(
            result("tables/dependence/risk.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
    log:
        log_of("tabulate_risk"),
    benchmark:
        benchmark_of("tabulate_risk")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(400, per_cell_kb=60, study="dependence"),
        runtime=minutes(5, per_thousand_cells=0.1, study="dependence", whole=True),
    params:
        pieces=config["tiles"]["dependence"],
        library=library_of("tabulate_risk"),
    message:
        "Risk of dry and of wet soil by region"
    script:
        "../workflow_scripts/tabulate_risk.py"


rule draw_risk:
    input:
        risks=result("dependence/risk.nc"),
        land_mask=result("prepared/land_mask.nc"),
        after_record=RECORD,
    output:
        figures=report(
            [result("figures/dependence/risk.png")],
            caption="captions/figures.rst",
            category="Dependence on precipitation",
        ),
        beside=beside([result("figures/dependence/risk.png")]),
    log:
        log_of("draw_risk"),
    benchmark:
        benchmark_of("draw_risk")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(440, per_cell_kb=25, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        look=config["figures"],
        library=library_of("draw_risk"),
    message:
        "Maps of the risk of dry and of wet soil"
    script:
        "../workflow_scripts/draw_risk.py"
