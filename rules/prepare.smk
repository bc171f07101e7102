"""Preparing: every product on the packed land cells of its study, monthly or annual, one job per product and group of years.
Needs:  product files: synthetic (synthesize.smk), your own, or downloaded (download.smk).
Gives:  prepared/<study>/{cells,soil_moisture_<years>,precipitation_<years>,...,land_cover,ecoregions}.nc."""


include: "functions/prepare.smk"


rule list_files:
    input:
        after_synthesis=branch(
            config["source"] == "synthetic",
            then=list_of_synthesis,
            otherwise=[],
        ),
        manifests=manifests_for,
    output:
        files=result("prepared/files_{dataset}.txt"),
    log:
        log_of("list_files", "{dataset}"),
    benchmark:
        benchmark_of("list_files", "{dataset}")
    localrule: True
    conda:
        "../envs/prepare.yaml"
    params:
        location=place_of,
        state=listing_state,
        raw=raw_folder,
        library=library_of("list_files"),
    message:
        "Files of {wildcards.dataset}"
    script:
        "../workflow_scripts/list_files.py"


rule locate_cells:
    input:
        files=soil_moisture_lists,
        after_record=RECORD,
    output:
        cells=prepared("{study}", "cells"),
    log:
        log_of("locate_cells", "{study}"),
    benchmark:
        benchmark_of("locate_cells", "{study}")
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(420, per_cell_kb=1.2, whole=True),
        runtime=minutes(5),
    params:
        product=lambda wildcards: reader_of_soil_moisture(wildcards.study),
        grid=of_the_study("grid"),
        min_valid=config["grid"]["min_valid"],
        years=of_the_study("years"),
        options=options_of_soil_moisture,
        raw=raw_folder,
        library=lambda wildcards: fingerprint_with_reader("locate_cells", reader_of_soil_moisture(wildcards.study)),
    message:
        "Land cells of the {wildcards.study} study"
    script:
        "../workflow_scripts/locate_cells.py"


rule prepare_soil_moisture:
    input:
        cells=prepared("{study}", "cells"),
        files=soil_moisture_lists,
        shift=shift_of_versions,
        after_record=RECORD,
    output:
        soil_moisture=prepared("{study}", "soil_moisture_{years}"),
    log:
        log_of("prepare_soil_moisture", "{study}", "{years}"),
    benchmark:
        benchmark_of("prepare_soil_moisture", "{study}", "{years}")
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(900, per_cell_kb=4, whole=True),
        runtime=minutes(20),
    params:
        product=lambda wildcards: reader_of_soil_moisture(wildcards.study),
        limits=lookup(dpath="{study}", within={"variability": config["variability"]["limits"], "dependence": None}),
        layers=lookup(dpath="{study}", within={"variability": None, "dependence": config["dependence"]["layers"]}),
        splice_year=config["variability"]["splice_year"],
        min_valid=config["grid"]["min_valid"],
        allow_missing=config["missing_files"] == "keep",
        options=options_of_soil_moisture,
        raw=raw_folder,
        library=lambda wildcards: fingerprint_with_reader(
            "prepare_soil_moisture", reader_of_soil_moisture(wildcards.study)
        ),
    message:
        "Soil moisture of the {wildcards.study} study, {wildcards.years}"
    script:
        "../workflow_scripts/prepare_soil_moisture.py"


rule prepare_field:
    input:
        cells=prepared("dependence", "cells"),
        files=field_list,
        after_record=RECORD,
    output:
        field=prepared("dependence", "{name}_{years}"),
    log:
        log_of("prepare_field", "{name}", "{years}"),
    benchmark:
        benchmark_of("prepare_field", "{name}", "{years}")
    wildcard_constraints:
        name="|".join(datasets.DEPENDENCE),
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(800, per_cell_kb=0.7, study="dependence", whole=True),
        runtime=minutes(30),
    params:
        product=reader_of_field,
        options=options_of_field,
        min_valid=config["grid"]["min_valid"],
        allow_missing=config["missing_files"] == "keep",
        raw=raw_folder,
        library=lambda wildcards: fingerprint_with_reader("prepare_field", reader_of_field(wildcards), wildcards.name),
    message:
        "{wildcards.name} of the dependence study, {wildcards.years}"
    script:
        "../workflow_scripts/prepare_field.py"


rule prepare_covariate:
    input:
        cells=prepared("dependence", "cells"),
        files=field_list,
        after_record=RECORD,
    output:
        field=prepared("dependence", "{name}_{years}"),
    log:
        log_of("prepare_covariate", "{name}", "{years}"),
    benchmark:
        benchmark_of("prepare_covariate", "{name}", "{years}")
    wildcard_constraints:
        name="|".join(config["dependence"]["covariates"]) or "no_covariate",
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(800, per_cell_kb=0.7, study="dependence", whole=True),
        runtime=minutes(30),
    params:
        options=options_of_field,
        min_valid=config["grid"]["min_valid"],
        allow_missing=config["missing_files"] == "keep",
        raw=raw_folder,
        library=lambda wildcards: fingerprint_with_reader("prepare_covariate", "generic"),
    message:
        "Covariate {wildcards.name} of the dependence study, {wildcards.years}"
    script:
        "../workflow_scripts/prepare_covariate.py"


