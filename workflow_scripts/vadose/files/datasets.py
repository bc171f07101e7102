"""Which data sets a run needs and where their files lie: functions of the configuration and the catalogue alone.

A data set is one entry of config/datasets.yaml, or a product of a user's own that only `datasets.<id>` of the
configuration knows. Rules, downloads and the record of a run all ask here.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from vadose.core import formulas
from vadose.files import inventory

# Monthly variables of the dependence study besides soil moisture, with the catalogued data sets that give each. Which
# of them, or which data set of a user's own, the configuration says under the variable's name.
DEPENDENCE = {
    "precipitation": ("gpcp_daily", "gldas", "era5_land"),
    "evapotranspiration": ("gleam", "era5_land"),
    "air_temperature": ("cru_ts", "era5_land"),
    "soil_temperature": ("era5_land",),
    "land_surface_temperature": ("cci_lst",),
    "gross_primary_productivity": ("vodca2_gpp",),
}
# Predictors of the ridge regressions that are not called as the variable that they come from.
RIDGE = {"precipitation_frequency": "precipitation", "precipitation_volume": "precipitation"}
# `dependence.frozen.by` -> whose 0 degrees count; of the snow season, where no covariate is snow on the ground
FROZEN_BY = {"air": "air_temperature", "soil": "soil_temperature", "snow": "air_temperature"}
# Predictors of the driver models, as their formula calls them, and the variable of each.
DRIVERS = {
    "Ta": "air_temperature",
    "GPP": "gross_primary_productivity",
    "LST": "land_surface_temperature",
    "ET": "evapotranspiration",
}
COVARIATE = "covariate"  # what the reader calls a field of a user's own that is none of the variables
# The same of the variability study: `variability.gross_primary_productivity`, `variability.land_cover.dataset`.
VARIABILITY = {
    "gross_primary_productivity": ("gosif_gpp", "vodca2_gpp"),
    "land_cover": ("mcd12c1",),
}
# Keys of `datasets.<id>` that describe files which no module of the library knows.
DESCRIPTION = ("variable", "units", "dims", "layers", "missing", "month_share", "classes")
ECOREGIONS = "wwf_ecoregions"
MADE_UP = ("gleam_smroot", "cci_sm", "merra_2")  # of configured data sets, where no folder is named
BIOMES = "wwf_biomes"  # of the ecoregions' map, without lakes, rock and ice
NO_REGIONS = "none"
# Regions that come with the library (vadose/formats/shipped): what the record of a run says of them, and the column of
# their names.
SHIPPED = {
    "ar6": {
        "title": "IPCC AR6 WGI reference regions (Iturbide et al. 2020)",
        "version": "4",
        "doi": "10.5194/essd-12-2959-2020",
        "licence": "CC BY 4.0",
        "name": "acronym",
    },
    "countries": {
        "title": "Countries of Natural Earth, 1:110 million",
        "version": "4.1",
        "doi": "none",
        "licence": "public domain",
        "name": "name",
    },
}
REGIONS = (ECOREGIONS, BIOMES, *SHIPPED)
NOT_CATALOGUED = "not catalogued"
CATALOGUED = ("title", "version", "doi", "licence")


class Need(NamedTuple):
    """What a study needs of a data set: the variable, and its calendar years, inclusive."""

    variable: str
    dataset: str
    years: tuple[int, int]


class Role(NamedTuple):
    """A key of the configuration that names a data set, and the catalogued ones that it may name."""

    key: str
    dataset: str
    choices: tuple[str, ...]


class Location(NamedTuple):
    """Where files of a data set lie: a folder, and the names they have there, as `inventory.find` takes them."""

    folder: Path
    pattern: str
    glob: bool


def gldas_versions(part: Mapping) -> dict[str, tuple[int, int]]:
    """Years of each GLDAS version that the variability study takes, the older first.

    Parameters
    ----------
    part : mapping
        `variability` of the configuration: years, splice, splice_year, splice_overlap.
    """
    first, last = part["years"]
    splice, year = part["splice"], part["splice_year"]
    if splice == "2.0_only":
        return {"gldas_2_0": (first, last)}
    if splice == "2.1_only" or year is None:
        return {"gldas_2_1": (first, last)}
    overlap = part["splice_overlap"]
    if splice == "adjusted" and first < year:
        return {
            "gldas_2_0": (first, max(year - 1, overlap[1])),
            "gldas_2_1": (min(year, overlap[0]), max(last, overlap[1])),
        }
    spans = {"gldas_2_0": (first, min(year - 1, last)), "gldas_2_1": (max(year, first), last)}
    return {name: span for name, span in spans.items() if span[0] <= span[1]}


def soil_moisture(config: Mapping, study: str) -> dict[str, tuple[int, int]]:
    """Data sets of a study's soil moisture, the oldest first, with the years taken from each."""
    part = config[study]
    years = tuple(part["years"])
    if part["product"] != "gldas":
        return {part["product"]: years}
    return gldas_versions(part) if study == "variability" else {"gldas_2_1": years}


