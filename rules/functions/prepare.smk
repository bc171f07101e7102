"""What the rules of prepare.smk are made from: preparing: every product on the packed land cells of its study, monthly or annual, one job per product and group of years. No rules."""

import functools

from vadose.files import datasets, inventory, references
from vadose.formats import registry

BIBLIOGRAPHY = references.entries((PROJECT / "config/references.bib").read_text(encoding="utf-8"))


def sources(study):
    """Provenance of the data sets of a study, with the publication to cite in BibTeX."""
    return datasets.sources(config, DATASETS, BIBLIOGRAPHY, study)


def location(dataset):
    """Where the files of a data set lie."""
    place = datasets.location(config, DATASETS, dataset, RAW)
    made_up = datasets.is_made_up(config, dataset)
    return place._replace(folder=SYNTHETIC / registry.reader_name(dataset)) if made_up else place


# Data sets whose files are listed by this run: input functions are called for all jobs before parameters are.
LISTED = set()


def manifests_for(wildcards):
    """What the downloads of a listed data set leave."""
    LISTED.add(wildcards.dataset)
    return manifests_of(wildcards.dataset)


@functools.cache
def look_for(names):
    """Stop before any job where a data set of the run has no file, and name every such data set at once; the logs of their
    lists, where one looks for it, say the same."""
    absent = datasets.search(config, DATASETS, names, RAW)
    if absent:
        sentence = f"source: {config['source']}: {absent}"
        for name in [] if workflow.dryrun else names:
            log = Path(log_of("list_files", name))
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(f"{sentence}\n", encoding="utf-8")
        raise WorkflowError(sentence)


def is_found_here(name):
    """Whether the files of a data set are neither made nor fetched by this run."""
    return not datasets.is_made_up(config, name) and not manifests_of(name)


def listing_state(wildcards):
    """Changes when a file of the data set does, so that its list is made again; of files made or fetched here the jobs tell."""
    if not is_found_here(wildcards.dataset):
        return "made"
    look_for(tuple(sorted(filter(is_found_here, LISTED))))
    folder, pattern, glob = location(wildcards.dataset)
    return inventory.state(folder, pattern, glob=glob)


def place_of(wildcards, input):
    """Folder, pattern and kind of pattern of a data set's files; as `raw_folder`, since `state` tells whether they changed."""
    return [str(part) for part in location(wildcards.dataset)]


def list_of_synthesis(wildcards):
    """List of the synthetic files of a data set's reader; files of a user's own and maps that come with the library have none."""
    if not datasets.is_made_up(config, wildcards.dataset):
        return []
    return str(SYNTHETIC / f"{registry.reader_name(wildcards.dataset)}.txt")


def list_of(dataset):
    """List of the files of a data set; a synthetic product comes with its list, but both versions of GLDAS share one, and
    a user's pattern may ask for some of the files."""
    comes_with = datasets.is_made_up(config, dataset) and not dataset.startswith("gldas_")
    comes_with &= "pattern" not in config["datasets"].get(dataset, {})
    return str(SYNTHETIC / f"{dataset}.txt") if comes_with else result(f"prepared/files_{dataset}.txt")


def lists_of(names):
    """Lists of the files of several data sets."""
    return [list_of(name) for name in names]


def soil_moisture_lists(wildcards):
    """Lists of the files of a study's soil moisture, the older version first."""
    return lists_of(datasets.soil_moisture(config, wildcards.study))


def shift_of_versions(wildcards):
    """Shift between the versions of a study's soil moisture, where the configuration asks for it."""
    return prepared("variability", "splice_shift") if datasets.versions_are_adjusted(config, wildcards.study) else []


def of_the_study(key):
    """A key of the configuration of the study that a job is for."""
    return lambda wildcards: config[wildcards.study][key]


def reader_of_soil_moisture(study):
    """Reader of a study's soil moisture."""
    return registry.reader_name(config[study]["product"], config)


