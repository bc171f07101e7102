"""Finished runs side by side. Not part of a run: snakemake --configfile config/scenarios/compare.yaml -- compare
Needs:  merged products and prepared soil moisture of the finished runs that compare.runs names.
Gives:  comparison/<study>.nc and its tables, comparison/<study>.html.
"""


include: "functions/compare.smk"


rule compare:
    input:
        compared_studies,


use rule record_run as record_comparison with:
    output:
        record=result(f"comparison/{provenance.RUN_FILE}"),
    log:
        log_of("record_comparison"),
    benchmark:
        benchmark_of("record_comparison")
    params:
        content=lambda wildcards, output: comparison_runs.record(config, folders_compared(), PROJECT),
        library=lambda wildcards, output: library_of("record_run")(wildcards),
    message:
        "Record of the comparison"


rule compare_runs:
    input:
        after_runs=files_compared,
        after_record=ancient(result(f"comparison/{provenance.RUN_FILE}")),
    output:
        compared=result("comparison/{study}.nc"),
        page=report(result("comparison/{study}.html"), caption="captions/pages.rst", category="Comparison"),
    log:
        log_of("compare_runs", "{study}"),
    benchmark:
        benchmark_of("compare_runs", "{study}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(30),
    params:
        folders=lambda wildcards: [str(folder) for folder in folders_compared()],
        folder=lambda wildcards, output: str(Path(output.compared).parent),
        resamples=config["intervals"]["resamples"],
        seed=config["seed"],
        library=library_of("compare_runs"),
    message:
        "Runs side by side: {wildcards.study}"
    script:
        "../workflow_scripts/compare_runs.py"
