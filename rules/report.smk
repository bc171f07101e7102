"""The report: one self-contained page.
Needs:  the figures, tables and merged products of the studies of this run, the table of claims, numbers.json, the atlas.
Gives:  report.html."""


include: "functions/report.smk"


rule write_report:
    input:
        figures=[path for paths in figures_of_run().values() for path in paths],
        tables=tables_of_run() + sensitivity_tables(),
        claims=result("tables/claims.csv"),
        numbers=result("numbers.json"),
        run_products=products_of_run(),
        references=[str(path) for path in [PROJECT / "config/references.bib"] if path.exists()],
        citation=str(PROJECT / "CITATION.cff"),
        atlas=result("atlas.html"),
        after_record=RECORD,
    output:
        report=report(result("report.html"), caption="captions/pages.rst", category="Report"),
    log:
        log_of("write_report"),
    benchmark:
        benchmark_of("write_report")
    localrule: True
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(520),
        runtime=minutes(5),
    params:
        rules={path: rule for rule, paths in figures_of_run().items() for path in paths},
        names=names_of_rules,
        benchmarks=result("benchmarks"),
        record=run_record,
        library=library_of("write_report"),
    message:
        "Report"
    script:
        "../workflow_scripts/write_report.py"
