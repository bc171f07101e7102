"""What the rules of variability.smk are made from: study A: moisture seasons and the attribution of variability to trend and interannual parts of seasons and layers. No rules."""


def truth_is_planted():
    """Whether the run's soil moisture is the synthetic GLDAS, whose truth study A can be held against."""
    return config["source"] == "synthetic" and config["variability"]["product"] == "gldas"


def year_of_splice():
    """First year of the newer of two joined versions; None where there is one version."""
    return config["variability"]["splice_year"] if len(datasets.soil_moisture(config, "variability")) == 2 else None


def form_of_trend(settings):
    """What the trend of the attribution is, as vadose.statistics.trend_forms.Form."""
    chosen = settings["variability"]["attribution"]
    return {"kind": chosen["trend"], "span": chosen["span"], "splice_year": year_of_splice()}


def lengths_of_record():
    """Years of the periods and of the whole record, each length once."""
    spans = [*config["variability"]["periods"], config["variability"]["years"]]
    return sorted({last - first + 1 for first, last in spans})


def share_before_splice():
    """Share of the record before the splice of two versions; one half where there is none."""
    first, last = config["variability"]["years"]
    year = year_of_splice()
    return (year - first) / (last - first + 1) if year is not None and first < year <= last else 0.5


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
    names += ["change_points"] if config["variability"]["change_points"] else []
    tables = headline_tables() + [result(f"tables/variability/{name}.csv") for name in names]
    return tables + region_tables("variability")
