"""What the rules of sensitivity.smk are made from: which alternatives apply to this run, what is run again for them, and with which settings. No rules."""

import functools

from vadose.studies.sensitivity import plan as sensitivity_plan

ALTERNATIVES = PROJECT / "config/sensitivity.yaml"

# Products of the stage that is run again for an alternative.
RERUN_PRODUCTS = {
    "seasons": ["variability/attribution.nc", "variability/year_resamples.nc"],
    "attribution": ["variability/attribution.nc", "variability/year_resamples.nc"],
    "splice": [
        "variability/attribution.nc",
        "variability/trends.nc",
        "variability/splice.nc",
        "variability/year_resamples.nc",
    ],
    "land_cover": ["prepared/variability/land_cover.nc"],
    "copulas": ["dependence/copulas.nc", "dependence/dependence_resamples.nc"],
    "controls": ["controls/controls.nc", "controls/control_resamples.nc"],
    "drivers": ["drivers/statistics.nc", "drivers/estimates.nc"],
}


@functools.cache
def cases():
    """All alternatives to this run; worked out only where the sensitivity analysis is asked for."""
    try:
        alternatives = yaml_files.read(ALTERNATIVES)["alternatives"]
        return sensitivity_plan.plan(
            alternatives, config, PROJECT / "config/scenarios", lambda other: configuration.validate(other, SCHEMA)
        )
    except ValueError as error:
        raise WorkflowError(f"{ALTERNATIVES}: {error}") from None


def case_of(wildcards):
    """The alternative behind a job."""
    for case in cases():
        if case.alternative == wildcards.alternative and case.stage:
            return case
    raise WorkflowError(
        f"{wildcards.alternative}: expected an alternative of {ALTERNATIVES} for which a stage is run again, found none."
    )


def alternative_file(path):
    """A file that is computed again under an alternative."""
    return result(f"sensitivity/{{alternative}}/{path}")


# Input of all rules that compute something again: its products cite the configuration under the alternative.
RECORD_UNDER = ancient(alternative_file(provenance.RUN_FILE))


def alternative_tile(path):
    """One tile of a product that is computed again under an alternative."""
    return tile_of(f"sensitivity/{{alternative}}/{path}")


def alternative_setting(*keys):
    """A setting of the run under an alternative."""
    return lambda wildcards: functools.reduce(lambda part, key: part[key], keys, case_of(wildcards).configuration)


def cases_to_tabulate(wildcards):
    """All alternatives as plain values, for the table."""
    return [case._replace(configuration={}, reading=case.reading._asdict())._asdict() for case in cases()]


def copula_options_under(wildcards):
    """Options of the copulas under an alternative."""
    chosen = case_of(wildcards).configuration["dependence"]["copula"]
    return {name: chosen[name] for name in COPULA_OPTIONS} | {"seed": config["seed"]}


def frozen_temperature_under(wildcards):
    """Prepared temperatures, or snow, that tell frozen months, where an alternative leaves some out."""
    part = case_of(wildcards).configuration["dependence"]
    return prepared_years("dependence", datasets.frozen_by(part)) if part["frozen"]["keep"] != "all" else []


def field_list_under(wildcards):
    """List of the files of a variable of the dependence study under an alternative."""
    return list_of(datasets.source_of(case_of(wildcards).configuration, wildcards.name))


def reader_of_field_under(wildcards):
    """Reader of a variable of the dependence study under an alternative."""
    return registry.reader_name(datasets.source_of(case_of(wildcards).configuration, wildcards.name), config)


def field_options_under(wildcards):
    """What the reader of a variable of the dependence study must be told under an alternative."""
    other = case_of(wildcards).configuration
    return registry.options_of(other, "dependence", datasets.source_of(other, wildcards.name))


def tiles_under(wildcards):
    """All tiles of a product that is computed again under an alternative."""
    study = "variability" if wildcards.stage == "variability" else "dependence"
    return expand(all_tiles(f"sensitivity/{wildcards.alternative}/{wildcards.stage}/{wildcards.name}", study))


def tiles_of_sums_under(wildcards):
    """All tiles of the resampled controls under an alternative."""
    return expand(all_tiles(f"sensitivity/{wildcards.alternative}/controls/year_sums", "dependence"))


