"""The configuration: complete, strict, and every wrong key is named in a sentence."""

import copy
import json
import re
import subprocess
import sys

import jsonschema
import pytest
import running
import yaml

from vadose.core import regions
from vadose.core.grid import Grid
from vadose.files import configuration, contradictions, former_keys, products
from vadose.files.configuration import ConfigurationError


@pytest.fixture(scope="module")
def schema(root):
    return configuration.load_schema(root / "config/schema.yaml")


@pytest.fixture(scope="module")
def demo(root, schema):
    return configuration.complete(yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8")), schema)


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
    given = yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8"))
    for key, *_ in configuration.describe(schema):
        if key.startswith("downloads.limits."):
            continue  # waiting times, which the demo has no use for
        group = given
        for part in key.split("."):
            assert part in group, f"config.yaml lacks {key}"
            group = group[part]


def test_every_scenario_is_valid_alone_or_behind_what_it_names(root, schema, demo):
    scenarios = sorted((root / "config/scenarios").glob("*.yaml"))
    assert scenarios
    for path in scenarios:
        text = path.read_text(encoding="utf-8")
        given = yaml.safe_load(text)
        configuration.validate(configuration.complete(given, schema), schema)
        if "An overlay" in text:
            merged = copy.deepcopy(demo)
            _merge(merged, given)
            configuration.validate(configuration.complete(merged, schema), schema)


def printed_defaults(root):
    """{key: default} as config/README.md prints them."""
    rows = re.findall(
        r"^\| `([\w.]+)` \| `(.*?)` \|", (root / "config/README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    return {key: json.loads(default) for key, default in rows}


TEN_KEYS = """
run: mine
source: local
variability:
  grid: {spacing: 2.0, south: 30}
  years: [2001, 2020]
  periods: [[2001, 2020]]
  splice_year: null
  trend: {tests: [hamed_rao]}
dependence: {years: [2001, 2020], layers: [1]}
"""


def test_what_a_file_of_ten_keys_does_not_name_takes_the_printed_default(root, tmp_path):
    """Through Snakemake itself, whose merged configuration the record of the run holds."""
    (tmp_path / "mine.yaml").write_text(TEN_KEYS, encoding="utf-8")
    given = yaml.safe_load(TEN_KEYS)
    merged = merged_by_snakemake(root, tmp_path, "--configfile", "mine.yaml")
    named = 0
    for key, default in printed_defaults(root).items():
        own = value_or(given, key)
        named += own is not ABSENT
        assert value_of(merged, key) == (default if own is ABSENT else own), key
    assert named == 10


@pytest.mark.one_python
def test_the_demo_is_run_where_no_file_is_given_and_under_single_keys(root, tmp_path, demo):
    assert merged_by_snakemake(root, tmp_path) == demo
    assert merged_by_snakemake(root, tmp_path, "--config", "seed=7") == demo | {"seed": 7}
    explicit = merged_by_snakemake(root, tmp_path, "--configfile", str(root / "config/config.yaml"))
    assert explicit == demo


ABSENT = object()


def value_or(config, key):
    for part in key.split("."):
        if part not in config:
            return ABSENT
        config = config[part]
    return config


def merged_by_snakemake(root, folder, *arguments):
    """The configuration that rules see, printed by a Snakefile that includes the project's."""
    printing = f'include: "{root / "Snakefile"}"\nimport json\nprint("MERGED", json.dumps(config))\n'
    (folder / "Snakefile").write_text(printing, encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--list-rules", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env=running.environment(root),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("MERGED ")).split(" ", 1)[1])


def _merge(base, overlay):
    for key, value in overlay.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value


BOX = {"south": 0, "north": 60, "west": -180, "east": 180, "spacing": 5.0}


@pytest.mark.parametrize("west, east", [(170, -170), (0, 360), (-180, 180), (350, 10), (180, 360), (-10, 10)])
def test_regions_across_the_date_line_and_in_either_convention_are_valid(schema, demo, west, east):
    config = copy.deepcopy(demo)
    config["variability"]["grid"] |= {"west": west, "east": east}
    configuration.validate(config, schema)


@pytest.mark.parametrize("years", [[2012, 2022], [1960, 1990]])
def test_the_usual_splice_is_right_for_years_of_one_version(schema, demo, years):
    """A file that names its years and leaves the splice alone is valid; another year outside them is not."""
    config = copy.deepcopy(demo)
    config["variability"] |= {"years": years, "periods": [years], "productivity": False}
    configuration.validate(config, schema)
    config["variability"]["splice_year"] = 1995
    with pytest.raises(ConfigurationError, match="splice_year to lie within"):
        configuration.validate(config, schema)


@pytest.mark.parametrize("west, east, degrees", [(170, -170, 20), (0, 360, 360), (-180, 180, 360), (350, 10, 20)])
def test_width_of_a_region(west, east, degrees):
    assert regions.width_of(west, east) == degrees


def test_the_largest_spacing_is_the_largest_that_products_take(schema):
    low, high = products.specification("cells")["variables"]["area"]["range"]
    for study in ("variability", "dependence"):
        largest = schema["properties"][study]["properties"]["grid"]["properties"]["spacing"]["maximum"]
        assert low < Grid.regular(largest, -largest, largest).area.max() <= high
        assert Grid.regular(largest + 0.5, 0, 2 * largest + 1, 0, 2 * largest + 1).area.max() > high


NAMES = {"catalogued": ["gldas_2_0", "gldas_2_1"], "readers": ["gldas", "cru_ts", "mine"]}


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"datasets": {"gldas21": {"folder": "x"}}}, "found gldas21. Did you mean gldas_2_1"),
        ({"datasets": {"xyz": {}}}, "config/datasets.yaml or the product of a study, found xyz. Known are"),
        (
            {"product": "gldass"},
            "variability.product to be a product that has a reader, .*found gldass. Did you mean gldas",
        ),
        ({"product": "cru_ts"}, "variability.product to give soil moisture, found cru_ts, which gives precipitation"),
        ({"product": "mine", "datasets": {"mine": {"folder": "x"}}}, None),
        ({"datasets": {"gldas_2_1": {"folder": "x"}}}, None),
    ],
)
def test_names_that_nothing_is_known_of(demo, changes, sentence):
    config = copy.deepcopy(demo) | {"studies": ["variability"], "datasets": changes.get("datasets", {})}
    config["variability"]["product"] = changes.get("product", "gldas")
    variables = {"cru_ts": ("precipitation", "air_temperature"), "mine": ("soil_moisture",)}
    found = list(contradictions.unknown_names(config, **NAMES, variables=variables))
    assert (found == []) if sentence is None else re.search(sentence, found[0]), found