def options_of_soil_moisture(wildcards):
    """What the reader of a study's soil moisture must be told."""
    return registry.options_of(config, wildcards.study, config[wildcards.study]["product"])


def reader_in_study_a(variable):
    """Reader of productivity or land cover of the variability study."""
    return registry.reader_name(datasets.variability_source(config, variable), config)


def options_in_study_a(variable):
    """What the reader of productivity or land cover of the variability study must be told."""
    return registry.options_of(config, "variability", datasets.variability_source(config, variable))


def field_list(wildcards):
    """List of the files of a variable of the dependence study."""
    return list_of(datasets.source_of(config, wildcards.name))


def reader_of_field(wildcards):
    """Reader of a variable of the dependence study."""
    return registry.reader_name(datasets.source_of(config, wildcards.name), config)


def options_of_field(wildcards):
    """What the reader of a variable of the dependence study must be told."""
    return registry.options_of(config, "dependence", datasets.source_of(config, wildcards.name))


def region_list(wildcards):
    """List of the files of a study's regions."""
    return list_of(datasets.regions_of(config, wildcards.study))


def reader_of_regions(wildcards):
    """Reader of a study's regions."""
    return registry.reader_name(datasets.regions_of(config, wildcards.study), config)


def options_of_regions(wildcards):
    """What the reader of a study's regions must be told."""
    return registry.options_of(config, wildcards.study, datasets.regions_of(config, wildcards.study))


# Tables that a study has for each region too.
TABLES_BY_REGION = {
    "variability": [
        f"{name}_by_region" for name in ("year_intervals", "shares", "trends", "trend_tests", "trend_shares")
    ],
    "dependence": [
        f"{name}_by_region"
        for name in ("year_intervals", "copula_families", "copula_tails", "copula_reasons", "optimal_lags")
        + (("strong_controls", "control_year_intervals") if config["dependence"]["controls"] else ())
    ],
}


# Those of them that the report shows; the others have thousands of rows.
REPORTED_BY_REGION = (
    "trends_by_region",
    "trend_tests_by_region",
    "strong_controls_by_region",
    "optimal_lags_by_region",
)


def region_tables(study):
    """Tables by region of a study that the report shows; the published ecoregions of study B have their own table only."""
    published = study == "dependence" and config[study]["regions"] == datasets.ECOREGIONS
    chosen = datasets.has_regions(config, study) and not published
    reported = [name for name in TABLES_BY_REGION[study] if name in REPORTED_BY_REGION]
    return [result(f"tables/{study}/{name}.csv") for name in reported] if chosen else []


def has_other_regions(study):
    """Whether a study has regions other than WWF's ecoregions or biomes, which bring names of their own."""
    return datasets.has_regions(config, study) and datasets.regions_of(config, study) != datasets.ECOREGIONS


def regions_if_any(study):
    """Prepared regions of a study; none where it has none."""
    return prepared(study, "ecoregions") if datasets.has_regions(config, study) else []


def all_monthly():
    """Prepared products of this run that have months, or years made of months."""
    paths = [path for study in STUDIES for path in prepared_years(study, "soil_moisture")]
    if "dependence" in STUDIES:
        paths += [path for name in datasets.dependence_variables(config) for path in prepared_years("dependence", name)]
    if "variability" in STUDIES and config["variability"]["productivity"]:
        paths += [prepared("variability", "annual_productivity")]
    return paths


def all_prepared():
    """Every prepared product of this run."""
    paths = [prepared(study, "cells") for study in STUDIES] + all_monthly()
    paths += [prepared(study, "ecoregions") for study in STUDIES if datasets.has_regions(config, study)]
    if "variability" in STUDIES and config["variability"]["productivity"]:
        paths += [prepared("variability", "land_cover")]
    return paths


def fingerprint_with_reader(script, product, *prepared):
    """Fingerprint of a script that uses the reader of a product, whose name only the configuration knows, and of what it prepares
    where the name of the file says so."""
    return fingerprints.fingerprint(SOURCES / f"{script}.py", f"vadose.formats.{product}", *prepared)