rule prepare_static_covariate:
    input:
        cells=prepared("dependence", "cells"),
        files=field_list,
        after_record=RECORD,
    output:
        field=prepared("dependence", "{name}"),
    log:
        log_of("prepare_static_covariate", "{name}"),
    benchmark:
        benchmark_of("prepare_static_covariate", "{name}")
    wildcard_constraints:
        name="|".join(config["dependence"]["static_covariates"]) or "no_covariate",
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(800, per_cell_kb=0.7, study="dependence", whole=True),
        runtime=minutes(30),
    params:
        options=options_of_field,
        min_valid=config["grid"]["min_valid"],
        raw=raw_folder,
        library=lambda wildcards: fingerprint_with_reader("prepare_static_covariate", "generic"),
    message:
        "Covariate {wildcards.name} of the dependence study, without time"
    script:
        "../workflow_scripts/prepare_static_covariate.py"


rule compare_versions:
    input:
        cells=prepared("variability", "cells"),
        files=lists_of(["gldas_2_0", "gldas_2_1"]),
        after_record=RECORD,
    output:
        shift=prepared("variability", "splice_shift"),
    log:
        log_of("compare_versions"),
    benchmark:
        benchmark_of("compare_versions")
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(
            900,
            per_cell_kb=0.8
            + 1.2 * (1 + config["variability"]["splice_overlap"][1] - config["variability"]["splice_overlap"][0]),
            study="variability",
            whole=True,
        ),
        runtime=minutes(20),
    params:
        product=config["variability"]["product"],
        limits=config["variability"]["limits"],
        overlap=config["variability"]["splice_overlap"],
        min_valid=config["grid"]["min_valid"],
        options=registry.options_of(config, "variability", config["variability"]["product"]),
        raw=raw_folder,
        library=lambda wildcards: fingerprint_with_reader("compare_versions", config["variability"]["product"]),
    message:
        "Shift between the versions of soil moisture over their common years"
    script:
        "../workflow_scripts/compare_versions.py"


rule prepare_land_cover:
    input:
        cells=prepared("variability", "cells"),
        files=list_of(datasets.variability_source(config, "land_cover")),
        after_record=RECORD,
    output:
        land_cover=prepared("variability", "land_cover"),
    log:
        log_of("prepare_land_cover"),
    benchmark:
        benchmark_of("prepare_land_cover")
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(900, per_cell_kb=0.6, study="variability", whole=True),
        runtime=minutes(10),
    params:
        mode=config["variability"]["land_cover"]["mode"],
        year=config["variability"]["land_cover"]["year"],
        min_share=config["variability"]["land_cover"]["min_share"],
        product=reader_in_study_a("land_cover"),
        options=options_in_study_a("land_cover"),
        raw=raw_folder,
        library=lambda wildcards: fingerprint_with_reader("prepare_land_cover", reader_in_study_a("land_cover")),
    message:
        "Land cover classes"
    script:
        "../workflow_scripts/prepare_land_cover.py"


rule prepare_annual_productivity:
    input:
        cells=prepared("variability", "cells"),
        files=list_of(datasets.variability_source(config, "gross_primary_productivity")),
        after_record=RECORD,
    output:
        productivity=prepared("variability", "annual_productivity"),
    log:
        log_of("prepare_annual_productivity"),
    benchmark:
        benchmark_of("prepare_annual_productivity")
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(820, per_cell_kb=0.9, study="variability", whole=True),
        runtime=minutes(60),
    params:
        years=config["variability"]["productivity_years"],
        partial_years=config["variability"]["productivity_partial_years"],
        allow_missing=config["missing_files"] == "keep",
        min_valid=config["grid"]["min_valid"],
        product=reader_in_study_a("gross_primary_productivity"),
        options=options_in_study_a("gross_primary_productivity"),
        raw=raw_folder,
        library=lambda wildcards: fingerprint_with_reader(
            "prepare_annual_productivity", reader_in_study_a("gross_primary_productivity")
        ),
    message:
        "Annual gross primary productivity"
    script:
        "../workflow_scripts/prepare_annual_productivity.py"


rule prepare_ecoregions:
    input:
        cells=prepared("{study}", "cells"),
        files=region_list,
        after_record=RECORD,
    output:
        ecoregions=prepared("{study}", "ecoregions"),
    log:
        log_of("prepare_ecoregions", "{study}"),
    benchmark:
        benchmark_of("prepare_ecoregions", "{study}")
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(1200, per_cell_kb=0.1, whole=True),
        runtime=minutes(20),
    params:
        product=reader_of_regions,
        options=options_of_regions,
        raw=raw_folder,
        library=lambda wildcards: fingerprint_with_reader("prepare_ecoregions", reader_of_regions(wildcards)),
    message:
        "Regions of the {wildcards.study} study"
    script:
        "../workflow_scripts/prepare_ecoregions.py"


rule tabulate_missing_months:
    input:
        prepared=all_monthly(),
        after_record=RECORD,
    output:
        table=report(result("tables/missing_months.csv"), caption="captions/tables.rst", category="Report"),
    log:
        log_of("tabulate_missing_months"),
    benchmark:
        benchmark_of("tabulate_missing_months")
    localrule: True
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(200),
        runtime=minutes(5),
    params:
        library=library_of("tabulate_missing_months"),
    message:
        "Months without data"
    script:
        "../workflow_scripts/tabulate_missing_months.py"
