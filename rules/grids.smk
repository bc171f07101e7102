"""The results as maps for GIS; not part of `all`.
Needs:  the merged products of the studies of this run.
Gives:  grids/<product>.nc on latitude and longitude, and in grids/<product>/ a Cloud-Optimised GeoTIFF of each variable and layer.
"""


include: "functions/grids.smk"


rule grids:
    """Every result on the land cells as maps."""
    input:
        expand(result("grids/{product}.nc"), product=mapped_products()),


rule write_grids:
    input:
        packed=result("{stage}/{name}.nc"),
        after_record=RECORD,
    output:
        netcdf=result("grids/{stage}/{name}.nc"),
        geotiffs=directory(result("grids/{stage}/{name}")),
    log:
        log_of("write_grids", "{stage}", "{name}"),
    benchmark:
        benchmark_of("write_grids", "{stage}", "{name}")
    wildcard_constraints:
        stage="[a-z]+",
    conda:
        "../envs/prepare.yaml"
    resources:
        mem_mb=memory(500),
        runtime=minutes(10, per_thousand_cells=0.5, study="dependence", whole=True),
    params:
        library=library_of("write_grids"),
    message:
        "Maps of {wildcards.stage}/{wildcards.name}"
    script:
        "../workflow_scripts/write_grids.py"
