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
    # Of `output`, so that neither makes the job run again: below a job that has to run, Snakemake asks nobody whether parameters or code
    # have changed, and an ancient input passes nothing on. What the record says is renewed by renew_records(), and
    # date_records() keeps an edit of the script from making it again.
    params:
        content=lambda wildcards, output: run_record(),
        library=lambda wildcards, output: library_of("record_run")(wildcards),
    message:
        "Record of the run"
    script:
        "../workflow_scripts/record_run.py"
