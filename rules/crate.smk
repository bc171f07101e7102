"""A finished run as a Workflow Run RO-Crate; not part of `all`.
Needs:  the report and all that it shows.
Gives:  ro-crate-metadata.json, CITATION.cff, workflow/ in the folder of the run."""


include: "functions/crate.smk"


rule write_crate:
    input:
        results=files_of_crate(),
        sources=lambda wildcards: files_of_workflow(),
        schema=str(PROJECT / "config/schema.yaml"),
        after_record=RECORD,
    output:
        metadata=result("ro-crate-metadata.json"),
        citation=result("CITATION.cff"),
        workflow=directory(result("workflow")),
    log:
        log_of("write_crate"),
    benchmark:
        benchmark_of("write_crate")
    localrule: True
    conda:
        "../envs/crate.yaml"
    resources:
        mem_mb=memory(800),
        runtime=minutes(10),
    params:
        project=folder_of_workflow,
        rules=makers_of_crate,
        names=names_of_rules,
        benchmarks=result("benchmarks"),
        record=run_record,
        agent=lambda wildcards: who_runs(),
        library=library_of("write_crate"),
    message:
        "RO-Crate of the run"
    script:
        "../workflow_scripts/write_crate.py"
