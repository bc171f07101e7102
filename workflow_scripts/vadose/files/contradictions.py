"""What a configuration cannot mean although each of its keys is valid: each case with its reason, in one sentence."""

import difflib
import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from vadose.core import formulas, regions
from vadose.core.calendar import FEWEST_YEARS_OF_LINE
from vadose.files import datasets

STUDIES = ("variability", "dependence")
LAYERS_OF = {"gldas": 4, "era5_land": 4}  # of soil moisture, of the products that the workflow knows
ONLY_WITH_READER = (*datasets.DESCRIPTION, "name", "title", "version", "doi", "licence")
LAND_COVER_GROUPS = ("forests", "shrublands", "grasslands", "croplands", "water", "urban", "ice", "barren")
LEAST_CELLS = 2  # rows and columns of a grid
ROUNDING = 1e-6
FIRST_OF_2_1 = 2000  # of GLDAS


def contradictions(config: Mapping) -> Iterator[str]:
    """Sentences about keys that contradict one another.

    Parameters
    ----------
    config : mapping
        Complete, and valid key by key.
    """
    for study in STUDIES:
        yield from _years(config[study]["years"], f"{study}.years")
        yield from _grid(config[study]["grid"], f"{study}.grid")
    yield from _periods(config["variability"])
    yield from _blocks(config["variability"])
    yield from _splice(config["variability"])
    yield from _productivity(config["variability"])
    yield from _layers(config)
    yield from _own(config)
    yield from _classes(config)
    yield from _covariates(config["dependence"])
    yield from _formula(config["dependence"])
    yield from _made_up(config)
    if config["dependence"]["risk"] and config["dependence"]["copula"]["engine"] != "batch":
        yield (
            "Configuration: expected dependence.copula.engine batch for dependence.risk, whose averages need the "
            f"fits of all families, found {config['dependence']['copula']['engine']}. Set either otherwise."
        )
    if config["dependence"]["drivers"] and config["dependence"]["regions"] == datasets.NO_REGIONS:
        yield (
            "Configuration: expected dependence.regions for the driver models, one for each region, found none. Name "
            "regions, or set dependence.drivers: false."
        )


def _own(config: Mapping) -> Iterator[str]:
    """Keys that describe a data set of a user's own."""
    for name, entry in config["datasets"].items():
        if re.fullmatch(r"[a-z0-9_]+", name) is None:
            yield (
                f"Configuration: expected ids of data sets in small letters, digits and _, found datasets.{name}. "
                "Rename it."
            )
        idle = [key for key in ONLY_WITH_READER if key in entry]
        if idle and "reader" not in entry:
            yield (
                f"Configuration: expected datasets.{name}.{idle[0]} beside datasets.{name}.reader, found no reader. "
                "Add reader: generic if the data set is your own."
            )
        if "reader" in entry and not {"folder", "pattern"} & set(entry):
            yield (
                f"Configuration: expected datasets.{name}.folder or datasets.{name}.pattern, found neither. Say where "
                "the files of the data set lie."
            )


def _covariates(part: Mapping) -> Iterator[str]:
    """Predictors of the ridge regressions, and covariates of a user's own."""
    usual = (*datasets.RIDGE, *(name for name in datasets.DEPENDENCE if name != "precipitation"))
    for key in ("covariates", "static_covariates"):
        for name in part[key]:
            if name in (*usual, *datasets.DEPENDENCE, "soil_moisture", "ecoregions", "regions", "cells"):
                yield (
                    f"Configuration: expected a name of its own for each of dependence.{key}, found {name}, which the "
                    "workflow uses. Rename it."
                )
    for name in sorted(set(part["covariates"]) & set(part["static_covariates"])):
        yield (
            f"Configuration: expected {name} once, found it in dependence.covariates, whose values change with time, "
            "and in dependence.static_covariates. Take it out of one."
        )
    if part["frozen"]["snow"] not in ("air", *part["covariates"]):
        yield (
            f"Configuration: expected dependence.frozen.snow to be air or a covariate of your own, found "
            f"{part['frozen']['snow']}. Name the data set of snow in dependence.covariates."
        )
    if not part["controls"]:
        return
    permitted = (*usual, *part["covariates"])
    for key in ("predictors", "adjusted_for"):
        for name in part["ridge"][key]:
            if name not in permitted:
                yield (
                    f"Configuration: expected dependence.ridge.{key} among {', '.join(permitted)}, found {name}. "
                    f"{_nearest(name, permitted)}Covariates of your own are named in dependence.covariates."
                )
    both = sorted(set(part["ridge"]["predictors"]) & set(part["ridge"]["adjusted_for"]))
    if both:
        yield (
            f"Configuration: expected each predictor once, found {', '.join(both)} in dependence.ridge.predictors and "
            "in dependence.ridge.adjusted_for. Take it out of one."
        )


