"""Figures of the controls and drivers of study B.
Needs:  merged controls, driver estimates and clusters (controls.smk, drivers.smk); the land mask for coastlines.
Gives:  figures/dependence/{controls_*,drivers_*,diagnostics_*}.png, .pdf, their data and captions."""

CONTROL_FIGURES = [result(f"figures/dependence/controls_{name}.png") for name in ("monthly", "seasonal", "annual")]


def controls_figures():
    """{rule: pictures} of controls and drivers."""
    found = {"draw_controls": CONTROL_FIGURES} if config["dependence"]["controls"] else {}
    return found


rule draw_controls:
    message:
        "Ternary maps of controls"
    input:
        controls=result("controls/controls.nc"),
        land_mask=result("prepared/land_mask.nc"),
    output:
        figures=CONTROL_FIGURES,
    params:
        strong_share=config["ridge"]["strong_share"],
        library=library_of("draw_controls"),
    log:
        log_of("draw_controls"),
    benchmark:
        benchmark_of("draw_controls")
    resources:
        mem_mb=memory(900),
        runtime=minutes(5),
    conda:
        "../envs/figures.yaml"
    script:
        "../workflow_scripts/draw_controls.py"