def lags_under(wildcards):
    """Lags of a tile, where precipitation of an earlier month is paired under an alternative."""
    optimal = case_of(wildcards).configuration["dependence"]["copula"]["lag"] == "optimal"
    return (
        alternative_tile("dependence/lags").format(alternative=wildcards.alternative, tile=wildcards.tile)
        if optimal
        else []
    )


def soil_moisture_under(wildcards):
    """Soil moisture of study A under an alternative: another splice changes the years before it."""
    first = config["variability"]["splice_year"]
    shifted = case_of(wildcards).stage == "splice"
    paths = []
    for years in year_groups("variability"):
        folder = f"sensitivity/{wildcards.alternative}/prepared" if shifted and int(years[:4]) < first else "prepared"
        paths.append(result(f"{folder}/variability/soil_moisture_{years}.nc"))
    return paths


def seasonal_under(wildcards):
    """Soil moisture of the moisture seasons under an alternative: that of the run where only its attribution changes."""
    name = "variability/seasonal_soil_moisture.nc"
    if case_of(wildcards).stage == "attribution":
        return result(name)
    return result(f"sensitivity/{wildcards.alternative}/{name}")


def form_of_trend_under(wildcards):
    """What the trend of the attribution is under an alternative."""
    return form_of_trend(case_of(wildcards).configuration)


def field_under(name):
    """A variable of study B under an alternative: another data set, or another threshold of wet days, is prepared again."""

    def paths(wildcards):
        one, other = config["dependence"], case_of(wildcards).configuration["dependence"]
        keys = [name] + ["wet_day_mm"] * (name == "precipitation")
        again = any(one[key] != other[key] for key in keys)
        folder = f"sensitivity/{wildcards.alternative}/prepared" if again else "prepared"
        return [result(f"{folder}/dependence/{name}_{years}.nc") for years in year_groups("dependence")]

    return paths


def ridge_field_under(name):
    """A variable of the ridge regressions under an alternative, where they need it."""
    return field_under(name) if ridge_field(name) else []


def headline_products():
    """Products of the run that headline numbers are read from."""
    others = ("seasonal_soil_moisture", "lags", "dependence_tests", "clusters", "lead_lag", "lead_lag_tests", "memory")
    paths, part = [path for path in products_of_run() if Path(path).stem not in others], config["dependence"]
    if "variability" in STUDIES:
        paths += [result("variability/splice.nc")]
        paths += [prepared("variability", "land_cover")] if config["variability"]["productivity"] else []
    return paths + ([result("drivers/statistics.nc")] if "dependence" in STUDIES and part["drivers"] else [])


def files_by_region():
    """Regions of the studies that have tables by region, and those of these tables that hold intervals over years."""
    paths = []
    for study in filter(region_tables, STUDIES):
        named = [name for name in TABLES_BY_REGION[study] if name.endswith("year_intervals_by_region")]
        paths += [prepared(study, "ecoregions"), *(result(f"tables/{study}/{name}.csv") for name in named)]
    return paths


def alternative_products(wildcards):
    """All that is computed again for the alternatives to this run."""
    return [
        result(f"sensitivity/{case.alternative}/{path}")
        for case in cases()
        if case.stage
        for path in RERUN_PRODUCTS[case.stage]
    ]


def alternatives_of_signs():
    """Copulas under the alternatives that concern the sign of dependence, where the configuration asks for the analysis."""
    return [
        result(f"sensitivity/{case.alternative}/dependence/copulas.nc")
        for case in (cases() if config["sensitivity"] else [])
        if case.stage == "copulas" and "negative_share" in case.affects
    ]


def sensitivity_tables():
    """The table of the sensitivity analysis, where the configuration asks for it or it has been made: a report never shows a stale one."""
    path = result("tables/sensitivity.csv")
    return [path] if config["sensitivity"] or Path(path).exists() else []


def record_of_case(case):
    """The record of the run under an alternative."""
    named = dict(case.configuration) | {"run": f"{config['run']}-{case.alternative}"}
    return provenance.record(named, {study: sources(study) for study in STUDIES}, PROJECT)