def versions_are_adjusted(config: Mapping, study: str) -> bool:
    """Whether the older of two versions of a study's soil moisture is shifted to the newer one."""
    return study == "variability" and config[study]["splice"] == "adjusted" and len(soil_moisture(config, study)) == 2


def source_of(config: Mapping, variable: str) -> str:
    """Data set of a variable of the dependence study."""
    part = config["dependence"]
    own = {**part["covariates"], **part["static_covariates"]}
    chosen = own[variable] if variable in own else part[variable]
    return "gldas_2_1" if chosen == "gldas" else chosen


def variability_source(config: Mapping, variable: str) -> str:
    """Data set of productivity or land cover of the variability study."""
    part = config["variability"]
    return part["land_cover"]["dataset"] if variable == "land_cover" else part[variable]


def roles(config: Mapping, study: str) -> list[Role]:
    """Data sets that the configuration names for a study, besides its soil moisture.

    Parameters
    ----------
    config, study
        As in `needed`.
    """
    of_regions = Role(f"{study}.regions", config[study]["regions"], (*REGIONS, NO_REGIONS))
    if study == "dependence":
        part = config["dependence"]
        named = [Role(f"dependence.{name}", part[name], choices) for name, choices in DEPENDENCE.items()]
        for key in ("covariates", "static_covariates"):
            named += [Role(f"dependence.{key}.{name}", chosen, ()) for name, chosen in part[key].items()]
        return [*named, of_regions]
    keys = {"land_cover": "variability.land_cover.dataset"}
    named = [
        Role(keys.get(name, f"variability.{name}"), variability_source(config, name), choices)
        for name, choices in VARIABILITY.items()
    ]
    return [*named, of_regions]


def has_regions(config: Mapping, study: str) -> bool:
    """Whether a study gives its cells to regions: the published ecoregions serve the driver models alone."""
    chosen = config[study]["regions"]
    return chosen != NO_REGIONS and (chosen != ECOREGIONS or study == "variability" or config[study]["drivers"])


def regions_of(config: Mapping, study: str) -> str:
    """Data set of a study's regions; the biomes are those of the ecoregions' map."""
    chosen = config[study]["regions"]
    return ECOREGIONS if chosen == BIOMES else chosen


def rule_of_regions(config: Mapping, study: str) -> str:
    """How a study's cells are given to regions."""
    part = config[study]
    return part["ecoregions"]["rule"] if study == "dependence" else part["region_rule"]


def ridge_variables(part: Mapping) -> list[str]:
    """Monthly variables behind the predictors of the ridge regressions, from `dependence` of the configuration."""
    ridge = part["ridge"]
    return [RIDGE.get(name, name) for name in (*ridge["predictors"], *ridge["adjusted_for"])]


def snow_is_measured(frozen: Mapping) -> bool:
    """Whether the snow season is told by snow on the ground, a covariate, from `dependence.frozen` of the
    configuration."""
    return frozen["by"] == "snow" and frozen["snow"] != "air"


