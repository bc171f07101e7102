"""The configuration: complete, strict, and every wrong key is named in a sentence."""

import copy

import jsonschema
import pytest
import yaml

from vadose.files import configuration
from vadose.files.configuration import ConfigurationError


@pytest.fixture(scope="module")
def schema(root):
    return configuration.load_schema(root / "config/schema.yaml")


@pytest.fixture(scope="module")
def demo(root, schema):
    return configuration.complete(yaml.safe_load((root / "config/config.yaml").read_text()), schema)


def test_the_schema_is_a_schema_and_every_key_is_explained(schema):
    jsonschema.Draft202012Validator.check_schema(schema)

    def walk(entry, where):
        for key, item in entry.get("properties", {}).items():
            assert item.get("description"), f"{where}.{key} lacks a description"
            if item.get("properties"):
                assert item["additionalProperties"] is False, f"{where}.{key} lets unknown keys pass"
                walk(item, f"{where}.{key}")
            else:
                assert "default" in item, f"{where}.{key} lacks a default"

    walk(schema, "")


def test_defaults_alone_are_valid(schema):
    configuration.validate(configuration.complete({}, schema), schema)


def test_the_demo_names_every_key(root, schema):
    given = yaml.safe_load((root / "config/config.yaml").read_text())
    for key, *_ in configuration.describe(schema):
        group = given
        for part in key.split("."):
            assert part in group, f"config.yaml lacks {key}"
            group = group[part]


def test_every_scenario_is_valid(root, schema, demo):
    scenarios = sorted((root / "config/scenarios").glob("*.yaml"))
    assert scenarios
    for path in scenarios:
        overlay = yaml.safe_load(path.read_text())
        merged = copy.deepcopy(demo)
        _merge(merged, overlay)
        configuration.validate(configuration.complete(merged, schema), schema)


def _merge(base, overlay):
    for key, value in overlay.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value


@pytest.mark.parametrize(
    "key, value, sentence",
    [
        ("sede", 1, "found sede. Did you mean seed"),
        ("seed", "seven", "expected seed to be a whole number, found 'seven'"),
        ("seed", -1, "expected seed to be at least 0"),
        ("variability.min_month", 12, "found variability.min_month. Did you mean min_months"),
        ("variability.min_months", 13, "expected variability.min_months to be at most 12"),
        ("variability.limits", ["99.9 mm", 1, 1, 1], "variability.limits.0 to be a number, found '99.9 mm'.*kg m-2"),
        ("variability.periods", [[1900, 1950]], "variability.periods to lie within"),
        ("dependence.grid.spacing", 7.0, "dependence.grid.south to north to hold a whole number"),
        ("copula.engine", "fast", "expected copula.engine to be one of batch, pyvinecopulib"),
        ("dependence.years", [2019, 2000], "dependence.years to be \\[first, last\\]"),
        ("trend.tests", [], "expected trend.tests"),
    ],
)
def test_a_wrong_key_is_named(schema, demo, key, value, sentence):
    wrong = copy.deepcopy(demo)
    group = wrong
    *path, last = key.split(".")
    for part in path:
        group = group[part]
    group[last] = value
    with pytest.raises(ConfigurationError, match=sentence):
        configuration.validate(wrong, schema)


def test_the_documentation_is_in_step_with_the_schema(root):
    import document_configuration

    expected = document_configuration.document(root / "config/schema.yaml")
    assert (root / "config/README.md").read_text() == expected, "run `make configuration`"
