"""The atlas: one page to look at every result of a run, cell by cell.
Needs:  merged products of the studies of this run, prepared monthly soil moisture and precipitation, the land mask; copulas under alternatives, where the configuration asks for these.
Gives:  atlas.html, and atlas_tiles/ with what has no place in the page of a large run."""


rule build_atlas:
    input:
        merged=[path for path in products_of_run() if not path.endswith("clusters.nc")]
        + [result("variability/splice.nc")] * ("variability" in STUDIES and year_of_splice() is not None),
        moisture=branch("variability" in STUDIES, then=prepared_years("variability", "soil_moisture")),
        soil_moisture=branch("dependence" in STUDIES, then=prepared_years("dependence", "soil_moisture")),
        precipitation=branch("dependence" in STUDIES, then=prepared_years("dependence", "precipitation")),
        land_mask=result("prepared/land_mask.nc"),
        regions=[path for study in STUDIES for path in [regions_if_any(study)] if path],
        land_cover=branch(
            "variability" in STUDIES and config["variability"]["productivity"],
            then=[prepared("variability", "land_cover")],
            otherwise=[],
        ),
        again=lambda wildcards: alternatives_of_signs(),
        after_record=RECORD,
    output:
        atlas=report(result("atlas.html"), caption="captions/pages.rst", category="Atlas"),
        parts=directory(result("atlas_tiles")),
    log:
        log_of("build_atlas"),
    benchmark:
        benchmark_of("build_atlas")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(600, per_cell_kb={"variability": 30, "dependence": 10}),
        runtime=minutes(10),
    params:
        basis=config["variability"]["season"]["basis"],
        record=run_record,
        library=library_of("build_atlas"),
    message:
        "Atlas"
    script:
        "../workflow_scripts/build_atlas.py"
