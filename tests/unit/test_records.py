"""Years beyond the record of a data set: refused or told before any job."""

import copy

import pytest
import yaml

from vadose.files import configuration, records

THIS_YEAR = 2030
OWN = {"reader": "generic", "folder": "x", "variable": "sm", "units": "mm"}


@pytest.fixture(scope="module")
def catalogue(root):
    return yaml.safe_load((root / "config/datasets.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schema(root):
    return configuration.load_schema(root / "config/schema.yaml")


def beyond(schema, catalogue, changes, source="local"):
    config = configuration.complete(copy.deepcopy(changes) | {"source": source}, schema)
    return list(records.beyond(config, catalogue, THIS_YEAR))


def study_a(**changes):
    return {"studies": ["variability"], "variability": {"productivity": False, "splice_year": None} | changes}


@pytest.mark.parametrize(
    "changes, missing, told",
    [
        (study_a(years=[2015, 2040]), "2031-2040", "record of gldas_2_1, 2000 to 2030, found 2015-2040"),
        (study_a(years=[1990, 2018]), "1990-1999", "splice: raw and variability.splice_year: 2000"),
        (study_a(years=[1990, 2018], splice="2.1_only", splice_year=2000), "1990-1999", "by variability.splice: raw"),
        (study_a(years=[1990, 2018], splice_year=2000), None, ""),
        (study_a(years=[1940, 2018], splice_year=2000), "1940-1947", "record of gldas_2_0, 1948 to 2014"),
        (study_a(years=[1960, 2024], splice_year=2016, splice="raw"), "2015", "splice_year up to 2015"),
        (study_a(years=[1960, 2020], splice="2.0_only"), "2015-2020", "record of gldas_2_0, 1948 to 2014"),
        (study_a(years=[1940, 2040], product="era5_land"), "1940-1949 and 2031-2040", "era5_land, 1950 to 2030"),
        ({"studies": ["dependence"], "dependence": {"years": [1940, 1980]}}, "1940-1949", "dependence.years"),
    ],
)
def test_soil_moisture_beyond_its_record_is_refused(schema, catalogue, changes, missing, told):
    first = next((one for one in beyond(schema, catalogue, changes) if one.refused), None)
    assert (first.missing if first else None) == missing
    assert first is None or (told in first.sentence and f"there is no soil moisture of {missing}" in first.sentence)
    made_up = beyond(schema, catalogue, changes, source="synthetic")
    assert [one.missing for one in made_up][:1] == [missing] * bool(missing), "of a synthetic Earth it is told"
    assert not any(one.refused for one in made_up)


def test_missing_years_of_other_data_sets_are_told(schema, catalogue):
    config = {"studies": ["variability"], "variability": {"years": [1990, 2020], "productivity_years": [1995, 2020]}}
    (told,) = beyond(schema, catalogue, config)
    assert told.sentence == (
        "variability.productivity_years: 1995-2020 goes beyond the record of gosif_gpp, 2000 to 2024: "
        "gross primary productivity of 1995-1999 is missing."
    )
    of_map = config["variability"] | {"land_cover": {"year": 1999}, "productivity_years": [2001, 2020]}
    (told,) = beyond(schema, catalogue, {"studies": ["variability"], "variability": of_map})
    assert told.sentence.startswith("variability.land_cover.year: 1999 goes beyond the record of mcd12c1")


def test_of_own_data_nothing_is_known_and_of_other_editions_only_the_future(schema, catalogue):
    """The schema takes years up to 2100: soil moisture of one's own may be a projection."""
    own = study_a(years=[1901, 2100], product="mine") | {"datasets": {"mine": OWN}}
    assert beyond(schema, catalogue, own) == []
    edition = study_a(years=[2000, 2029], splice="2.0_only")
    assert beyond(schema, catalogue, edition)[0].missing == "2015-2029"
    edition["datasets"] = {"gldas_2_0": {"pattern": "mine_{YYYY}.nc"}}
    assert beyond(schema, catalogue, edition) == []
    edition["variability"]["years"] = [2000, 2031]
    (future,) = beyond(schema, catalogue, edition)
    assert future.refused and "record of gldas_2_0, nothing after 2030, found 2000-2031" in future.sentence


def test_no_scenario_goes_beyond_a_record(root, schema, catalogue):
    for path in [root / "config/config.yaml", *sorted((root / "config/scenarios").glob("*.yaml"))]:
        config = configuration.complete(yaml.safe_load(path.read_text(encoding="utf-8")), schema)
        assert not list(records.beyond(config, catalogue, THIS_YEAR)), path.name
