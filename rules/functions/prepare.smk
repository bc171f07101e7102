"""What the rules of prepare.smk are made from: preparing: every product on the packed land cells of its study, monthly or annual, one job per product and group of years. No rules."""

import re

from vadose.files import inventory, references
from vadose.formats import registry

from vadose.acquire import wanted

# What each variable of the dependence study is made from.
DEPENDENCE_SOURCES = {
    "precipitation": (
        "gldas_2_1" if config["dependence"]["precipitation"] == "gldas" else config["dependence"]["precipitation"]
    ),
    "evapotranspiration": "gleam",
    "air_temperature": "cru_ts",
    "land_surface_temperature": "cci_lst",
    "gross_primary_productivity": "vodca2_gpp",
    "ecoregions": "wwf_ecoregions",
}


def soil_moisture_datasets(study):
    """Data sets that soil moisture of a study is made from, oldest first."""
    product, part = config[study]["product"], config["variability"]
    if product != "gldas":
        return [product]
    return ["gldas_2_1"] if study == "dependence" else list(wanted.gldas_versions(part))


def adjusted(study):
    """Whether the older version of the product is shifted to the newer one."""
    return (
        study == "variability"
        and config["variability"]["splice"] == "adjusted"
        and len(soil_moisture_datasets(study)) == 2
    )


def reader_options(study):
    """What the reader of a study's soil moisture must be told."""
    return registry.options_of(config, study, config[study]["product"])


def has_days(name):
    """Whether a variable comes from daily fields."""
    return name == "precipitation" and config["dependence"]["precipitation"] == "gpcp_daily"


def dependence_variables():
    """Monthly variables of the dependence study besides soil moisture."""
    part, names = config["dependence"], ["precipitation"]
    names += ["evapotranspiration", "air_temperature"] if part["controls"] else []
    names += ["air_temperature", "land_surface_temperature", "gross_primary_productivity"] if part["drivers"] else []
    return list(dict.fromkeys(names))


def datasets_of(study):
    """All data sets of a study."""
    names = soil_moisture_datasets(study)
    if study == "variability":
        return names + (["mcd12c1", "gosif_gpp"] if config["variability"]["productivity"] else [])
    names += [DEPENDENCE_SOURCES[name] for name in dependence_variables()]
    return names + (["wwf_ecoregions"] if config["dependence"]["drivers"] else [])


BIBLIOGRAPHY = references.entries((PROJECT / "config/references.bib").read_text(encoding="utf-8"))


def sources(study):
    """Provenance of the data sets of a study, with the publication to cite in BibTeX."""
    keys = ("title", "version", "doi", "licence")
    return [
        {
            "id": name,
            **{key: DATASETS.get(name, {}).get(key, "not catalogued") for key in keys},
            "synthetic": config["source"] == "synthetic",
            "bibtex": BIBLIOGRAPHY.get(DATASETS.get(name, {}).get("citation"), ""),
        }
        for name in datasets_of(study)
    ]


def location(dataset):
    """Folder, pattern and kind of pattern of a data set's files."""
    if config["source"] == "synthetic":
        return SYNTHETIC / registry.reader_name(dataset), DATASETS[dataset]["files"]["pattern"], False
    own = config["datasets"].get(dataset, {})
    folder = RAW / own.get("folder", dataset)
    if "pattern" in own or dataset not in DATASETS:
        # Placeholders serve where files are fetched; a list of what lies there takes them for anything.
        return folder, re.sub(r"{[^}]*}", "*", own.get("pattern", "*")), True
    return folder, DATASETS[dataset]["files"]["pattern"], False


def listing_state(wildcards):
    """Changes when a file of the data set does, so that its list is made anew; of files made or fetched here the jobs tell."""
    folder, pattern, glob = location(wildcards.dataset)
    made = config["source"] == "synthetic" or manifests_of(wildcards.dataset)
    return "made" if made else inventory.state(folder, pattern, glob=glob)


def files_of(datasets):
    """Lists of the files of data sets; a synthetic product comes with its list, but both versions of GLDAS share one."""

    def listed(name):
        made = config["source"] == "synthetic" and not name.startswith("gldas_")
        return str(SYNTHETIC / f"{name}.txt") if made else result(f"prepared/files_{name}.txt")

    return [listed(name) for name in datasets]


def all_prepared():
    """Every prepared product of this run."""
    found = []
    for study in STUDIES:
        found += [prepared(study, "cells"), *prepared_years(study, "soil_moisture")]
    if "dependence" in STUDIES:
        found += [path for name in dependence_variables() for path in prepared_years("dependence", name)]
        found += [prepared("dependence", "ecoregions")] if config["dependence"]["drivers"] else []
    if "variability" in STUDIES and config["variability"]["productivity"]:
        found += [prepared("variability", name) for name in ("land_cover", "annual_productivity")]
    return found


def fingerprint_with_reader(script, product, *prepared):
    """Fingerprint of a script that uses the reader of a product, whose name only the configuration knows, and of what it prepares
    where the name of the file says so."""
    return fingerprints.fingerprint(SCRIPTS / f"{script}.py", f"vadose.formats.{product}", *prepared)
