"""The manuscript of each study of the run, a draft for its authors; not part of `all`.
Needs:  numbers.json, the figures, tables and claims of the run.
Gives:  manuscript/<study>.pdf, .html and .typ, with layout and references beside."""


include: "functions/paper.smk"


rule paper:
    """Manuscripts of all studies of the run."""
    input:
        expand(result("manuscript/{study}.pdf"), study=STUDIES),


rule write_manuscript:
    input:
        numbers=result("numbers.json"),
        figures=[path for paths in figures_of_run().values() for path in paths],
        tables=tables_of_run() + sensitivity_tables(),
        claims=result("tables/claims.csv"),
        bibliography=str(PROJECT / "config/references.bib"),
        layout=layout_of_manuscript(),
        after_record=RECORD,
    output:
        text=result("manuscript/{study}.typ"),
        pdf=result("manuscript/{study}.pdf"),
        html=result("manuscript/{study}.html"),
    log:
        log_of("write_manuscript", "{study}"),
    benchmark:
        benchmark_of("write_manuscript", "{study}")
    localrule: True
    conda:
        "../envs/manuscript.yaml"
    resources:
        mem_mb=memory(660),
        runtime=minutes(5),
    params:
        record=run_record,
        library=library_of("write_manuscript"),
    message:
        "Manuscript: {wildcards.study}"
    script:
        "../workflow_scripts/write_manuscript.py"
