"""Synthetic Earth: all ten products in their true file formats, with planted truth, where `source: synthetic`.
Needs:  nothing but the configuration and the land mask of the package global-land-mask.
Gives:  <raw>/synthetic_<world>/<product>/... and its land_mask.nc, prepared/land_mask.nc (for coastlines), <study>/truth.nc.
"""


include: "functions/synthesize.smk"


rule reduce_land_mask:
    output:
        land_mask=result("prepared/land_mask.nc"),
    log:
        log_of("reduce_land_mask"),
    benchmark:
        benchmark_of("reduce_land_mask")
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(200),
        runtime=minutes(5),
    params:
        spacing=config["synthetic"]["land_mask_spacing"],
        library=library_of("reduce_land_mask"),
    message:
        "Land mask on a {params.spacing} degree grid"
    script:
        "../workflow_scripts/reduce_land_mask.py"


# Runs share a world with its mask: that of one run would be newer than the files that another run has made.
use rule reduce_land_mask as reduce_land_mask_of_world with:
    output:
        land_mask=str(SYNTHETIC / "land_mask.nc"),
    log:
        log_of("reduce_land_mask_of_world"),
    benchmark:
        benchmark_of("reduce_land_mask_of_world")


rule synthesize_product:
    input:
        land_mask=str(SYNTHETIC / "land_mask.nc"),
    output:
        files=str(SYNTHETIC / "{product}.txt"),
    log:
        log_of("synthesize_product", "{product}"),
    benchmark:
        benchmark_of("synthesize_product", "{product}")
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(2300),
        runtime=minutes(30),
    params:
        settings=synthetic_settings(),
        raw=raw_folder,
        library=library_of("synthesize_product", "vadose.synthetic.archive"),
    message:
        "Synthetic Earth: {wildcards.product}"
    script:
        "../workflow_scripts/synthesize_product.py"


rule plant_truth:
    input:
        land_mask=result("prepared/land_mask.nc"),
        cells=prepared("{study}", "cells"),
        after_record=RECORD,
    output:
        truth=result("{study}/truth.nc"),
    log:
        log_of("plant_truth", "{study}"),
    benchmark:
        benchmark_of("plant_truth", "{study}")
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(1850),
        runtime=minutes(10),
    params:
        settings=synthetic_settings(),
        library=library_of("plant_truth", "vadose.synthetic.truth"),
    message:
        "Planted truth of the {wildcards.study} study"
    script:
        "../workflow_scripts/plant_truth.py"
