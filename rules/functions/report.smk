"""What the rules of report.smk are made from: the report: one self-contained page. No rules."""


def figures_of_run():
    """{rule: pictures} of everything that this run draws."""
    drawn = variability_figures() if "variability" in STUDIES else {}
    return drawn | (dependence_figures() | controls_figures() if "dependence" in STUDIES else {})
