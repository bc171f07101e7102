"""Every value of the configuration's enumerations that changes a computation runs once through the rules, on a world
of a few tens of cells: first all stages, then what each further value touches. And a run in one tile equals one in
seven."""

import shutil
from typing import NamedTuple

import numpy as np
import pytest
import running
import xarray as xr
import yaml

from vadose.core import calendar
from vadose.files import configuration
from vadose.pages import numbering
from vadose.synthetic.writers import era5_land

BASE = {
    "run": "switches",
    "seed": 1,
    "studies": ["variability", "dependence"],
    "source": "synthetic",
    "missing_files": "keep",
    "era5_land": {"variables": ["precipitation", "evapotranspiration", "air_temperature"]},
    "tiles": {"variability": 1, "dependence": 1},
    "intervals": {"resamples": 50},
    "variability": {
        "grid": {"spacing": 15.0},
        "years": [1999, 2012],
        "years_per_job": 14,
        "periods": [[1999, 2012]],
        "splice_year": 2000,
        "splice_overlap": [2000, 2002],
        "min_year_share": 0.5,
        "productivity_years": [2000, 2012],  # a correlation needs ten years
        "trend": {"resamples": 50, "simulations": 100},
    },
    "dependence": {
        "grid": {"spacing": 15.0, "south": 0, "north": 60, "west": -120, "east": -60},
        "years": [2001, 2006],
        "years_per_job": 6,
        "layers": [1],
        "copula": {"bootstrap": 10, "gof_resamples": 20, "simulations": 5},
        "lags": {"max": 2},
        "ridge": {"bootstrap": 5},
        "driver_models": {"chains": 2, "warmup": 50, "draws": 60, "kept_draws": 10, "min_cells": 1}
        | {"coverage_simulations": 10},
    },
    "synthetic": {
        "missing_months": 1,
        "land_mask_spacing": 1.0,
        "native": {"gldas": 15.0, "gosif_gpp": 5.0, "mcd12c1": 1.0}
        | dict.fromkeys(("era5_land", "gpcp_daily", "cru_ts", "cci_lst", "vodca2_gpp", "gleam"), 5.0),
    },
}


class Step(NamedTuple):
    """Keys that change against `BASE`, what is asked for, and the exit code."""

    name: str
    changes: dict
    targets: tuple
    expect: int = 0


