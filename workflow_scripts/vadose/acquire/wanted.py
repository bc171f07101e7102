"""What a configuration needs of the archives: data sets, years and options, as `plan.plan` takes them. Pure: no folder
is looked at."""

from collections.abc import Mapping
from pathlib import Path

EVERY_LAYER = 4  # of ERA5-Land


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
        years (first, last); for ERA5-Land route and variables; folder or local where the configuration says that files
        lie elsewhere.
    """
    entries: dict[str, dict] = {}
    if "variability" in config["studies"]:
        _variability(config, entries)
    if "dependence" in config["studies"]:
        _dependence(config, entries)
    for name, options in entries.items():
        options |= _place(config["datasets"].get(name, {}), name, Path(raw))
    return {name: entries[name] for name in catalogued if name in entries}


def _want(
    entries: dict[str, dict],
    name: str,
    years: tuple[int, int],
    layers: list[int] | None = None,
    route: str | None = None,
) -> None:
    """Ask for a data set; asked for twice, it covers the years and layers of both."""
    entry = entries.setdefault(name, {"years": tuple(years)})
    entry["years"] = (min(entry["years"][0], years[0]), max(entry["years"][1], years[1]))
    if route is not None:
        entry["route"] = route
        entry["variables"] = sorted({*entry.get("variables", ()), *(f"swvl{layer}" for layer in layers or ())})


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
    old, new = (first, year - 1), (year, last)
    if splice == "adjusted" and first < year:
        return {
            "gldas_2_0": (first, max(year - 1, overlap[1])),
            "gldas_2_1": (min(year, overlap[0]), max(last, overlap[1])),
        }
    return {
        name: span
        for name, span in (("gldas_2_0", (old[0], min(old[1], last))), ("gldas_2_1", (max(new[0], first), last)))
        if span[0] <= span[1]
    }


def _variability(config: Mapping, entries: dict[str, dict]) -> None:
    part = config["variability"]
    if part["product"] == "gldas":
        for name, years in gldas_versions(part).items():
            _want(entries, name, years)
    elif part["product"] == "era5_land":
        layers = list(range(1, min(len(part["limits"]), EVERY_LAYER) + 1))
        _want(entries, "era5_land", part["years"], layers, config["era5_land"]["route"])
    else:
        _want(entries, part["product"], part["years"])
    if part["productivity"]:
        _want(entries, "gosif_gpp", part["productivity_years"])
        year = config["variability"]["land_cover"]["year"]
        span = {"any": (part["productivity_years"][1],) * 2, "stable": part["productivity_years"]}
        _want(entries, "mcd12c1", span[year] if year in span else (int(year), int(year)))


def _dependence(config: Mapping, entries: dict[str, dict]) -> None:
    part, years = config["dependence"], config["dependence"]["years"]
    if part["product"] == "era5_land":
        _want(entries, "era5_land", years, part["layers"], config["era5_land"]["route"])
    else:
        _want(entries, "gldas_2_1" if part["product"] == "gldas" else part["product"], years)
    _want(entries, "gldas_2_1" if part["precipitation"] == "gldas" else part["precipitation"], years)
    controls = ("gleam", "cru_ts") if part["controls"] else ()
    drivers = ("cru_ts", "cci_lst", "vodca2_gpp", "wwf_ecoregions") if part["drivers"] else ()
    for name in (*controls, *drivers):
        _want(entries, name, years)


def _place(own: Mapping, name: str, raw: Path) -> dict[str, str]:
    """Where the configuration says that files of a data set lie."""
    folder = raw / own.get("folder", name)
    if "pattern" in own:
        return {"local": str(folder / "**" / own["pattern"])}
    return {"folder": str(folder)} if "folder" in own else {}
