"""What a configuration needs of the archives: data sets, years and options, as `plan.plan` takes them. Pure: no folder
is looked at."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vadose.files import datasets

EVERY_LAYER = 4  # of ERA5-Land
ERA5_LAND = {  # native names
    "precipitation": "tp",
    "evapotranspiration": "e",
    "air_temperature": "t2m",
    "soil_temperature": "stl1",
}


def wanted(config: Mapping, raw: Path, catalogued: Mapping) -> dict[str, dict]:
    """Options of every data set of the configuration's studies.

    Parameters
    ----------
    config : mapping
        The merged, validated configuration.
    raw : Path
        The raw folder, to which `datasets.<id>.folder` is relative.
    catalogued : mapping
        Ids of the catalogue; a product of your own, which no archive has, is left out.

    Returns
    -------
    dict of id -> options
        years (first, last); for ERA5-Land route and variables; way and area where the configuration chooses them, and
        then for GLDAS the variables; folder or local where it says that files lie elsewhere.
    """
    entries: dict[str, dict] = {}
    for study in config["studies"]:
        for need in datasets.needed(config, study):
            _want(entries, need.dataset, need.years)
            if need.dataset == "era5_land" and need.variable == "soil_moisture":
                beside = [ERA5_LAND[name] for name in config["era5_land"]["variables"]]
                _want_of_era5_land(entries["era5_land"], config, [*_layers(config, study), *beside])
            elif need.dataset == "era5_land":
                _want_of_era5_land(entries["era5_land"], config, [ERA5_LAND[need.variable]])
            elif config["datasets"].get(need.dataset, {}).get("way") == "subset":
                entry = entries[need.dataset]
                entry["variables"] = sorted({*entry.get("variables", ()), need.variable})
    for name, options in entries.items():
        options |= _place(config["datasets"].get(name, {}), name, Path(raw))
    return {name: entries[name] for name in catalogued if name in entries}


def _want(entries: dict[str, dict], name: str, years: tuple[int, int]) -> None:
    """Ask for a data set; asked for twice, it covers the years of both."""
    entry = entries.setdefault(name, {"years": years})
    entry["years"] = (min(entry["years"][0], years[0]), max(entry["years"][1], years[1]))


def _layers(config: Mapping, study: str) -> list[str]:
    """Native names of the soil moisture layers of a study."""
    count = min(len(config["variability"]["limits"]), EVERY_LAYER)
    layers = config["dependence"]["layers"] if study == "dependence" else range(1, count + 1)
    return [f"swvl{layer}" for layer in layers]


def _want_of_era5_land(entry: dict, config: Mapping, names: Sequence[str]) -> None:
    """Ask for variables by their native names, besides those asked for already."""
    entry["route"] = config["era5_land"]["route"]
    entry["variables"] = sorted({*entry.get("variables", ()), *names})


def _place(own: Mapping, name: str, raw: Path) -> dict:
    """Where the configuration says that files of a data set lie, and how the others come."""
    folder = raw / own.get("folder", name)
    chosen = {key: own[key] for key in ("way", "area") if own.get(key)}
    if "pattern" in own:
        return chosen | {"local": str(folder / "**" / own["pattern"])}
    return chosen | ({"folder": str(folder)} if "folder" in own else {})
