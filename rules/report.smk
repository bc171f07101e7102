"""The report: one self-contained page.
Needs:  the figures and tables of the studies of this run.
Gives:  report.html."""


def figures_of_run():
    """{rule: pictures} of everything that this run draws."""
    found = {}
    if "variability" in STUDIES and "variability_figures" in globals():
        found |= variability_figures()
    if "dependence" in STUDIES:
        found |= dependence_figures()
        found |= controls_figures()
    return found


def tables_of_run():
    """CSV tables that the report shows."""
    found = variability_tables() if "variability" in STUDIES and "variability_tables" in globals() else []
    return found + (dependence_tables() + controls_tables() if "dependence" in STUDIES else [])


rule write_report:
    message:
        "Report"
    input:
        figures=[path for paths in figures_of_run().values() for path in paths],
        tables=tables_of_run(),
    output:
        report=result("report.html"),
    params:
        rules={path: rule for rule, paths in figures_of_run().items() for path in paths},
        record=lambda wildcards: run_record(),
        library=library_of("write_report"),
    log:
        log_of("write_report"),
    benchmark:
        benchmark_of("write_report")
    resources:
        mem_mb=memory(220),
        runtime=minutes(2),
    localrule: True
    conda:
        "../envs/figures.yaml"
    script:
        "../workflow_scripts/write_report.py"