TABLES = (
    "tables/variability/shares.csv",
    "variability/productivity_correlation.nc",
    "tables/variability/land_cover_rules.csv",
    "tables/dependence/negative_shares.csv",
    "controls/controls.nc",
    "drivers/statistics.nc",
    "tables/dependence/year_intervals.csv",
    "tables/dependence/control_year_intervals.csv",
    "tables/dependence/driver_failures.csv",
)
MOISTURE = "prepared/variability/soil_moisture_1999-2012.nc"
# In this order in one folder, so that each runs only what its changes touch; values of which none reaches what another
# touches share a step.
STEPS = (
    Step("first", {}, TABLES),
    Step("stop", {"dependence.driver_models.on_failure": "stop"}, ("tables/dependence/driver_failures.csv",), 1),
    Step(
        "variance, fixed",
        {
            "headline_weight": "variance",
            "variability.attribution.trend": "broken",
            "dependence.ridge.penalty_choice": "fixed",
        },
        (TABLES[0], "controls/controls.nc"),
    ),
    Step(
        "median, any",
        {
            "headline_weight": "median",
            "variability.attribution.trend": "lowess",
            "variability.land_cover.year": "any",
        },
        (TABLES[0], "prepared/variability/land_cover.nc"),
    ),
    Step(
        "parts of the year",
        {
            "dependence.time_scales": ["seasonal", "calendar_month"],
            "dependence.frozen.keep": "frozen",
            "dependence.frozen.by": "snow",
            "dependence.frozen.min_months": 10,
            "dependence.frozen.compare": True,
            "dependence.risk": True,
        },
        (
            "dependence/copulas.nc",
            "controls/controls.nc",
            "tables/dependence/frozen_months.csv",
            "tables/dependence/risk.csv",
            "figures/dependence/risk.png",
        ),
    ),
    Step(
        "year, 2.0_only",
        {"dependence.driver_models.group": "year", "variability.splice": "2.0_only"},
        ("drivers/statistics.nc", MOISTURE),
    ),
    Step(
        "none, 2.1_only",
        {"dependence.driver_models.group": "none", "variability.splice": "2.1_only"},
        ("drivers/statistics.nc", MOISTURE),
    ),
    Step("null_trend", {"synthetic.world": "null_trend"}, ("prepared/files_gldas_2_1.txt",)),
    Step("null_step", {"synthetic.world": "null_step"}, ("prepared/files_gldas_2_1.txt",)),
    Step("null_dependence", {"synthetic.world": "null_dependence"}, ("prepared/files_gldas_2_1.txt",)),
    Step(
        "all at once",
        {
            "headline_weight": "area",
            "variability.splice": "adjusted",
            "variability.productivity_partial_years": "keep",
            "variability.season.rank_on": "layer",
            "variability.season.basis": "climatology",
            "variability.largest_terms.ranked_by": "abs",
            "variability.trend.bootstrap_series": "all",
            "variability.land_cover.mode": "mode_first",
            "variability.land_cover.year": "stable",
            "variability.land_cover.min_share": 0.5,
            "variability.correlation.detrend": "linear",
            "dependence.ecoregions.rule": "majority",
            "dependence.regions": "ar6",
            "dependence.frozen.keep": "thawed",
            "dependence.frozen.by": "soil",
            "variability.regions": "countries",
            "variability.region_rule": "majority",
            "variability.change_points": True,
            "dependence.mechanism": {"lead_lag": True, "partial": True, "memory": True, "changes": True},
            "dependence.copula.engine": "pyvinecopulib",
            "dependence.copula.margins": "parametric",
            "dependence.copula.annual_cycle": "removed",
            "dependence.copula.compare_annual_cycle": False,
            "dependence.copula.gof": True,
            "dependence.copula.lag": "optimal",
            "dependence.lags.null_distribution": "none",
            "dependence.ridge.penalty_choice": "loo",
            "dependence.driver_models.group": "block",
            "dependence.driver_models.time_scales": ["seasonal"],
        },
        (
            *TABLES[:-1],
            "tables/variability/trends_by_region.csv",
            "tables/dependence/strong_controls_by_region.csv",
            "tables/dependence/lead_lag.csv",
            "tables/dependence/partial_dependence.csv",
            "tables/dependence/memory.csv",
            "tables/dependence/dependence_changes.csv",
            "tables/variability/change_points.csv",
            "variability/change_points.nc",
        ),
    ),
)
ROUTES = ("daily_statistics", "hourly")  # from files of one's own
# Rule that must run when the key changes.
TAKES_EFFECT = {
    "headline_weight": "tabulate_variability",
    "variability.splice": "prepare_soil_moisture",
    "variability.productivity_partial_years": "prepare_annual_productivity",
    "variability.season.rank_on": "attribute_variability",
    "variability.season.basis": "attribute_variability",
    "variability.largest_terms.ranked_by": "attribute_variability",
    "variability.attribution.trend": "attribute_variability",
    "variability.trend.bootstrap_series": "fit_trends",
    "variability.land_cover.mode": "prepare_land_cover",
    "variability.land_cover.year": "prepare_land_cover",
    "variability.land_cover.min_share": "prepare_land_cover",
    "variability.change_points": "detect_change_points",
    "variability.correlation.detrend": "correlate_productivity",
    "dependence.ecoregions.rule": "prepare_ecoregions",
    "variability.region_rule": "prepare_ecoregions",
    "dependence.time_scales": "select_copulas",
    "dependence.frozen.keep": "fit_controls",
    "dependence.frozen.by": "select_copulas",
    "dependence.risk": "tabulate_risk",
    "dependence.copula.engine": "select_copulas",
    "dependence.copula.margins": "select_copulas",
    "dependence.copula.annual_cycle": "select_copulas",
    "dependence.copula.lag": "select_copulas",
    "dependence.lags.null_distribution": "measure_lags",
    "dependence.ridge.penalty_choice": "fit_controls",
    "dependence.driver_models.group": "summarise_drivers",
    "dependence.driver_models.time_scales": "summarise_drivers",
    "dependence.driver_models.on_failure": "check_drivers",
    "synthetic.world": "synthesize_product",
}
# Values that run elsewhere, or change no computation.
ELSEWHERE = {
    ("source", "archive"): "test_archive.py",
    ("figures.colours", "accessible"): "test_style.py",
    ("dependence.precipitation", "gldas"): "tests/real/test_gldas_run.py: the synthetic GLDAS holds no precipitation",
}


