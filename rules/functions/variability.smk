"""What the rules of variability.smk are made from: study A: moisture seasons and the attribution of variability to trend and interannual parts of seasons and layers. No rules."""


def truth_is_planted():
    """Whether the run's soil moisture is the synthetic GLDAS, whose truth study A can be held against."""
    return config["source"] == "synthetic" and config["variability"]["product"] == "gldas"


def year_of_splice():
    """First year of the newer of two joined versions; None where there is one version."""
    return config["variability"]["splice_year"] if len(datasets.soil_moisture(config, "variability")) == 2 else None


def headline_tables():
    """Tables of attribution, trends and, where two versions are joined, the splice: one script makes them."""
    names = ["shares", "trends", "trend_tests", "reasons", "trend_shares"]
    names += ["splice_steps"] if len(datasets.soil_moisture(config, "variability")) == 2 else []
    return [result(f"tables/variability/{name}.csv") for name in names]


def variability_tables():
    """Tables of the variability study that the report shows."""
    names = ["false_positives", "year_intervals"]
    if config["variability"]["productivity"]:
        names += ["productivity_correlation", "land_cover_rules", "land_cover_cells"]
    names += ["recovery"] if truth_is_planted() else []
    return headline_tables() + [result(f"tables/variability/{name}.csv") for name in names]