def frozen_by(part: Mapping) -> str:
    """Monthly variable that tells frozen months or the snow season, from `dependence` of the configuration."""
    frozen = part["frozen"]
    return frozen["snow"] if snow_is_measured(frozen) else FROZEN_BY[frozen["by"]]


def tells_frozen_months(part: Mapping) -> bool:
    """Whether a run tells frozen from thawed months, from `dependence` of the configuration."""
    return part["frozen"]["keep"] != "all" or part["frozen"]["compare"]


def driver_variables(part: Mapping) -> dict[str, str]:
    """Monthly variable behind each predictor of the driver models that varies in time, from `dependence` of the
    configuration."""
    names, _ = formulas.parse(part["driver_models"]["formula"])
    return {name: DRIVERS.get(name, name) for name in names if name not in part["static_covariates"]}


def driver_statics(part: Mapping) -> list[str]:
    """Predictors of the driver models that have one value a cell."""
    names, _ = formulas.parse(part["driver_models"]["formula"])
    return [name for name in names if name in part["static_covariates"]]


def dependence_variables(config: Mapping) -> list[str]:
    """Monthly variables of the dependence study besides soil moisture, as its stages need them."""
    part, names = config["dependence"], ["precipitation"]
    names += ridge_variables(part) if part["controls"] else []
    if part["drivers"]:
        names += sorted(driver_variables(part).values(), key=lambda name: (*DEPENDENCE, name).index(name))
    names += ["evapotranspiration", "air_temperature"] if part["mechanism"]["partial"] else []
    names += [frozen_by(part)] if tells_frozen_months(part) else []
    return list(dict.fromkeys(names))


def needed(config: Mapping, study: str) -> list[Need]:
    """What a study needs of each of its data sets, soil moisture first.

    Parameters
    ----------
    config : mapping
        The merged, validated configuration.
    study : {"variability", "dependence"}
        The study.
    """
    needs = [Need("soil_moisture", name, years) for name, years in soil_moisture(config, study).items()]
    part = config[study]
    if study == "dependence":
        names = [*dependence_variables(config), *(driver_statics(part) if part["drivers"] else [])]
        needs += [Need(name, source_of(config, name), tuple(part["years"])) for name in names]
    if has_regions(config, study):
        name = regions_of(config, study)
        needs.append(Need("ecoregions" if name == ECOREGIONS else "regions", name, tuple(part["years"])))
    if study == "dependence":
        return needs
    if part["productivity"]:
        years, year = tuple(part["productivity_years"]), part["land_cover"]["year"]
        spans = {"any": (years[1], years[1]), "stable": years}
        of_map = spans[year] if year in spans else (int(year), int(year))
        needs.append(Need("land_cover", variability_source(config, "land_cover"), of_map))
        name = "gross_primary_productivity"
        needs.append(Need(name, variability_source(config, name), years))
    return needs


def is_own(config: Mapping, dataset: str) -> bool:
    """Whether a data set is a user's own, described in the configuration: its files are never fetched."""
    return "reader" in config["datasets"].get(dataset, {})


def is_made_up(config: Mapping, dataset: str) -> bool:
    """Whether the files of a data set are those of the synthetic Earth; of a user's own data set, where the Earth has
    one of its id and no folder is named."""
    if config["source"] != "synthetic" or dataset in SHIPPED:
        return False
    return not is_own(config, dataset) or (dataset in MADE_UP and "folder" not in config["datasets"][dataset])


