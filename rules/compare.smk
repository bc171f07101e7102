"""Runs side by side. Not part of a run: snakemake --configfile config/scenarios/compare.yaml -- compare
Needs:  finished runs that compare.runs names, and runs of the products that compare.products lists, which are made here.
Gives:  comparison/<study>.nc, comparison/<study>/ (tables, triple collocation, figure), comparison/<study>.html and its atlas.
"""


include: "functions/compare.smk"


if config["compare"]["products"]:

    # Without outputs: each run among them says by itself whether anything is to be done.
    rule compare:
        log:
            log_of("compare"),
        localrule: True
        threads: workflow.cores
        message:
            "Runs of the products to compare, one after another, and their comparison"
        run:
            compare_products(threads, log[0])

else:

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
        content=record_of_comparison,
        library=lambda wildcards, output: library_of("record_run")(wildcards),
    message:
        "Record of the comparison"


rule compare_runs:
    input:
        after_runs=files_compared,
        after_record=ancient(result(f"comparison/{provenance.RUN_FILE}")),
    output:
        compared=result("comparison/{study}.nc"),
        # A folder: what is in it depends on the runs, and all of it goes before it is made again.
        folder=directory(result("comparison/{study}")),
        html=report(result("comparison/{study}.html"), caption="captions/pages.rst", category="Comparison"),
        atlas=report(result("comparison/{study}_atlas.html"), caption="captions/pages.rst", category="Comparison"),
    log:
        log_of("compare_runs", "{study}"),
    benchmark:
        benchmark_of("compare_runs", "{study}")
    conda:
        "../envs/figures.yaml"
    threads: 4  # share the cells of the triple collocation
    resources:
        mem_mb=memory(1900),  # 100 MB of them a thread
        runtime=minutes(30),
    params:
        folders=lambda wildcards: [str(folder) for folder in folders_compared()],
        options={"resamples": config["intervals"]["resamples"], "seed": config["seed"]},
        look=config["figures"],
        library=library_of("compare_runs"),
    message:
        "Runs side by side: {wildcards.study}"
    script:
        "../workflow_scripts/compare_runs.py"