def _formula(part: Mapping) -> Iterator[str]:
    """The formula of the driver models, its covariates and the priors of its terms."""
    if not part["drivers"]:
        return
    models = part["driver_models"]
    try:
        names, terms = formulas.parse(models["formula"])
    except ValueError as error:
        yield f"Configuration: {error}"
        return
    static = part["static_covariates"]
    permitted = (*datasets.DRIVERS, *part["covariates"], *static)
    for name in names:
        if name not in permitted:
            called = [short for short, variable in datasets.DRIVERS.items() if variable == name]
            yield (
                f"Configuration: expected {formulas.KEY} of {', '.join(permitted)}, found {name}. "
                + (f"Call it {called[0]}. " if called else _nearest(name, permitted))
                + "Covariates of your own are named in dependence.covariates and dependence.static_covariates."
            )
    titles = [formulas.name_of(names, powers) for powers in terms]
    constant = [
        title
        for title, powers in zip(titles, terms, strict=True)
        if all(name in static for name, power in zip(names, powers, strict=True) if power)
    ]
    if constant and models["group"] == "cell":
        yield (
            f"Configuration: expected terms of {formulas.KEY} that vary within a cell where "
            f"dependence.driver_models.group is cell, found {', '.join(constant)}, which the intercept of each cell "
            "holds already. Group by block, year or none, or keep its products alone, as Ta:elevation."
        )
    for name in models["priors"].get("terms", {}):
        if name not in titles:
            yield (
                f"Configuration: expected dependence.driver_models.priors.terms of {', '.join(titles)}, found {name}. "
                f"{_nearest(name, titles)}Correct it, or the formula."
            )


def _classes(config: Mapping) -> Iterator[str]:
    """Names of the codes of rasters of a user's own."""
    for name, entry in config["datasets"].items():
        held = [code for codes in entry.get("classes", {}).values() for code in codes]
        twice = sorted({code for code in held if held.count(code) > 1})
        if twice:
            yield (
                f"Configuration: expected each code of datasets.{name}.classes in one group, found "
                f"{', '.join(map(str, twice))} in two."
            )
    name = datasets.variability_source(config, "land_cover")
    if datasets.is_own(config, name) and config["variability"]["productivity"]:
        groups = config["datasets"][name].get("classes", {})
        if not any(groups.values()):
            yield (
                f"Configuration: expected datasets.{name}.classes, the codes of each group of land cover, found none. "
                "Give them, as {forests: [1, 2], croplands: [10], water: [0]} (docs/add_dataset.md)."
            )
        for strange in sorted(set(groups) - set(LAND_COVER_GROUPS)):
            yield (
                f"Configuration: expected datasets.{name}.classes to be of {', '.join(LAND_COVER_GROUPS)}, found "
                f"{strange}. Say which of them it is."
            )


def _made_up(config: Mapping) -> Iterator[str]:
    """Variables that the synthetic Earth has in one product only."""
    for variable, choices in datasets.DEPENDENCE.items():
        chosen = config["dependence"][variable]
        if config["source"] == "synthetic" and chosen in choices[1:] and chosen != "era5_land":
            yield (
                f"Configuration: expected dependence.{variable} to be {choices[0]} where source is synthetic, found "
                f"{chosen}: the synthetic {chosen} holds soil moisture alone. Take {choices[0]}, or source: local or "
                "archive."
            )
    productivity = datasets.variability_source(config, "gross_primary_productivity")
    if config["source"] == "synthetic" and config["variability"]["productivity"] and productivity == "vodca2_gpp":
        yield (
            "Configuration: expected variability.gross_primary_productivity to be gosif_gpp where source is synthetic, "
            "found vodca2_gpp, which is made up for the dependence study alone. Take gosif_gpp, or source: local or "
            "archive."
        )