def description(config: Mapping, study: str, dataset: str) -> dict:
    """What the reader of a user's own data set must be told (`vadose.formats.generic.description.Description`).

    Parameters
    ----------
    config, study
        As in `needed`.
    dataset : str
        Id of the data set.
    """
    own = config["datasets"][dataset]
    told = {key: own[key] for key in (*DESCRIPTION, "pattern") if key in own}
    roles = [need.variable for need in needed(config, study) if need.dataset == dataset]
    part = config["dependence"]
    covariate = roles and study == "dependence" and roles[0] in {**part["covariates"], **part["static_covariates"]}
    told |= {"dataset": dataset, "role": COVARIATE if covariate else roles[0] if roles else "soil_moisture"}
    if study == "dependence" and "precipitation" in roles and config["dependence"]["controls"]:
        told["wet_day_mm"] = config["dependence"]["wet_day_mm"]
    return told


def of_study(config: Mapping, study: str) -> list[str]:
    """Data sets of a study, each once."""
    return list(dict.fromkeys(need.dataset for need in needed(config, study)))


def sources(config: Mapping, catalogue: Mapping, bibliography: Mapping[str, str], study: str) -> list[dict]:
    """Provenance of the data sets of a study.

    Parameters
    ----------
    config, study
        As in `needed`.
    catalogue : mapping
        Entries of config/datasets.yaml by id.
    bibliography : mapping
        BibTeX entries by key (`vadose.files.references.entries`).

    Returns
    -------
    list of dict
        id, title, version, doi, licence, synthetic, and bibtex, the publication to cite.
    """
    rows = []
    for name in of_study(config, study):
        entry = {**catalogue.get(name, {}), **SHIPPED.get(name, {}), **config["datasets"].get(name, {})}
        catalogued = {key: entry.get(key, NOT_CATALOGUED) for key in CATALOGUED}
        cited = bibliography.get(entry.get("citation"), "")
        rows.append({"id": name, **catalogued, "synthetic": is_made_up(config, name), "bibtex": cited})
    return rows


def location(config: Mapping, catalogue: Mapping, dataset: str, raw: Path) -> Location:
    """Where files of a data set lie that were not made here.

    Parameters
    ----------
    config, catalogue
        As in `sources`.
    dataset : str
        Id of the catalogue, or of a product of a user's own.
    raw : Path
        The folder `paths.raw`, to which `datasets.<id>.folder` is relative.
    """
    if dataset in SHIPPED:
        return Location(Path(__file__).parents[1] / "formats/shipped", f"{dataset}.geojson", True)
    own = config["datasets"].get(dataset, {})
    named = own.get("folder", dataset)
    folder = Path(named) if inventory.is_remote(named) else Path(raw) / named
    if "pattern" in own or dataset not in catalogue:
        # Placeholders serve where files are fetched; a list of what lies there takes them for anything.
        return Location(folder, re.sub(r"{[^}]*}", "*", own.get("pattern", "*")), True)
    return Location(folder, catalogue[dataset]["files"]["pattern"], False)


def search(config: Mapping, catalogue: Mapping, datasets: Iterable[str], raw: Path) -> str | None:
    """One message that names every data set of which no file is there; None where all have some.

    Parameters
    ----------
    config, catalogue, raw
        As in `location`.
    datasets : iterable of str
        What the run needs.
    """
    states = {name: _state(location(config, catalogue, name, raw)) for name in datasets}
    absent = {name: state for name, state in states.items() if state}
    if not absent:
        return None
    uses = [
        f"{need.dataset} gives {need.variable} of the {study} study"
        for study in config["studies"]
        for need in needed(config, study)
        if need.dataset in absent
    ]
    return (
        "expected files of every data set that the run needs, found none of "
        + "; ".join(f"{name}: {state}" for name, state in absent.items())
        + ". Put them there, set paths.raw, datasets.<id>.folder or datasets.<id>.pattern, choose source: archive to "
        f"fetch them, or leave out what needs them ({'; '.join(dict.fromkeys(uses))})."
    )


def _state(place: Location) -> str:
    """What is wrong with a place where files should lie; nothing where some do."""
    if inventory.find(place.folder, place.pattern, glob=place.glob):
        return ""
    state = "no file of that name" if place.folder.is_dir() else "no such folder"
    return f"{state} ({place.folder}, files that match {place.pattern})"
