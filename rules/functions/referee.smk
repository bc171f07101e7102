"""What the rules of referee.smk are made from: which objections apply to this run, what is run again for them, and with which settings. No rules."""

import functools

from vadose.studies.sensitivity import plan as referee_plan

OBJECTIONS = PROJECT / "config/referee.yaml"

# What an objection has made anew, by the stage that is run again for it.
MADE_ANEW = {
    "seasons": ["variability/attribution.nc"],
    "splice": ["variability/attribution.nc", "variability/trends.nc", "variability/splice.nc"],
    "land_cover": ["prepared/variability/land_cover.nc"],
    "copulas": ["dependence/copulas.nc"],
    "controls": ["controls/controls.nc"],
    "drivers": ["drivers/statistics.nc", "drivers/estimates.nc"],
}


@functools.cache
def cases():
    """All objections to this run; worked out only where the referee is asked."""
    try:
        objections = yaml.safe_load(OBJECTIONS.read_text())["objections"]
        return referee_plan.plan(
            objections, config, PROJECT / "config/scenarios", lambda other: configuration.validate(other, SCHEMA)
        )
    except ValueError as error:
        raise WorkflowError(f"{OBJECTIONS}: {error}") from None


def case_of(wildcards):
    """The objection behind a job."""
    for case in cases():
        if case.objection == wildcards.objection and case.stage:
            return case
    raise WorkflowError(
        f"{wildcards.objection}: expected an objection of {OBJECTIONS} for which a stage is run again, found none."
    )


def anew(path):
    """A file that is made anew for an objection."""
    return result(f"referee/{{objection}}/{path}")


def anew_tile(path):
    """One tile of a product that is made anew for an objection."""
    return tile_of(f"referee/{{objection}}/{path}")


def overlaid(*keys):
    """A setting of the run under an objection."""
    return lambda wildcards: functools.reduce(lambda part, key: part[key], keys, case_of(wildcards).configuration)


def tiles_under(wildcards):
    """All tiles of a product that is made anew for an objection."""
    study = "variability" if wildcards.stage == "variability" else "dependence"
    return expand(all_tiles(f"referee/{wildcards.objection}/{wildcards.stage}/{wildcards.name}", study))


def lags_under(wildcards):
    """Lags of a tile, where precipitation of an earlier month is paired under an objection."""
    optimal = case_of(wildcards).configuration["copula"]["lag"] == "optimal"
    return anew_tile("dependence/lags").format(objection=wildcards.objection, tile=wildcards.tile) if optimal else []


def soil_moisture_under(wildcards):
    """Soil moisture of study A under an objection: another splice changes the years before it."""
    first = config["variability"]["splice_year"]
    shifted = case_of(wildcards).stage == "splice"
    found = []
    for years in year_groups("variability"):
        folder = f"referee/{wildcards.objection}/prepared" if shifted and int(years[:4]) < first else "prepared"
        found.append(result(f"{folder}/variability/soil_moisture_{years}.nc"))
    return found


def precipitation_under(wildcards):
    """Precipitation of study B under an objection: another threshold changes the wet days."""
    other = case_of(wildcards).configuration["precipitation"] != config["precipitation"]
    folder = f"referee/{wildcards.objection}/prepared" if other else "prepared"
    return [result(f"{folder}/dependence/precipitation_{years}.nc") for years in year_groups("dependence")]


def headline_products():
    """Products of the run that headline numbers are read from."""
    others = ("seasonal_soil_moisture", "lags", "dependence_tests", "clusters")
    found, part = [path for path in products_of_run() if Path(path).stem not in others], config["dependence"]
    if "variability" in STUDIES:
        found += [result("variability/splice.nc")]
        found += [prepared("variability", "land_cover")] if config["variability"]["productivity"] else []
    return found + ([result("drivers/statistics.nc")] if "dependence" in STUDIES and part["drivers"] else [])


def products_anew(wildcards):
    """All that is made anew for the objections to this run."""
    return [
        result(f"referee/{case.objection}/{path}") for case in cases() if case.stage for path in MADE_ANEW[case.stage]
    ]


def referee_tables():
    """The referee's table, where the configuration asks for it or it has been made: a report never shows a stale one."""
    path = result("tables/referee.csv")
    return [path] if config["referee"] or Path(path).exists() else []


def objection_record(wildcards):
    """The record of the run under an objection."""
    case = case_of(wildcards)
    named = dict(case.configuration) | {"run": f"{config['run']}-{case.objection}"}
    return provenance.record(named, {study: sources(study) for study in STUDIES}, PROJECT)
