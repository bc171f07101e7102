"""Preparing: every product on the packed land cells of its study, monthly or annual, one job per product and group of years.
Needs:  product files: synthetic (synthesize.smk), your own, or downloaded (download.smk).
Gives:  prepared/<study>/{cells,soil_moisture_<years>,precipitation_<years>,...,land_cover,biome}.nc."""

import re

from vadose import inventory
from vadose.acquire import needs

# What each variable of the dependence study is made from.
DEPENDENCE_SOURCES = {
    "precipitation": "gldas_2_1" if config["dependence"]["precipitation"] == "gldas" else config["dependence"]["precipitation"],
    "evapotranspiration": "gleam",
    "air_temperature": "cru_ts",
    "land_surface_temperature": "cci_lst",
    "gross_primary_productivity": "vodca2_gpp",
    "biome": "wwf_ecoregions",
}


def reader_of(dataset):
    """Reader of a data set: both versions of GLDAS have one."""
    return "gldas" if dataset.startswith("gldas_") else dataset


def soil_moisture_datasets(study):
    """Data sets that soil moisture of a study is made from, oldest first."""
    product, part = config[study]["product"], config["variability"]
    if product != "gldas":
        return [product]
    return ["gldas_2_1"] if study == "dependence" else list(needs.gldas_versions(part))


def adjusted(study):
    """Whether the older version of the product is shifted to the newer one."""
    return study == "variability" and config["variability"]["splice"] == "adjusted" and len(soil_moisture_datasets(study)) == 2


def reader_options(study):
    """What the reader of soil moisture must be told."""
    if config[study]["product"] != "era5_land":
        return {}
    layers = config["dependence"]["layers"] if study == "dependence" else list(range(1, len(config["variability"]["limits"]) + 1))
    return {"route": config["era5_land"]["route"], "layers": layers}


def has_days(name):
    """Whether a variable comes from daily fields."""
    return name == "precipitation" and config["dependence"]["precipitation"] == "gpcp_daily"


def dependence_variables():
    """Monthly variables of the dependence study besides soil moisture."""
    part, names = config["dependence"], ["precipitation"]
    names += ["evapotranspiration", "air_temperature"] if part["controls"] else []
    names += ["air_temperature", "land_surface_temperature", "gross_primary_productivity"] if part["drivers"] else []
    return list(dict.fromkeys(names))


def datasets_of(study):
    """All data sets of a study."""
    names = soil_moisture_datasets(study)
    if study == "variability":
        return names + (["mcd12c1", "gosif_gpp"] if config["variability"]["productivity"] else [])
    names += [DEPENDENCE_SOURCES[name] for name in dependence_variables()]
    return names + (["wwf_ecoregions"] if config["dependence"]["drivers"] else [])


def sources(study):
    """Provenance of the data sets of a study."""
    keys = ("title", "version", "doi", "licence")
    return [
        {"id": name, **{key: DATASETS.get(name, {}).get(key, "not catalogued") for key in keys}, "synthetic": config["source"] == "synthetic"}
        for name in datasets_of(study)
    ]


def location(dataset):
    """Folder, pattern and kind of pattern of a data set's files."""
    if config["source"] == "synthetic":
        return SYNTHETIC / reader_of(dataset), DATASETS[dataset]["files"]["pattern"], False
    own = config["datasets"].get(dataset, {})
    folder = RAW / own.get("folder", dataset)
    if "pattern" in own or dataset not in DATASETS:
        # Placeholders serve where files are fetched; a list of what lies there takes them for anything.
        return folder, re.sub(r"{[^}]*}", "*", own.get("pattern", "*")), True
    return folder, DATASETS[dataset]["files"]["pattern"], False


def listing_state(wildcards):
    """Changes when a file of the data set does, so that its list is made anew; of files made or fetched here the jobs tell."""
    folder, pattern, glob = location(wildcards.dataset)
    made = config["source"] == "synthetic" or manifests_of(wildcards.dataset)
    return "made" if made else inventory.state(folder, pattern, glob=glob)


