"""The record of the run: its merged configuration and where its numbers come from.
Needs:  the merged configuration, the catalogue of data sets, the revision of the workflow.
Gives:  run_config.yaml, which every product of the run cites; an input of every rule that writes one.
"""


include: "functions/record.smk"


rule record_run:
    output:
        record=str(RECORD),
    log:
        log_of("record_run"),
    benchmark:
        benchmark_of("record_run")
    localrule: True
    conda:
        "../envs/prepare.yaml"
    params:
        content=run_record,
        library=library_of("record_run"),
    message:
        "Record of the run"
    script:
        "../workflow_scripts/record_run.py"
