"""Which data sets a run needs, for which years, and where their files lie."""

import copy
from pathlib import Path

import pytest
import yaml

from vadose.files import configuration, datasets


@pytest.fixture(scope="module")
def catalogue(root):
    return yaml.safe_load((root / "config/datasets.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def defaults(root):
    return configuration.complete({"source": "local"}, configuration.load_schema(root / "config/schema.yaml"))


def changed(config, **keys):
    """A configuration with other values: study__key=value."""
    other = copy.deepcopy(config)
    for key, value in keys.items():
        study, _, name = key.partition("__")
        if name:
            other[study][name] = value
        else:
            other[study] = value
    return other


def test_what_study_a_needs_for_which_years(defaults):
    config = changed(defaults, variability__years=[1990, 2020], variability__productivity_years=[2001, 2019])
    config["variability"]["land_cover"] = {"dataset": "mcd12c1", "mode": "regroup_first", "year": 2010}
    soil = [("soil_moisture", "gldas_2_0", (1990, 1999)), ("soil_moisture", "gldas_2_1", (2000, 2020))]
    rest = [("land_cover", "mcd12c1", (2010, 2010)), ("gross_primary_productivity", "gosif_gpp", (2001, 2019))]
    assert datasets.needed(config, "variability") == [*soil, *rest]
    for year, years in (("any", (2019, 2019)), ("stable", (2001, 2019)), ("2012", (2012, 2012))):
        config["variability"]["land_cover"]["year"] = year
        assert datasets.needed(config, "variability")[2].years == years
    assert datasets.needed(changed(config, variability__productivity=False), "variability") == soil
    own = changed(config, variability__product="mine", variability__productivity=False)
    assert datasets.needed(own, "variability") == [("soil_moisture", "mine", (1990, 2020))]


@pytest.mark.parametrize(
    "controls, drivers, expected",
    [
        (False, False, ["era5_land", "gpcp_daily"]),
        (True, False, ["era5_land", "gpcp_daily", "gleam", "cru_ts"]),
        (False, True, ["era5_land", "gpcp_daily", "cru_ts", "cci_lst", "vodca2_gpp", "wwf_ecoregions"]),
        (True, True, ["era5_land", "gpcp_daily", "gleam", "cru_ts", "cci_lst", "vodca2_gpp", "wwf_ecoregions"]),
    ],
)
def test_what_study_b_needs_for_its_stages(defaults, controls, drivers, expected):
    config = changed(defaults, dependence__controls=controls, dependence__drivers=drivers)
    assert datasets.of_study(config, "dependence") == expected
    assert {need.years for need in datasets.needed(config, "dependence")} == {tuple(config["dependence"]["years"])}


def test_gldas_alone_serves_soil_moisture_and_precipitation(defaults):
    config = changed(defaults, dependence__product="gldas", dependence__precipitation="gldas")
    config = changed(config, dependence__controls=False, dependence__drivers=False)
    assert datasets.of_study(config, "dependence") == ["gldas_2_1"]
    assert datasets.source_of(config, "precipitation") == "gldas_2_1"


def test_versions_are_adjusted_only_where_there_are_two(defaults):
    adjusted = changed(defaults, variability__splice="adjusted", variability__years=[1990, 2010])
    assert datasets.versions_are_adjusted(adjusted, "variability")
    assert not datasets.versions_are_adjusted(adjusted, "dependence")
    assert not datasets.versions_are_adjusted(changed(adjusted, variability__splice="raw"), "variability")
    assert not datasets.versions_are_adjusted(changed(adjusted, variability__years=[2001, 2010]), "variability")


@pytest.mark.parametrize(
    "own, folder, pattern, glob",
    [
        ({}, "/raw/gleam", None, False),
        ({"folder": "sub/gleam"}, "/raw/sub/gleam", None, False),
        ({"folder": "/disk/gleam"}, "/disk/gleam", None, False),
        ({"folder": "/disk/gleam", "pattern": "{year}/E_{month:02d}*.nc"}, "/disk/gleam", "*/E_**.nc", True),
    ],
)
def test_where_files_lie(defaults, catalogue, own, folder, pattern, glob):
    config = changed(defaults, datasets={"gleam": own})
    found = datasets.location(config, catalogue, "gleam", Path("/raw"))
    assert found == (Path(folder), pattern or catalogue["gleam"]["files"]["pattern"], glob)


def test_an_own_product_is_whatever_lies_in_its_folder(defaults, catalogue):
    assert datasets.location(defaults, catalogue, "mine", Path("/raw")) == (Path("/raw/mine"), "*", True)


def test_every_data_set_without_a_file_is_named_in_one_message(defaults, catalogue, tmp_path):
    names = datasets.of_study(defaults, "variability")
    (tmp_path / "mcd12c1").mkdir()
    for name in names[:2]:
        (tmp_path / name).mkdir()
    (tmp_path / "gldas_2_0/GLDAS_NOAH10_M.A194801.020.nc4").touch()
    (tmp_path / "gldas_2_1/GLDAS_NOAH10_M.A200001.021.nc4").touch()
    message = datasets.search(defaults, catalogue, names, tmp_path)
    assert "gldas" not in message
    assert f"mcd12c1: no file of that name ({tmp_path}/mcd12c1, files that match" in message
    assert f"gosif_gpp: no such folder ({tmp_path}/gosif_gpp, files that match" in message
    assert "mcd12c1 gives land_cover of the variability study" in message
    assert datasets.search(defaults, catalogue, names[:2], tmp_path) is None


def test_sources_name_the_catalogue_and_the_publication(defaults, catalogue):
    rows = datasets.sources(changed(defaults, variability__product="mine"), catalogue, {}, "variability")
    assert rows[0] == {
        "id": "mine",
        "title": "not catalogued",
        "version": "not catalogued",
        "doi": "not catalogued",
        "licence": "not catalogued",
        "synthetic": False,
        "bibtex": "",
    }
    cited = catalogue["mcd12c1"]["citation"]
    (row,) = [row for row in datasets.sources(defaults, catalogue, {cited: "@misc{x}"}, "variability") if row["bibtex"]]
    assert row["id"] == "mcd12c1" and row["doi"] == catalogue["mcd12c1"]["doi"]
