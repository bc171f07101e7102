"""Headline numbers of the run as report and manuscripts cite them.
Needs:  merged products of the studies of this run.
Gives:  numbers.json and numbers.tex in the folder of the run: each number with unit, interval, file, its SHA-256 and rule.
"""


include: "functions/numbers.smk"


rule numbers:
    input:
        files=headline_products(),
        regions=files_by_region(),
        after_record=RECORD,
    output:
        as_json=result("numbers.json"),
        as_tex=result("numbers.tex"),
    log:
        log_of("numbers"),
    benchmark:
        benchmark_of("numbers")
    conda:
        "../envs/statistics.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    params:
        own=sensitivity_plan.own_reading(config)._asdict(),
        levels={**config["significance"], "seed": config["seed"]},
        makers=makers_of_numbers,
        library=library_of("write_numbers"),
    message:
        "Numbers for a manuscript"
    script:
        "../workflow_scripts/write_numbers.py"
