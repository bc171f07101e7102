"""Regions of a study: names, tables of each, false discovery rates inside them, and what a configuration may name."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from vadose.files import configuration, contradictions, datasets
from vadose.formats import registry
from vadose.studies import regions, year_tables
from vadose.studies.variability.regions import field


def test_names_are_wwfs_unless_the_regions_bring_their_own():
    axis = xr.Dataset({"ecoregion": ("cell", [1, 2, 0]), "name": ("region", ["a", "b"])})
    assert regions.names_of(axis) == {1: "a", 2: "b"} and regions.other_names(None) is None
    assert regions.names_of(axis.drop_vars("name"))[98] == "Lakes"
    by_model = xr.Dataset({"name": ("ecoregion", ["x", "y"])}, coords={"ecoregion": [4, 9]})
    assert regions.other_names(by_model) == {4: "x", 9: "y"}


def test_regions_with_cells_are_gathered_with_their_labels_in_front():
    codes, names = np.array([2, 0, 2, 7]), {1: "a", 2: "b", 7: "c"}
    parts = [
        (labels, {"sizes": pd.DataFrame({"cells": [inside.sum()]})}) for labels, inside in regions.each(codes, names)
    ]
    table = regions.gathered(parts)["sizes"]
    assert table.to_dict("list") == {"region": [2, 7], "region_name": ["b", "c"], "cells": [2, 1]}
    assert regions.gathered([]) == {}


def test_false_discovery_rate_is_that_of_the_region():
    """Five small p among five: all admitted; the same five among a hundred of no effect: only by chance."""
    p = np.array([0.04] * 5 + list(np.linspace(0.05, 1, 95)))
    both = xr.DataArray(p[:, None], dims=("cell", "period"), coords={"period": ["1-2"]})
    assert field(both.isel(cell=slice(0, 5)), 0.1)["rejected"].values.sum() == 5
    assert field(both, 0.1)["rejected"].values.sum() == 0


def merged(root, **changes) -> dict:
    config = yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8"))
    for study, keys in changes.items():
        config[study] |= keys
    return configuration.complete(config, configuration.load_schema(root / "config/schema.yaml"))


def test_the_published_regions_are_those_of_the_driver_models_alone(root):
    config = merged(root)
    assert not datasets.has_regions(config, "variability") and datasets.has_regions(config, "dependence")
    assert not datasets.has_regions(merged(root, dependence={"drivers": False}), "dependence")
    other = merged(root, dependence={"drivers": False, "regions": "ar6"}, variability={"regions": "wwf_biomes"})
    assert [datasets.regions_of(other, study) for study in ("dependence", "variability")] == ["ar6", "wwf_ecoregions"]
    needs = [(need.variable, need.dataset) for need in datasets.needed(other, "dependence")]
    assert ("regions", "ar6") in needs and "wwf_ecoregions" in datasets.of_study(other, "variability")
    assert registry.options_of(other, "dependence", "ar6") == {"name": "acronym", "rule": "centre"}
    assert registry.options_of(other, "variability", "wwf_ecoregions")["biomes"] == list(range(1, 15))
    assert registry.options_of(config, "dependence", "wwf_ecoregions") == {"rule": "centre"}


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"dependence": {"regions": "none"}}, "expected dependence.regions for the driver models"),
        ({"dependence": {"regions": "contries"}}, "dependence.regions to be .*Did you mean countries"),
        ({"variability": {"regions": "basins"}}, "variability.regions to be .*found basins"),
    ],
)
def test_regions_that_cannot_be_meant_are_refused(root, changes, words):
    config = merged(root, **changes)
    sentences = [
        *contradictions.contradictions(config),
        *contradictions.unknown_names(config, (), registry.READERS, {}),
    ]
    assert len([one for one in sentences if pd.Series([one]).str.contains(words).item()]) == 1, sentences


def test_shipped_regions_are_there_and_tell_where_they_come_from(root):
    config = merged(root, dependence={"regions": "countries"})
    place = datasets.location(config, {}, "countries", root / "data")
    assert (place.folder / place.pattern).is_file() and not datasets.is_made_up(config, "countries")
    rows = {row["id"]: row for row in datasets.sources(config, {}, {}, "dependence")}
    assert rows["countries"]["licence"] == "public domain" and not rows["countries"]["synthetic"]


def test_sums_of_bands_and_regions_are_named_by_one_part_even_where_none_are_added():
    total = xr.DataArray([[7.0], [3.0], [4.0]], dims=("region", "x"), coords={"region": ["all", "0|11", "40|12"]})
    for part, names in ((0, ["all", "0", "40"]), (-1, ["all", "11", "12"])):
        collapsed = year_tables.collapsed(total, part)
        assert collapsed["region"].values.tolist() == names and collapsed.values.ravel().tolist() == [7.0, 3.0, 4.0]
    added = year_tables.collapsed(total.assign_coords(region=["all", "0|11", "0|12"]), 0)
    assert added["region"].values.tolist() == ["all", "0"] and added.values.ravel().tolist() == [7.0, 7.0]
