"""What the rules of figures_controls.smk are made from: figures of the controls and drivers of study B. No rules."""

CONTROL_FIGURES = [result(f"figures/dependence/controls_{name}.png") for name in ("monthly", "seasonal", "annual")]

DRIVER_FIGURES = [result(f"figures/dependence/drivers_{time_scale}.png") for time_scale in DRIVER_TIME_SCALES]

DIAGNOSTIC_FIGURES = [result(f"figures/dependence/diagnostics_{time_scale}.png") for time_scale in DRIVER_TIME_SCALES]


def controls_figures():
    """{rule: pictures} of controls and drivers."""
    drawn = {"draw_controls": CONTROL_FIGURES} if config["dependence"]["controls"] else {}
    return drawn | (
        {"draw_drivers": DRIVER_FIGURES, "draw_diagnostics": DIAGNOSTIC_FIGURES}
        if config["dependence"]["drivers"]
        else {}
    )