def files_of(datasets):
    """Lists of the files of data sets; a synthetic product comes with its list, but both versions of GLDAS share one."""

    def listed(name):
        made = config["source"] == "synthetic" and not name.startswith("gldas_")
        return str(SYNTHETIC / f"{name}.txt") if made else result(f"prepared/files_{name}.txt")

    return [listed(name) for name in datasets]


def all_prepared():
    """Every prepared product of this run."""
    found = []
    for study in STUDIES:
        found += [prepared(study, "cells"), *prepared_years(study, "soil_moisture")]
    if "dependence" in STUDIES:
        found += [path for name in dependence_variables() for path in prepared_years("dependence", name)]
        found += [prepared("dependence", "biome")] if config["dependence"]["drivers"] else []
    if "variability" in STUDIES and config["variability"]["productivity"]:
        found += [prepared("variability", name) for name in ("land_cover", "annual_productivity")]
    return found


rule list_files:
    message:
        "Files of {wildcards.dataset}"
    input:
        after_synthesis=branch(config["source"] == "synthetic", then=lambda wildcards: str(SYNTHETIC / f"{reader_of(wildcards.dataset)}.txt"), otherwise=[]),
        manifests=lambda wildcards: manifests_of(wildcards.dataset),
    output:
        files=result("prepared/files_{dataset}.txt"),
    params:
        location=lambda wildcards: [str(part) for part in location(wildcards.dataset)],
        state=listing_state,
        library=library_of("list_files"),
    log:
        log_of("list_files", "{dataset}"),
    benchmark:
        benchmark_of("list_files", "{dataset}")
    localrule: True
    conda:
        "../envs/prepare.yaml"
    script:
        "../workflow_scripts/list_files.py"


rule locate_cells:
    message:
        "Land cells of the {wildcards.study} study"
    input:
        files=lambda wildcards: files_of(soil_moisture_datasets(wildcards.study)),
    output:
        cells=prepared("{study}", "cells"),
    params:
        product=lambda wildcards: config[wildcards.study]["product"],
        grid=lambda wildcards: config[wildcards.study]["grid"],
        min_valid=config["grid"]["min_valid"],
        library=lambda wildcards: fingerprint_with_reader("locate_cells", config[wildcards.study]["product"]),
    log:
        log_of("locate_cells", "{study}"),
    benchmark:
        benchmark_of("locate_cells", "{study}")
    resources:
        mem_mb=memory(800),
        runtime=minutes(5),
    conda:
        "../envs/prepare.yaml"
    script:
        "../workflow_scripts/locate_cells.py"


rule prepare_soil_moisture:
    message:
        "Soil moisture of the {wildcards.study} study, {wildcards.years}"
    input:
        cells=prepared("{study}", "cells"),
        files=lambda wildcards: files_of(soil_moisture_datasets(wildcards.study)),
        shift=lambda wildcards: prepared("variability", "splice_shift") if adjusted(wildcards.study) else [],
    output:
        soil_moisture=prepared("{study}", "soil_moisture_{years}"),
    params:
        product=lambda wildcards: config[wildcards.study]["product"],
        limits=lambda wildcards: config["variability"]["limits"] if wildcards.study == "variability" else None,
        layers=lambda wildcards: config["dependence"]["layers"] if wildcards.study == "dependence" else None,
        splice_year=config["variability"]["splice_year"],
        min_valid=config["grid"]["min_valid"],
        allow_missing=config["missing_files"] == "keep",
        options=lambda wildcards: reader_options(wildcards.study),
        library=lambda wildcards: fingerprint_with_reader("prepare_soil_moisture", config[wildcards.study]["product"]),
    log:
        log_of("prepare_soil_moisture", "{study}", "{years}"),
    benchmark:
        benchmark_of("prepare_soil_moisture", "{study}", "{years}")
    resources:
        mem_mb=memory(900),
        runtime=minutes(20),
    conda:
        "../envs/prepare.yaml"
    script:
        "../workflow_scripts/prepare_soil_moisture.py"


