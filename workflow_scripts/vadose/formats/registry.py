"""The readers by name, and the options of a data set, bound once from the configuration for every caller.

A reader of your own is one module that keeps to `vadose.formats.protocol.Reader` and one line in `READERS`.
"""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import xarray as xr

from vadose.files import datasets
from vadose.formats.protocol import Reader

# Imported only when asked for: a job needs one product's libraries, and its fingerprint one product's code.
READERS = {
    "gldas": "vadose.formats.gldas",
    "era5_land": "vadose.formats.era5_land",
    "gpcp_daily": "vadose.formats.gpcp_daily",
    "cru_ts": "vadose.formats.cru_ts",
    "gleam": "vadose.formats.gleam",
    "vodca2_gpp": "vadose.formats.vodca2_gpp",
    "cci_lst": "vadose.formats.cci_lst",
    "gosif_gpp": "vadose.formats.gosif_gpp",
    "mcd12c1": "vadose.formats.mcd12c1",
    "wwf_ecoregions": "vadose.formats.wwf_ecoregions",
    "polygons": "vadose.formats.polygons",
    "generic": "vadose.formats.generic",
}


def reader(name: str) -> Reader:
    """The reader of a product.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name not in READERS:
        raise ValueError(
            f"{name}: expected the name of a reader, one of {', '.join(READERS)}. Correct the name, or enter your "
            "reader in vadose/formats/registry.py."
        )
    return cast(Reader, importlib.import_module(READERS[name]))


def reader_name(dataset: str, config: Mapping[str, Any] | None = None) -> str:
    """Name of the reader of a data set.

    Parameters
    ----------
    dataset : str
        Id in the catalogue (both versions of GLDAS have one reader), or of a data set of a user's own.
    config : mapping, optional
        The configuration, whose `datasets.<id>.reader` names the reader of a user's own.
    """
    if dataset in datasets.SHIPPED:
        return "polygons"
    own = (config or {}).get("datasets", {}).get(dataset, {})
    return own.get("reader") or ("gldas" if dataset.startswith("gldas_") else dataset)


@dataclass(frozen=True)
class BoundReader:
    """A reader together with the options of its data set, so that no caller can forget one.

    Attributes
    ----------
    name : str
        Of `READERS`.
    options : mapping
        Keyword arguments of the reader's `months` and `check`.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def times_of(self, path: Path) -> np.ndarray:
        """As `vadose.formats.protocol.Reader.times_of`."""
        return reader(self.name).times_of(path)

    def months(
        self, paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], *, allow_missing: bool = False
    ) -> Iterator[xr.Dataset]:
        """As `vadose.formats.protocol.Reader.months`, with the options of the data set.

        Parameters
        ----------
        paths : sequence of Path
            Files of the product, in any order.
        variables : sequence of str
            Canonical names, of `VARIABLES`.
        years : (first, last)
            Calendar years, inclusive.
        allow_missing : bool
            Whether steps within a month may be absent, which makes the month a missing one.
        """
        module = reader(self.name)
        unknown = [name for name in variables if name not in module.VARIABLES]
        if unknown:
            raise ValueError(
                f"{self.name}: expected variables of {', '.join(module.VARIABLES)}, found {', '.join(unknown)}. "
                "Name a product that has them."
            )
        yield from module.months(paths, variables, years, allow_missing=allow_missing, **self.options)

    def check(self, path: Path) -> None:
        """As `vadose.formats.protocol.Reader.check`, with the options of the data set."""
        reader(self.name).check(path, **self.options)


def options_of(config: Mapping[str, Any], study: str, dataset: str) -> dict[str, Any]:
    """Options of a data set in a study, as the configuration gives them.

    Parameters
    ----------
    config : mapping
        The merged, validated configuration.
    study : {"variability", "dependence"}
        Study that the data set serves.
    dataset : str
        Id in the catalogue, or name of a reader.

    Returns
    -------
    dict
        Keyword arguments of the reader; plain values, so that a rule can carry them as a parameter.
    """
    name = reader_name(dataset, config)
    if name == "generic":
        return datasets.description(config, study, dataset)
    if name == "era5_land":
        layers = (
            list(config["dependence"]["layers"])
            if study == "dependence"
            else list(range(1, len(config["variability"]["limits"]) + 1))
        )
        return {"route": config["era5_land"]["route"], "layers": layers}
    if name == "gpcp_daily":
        return {"wet_day_mm": config["dependence"]["wet_day_mm"]}
    if name == "wwf_ecoregions":
        rule = {"rule": datasets.rule_of_regions(config, study)}
        return rule | ({"biomes": list(range(1, 15))} if config[study]["regions"] == datasets.BIOMES else {})
    if name == "polygons":
        column = datasets.SHIPPED.get(dataset, config["datasets"].get(dataset, {})).get("name")
        return {"name": column, "rule": datasets.rule_of_regions(config, study)}
    return {}
