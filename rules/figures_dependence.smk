"""Figures of study B.
Needs:  merged products of the dependence study; the land mask for coastlines.
Gives:  figures/dependence/*.png, .pdf, their data and captions."""


def dependence_figures():
    """{rule: pictures} of the dependence study."""
    return {
        "draw_copulas": [result(f"figures/dependence/dependence_{scale}.png") for scale in config["dependence"]["scales"]],
    }


def dependence_tables():
    """Tables of the dependence study that the report shows."""
    return []


rule draw_copulas:
    message:
        "Maps of Kendall's tau and tail dependence"
    input:
        copulas=result("dependence/copulas.nc"),
        land_mask=result("prepared/land_mask.nc"),
    output:
        figures=dependence_figures()["draw_copulas"],
    params:
        scales=config["dependence"]["scales"],
        library=library_of("draw_copulas"),
    log:
        log_of("draw_copulas"),
    benchmark:
        benchmark_of("draw_copulas")
    resources:
        mem_mb=memory(900),
        runtime=minutes(5),
    conda:
        "../envs/figures.yaml"
    script:
        "../workflow_scripts/draw_copulas.py"