def test_a_product_without_a_reader_stops_before_any_job(root, tmp_path):
    (tmp_path / "mine.yaml").write_text(TEN_KEYS.replace("variability:", "variability:\n  product: gldass"), "utf-8")
    with pytest.raises(AssertionError, match="a product that has a reader, one of .*found gldass. Did you mean gldas"):
        merged_by_snakemake(root, tmp_path, "--configfile", "mine.yaml")


@pytest.mark.one_python
def test_years_beyond_a_record_stop_before_any_job(root, tmp_path):
    (tmp_path / "mine.yaml").write_text(TEN_KEYS.replace("2001, 2020", "1991, 2020"), "utf-8")
    with pytest.raises(
        AssertionError, match="record of gldas_2_1, 2000 to .* found 1991-2020: .* of 1991-1999.* Read from .*mine.yaml"
    ):
        merged_by_snakemake(root, tmp_path, "--configfile", "mine.yaml")


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
        ("variability.grid.south", 90, "variability.grid.south to lie below variability.grid.north"),
        ("variability.grid", BOX | {"south": 60, "north": 30}, "found south 60 and north 30. Exchange the two"),
        ("variability.grid", BOX | {"west": 180, "east": 180}, "more than 0 and at most 360 degrees, found west 180"),
        ("variability.grid", BOX | {"west": -10, "east": 355}, "found west -10 and east 355. The globe is -180 to 180"),
        (
            "variability.grid",
            BOX | {"west": 170, "east": 175},
            "variability.grid.west to east to hold at least 2 cells",
        ),
        (
            "variability.grid",
            BOX | {"west": 170, "east": -170, "spacing": 8.0},
            "south to north to hold a whole number",
        ),
        ("variability.grid.spacing", 24.0, "expected variability.grid.spacing to be at most 20"),
        ("variability.periods", [[1950, 1990], [1980, 2000]], "do not overlap, found .* which share 1980-1990"),
        ("variability.periods", [[1950, 1990], [1950, 1990]], "periods once, found .1950, 1990. again"),
        ("variability.periods", [[1990, 1990]], r"at least 3 years, since a line through two .* found \[1990, 1990\]"),
        ("variability.periods", [[1990, 1991]], r"at least 3 years, since a line through two .* found \[1990, 1991\]"),
        ("variability.periods", [[1990, 1950]], "periods to be .first, last. in order"),
        ("variability.trend.block_years", 13, "fit twice into each .* found 13 and a period of 25 years"),
        ("variability.splice_year", 1930, "splice_year to lie within variability.years .* found 1930.* null"),
        ("variability.splice_overlap", [2014, 2000], "splice_overlap to be .first, last. in order"),
        ("variability.productivity_years", [2025, 2026], "productivity_years to share years"),
        ("variability.productivity_years", [2010, 2005], "productivity_years to be .first, last. in order"),
        ("variability.limits", [99.9, 299.9], "limits to be 4 numbers, one for each layer of gldas, found 2"),
        ("variability.land_cover.year", "latest", "land_cover.year to be a year, any or stable, found latest"),
        ("dependence.layers", [1, 2, 9], "dependence.layers among 1 to 4, the layers of era5_land, found 9"),
        ("dependence.layers", [1, 1], "dependence.layers to be a list of different entries"),
        ("figures.formats", ["pdf"], "expected figures.formats to be a list with png in it, found .'pdf'.."),
        ("dependence.driver_models.priors", {"group_sd": 1.0}, "priors to be one of .*group_scale.* found 'group_sd'"),
        ("synthetic.native", {"gldas_2_1": 1.0}, "synthetic.native to be one of gldas, .* found 'gldas_2_1'"),
        ("dependence.copula.engine", "fast", "expected dependence.copula.engine to be one of batch, pyvinecopulib"),
        ("dependence.years", [2019, 2000], "dependence.years to be \\[first, last\\]"),
        ("variability.trend.tests", [], "expected variability.trend.tests"),
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


