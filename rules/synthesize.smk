"""Synthetic Earth: all ten products in their true file formats, with planted truth, where `source: synthetic`.
Needs:  nothing but the configuration and the land mask of the package global-land-mask.
Gives:  <raw>/synthetic_<world>/<product>/..., prepared/land_mask.nc (also for coastlines), <study>/truth.nc."""

import hashlib
import json


def synthetic_settings():
    """The configuration of the synthetic Earth, as vadose.synthetic.settings.Settings takes it."""
    one, other, world = config["variability"], config["dependence"], config["synthetic"]
    grid = other["grid"]
    return {
        "seed": config["seed"],
        "world": world["world"],
        "step": world["step"],
        "missing_months": world["missing_months"],
        "native": world["native"],
        "variability": {
            "spacing": one["grid"]["spacing"],
            "first_year": one["years"][0],
            "last_year": one["years"][1],
            "splice_year": one["splice_year"] or one["years"][0],
            "overlap_last_year": one["splice_overlap"][1],
        },
        "dependence": {
            "spacing": grid["spacing"],
            "first_year": other["years"][0],
            "last_year": other["years"][1],
            "region": [grid["south"], grid["north"], grid["west"], grid["east"]],
        },
    }


# Two runs of the same made-up world share its files; another world has another folder.
WORLD = hashlib.sha256(json.dumps(synthetic_settings(), sort_keys=True).encode()).hexdigest()[:8]
SYNTHETIC = RAW / f"synthetic_{WORLD}"


rule reduce_land_mask:
    message:
        "Land mask on a {params.spacing} degree grid"
    output:
        land_mask=result("prepared/land_mask.nc"),
    params:
        spacing=config["synthetic"]["land_mask_spacing"],
        library=library_of("reduce_land_mask"),
    log:
        log_of("reduce_land_mask"),
    benchmark:
        benchmark_of("reduce_land_mask")
    resources:
        mem_mb=memory(600),
        runtime=minutes(5),
    conda:
        "../envs/prepare.yaml"
    script:
        "../workflow_scripts/reduce_land_mask.py"


rule synthesize_product:
    message:
        "Synthetic Earth: {wildcards.product}"
    input:
        land_mask=ancient(result("prepared/land_mask.nc")),
    output:
        files=str(SYNTHETIC / "{product}.txt"),
    params:
        settings=synthetic_settings(),
        library=library_of("synthesize_product", "vadose.synthetic.archive"),
    log:
        log_of("synthesize_product", "{product}"),
    benchmark:
        benchmark_of("synthesize_product", "{product}")
    resources:
        mem_mb=memory(1500),
        runtime=minutes(30),
    conda:
        "../envs/prepare.yaml"
    script:
        "../workflow_scripts/synthesize_product.py"


rule plant_truth:
    message:
        "Planted truth of the {wildcards.study} study"
    input:
        land_mask=ancient(result("prepared/land_mask.nc")),
        cells=prepared("{study}", "cells"),
    output:
        truth=result("{study}/truth.nc"),
    params:
        settings=synthetic_settings(),
        library=library_of("plant_truth", "vadose.synthetic.truth"),
    log:
        log_of("plant_truth", "{study}"),
    benchmark:
        benchmark_of("plant_truth", "{study}")
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    conda:
        "../envs/prepare.yaml"
    script:
        "../workflow_scripts/plant_truth.py"
