"""Downloading, where `source: archive`: what lies in the raw folder or in yours is verified and used, the rest is fetched and verified.
Needs:  the network, and credentials in the environment, ~/.netrc or ~/.cdsapirc (docs/data.md); never in the configuration.
Gives:  files below paths.raw, <run>/downloads/<data set>_<year>.json: which files, how large, with which sha256."""


include: "functions/download.smk"


rule download:
    input:
        manifests=lists_of_downloads,
    log:
        log_of("download"),
    localrule: True
    params:
        plan=plan_as_found,
    message:
        "{params.plan}"
    run:
        say_what_is_ready(input.manifests, params.plan, log[0])


rule download_files:
    output:
        manifest=result("downloads/{dataset}_{group}.json"),
    log:
        log_of("download_files", "{dataset}", "{group}"),
    benchmark:
        benchmark_of("download_files", "{dataset}", "{group}")
    wildcard_constraints:
        group=r"\d{4}|all",
    localrule: not config["downloads"]["submit"]
    conda:
        "../envs/download.yaml"
    resources:
        **{f"download_{archive}": connections_to(archive) for archive in ARCHIVES},
        mem_mb=memory(700),
        runtime=download_minutes,
    params:
        options=options_of,
        entry=entry_of,
        reader=reader_of,
        raw=str(RAW),
        checksums=str(CHECKSUMS),
        allow_missing=config["missing_files"] == "keep",
        library=lambda wildcards: fingerprint_with_reader("download_files", registry.reader_name(wildcards.dataset)),
    message:
        "{wildcards.dataset} {wildcards.group}: verify what is there, fetch the rest"
    script:
        "../workflow_scripts/download_files.py"


rule tabulate_left_out:
    input:
        manifests=lists_of_files,
        after_record=RECORD,
    output:
        table=report(result("tables/left_out.csv"), caption="captions/tables.rst", category="Report"),
    log:
        log_of("tabulate_left_out"),
    benchmark:
        benchmark_of("tabulate_left_out")
    localrule: True
    conda:
        "../envs/download.yaml"
    resources:
        mem_mb=memory(200),
        runtime=minutes(5),
    params:
        library=library_of("tabulate_left_out"),
    message:
        "Files that the archives did not give"
    script:
        "../workflow_scripts/tabulate_left_out.py"


# Each run of `all` asks once, as long as a list lacks files (asked_again).
rule ask_again:
    input:
        after_record=RECORD,
    output:
        asked=result("downloads/asked_again.txt"),
    log:
        log_of("ask_again"),
    benchmark:
        benchmark_of("ask_again")
    localrule: not config["downloads"]["submit"]
    conda:
        "../envs/download.yaml"
    resources:
        mem_mb=memory(700),
        runtime=minutes(240),
    params:
        lists=lists_that_lack_files,
        raw=str(RAW),
        checksums=str(CHECKSUMS),
        library=lambda wildcards: fingerprint_with_reader("ask_again", *readers_of_lists(wildcards)),
    message:
        "Files that earlier downloads went on without are asked for again"
    script:
        "../workflow_scripts/ask_again.py"


# No benchmark: Snakemake takes it for a product, and would ask the archives once and never again.
rule doctor:
    log:
        log_of("doctor"),
    localrule: True
    conda:
        "../envs/download.yaml"
    params:
        needed=wanted.wanted(config, RAW, DATASETS),
        entries=DATASETS,
        raw=str(RAW),
        source=config["source"],
        library=library_of("examine_datasets"),
    message:
        "What the archives ask of you"
    script:
        "../workflow_scripts/examine_datasets.py"
