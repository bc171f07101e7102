"""Figures of study B up to lags, and the comparison with the planted truth.
Needs:  merged products and tables of the dependence study; the land mask for coastlines; prepared pairs of the cells to be drawn.
Gives:  figures/dependence/*.png, .pdf, their data and captions; tables/dependence/recovery_dependence.csv."""


def has_scatter():
    """Whether cells are named whose monthly pairs are drawn."""
    return bool(config["copula"]["scatter_cells"]) and "monthly" in config["dependence"]["scales"]


def compares_cycles():
    """Whether monthly copulas are fitted with and without the annual cycle."""
    return config["copula"]["compare_cycle"] and "monthly" in config["dependence"]["scales"]


def recovers_dependence():
    """Whether there is a planted truth to compare with."""
    return config["source"] == "synthetic" and compares_cycles()


def copula_figures():
    """{rule: pictures} of copulas and lags."""
    names = [f"dependence_{scale}" for scale in config["dependence"]["scales"]] + ["annual_cycle"] * compares_cycles() + ["copula_tails"]
    drawn = {"draw_copulas": names, "draw_lags": ["lags"]}
    drawn |= {"draw_pairs": ["copula_pairs"]} if has_scatter() else {}
    drawn |= {"recover_truth_dependence": ["recovery_dependence"]} if recovers_dependence() else {}
    return {rule: [result(f"figures/dependence/{name}.png") for name in names] for rule, names in drawn.items()}


def dependence_figures():
    """{rule: pictures} of the dependence study."""
    return copula_figures()


def dependence_tables():
    """Tables of the dependence study that the report shows."""
    names = ["recovered_families", "shared_season"] + ["recovery_dependence"] * recovers_dependence()
    return copula_tables() + [result(f"tables/dependence/{name}.csv") for name in names]


rule draw_copulas:
    input:
        copulas=result("dependence/copulas.nc"),
        families=result("tables/dependence/recovered_families.csv"),
        land_mask=result("prepared/land_mask.nc"),
    output:
        figures=copula_figures()["draw_copulas"],
    log:
        log_of("draw_copulas"),
    benchmark:
        benchmark_of("draw_copulas")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(410, per_cell_kb=7, study="dependence", whole=True),
        runtime=minutes(5),
    params:
        scales=config["dependence"]["scales"],
        library=library_of("draw_copulas"),
    message:
        "Maps of Kendall's tau, tail dependence and families"
    script:
        "../workflow_scripts/draw_copulas.py"


rule draw_lags:
    input:
        lags=result("dependence/lags.nc"),
        tests=result("dependence/dependence_tests.nc"),
        land_mask=result("prepared/land_mask.nc"),
    output:
        figures=copula_figures()["draw_lags"],
    log:
        log_of("draw_lags"),
    benchmark:
        benchmark_of("draw_lags")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(5),
    params:
        library=library_of("draw_lags"),
    message:
        "Maps of lags"
    script:
        "../workflow_scripts/draw_lags.py"


rule draw_pairs:
    input:
        soil_moisture=prepared_years("dependence", "soil_moisture"),
        precipitation=prepared_years("dependence", "precipitation"),
        copulas=result("dependence/copulas.nc"),
    output:
        figures=[result("figures/dependence/copula_pairs.png")],
    log:
        log_of("draw_pairs"),
    benchmark:
        benchmark_of("draw_pairs")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    params:
        places=config["copula"]["scatter_cells"],
        margins=config["copula"]["margins"],
        library=library_of("draw_pairs"),
    message:
        "Pseudo-observations and fitted copulas of named cells"
    script:
        "../workflow_scripts/draw_pairs.py"


rule recover_truth_dependence:
    input:
        truth=result("dependence/truth.nc"),
        lags=result("dependence/lags.nc"),
        copulas=result("dependence/copulas.nc"),
    output:
        table=result("tables/dependence/recovery_dependence.csv"),
        figures=[result("figures/dependence/recovery_dependence.png")],
    log:
        log_of("recover_truth_dependence"),
    benchmark:
        benchmark_of("recover_truth_dependence")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    params:
        library=library_of("recover_truth_dependence"),
    message:
        "Planted and recovered dependence"
    script:
        "../workflow_scripts/recover_truth_dependence.py"
