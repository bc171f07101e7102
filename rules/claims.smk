"""The table of claims: what the studies printed against what this run finds.
Needs:  tables and merged products of the studies of this run; config/claims.yaml.
Gives:  tables/claims.csv and, where a study has regions of its own, tables/claims_by_region.csv."""


include: "functions/claims.smk"


rule compare_claims:
    input:
        files=tables_of_run() + products_of_run(),
        regions=regions_with_tables(),
        published=str(PROJECT / "config/claims.yaml"),
        after_record=RECORD,
    output:
        compared=report(result("tables/claims.csv"), caption="captions/pages.rst", category="Claims"),
        by_region=[result("tables/claims_by_region.csv")] if regions_with_tables() else [],
    log:
        log_of("compare_claims"),
    benchmark:
        benchmark_of("compare_claims")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(290, per_cell_kb={"variability": 12, "dependence": 4}),
        runtime=minutes(5),
    params:
        results=lambda wildcards, output: str(Path(output.compared).parents[1]),
        record=run_record,
        library=library_of("compare_claims"),
    message:
        "Published against reproduced numbers"
    script:
        "../workflow_scripts/compare_claims.py"
