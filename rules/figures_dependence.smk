"""Figures of study B up to lags, and the comparison with the planted truth.
Needs:  merged products and tables of the dependence study; the land mask for coastlines; prepared pairs of the cells to be drawn.
Gives:  figures/dependence/*.png, .pdf, .svg, their data and captions; tables/dependence/recovery_dependence.csv."""


include: "functions/figures_dependence.smk"


rule draw_copulas:
    input:
        copulas=result("dependence/copulas.nc"),
        tests=result("dependence/dependence_tests.nc"),
        families=result("tables/dependence/recovered_families.csv"),
        ecoregions=regions_if_any("dependence"),
        land_mask=result("prepared/land_mask.nc"),
        after_record=RECORD,
    output:
        figures=report(
            copula_figures()["draw_copulas"], caption="captions/figures.rst", category="Dependence on precipitation"
        ),
        beside=beside(copula_figures()["draw_copulas"]),
    log:
        log_of("draw_copulas"),
    benchmark:
        benchmark_of("draw_copulas")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(440, per_cell_kb=25, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        time_scales=config["dependence"]["time_scales"],
        look=config["figures"],
        library=library_of("draw_copulas"),
    message:
        "Maps of regions, Kendall's tau, tail dependence and families"
    script:
        "../workflow_scripts/draw_copulas.py"


rule draw_lags:
    input:
        lags=result("dependence/lags.nc"),
        tests=result("dependence/dependence_tests.nc"),
        land_mask=result("prepared/land_mask.nc"),
        after_record=RECORD,
    output:
        figures=report(
            copula_figures()["draw_lags"], caption="captions/figures.rst", category="Dependence on precipitation"
        ),
        beside=beside(copula_figures()["draw_lags"]),
    log:
        log_of("draw_lags"),
    benchmark:
        benchmark_of("draw_lags")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(400, per_cell_kb=15, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        look=config["figures"],
        library=library_of("draw_lags"),
    message:
        "Maps of lags"
    script:
        "../workflow_scripts/draw_lags.py"


rule draw_pairs:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        copulas=result("dependence/copulas.nc"),
        temperature=frozen_temperature(),
        after_record=RECORD,
    output:
        figures=report(
            [result("figures/dependence/copula_pairs.png")],
            caption="captions/figures.rst",
            category="Dependence on precipitation",
        ),
        beside=beside([result("figures/dependence/copula_pairs.png")]),
    log:
        log_of("draw_pairs"),
    benchmark:
        benchmark_of("draw_pairs")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(410, per_cell_kb=2.9, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        places=config["dependence"]["copula"]["scatter_cells"],
        margins=config["dependence"]["copula"]["margins"],
        frozen=config["dependence"]["frozen"],
        look=config["figures"],
        library=library_of("draw_pairs"),
    message:
        "Pseudo-observations and fitted copulas of named cells"
    script:
        "../workflow_scripts/draw_pairs.py"


rule recover_truth_dependence:
    input:
        truth=result("dependence/truth.nc"),
        lags=result("dependence/lags.nc"),
        copulas=result("dependence/copulas.nc"),
        after_record=RECORD,
    output:
        table=report(
            result("tables/dependence/recovery_dependence.csv"),
            caption="captions/tables.rst",
            category="Dependence on precipitation",
            subcategory="Tables",
        ),
        figures=report(
            [result("figures/dependence/recovery_dependence.png")],
            caption="captions/figures.rst",
            category="Dependence on precipitation",
        ),
        beside=beside([result("figures/dependence/recovery_dependence.png")]),
    log:
        log_of("recover_truth_dependence"),
    benchmark:
        benchmark_of("recover_truth_dependence")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(350, per_cell_kb=3.4, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        look=config["figures"],
        library=library_of("recover_truth_dependence"),
    message:
        "Planted and recovered dependence"
    script:
        "../workflow_scripts/recover_truth_dependence.py"
