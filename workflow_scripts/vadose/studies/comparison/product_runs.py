"""A comparison of products that one configuration lists: a run of each, and the comparison of these runs."""

from collections.abc import Mapping
from pathlib import Path

from vadose.studies.comparison.runs import FILES
from vadose.studies.sensitivity.plan import merged


def configurations(config: Mapping) -> list[dict]:
    """Configurations of the runs of the products, in their order, and then that of their comparison.

    Parameters
    ----------
    config : mapping
        The merged, validated configuration, with `compare.products`: name and overlay each.

    Returns
    -------
    list of dict
        Runs of products are called <run>-<name>; finished runs of `compare.runs` stand before them in the comparison.
    """
    alone = merged(config, {"sensitivity": False, "compare": {"runs": [], "products": []}})
    listed = [
        merged(alone, product["overlay"]) | {"run": f"{config['run']}-{product['name']}"}
        for product in config["compare"]["products"]
    ]
    results = Path(config["paths"]["results"])
    folders = [*config["compare"]["runs"], *(str(results / one["run"]) for one in listed)]
    return [*listed, merged(alone, {"compare": {"runs": folders}})]


def targets(config: Mapping) -> list[str]:
    """What is asked of a run of `configurations`: the merged products that are compared, or the comparison."""
    if config["compare"]["runs"]:
        return ["compare"]
    folder = Path(config["paths"]["results"]) / config["run"]
    merged_products = [folder / study / f"{name}.nc" for study in config["studies"] for name in FILES[study]]
    return [str(path) for path in (folder / "prepared/land_mask.nc", *merged_products)]