def with_changes(changes):
    """The base with other values of some keys."""
    settings = yaml.safe_load(yaml.safe_dump(BASE))
    for key, value in changes.items():
        *path, last = key.split(".")
        group = settings
        for part in path:
            group = group.setdefault(part, {})
        group[last] = value
    return settings


def enumerations(schema, prefix=""):
    """(key, value) of every enumeration of the schema, also of those that lists are made of."""
    for key, entry in schema.get("properties", {}).items():
        for value in entry.get("enum") or (entry.get("items") or {}).get("enum") or ():
            yield f"{prefix}{key}", value
        yield from enumerations(entry, f"{prefix}{key}.")


def value_of(config, key):
    for part in key.split("."):
        config = config[part]
    return config if isinstance(config, list) else [config]


def test_every_value_of_every_enumeration_runs(root):
    """A new value of the schema fails here until it runs below."""
    schema = configuration.load_schema(root / "config/schema.yaml")
    runs = [with_changes(step.changes) for step in STEPS] + [of_route(route) for route in ROUTES]
    runs = [configuration.complete(settings, schema) for settings in runs]
    for settings in runs:
        configuration.validate(settings, schema)
    values = set(enumerations(schema))
    missing = [
        (key, value)
        for key, value in sorted(values, key=str)
        if (key, value) not in ELSEWHERE and not any(value in value_of(settings, key) for settings in runs)
    ]
    assert not missing, f"values of config/schema.yaml that no run below has: {missing}"
    changed = {key for step in STEPS for key in step.changes}
    untold = {key for key, _ in values if key in changed} - set(TAKES_EFFECT)
    assert not untold, f"no rule is named in which these take effect: {untold}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("switches")