def unknown_names(
    config: Mapping, catalogued: Collection[str], readers: Collection[str], variables: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Sentences about names of data sets and products that nothing is known of.

    Parameters
    ----------
    config : mapping
        Complete and valid.
    catalogued : collection of str
        Ids of the catalogue of data sets.
    readers : collection of str
        Names of products that have a reader.
    variables : mapping
        What the reader of a product of the configuration gives, by product.
    """
    own = {name for name in config["datasets"] if datasets.is_own(config, name)}
    products = {study: config[study]["product"] for study in STUDIES if study in config["studies"]}
    for study, product in products.items():
        if product not in readers and product not in own:
            yield (
                f"Configuration: expected {study}.product to be a product that has a reader, one of "
                f"{', '.join(sorted(readers))}, or a data set of your own, found {product}. "
                f"{_nearest(product, {*readers, *own})}Describe yours under datasets.{product} "
                "(docs/add_dataset.md)."
            )
        elif "soil_moisture" not in variables.get(product, ("soil_moisture",)):
            yield (
                f"Configuration: expected {study}.product to give soil moisture, found {product}, which gives "
                f"{', '.join(variables[product])}. Name another product."
            )
    roles = [role for study in products for role in datasets.roles(config, study)]
    usual = {*catalogued, *products.values(), *(role.dataset for role in roles)}
    for key, name, choices in roles:
        if name not in choices and name not in own:
            yield (
                f"Configuration: expected {key} to be {_listed(choices)}a data set of your own, found {name}. "
                f"{_nearest(name, {*choices, *own})}Describe yours under datasets.{name} (docs/add_dataset.md)."
            )
    for name in own & set(catalogued):
        yield (
            f"Configuration: expected a data set of your own under an id of its own, found {name}, which "
            f"{config['downloads']['catalogue']} has. Rename it, and name it where it is used."
        )
    for name in config["datasets"]:
        if name not in usual:
            yield (
                f"Configuration: expected datasets to name data sets of {config['downloads']['catalogue']} or the "
                f"product of a study, found {name}. {_nearest(name, usual)}Known are {', '.join(sorted(usual))}."
            )


def _listed(choices: Sequence[str]) -> str:
    return f"{' or '.join(choices)}, or " if choices else ""


def _nearest(name: str, candidates: Collection[str]) -> str:
    near = difflib.get_close_matches(name, sorted(candidates), 1)
    return f"Did you mean {near[0]}? " if near else ""


def _years(years: Sequence[int], key: str) -> Iterator[str]:
    first, last = years
    if first > last:
        yield f"Configuration: expected {key} to be [first, last] in order, found [{first}, {last}]."


def _grid(grid: Mapping, key: str) -> Iterator[str]:
    south, north, west, east, spacing = (grid[name] for name in ("south", "north", "west", "east", "spacing"))
    if south >= north:
        yield (
            f"Configuration: expected {key}.south to lie below {key}.north, found south {south:g} and north {north:g}. "
            "Exchange the two."
        )
        return
    width = regions.width_of(west, east)
    if west == east or width > 360 + ROUNDING:
        yield (
            f"Configuration: expected {key}.west to {key}.east to span more than 0 and at most 360 degrees, found west "
            f"{west:g} and east {east:g}. The globe is -180 to 180 or 0 to 360; a region across the date line has its "
            "east below its west, as 170 to -170."
        )
        return
    for low, high, extent in (("south", "north", north - south), ("west", "east", width)):
        share = extent / spacing
        if abs(share - round(share)) > ROUNDING:
            yield (
                f"Configuration: expected {key}.{low} to {high} to hold a whole number of cells of {spacing:g} "
                f"degrees, found {extent:g} degrees, which are {share:g} cells. Move an edge or change the spacing."
            )
        elif round(share) < LEAST_CELLS:
            yield (
                f"Configuration: expected {key}.{low} to {high} to hold at least {LEAST_CELLS} cells, found one of "
                f"{spacing:g} degrees. Widen the region or make the spacing smaller."
            )


def _periods(part: Mapping) -> Iterator[str]:
    first, last = part["years"]
    for period in part["periods"]:
        begin, end = period
        if begin > end:
            yield f"Configuration: expected each of variability.periods to be [first, last] in order, found {period}."
        elif not first <= begin <= end <= last:
            yield (
                f"Configuration: expected each of variability.periods to lie within variability.years [{first}, "
                f"{last}], found {period}."
            )
        elif end - begin + 1 < FEWEST_YEARS_OF_LINE:
            yield (
                f"Configuration: expected each of variability.periods to have at least {FEWEST_YEARS_OF_LINE} years, "
                f"since a line through two leaves no variability, found {period}."
            )
    for one, other in itertools.pairwise(sorted(list(period) for period in part["periods"])):
        if one == other:
            yield f"Configuration: expected each of variability.periods once, found {one} again."
        elif other[0] <= one[1]:
            yield (
                f"Configuration: expected variability.periods that do not overlap, found {one} and {other}, which "
                f"share {other[0]}-{min(one[1], other[1])}. What is reported is the change between periods."
            )


def _blocks(part: Mapping) -> Iterator[str]:
    block, years = part["trend"]["block_years"], [end - begin + 1 for begin, end in part["periods"]]
    if block and "block_bootstrap" in part["trend"]["tests"] and 2 * block > min(years, default=2 * block):
        yield (
            "Configuration: expected variability.trend.block_years to fit twice into each of variability.periods, "
            f"since one block tells no interval, found {block} and a period of {min(years)} years. Shorten the "
            "blocks, or write null: by the length of the record."
        )


def _splice(part: Mapping) -> Iterator[str]:
    first, last = part["splice_overlap"]
    if part["product"] != "gldas":
        return
    yield from _years((first, last), "variability.splice_overlap")
    year, (begin, end) = part["splice_year"], part["years"]
    # The year in which V2.1 begins is right for any years: those before it are of V2.0, those from it on of V2.1.
    if part["splice"] in ("raw", "adjusted") and year not in (None, FIRST_OF_2_1) and not begin <= year <= end:
        yield (
            f"Configuration: expected variability.splice_year to lie within variability.years [{begin}, {end}], found "
            f"{year}. For V2.1 alone write splice_year: null, for V2.0 alone splice: 2.0_only."
        )


def _productivity(part: Mapping) -> Iterator[str]:
    if not part["productivity"]:
        return
    years = part["productivity_years"]
    yield from _years(years, "variability.productivity_years")
    if years[1] < part["years"][0] or years[0] > part["years"][1]:
        yield (
            f"Configuration: expected variability.productivity_years to share years with variability.years "
            f"{list(part['years'])}, found {list(years)}. Correct one of them, or set variability.productivity: false."
        )
    year = part["land_cover"]["year"]
    if isinstance(year, str) and year not in ("any", "stable"):
        yield f"Configuration: expected variability.land_cover.year to be a year, any or stable, found {year}."


def _layers_of(config: Mapping, product: str) -> int | None:
    """How many layers of soil moisture a product has; None where its files alone say it."""
    if not datasets.is_own(config, product):
        return LAYERS_OF.get(product)
    entry = config["datasets"][product]
    names = entry.get("variable", "")
    return len(entry.get("layers", ())) or (len(names) if not isinstance(names, str) and len(names) > 1 else None)


def _layers(config: Mapping) -> Iterator[str]:
    part, product = config["variability"], config["variability"]["product"]
    limits, count, own = part["limits"], _layers_of(config, product), datasets.is_own(config, product)
    if (product == "gldas" or (own and count is not None and "variability" in config["studies"])) and len(
        limits
    ) != count:
        yield (
            f"Configuration: expected variability.limits to be {count} number{'s' * (count != 1)}, one for each "
            f"layer of {product}, found {len(limits)}."
        )
    elif count is not None and not own and not 1 <= len(limits) <= count:
        yield (
            f"Configuration: expected variability.limits to be 1 to {count} numbers, one for each layer of {product} "
            f"from the surface down, found {len(limits)}."
        )
    product, count = config["dependence"]["product"], _layers_of(config, config["dependence"]["product"])
    beyond = [layer for layer in config["dependence"]["layers"] if count is not None and layer > count]
    if beyond:
        yield (
            f"Configuration: expected dependence.layers among 1 to {count}, the layers of {product}, found "
            f"{', '.join(map(str, beyond))}."
        )