rule prepare_field:
    wildcard_constraints:
        name="|".join(name for name in DEPENDENCE_SOURCES if name != "biome"),
    message:
        "{wildcards.name} of the dependence study, {wildcards.years}"
    input:
        cells=prepared("dependence", "cells"),
        files=lambda wildcards: files_of([DEPENDENCE_SOURCES[wildcards.name]])[0],
    output:
        field=prepared("dependence", "{name}_{years}"),
    params:
        product=lambda wildcards: reader_of(DEPENDENCE_SOURCES[wildcards.name]),
        wet_day_mm=lambda wildcards: config["precipitation"]["wet_day_mm"] if has_days(wildcards.name) else None,
        min_valid=config["grid"]["min_valid"],
        allow_missing=config["missing_files"] == "keep",
        library=lambda wildcards: fingerprint_with_reader("prepare_field", reader_of(DEPENDENCE_SOURCES[wildcards.name])),
    log:
        log_of("prepare_field", "{name}", "{years}"),
    benchmark:
        benchmark_of("prepare_field", "{name}", "{years}")
    resources:
        mem_mb=memory(900),
        runtime=minutes(30),
    conda:
        "../envs/prepare.yaml"
    script:
        "../workflow_scripts/prepare_field.py"


def fingerprint_with_reader(script, product):
    """Fingerprint of a script that uses the reader of a product, whose name only the configuration knows."""
    return fingerprints.fingerprint(SCRIPTS / f"{script}.py", f"vadose.formats.{product}")


rule compare_versions:
    message:
        "Shift between the versions of soil moisture over their common years"
    input:
        cells=prepared("variability", "cells"),
        files=files_of(["gldas_2_0", "gldas_2_1"]),
    output:
        shift=prepared("variability", "splice_shift"),
    params:
        product=config["variability"]["product"],
        limits=config["variability"]["limits"],
        overlap=config["variability"]["splice_overlap"],
        min_valid=config["grid"]["min_valid"],
        library=lambda wildcards: fingerprint_with_reader("compare_versions", config["variability"]["product"]),
    log:
        log_of("compare_versions"),
    benchmark:
        benchmark_of("compare_versions")
    resources:
        mem_mb=memory(900),
        runtime=minutes(20),
    conda:
        "../envs/prepare.yaml"
    script:
        "../workflow_scripts/compare_versions.py"


rule prepare_land_cover:
    message:
        "Land cover classes"
    input:
        cells=prepared("variability", "cells"),
        files=files_of(["mcd12c1"])[0],
    output:
        land_cover=prepared("variability", "land_cover"),
    params:
        mode=config["landcover"]["mode"],
        year=config["landcover"]["year"],
        library=lambda wildcards: fingerprint_with_reader("prepare_land_cover", "mcd12c1"),
    log:
        log_of("prepare_land_cover"),
    benchmark:
        benchmark_of("prepare_land_cover")
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    conda:
        "../envs/prepare.yaml"
    script:
        "../workflow_scripts/prepare_land_cover.py"


rule prepare_annual_productivity:
    message:
        "Annual gross primary productivity"
    input:
        cells=prepared("variability", "cells"),
        files=files_of(["gosif_gpp"])[0],
    output:
        productivity=prepared("variability", "annual_productivity"),
    params:
        years=config["variability"]["productivity_years"],
        partial_years=config["gpp"]["partial_years"],
        min_valid=config["grid"]["min_valid"],
        library=lambda wildcards: fingerprint_with_reader("prepare_annual_productivity", "gosif_gpp"),
    log:
        log_of("prepare_annual_productivity"),
    benchmark:
        benchmark_of("prepare_annual_productivity")
    resources:
        mem_mb=memory(1200),
        runtime=minutes(60),
    conda:
        "../envs/prepare.yaml"
    script:
        "../workflow_scripts/prepare_annual_productivity.py"


rule prepare_biome:
    message:
        "Biomes"
    input:
        cells=prepared("dependence", "cells"),
        files=files_of(["wwf_ecoregions"])[0],
    output:
        biome=prepared("dependence", "biome"),
    params:
        rule=config["ecoregions"]["rule"],
        library=lambda wildcards: fingerprint_with_reader("prepare_biome", "wwf_ecoregions"),
    log:
        log_of("prepare_biome"),
    benchmark:
        benchmark_of("prepare_biome")
    resources:
        mem_mb=memory(1200),
        runtime=minutes(20),
    conda:
        "../envs/prepare.yaml"
    script:
        "../workflow_scripts/prepare_biome.py"
