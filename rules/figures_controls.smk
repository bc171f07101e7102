"""Figures of the controls and drivers of study B.
Needs:  merged controls, driver estimates and clusters (controls.smk, drivers.smk); the land mask for coastlines.
Gives:  figures/dependence/{controls_*,drivers_*,diagnostics_*}.png, .pdf, .svg, their data and captions."""


include: "functions/figures_controls.smk"


rule draw_controls:
    input:
        controls=result("controls/controls.nc"),
        land_mask=result("prepared/land_mask.nc"),
        after_record=RECORD,
    output:
        figures=report(CONTROL_FIGURES, caption="captions/figures.rst", category="Controls and drivers"),
        beside=beside(CONTROL_FIGURES),
    log:
        log_of("draw_controls"),
    benchmark:
        benchmark_of("draw_controls")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(420, per_cell_kb=25, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        strong_share=config["dependence"]["ridge"]["strong_share"],
        look=config["figures"],
        library=library_of("draw_controls"),
    message:
        "Ternary maps of controls"
    script:
        "../workflow_scripts/draw_controls.py"


rule draw_drivers:
    input:
        estimates=result("drivers/estimates.nc"),
        clusters=result("drivers/clusters.nc"),
        after_record=RECORD,
    output:
        figures=report(DRIVER_FIGURES, caption="captions/figures.rst", category="Controls and drivers"),
        beside=beside(DRIVER_FIGURES),
    log:
        log_of("draw_drivers"),
    benchmark:
        benchmark_of("draw_drivers")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(330),
        runtime=minutes(5),
    params:
        time_scales=DRIVER_TIME_SCALES,
        look=config["figures"],
        library=library_of("draw_drivers"),
    message:
        "Driver planes"
    script:
        "../workflow_scripts/draw_drivers.py"


rule draw_diagnostics:
    input:
        estimates=result("drivers/estimates.nc"),
        after_record=RECORD,
    output:
        figures=report(DIAGNOSTIC_FIGURES, caption="captions/figures.rst", category="Controls and drivers"),
        beside=beside(DIAGNOSTIC_FIGURES),
    log:
        log_of("draw_diagnostics"),
    benchmark:
        benchmark_of("draw_diagnostics")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(320),
        runtime=minutes(5),
    params:
        time_scales=DRIVER_TIME_SCALES,
        rhat=config["dependence"]["driver_models"]["rhat"],
        ess=config["dependence"]["driver_models"]["ess"],
        look=config["figures"],
        library=library_of("draw_diagnostics"),
    message:
        "Convergence of the driver models"
    script:
        "../workflow_scripts/draw_diagnostics.py"
