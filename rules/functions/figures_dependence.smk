"""What the rules of figures_dependence.smk are made from: figures of study B up to lags, and the comparison with the planted truth. No rules."""

from vadose.core import time_scales


def has_scatter():
    """Whether cells are named whose monthly pairs are drawn."""
    return bool(config["dependence"]["copula"]["scatter_cells"]) and "monthly" in config["dependence"]["time_scales"]


def compares_cycles():
    """Whether monthly copulas are fitted with and without the annual cycle."""
    return config["dependence"]["copula"]["compare_annual_cycle"] and "monthly" in config["dependence"]["time_scales"]


def recovers_dependence():
    """Whether there is a planted truth to compare with."""
    return config["source"] == "synthetic" and compares_cycles()


def copula_figures():
    """{rule: pictures} of copulas and lags."""
    drawn_scales = time_scales.drawn_scales(time_scales.labels_of(config["dependence"]["time_scales"]))
    names = (
        ["regions"] * datasets.has_regions(config, "dependence")
        + [f"dependence_{scale.replace(' ', '_')}" for scale in drawn_scales]
        + ["annual_cycle"] * compares_cycles()
        + ["copula_tails"]
        + ["copula_stability"] * bool(config["dependence"]["copula"]["stability_cells"])
    )
    drawn = {"draw_copulas": names, "draw_lags": ["lags"]}
    drawn |= {"draw_pairs": ["copula_pairs"]} if has_scatter() else {}
    drawn |= {"recover_truth_dependence": ["recovery_dependence"]} if recovers_dependence() else {}
    return {rule: [result(f"figures/dependence/{name}.png") for name in names] for rule, names in drawn.items()}


def dependence_figures():
    """{rule: pictures} of the dependence study."""
    drawn = {"draw_risk": [result("figures/dependence/risk.png")]} if config["dependence"]["risk"] else {}
    return copula_figures() | drawn


def dependence_tables():
    """Tables of the dependence study that the report shows."""
    names = ["year_intervals", "recovered_families", "shared_season"] + ["recovery_dependence"] * recovers_dependence()
    names += ["frozen_months"] * config["dependence"]["frozen"]["compare"]
    names += ["risk"] * config["dependence"]["risk"]
    tables = copula_tables() + [result(f"tables/dependence/{name}.csv") for name in names]
    return tables + region_tables("dependence") + mechanism_tables()