@pytest.mark.parametrize(
    "entry, limits, sentence",
    [
        ({"layers": [[0, 0.1], [0.1, 0.3]]}, None, "to be 2 numbers, one for each layer of mine, found 4"),
        ({"layers": [[0, 1.0]]}, None, "to be 1 number, one for each layer of mine, found 4"),
        ({"variable": ["upper", "lower"]}, [99.9], "to be 2 numbers, one for each layer of mine, found 1"),
        ({"layers": [[0, 0.1], [0.1, 0.3]]}, [99.9, 199.9], None),
        ({"variable": "sm"}, [99.9], None),  # the files say how many layers they have
    ],
)
def test_limits_of_a_users_own_product_are_as_many_as_its_layers(demo, entry, limits, sentence):
    config = copy.deepcopy(demo) | {"studies": ["variability"], "datasets": {"mine": {"reader": "generic"} | entry}}
    config["variability"] |= {"product": "mine"} | ({"limits": limits} if limits else {})
    told = [one for one in contradictions.contradictions(config) if "variability.limits" in one]
    assert (told == []) if sentence is None else f"expected variability.limits {sentence}" in told[0], told


def test_the_order_of_keys_in_a_file_changes_nothing(schema, demo):
    """Parameters of rules that are groups of keys would otherwise make jobs run again."""

    def backwards(value):
        return {key: backwards(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    other = backwards(demo)
    assert list(other) != list(demo) and repr(configuration.complete(other, schema)) == repr(demo)


PATH_KEYS = ["paths.raw", "paths.results", "datasets.gldas_2_1.folder", "downloads.catalogue", "downloads.checksums"]


def under(key, value):
    """A configuration of this one key."""
    for part in reversed(key.split(".")):
        value = {part: value}
    return value


def value_of(config, key):
    for part in key.split("."):
        config = config[part]
    return config


@pytest.mark.parametrize("key", PATH_KEYS)
def test_home_and_variables_are_expanded_in_every_path(schema, monkeypatch, key):
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("SCRATCH", "/scratch/ada")
    written = {"~/gldas": "/home/ada/gldas", "$SCRATCH/x": "/scratch/ada/x", "${SCRATCH}_2/x": "/scratch/ada_2/x"}
    for given, expected in (written | {"data/~": "data/~", "/a b/ü": "/a b/ü"}).items():
        assert value_of(configuration.complete(under(key, given), schema), key) == expected


@pytest.mark.parametrize("key", PATH_KEYS)
def test_a_variable_or_a_home_that_is_not_there_is_named(schema, monkeypatch, key):
    monkeypatch.delenv("NOWHERE", raising=False)
    with pytest.raises(ConfigurationError, match=f"expected {key} to name variables that are set.*NOWHERE is not"):
        configuration.complete(under(key, "$NOWHERE/data"), schema)
    with pytest.raises(ConfigurationError, match=f"expected {key} to begin with the home of a user"):
        configuration.complete(under(key, "~nobody_of_that_name/data"), schema)


def test_the_keys_above_are_all_paths_of_the_schema(schema):
    def paths(entry, prefix=""):
        own = entry.get("additionalProperties")
        for key, item in (entry.get("properties", {}) | ({"*": own} if isinstance(own, dict) else {})).items():
            if item.get("format") == "path":
                yield f"{prefix}{key}"
            yield from paths(item, f"{prefix}{key}.")

    assert sorted(paths(schema)) == sorted(key.replace("gldas_2_1", "*") for key in PATH_KEYS)


@pytest.mark.parametrize("former", former_keys.FORMER)
def test_a_former_key_is_told_its_new_name(schema, former):
    """In a file that names that key alone, and in one that names another key of the same former group."""
    *group, last = former.split(".")
    given = {group[0]: {last: 1}} if group else {last: {"some_key": 1} if former != "referee" else True}
    new = former_keys.FORMER[former]
    filled = configuration.complete(given, schema)
    with pytest.raises(ConfigurationError, match=f"Configuration: {former}.* is now called {new}"):
        configuration.validate(filled, schema)


def test_every_new_name_is_a_key_or_a_group(schema):
    for name in former_keys.FORMER.values():
        entry = schema
        for part in name.split("."):
            entry = entry["properties"][part]


def test_values_that_have_new_names_are_told_too(schema):
    filled = configuration.complete({"copula": {"anomalies": "climatology"}}, schema)
    with pytest.raises(ConfigurationError, match="annual_cycle .none is now kept, climatology is removed"):
        configuration.validate(filled, schema)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("null: 1", "found the key null .NoneType. at the top level"),
        ("dependence: {lags: {max: 12, null: none}}", "found the key null .NoneType. at dependence.lags"),
        ("variability: {on: 1}", "found the key true .bool. at variability"),
        ("datasets: {2010: {folder: x}}", "found the key 2010 .int. at datasets"),
    ],
)
def test_a_key_that_is_no_text_is_refused(schema, text, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        configuration.validate(configuration.complete(yaml.safe_load(text), schema), schema)


def test_the_documentation_is_in_step_with_the_schema(root):
    import document_configuration

    expected = document_configuration.document(root / "config/schema.yaml")
    assert (root / "config/README.md").read_text(encoding="utf-8") == expected, "run `make configuration`"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("run: a\nseed: 1\nrun: b\n", "run in line 1 and again in line 3"),
        (
            "variability:\n  years: [2000, 2010]\n  years: [2001, 2010]\n",
            "variability.years in line 2 and again in line 3",
        ),
        ("variability: {splice_year: 2000}\nvariability: {productivity: false}\n", "variability in line 1 and again"),
        ("\ufeffrun: a\r\nrun: b\r\n", "run in line 1 and again in line 2"),
        ('{"run": "a", "run": "b"}', "run in line 1 and again in line 1"),
    ],
)
def test_a_key_that_stands_twice_is_named_with_its_lines(tmp_path, text, named):
    """YAML itself takes the last one without a word: a run of other years than the first line says."""
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(configuration.ConfigurationError, match=f"mine.yaml: expected every key once, found {named}"):
        configuration.expect_keys_once([path])


@pytest.mark.parametrize("key", ["raw", "results"])
def test_a_folder_with_braces_is_refused_since_snakemake_takes_them_apart(schema, key):
    with pytest.raises(ConfigurationError, match=rf"expected paths.{key} without braces, found 'my {{data}}'"):
        configuration.complete({"paths": {key: "my {data}"}}, schema)


def test_a_key_may_stand_in_two_groups_and_a_pipe_is_not_read_again(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("variability: {years: [2000, 2010]}\ndependence: {years: [2000, 2010]}\n", encoding="utf-8")
    (tmp_path / "empty.yaml").touch()
    configuration.expect_keys_once([path, tmp_path / "empty.yaml", tmp_path / "no_file", tmp_path])


def test_a_key_at_the_wrong_level_is_shown_its_place(root):
    schema = configuration.load_schema(root / "config/schema.yaml")
    with pytest.raises(
        configuration.ConfigurationError, match=r"found rank_on\. Did you mean variability\.season\.rank_on"
    ):
        configuration.validate(configuration.complete({"rank_on": "layer"}, schema), schema)
    with pytest.raises(configuration.ConfigurationError, match="Did you mean variability.grid.spacing or dependence"):
        configuration.validate(configuration.complete({"spacing": 1.0}, schema), schema)