def run(folder, root, settings, targets, expect=0):
    """Rules that ran, and what was printed."""
    (folder / "small.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    paths = [f"results/{settings['run']}/{target}" for target in targets]
    text = running.run(folder, root, "--notemp", "--", *paths, expect=expect)
    return running.jobs_of(text), text


def wordless(folder):
    """Columns of the tables of a run that the report cannot name in words."""
    words = yaml.safe_load((numbering.TEMPLATES / "columns.yaml").read_text(encoding="utf-8"))
    everywhere, lacking = words.pop("any"), []
    beginnings = tuple(name[:-1] for name in everywhere if name.endswith("*"))
    for path in sorted(folder.rglob("*.csv")):
        columns = path.read_text(encoding="utf-8").partition("\n")[0].split(",")
        listed = everywhere.keys() | words.get(path.stem, {}).keys()
        lacking += [(path.stem, name) for name in columns if name not in listed and not name.startswith(beginnings)]
    return lacking


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_the_values_of_a_step(root, folder, step):
    settings = with_changes(step.changes)
    rules, text = run(folder, root, settings, step.targets, step.expect)
    effects = {TAKES_EFFECT[key] for key in step.changes if key in TAKES_EFFECT}
    assert effects <= set(rules), f"{step.name}: {effects - set(rules)} did not run:\n{text[-3000:]}"
    if step.expect:
        assert "expected all driver models to pass" in text
        return
    for target in step.targets:
        path = folder / f"results/switches/{target}"
        assert path.is_file()
        if path.suffix == ".nc":
            with xr.open_dataset(path, engine="h5netcdf") as dataset:
                numbers = [v for v in dataset.data_vars.values() if v.dtype.kind == "f" and "cell" in v.dims]
                assert not numbers or any(np.isfinite(values.values).any() for values in numbers), target
    assert not wordless(folder / "results/switches/tables"), "columns that templates/columns.yaml has no words for"
    if step.changes.get("variability.splice") == "2.0_only":
        with xr.open_dataset(folder / f"results/switches/{MOISTURE}", engine="h5netcdf") as dataset:
            assert "gldas_2_0" in dataset.attrs["source"] and "gldas_2_1" not in dataset.attrs["source"]


TILED = ("variability/attribution", "variability/trends", "dependence/lags", "dependence/copulas", "controls/controls")
OVER_YEARS = ("tables/dependence/year_intervals.csv", "tables/dependence/control_year_intervals.csv")


@pytest.mark.slow
def test_one_tile_and_seven_give_equal_products(root, folder):
    """Values to 1e-12, flags and intervals over years exactly; after the steps, with their last configuration."""
    settings = with_changes(STEPS[-1].changes | {"dependence.copula.engine": "batch"})
    products = [f"{name}.nc" for name in TILED] + list(OVER_YEARS)
    results = folder / "results/switches"
    run(folder, root, settings, products)
    one = folder / "one"
    for name in products:
        (one / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(results / name, one / name)
    settings["tiles"] = {"variability": 7, "dependence": 7}
    rules, _ = run(folder, root, settings, products)
    tiled = [rules[name] for name in ("attribute_variability", "fit_trends", "select_copulas", "fit_controls")]
    assert tiled == [7, 7, 7, 7]
    for name in OVER_YEARS:
        assert (one / name).read_bytes() == (results / name).read_bytes(), name
    for name in products[: len(TILED)]:
        with xr.open_dataset(one / name) as expected, xr.open_dataset(results / name) as found:
            assert set(expected.variables) == set(found.variables), name
            for variable in expected.variables:
                before, after = expected[variable].values, found[variable].values
                if before.dtype.kind == "f":
                    np.testing.assert_allclose(after, before, rtol=1e-12, atol=1e-12, err_msg=f"{name}: {variable}")
                else:
                    np.testing.assert_array_equal(after, before, err_msg=f"{name}: {variable}")


def of_route(route):
    """Study A from ERA5-Land files of one's own, by a route."""
    return {
        "run": route,
        "studies": ["variability"],
        "source": "local",
        "missing_files": "stop",
        "era5_land": {"route": route},
        "variability": {
            "product": "era5_land",
            "limits": [70.0],
            "grid": {"spacing": 10.0, "south": 15, "north": 45, "west": -5, "east": 25},
            "years": [2001, 2003],
            "periods": [[2001, 2003]],
            "years_per_job": 3,
            "splice_year": None,
            "productivity": False,
        },
    }


@pytest.mark.slow
@pytest.mark.parametrize("route", ROUTES)
def test_routes_of_era5_land_from_files_of_ones_own(root, folder, monkeypatch, route):
    """The mean over days or hours of each month is the month that was written."""
    months, lat, lon = calendar.months(2001, 2003), np.arange(20.0, 50, 10), np.arange(0.0, 30, 10)
    values = np.random.default_rng(3).uniform(0.05, 0.6, (months.size, 1, lat.size, lon.size))
    earth = xr.Dataset(
        {"soil_moisture": (("time", "layer", "lat", "lon"), values)},
        coords={"time": months, "layer": [1], "lat": lat, "lon": lon},
    )
    raw = folder / "data/era5_land"
    shutil.rmtree(raw, ignore_errors=True)
    for number, month in enumerate(months):
        name = str(month.astype("datetime64[M]"))
        # Every hour of a year; of the others each sixth, the sparsest that are a mean of a day.
        monkeypatch.setitem(era5_land.STEP, "hourly", np.timedelta64(1 if number < 12 else 6, "h"))
        era5_land.write(earth.sel(time=[month]), raw / f"era5_land_{name}.nc", route=route, amplitude=0.2, east=False)
    targets = ("prepared/variability/soil_moisture_2001-2003.nc", "variability/attribution.nc")
    settings = of_route(route)
    settings["datasets"] = {"era5_land": {"pattern": "*.nc"}}
    run(folder, root, settings, targets)
    with xr.open_dataset(folder / f"results/{route}/{targets[0]}", engine="h5netcdf") as prepared:
        water = prepared["soil_moisture"].values[:, 0]
    expected = np.moveaxis(values[:, 0], 0, -1).reshape(9, months.size) * 70.0
    np.testing.assert_allclose(water, expected, rtol=1e-4)
