"""Figures of the controls and drivers of study B.
Needs:  merged controls, driver estimates and clusters (controls.smk, drivers.smk); the land mask for coastlines.
Gives:  figures/dependence/{controls_*,drivers_*,diagnostics_*}.png, .pdf, their data and captions."""

CONTROL_FIGURES = [result(f"figures/dependence/controls_{name}.png") for name in ("monthly", "seasonal", "annual")]

DRIVER_FIGURES = [result(f"figures/dependence/drivers_{scale}.png") for scale in DRIVER_SCALES]
DIAGNOSTIC_FIGURES = [result(f"figures/dependence/diagnostics_{scale}.png") for scale in DRIVER_SCALES]


def controls_figures():
    """{rule: pictures} of controls and drivers."""
    found = {"draw_controls": CONTROL_FIGURES} if config["dependence"]["controls"] else {}
    return found | ({"draw_drivers": DRIVER_FIGURES, "draw_diagnostics": DIAGNOSTIC_FIGURES} if config["dependence"]["drivers"] else {})


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
        mem_mb=memory(430, per_cell_kb=7, study="dependence", whole=True),
        runtime=minutes(5),
    conda:
        "../envs/figures.yaml"
    script:
        "../workflow_scripts/draw_controls.py"


rule draw_drivers:
    message:
        "Driver planes"
    input:
        estimates=result("drivers/estimates.nc"),
        clusters=result("drivers/clusters.nc"),
    output:
        figures=DRIVER_FIGURES,
    params:
        scales=DRIVER_SCALES,
        library=library_of("draw_drivers"),
    log:
        log_of("draw_drivers"),
    benchmark:
        benchmark_of("draw_drivers")
    resources:
        mem_mb=memory(900),
        runtime=minutes(5),
    conda:
        "../envs/figures.yaml"
    script:
        "../workflow_scripts/draw_drivers.py"


rule draw_diagnostics:
    message:
        "Convergence of the driver models"
    input:
        estimates=result("drivers/estimates.nc"),
    output:
        figures=DIAGNOSTIC_FIGURES,
    params:
        scales=DRIVER_SCALES,
        rhat=config["drivers"]["rhat"],
        ess=config["drivers"]["ess"],
        library=library_of("draw_diagnostics"),
    log:
        log_of("draw_diagnostics"),
    benchmark:
        benchmark_of("draw_diagnostics")
    resources:
        mem_mb=memory(900),
        runtime=minutes(5),
    conda:
        "../envs/figures.yaml"
    script:
        "../workflow_scripts/draw_diagnostics.py"
