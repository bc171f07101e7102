"""Preparing: every product on the packed land cells of its study, monthly or annual, one job per product and group of years.
Needs:  product files: synthetic (synthesize.smk), your own, or downloaded (download.smk).
Gives:  prepared/<study>/{cells,soil_moisture_<years>,precipitation_<years>,...,land_cover,ecoregions}.nc."""


include: "functions/prepare.smk"


rule list_files:
    input:
        after_synthesis=branch(
            config["source"] == "synthetic",
            then=lambda wildcards: str(SYNTHETIC / f"{registry.reader_name(wildcards.dataset)}.txt"),
            otherwise=[],
        ),
        manifests=lambda wildcards: manifests_of(wildcards.dataset),
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
        location=lambda wildcards: [str(part) for part in location(wildcards.dataset)],
        state=listing_state,
        library=library_of("list_files"),
    message:
        "Files of {wildcards.dataset}"
    script:
        "../workflow_scripts/list_files.py"


rule locate_cells:
    input:
        files=lambda wildcards: files_of(soil_moisture_datasets(wildcards.study)),
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
        mem_mb=memory(420),
        runtime=minutes(5),
    params:
        product=lambda wildcards: config[wildcards.study]["product"],
        grid=lambda wildcards: config[wildcards.study]["grid"],
        min_valid=config["grid"]["min_valid"],
        years=lambda wildcards: config[wildcards.study]["years"],
        options=lambda wildcards: reader_options(wildcards.study),
        library=lambda wildcards: fingerprint_with_reader("locate_cells", config[wildcards.study]["product"]),
    message:
        "Land cells of the {wildcards.study} study"
    script:
        "../workflow_scripts/locate_cells.py"


rule prepare_soil_moisture:
    input:
        cells=prepared("{study}", "cells"),
        files=lambda wildcards: files_of(soil_moisture_datasets(wildcards.study)),
        shift=lambda wildcards: prepared("variability", "splice_shift") if adjusted(wildcards.study) else [],
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
        mem_mb=memory(900),
        runtime=minutes(20),
    params:
        product=lambda wildcards: config[wildcards.study]["product"],
        limits=lambda wildcards: config["variability"]["limits"] if wildcards.study == "variability" else None,
        layers=lambda wildcards: config["dependence"]["layers"] if wildcards.study == "dependence" else None,
        splice_year=config["variability"]["splice_year"],
        min_valid=config["grid"]["min_valid"],
        allow_missing=config["missing_files"] == "keep",
        options=lambda wildcards: reader_options(wildcards.study),
        library=lambda wildcards: fingerprint_with_reader("prepare_soil_moisture", config[wildcards.study]["product"]),
    message:
        "Soil moisture of the {wildcards.study} study, {wildcards.years}"
    script:
        "../workflow_scripts/prepare_soil_moisture.py"


rule prepare_field:
    input:
        cells=prepared("dependence", "cells"),
        files=lambda wildcards: files_of([DEPENDENCE_SOURCES[wildcards.name]])[0],
        after_record=RECORD,
    output:
        field=prepared("dependence", "{name}_{years}"),
    log:
        log_of("prepare_field", "{name}", "{years}"),
    benchmark:
        benchmark_of("prepare_field", "{name}", "{years}")
    wildcard_constraints:
        name="|".join(name for name in DEPENDENCE_SOURCES if name != "ecoregions"),
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(800),
        runtime=minutes(30),
    params:
        product=lambda wildcards: registry.reader_name(DEPENDENCE_SOURCES[wildcards.name]),
        options=lambda wildcards: registry.options_of(config, "dependence", DEPENDENCE_SOURCES[wildcards.name]),
        min_valid=config["grid"]["min_valid"],
        allow_missing=config["missing_files"] == "keep",
        library=lambda wildcards: fingerprint_with_reader(
            "prepare_field", registry.reader_name(DEPENDENCE_SOURCES[wildcards.name]), wildcards.name
        ),
    message:
        "{wildcards.name} of the dependence study, {wildcards.years}"
    script:
        "../workflow_scripts/prepare_field.py"


rule compare_versions:
    input:
        cells=prepared("variability", "cells"),
        files=files_of(["gldas_2_0", "gldas_2_1"]),
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
        mem_mb=memory(900),
        runtime=minutes(20),
    params:
        product=config["variability"]["product"],
        limits=config["variability"]["limits"],
        overlap=config["variability"]["splice_overlap"],
        min_valid=config["grid"]["min_valid"],
        options=reader_options("variability"),
        library=lambda wildcards: fingerprint_with_reader("compare_versions", config["variability"]["product"]),
    message:
        "Shift between the versions of soil moisture over their common years"
    script:
        "../workflow_scripts/compare_versions.py"


rule prepare_land_cover:
    input:
        cells=prepared("variability", "cells"),
        files=files_of(["mcd12c1"])[0],
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
        mem_mb=memory(900),
        runtime=minutes(10),
    params:
        mode=config["variability"]["land_cover"]["mode"],
        year=config["variability"]["land_cover"]["year"],
        library=lambda wildcards: fingerprint_with_reader("prepare_land_cover", "mcd12c1"),
    message:
        "Land cover classes"
    script:
        "../workflow_scripts/prepare_land_cover.py"


rule prepare_annual_productivity:
    input:
        cells=prepared("variability", "cells"),
        files=files_of(["gosif_gpp"])[0],
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
        mem_mb=memory(820),
        runtime=minutes(60),
    params:
        years=config["variability"]["productivity_years"],
        partial_years=config["variability"]["productivity_partial_years"],
        min_valid=config["grid"]["min_valid"],
        library=lambda wildcards: fingerprint_with_reader("prepare_annual_productivity", "gosif_gpp"),
    message:
        "Annual gross primary productivity"
    script:
        "../workflow_scripts/prepare_annual_productivity.py"


rule prepare_ecoregions:
    input:
        cells=prepared("dependence", "cells"),
        files=files_of(["wwf_ecoregions"])[0],
        after_record=RECORD,
    output:
        ecoregions=prepared("dependence", "ecoregions"),
    log:
        log_of("prepare_ecoregions"),
    benchmark:
        benchmark_of("prepare_ecoregions")
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(1200),
        runtime=minutes(20),
    params:
        rule=config["dependence"]["ecoregions"]["rule"],
        library=lambda wildcards: fingerprint_with_reader("prepare_ecoregions", "wwf_ecoregions"),
    message:
        "Ecoregions"
    script:
        "../workflow_scripts/prepare_ecoregions.py"
