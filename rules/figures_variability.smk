"""Figures of study A.
Needs:  merged products and tables of the variability study; the land mask for coastlines.
Gives:  figures/variability/*.png, .pdf, .svg, their data and captions."""


include: "functions/figures_variability.smk"


rule draw_trends:
    input:
        trends=result("variability/trends.nc"),
        fields=result("variability/field_significance.nc"),
        seasonal=result("variability/seasonal_soil_moisture.nc"),
        trend_shares=result("tables/variability/trend_shares.csv"),
        land_mask=result("prepared/land_mask.nc"),
        after_record=RECORD,
    output:
        figures=report(
            variability_figures()["draw_trends"],
            caption="captions/figures.rst",
            category="Variability of soil moisture",
        ),
        beside=beside(variability_figures()["draw_trends"]),
    log:
        log_of("draw_trends"),
    benchmark:
        benchmark_of("draw_trends")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(580, per_cell_kb=16, study="variability", whole=True),
        runtime=minutes(5),
    params:
        test=config["variability"]["trend"]["tests"][0],
        alpha=config["significance"]["alpha"],
        look=config["figures"],
        library=library_of("draw_trends"),
    message:
        "Figures 1, S1, S2: trends"
    script:
        "../workflow_scripts/draw_trends.py"


rule draw_contributions:
    input:
        attribution=result("variability/attribution.nc"),
        correlation=branch(
            config["variability"]["productivity"], then=result("variability/productivity_correlation.nc")
        ),
        summary=branch(config["variability"]["productivity"], then=result("variability/productivity_summary.nc")),
        land_mask=result("prepared/land_mask.nc"),
        after_record=RECORD,
    output:
        figures=report(
            variability_figures()["draw_contributions"],
            caption="captions/figures.rst",
            category="Variability of soil moisture",
        ),
        beside=beside(variability_figures()["draw_contributions"]),
    log:
        log_of("draw_contributions"),
    benchmark:
        benchmark_of("draw_contributions")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(540, per_cell_kb=10, study="variability", whole=True),
        runtime=minutes(5),
    params:
        weight=config["headline_weight"],
        detrend=config["variability"]["correlation"]["detrend"],
        look=config["figures"],
        library=library_of("draw_contributions"),
    message:
        "Figures 2, 3, 4: contributions to the variance, and productivity"
    script:
        "../workflow_scripts/draw_contributions.py"


rule draw_trust:
    input:
        false_positives=result("tables/variability/false_positives.csv"),
        recovery=branch(truth_is_planted(), then=result("tables/variability/recovery.csv")),
        truth=branch(truth_is_planted(), then=result("variability/truth.nc")),
        trends=branch(truth_is_planted(), then=result("variability/trends.nc")),
        correlation=branch(
            truth_is_planted() and config["variability"]["productivity"],
            then=result("variability/productivity_correlation.nc"),
        ),
        after_record=RECORD,
    output:
        figures=report(
            variability_figures()["draw_trust"],
            caption="captions/figures.rst",
            category="Variability of soil moisture",
        ),
        beside=beside(variability_figures()["draw_trust"]),
    log:
        log_of("draw_trust"),
    benchmark:
        benchmark_of("draw_trust")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(380),
        runtime=minutes(5),
    params:
        alpha=config["significance"]["alpha"],
        look=config["figures"],
        library=library_of("draw_trust"),
    message:
        "Figures of false positives and of truth recovery"
    script:
        "../workflow_scripts/draw_trust.py"
