"""Data sets of a user's own, described in a configuration: through study A in a dozen lines, and in every role of study
B, where the results are those of the numbers that the files hold."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import running
import xarray as xr
import yaml
from rasterio.transform import from_origin

from vadose.files import products

LAT, LON = np.arange(57.5, 20, -5.0), np.arange(2.5, 40, 5.0)  # north up
LAYERS = [[0, 0.1], [0.1, 0.3], [0.3, 1.0]]
SLOPES = np.array([0.002, -0.001, 0.0005])  # m3 m-3 a year
STUDY_A = """\
run: own
source: local
studies: [variability]
tiles: {variability: 1}
datasets:
  mine: {reader: generic, folder: files, pattern: "sm*.nc", variable: sm, layers: [[0, 0.1], [0.1, 0.3], [0.3, 1]]}
variability:
  product: mine
  limits: [99.9, 199.9, 699.9]
  grid: {spacing: 5, south: 20, north: 60, west: 0, east: 40}
  years: [2001, 2015]
  years_per_job: 8
  periods: [[2001, 2015]]
  productivity: false
  trend: {tests: [original], resamples: 50, simulations: 100}
intervals: {resamples: 50}
"""


def monthly(values: np.ndarray, months: np.ndarray, name: str, unit: str) -> xr.DataArray:
    axes = {"time": months, "latitude": LAT, "longitude": LON}
    return xr.DataArray(values, axes, ("time", "latitude", "longitude"), name=name, attrs={"units": unit})


def productivity_and_land_cover(folder: Path, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Files of both; the annual sums (g m-2) and the classes that cells of 5 degrees have, rows from the south."""
    months = np.arange("2003-01", "2011-01", dtype="datetime64[M]")
    daily = random.uniform(0, 9, (months.size, LAT.size, LON.size))
    monthly(daily, months.astype("datetime64[ns]"), "gpp", "gC m-2 d-1").to_netcdf(folder / "gpp.nc")
    days = (months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")
    sums = (daily * days.astype(int)[:, None, None]).reshape(-1, 12, LAT.size, LON.size).sum(axis=1)
    # Pixels of 2 degrees, some of which lie across two cells: forest in the west, of two kinds, crops in the east.
    codes = np.repeat(np.array([[30, 31] * 5 + [40] * 10]), 20, axis=0).astype(np.uint8)
    codes[:2] = 0
    transform = from_origin(0, 60, 2, 2)
    shape = {"height": 20, "width": 20, "count": 1, "dtype": "uint8"}
    with rasterio.open(
        folder / "cover.tif", "w", driver="GTiff", crs="EPSG:4326", transform=transform, **shape
    ) as written:
        written.write(codes, 1)
    classes = np.repeat(np.array([[1] * 4 + [4] * 4]), 8, axis=0)
    return sums[:, ::-1], classes


@pytest.mark.slow
def test_a_file_of_ones_own_goes_through_study_a_without_python(root, tmp_path):
    """0.5 degrees, three layers, north up, 0..360, one file of 15 years with gaps: slopes are those planted."""
    months = np.arange("2001-01", "2016-01", dtype="datetime64[M]")
    lat, lon = np.arange(59.75, 20, -0.5), np.arange(0.25, 40, 0.5)
    random = np.random.default_rng(0)
    year = np.arange(180) / 12
    planted = 0.25 + SLOPES * year[:, None] + 0.05 * np.sin(2 * np.pi * year)[:, None]
    weather = random.normal(0, 1e-4, (180, 3))
    values = (planted + weather)[:, :, None, None] + random.normal(0, 1e-4, (180, 3, lat.size, lon.size))
    values[:, :, :20, :20] = np.nan
    values[7, :, 45, 45] = np.nan
    field = xr.DataArray(
        values.astype(np.float32),
        {"time": months.astype("datetime64[ns]"), "depth": [1, 2, 3], "latitude": lat, "longitude": lon},
        ("time", "depth", "latitude", "longitude"),
        name="sm",
        attrs={"units": "m3 m-3"},
    )
    (tmp_path / "files").mkdir()
    field.assign_coords(longitude=lon % 360).to_netcdf(tmp_path / "files/sm_2001_2015.nc")
    settings = yaml.safe_load(STUDY_A)
    settings["datasets"]["mine"] |= {"folder": str(tmp_path / "files"), "title": "My soil moisture", "licence": "CC0"}
    carbon, cover = productivity_and_land_cover(tmp_path / "files", random)
    for name, others in (("gpp", {}), ("cover", {"classes": {"forests": [30, 31], "croplands": [40], "water": [0]}})):
        settings["datasets"][name] = {"reader": "generic", "folder": str(tmp_path / "files"), "pattern": f"{name}.*"}
        settings["datasets"][name] |= others
    settings["variability"] |= {"productivity": True, "productivity_years": [2003, 2010]}
    settings["variability"] |= {"gross_primary_productivity": "gpp", "land_cover": {"dataset": "cover", "year": "any"}}
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    trends, table = "results/own/variability/trends.nc", "results/own/tables/variability/trend_shares.csv"
    prepared = [f"results/own/prepared/variability/{name}.nc" for name in ("annual_productivity", "land_cover")]
    running.run(tmp_path, root, trends, table, *prepared)
    annual, classes = (products.read(tmp_path / path, Path(path).stem) for path in prepared)
    rows, columns = annual["row"].values, annual["column"].values
    np.testing.assert_allclose(annual["gross_primary_productivity"].values, carbon[:, rows, columns].T, rtol=1e-5)
    np.testing.assert_array_equal(classes["land_cover"].values, cover[rows, columns])
    fitted = xr.open_dataset(tmp_path / trends)
    thickness = np.diff(LAYERS, axis=1)[:, 0]
    slopes = fitted["slope"].sel(series=[f"layer {number}" for number in (1, 2, 3)], period="2001-2015")
    np.testing.assert_allclose(slopes.median("cell").values, SLOPES * 1000 * thickness, atol=0.006)  # kg m-2 a year
    assert fitted.sizes["cell"] == 64 - 4
    assert "mine: CC0" in fitted.attrs["licence"] and "mine: My soil moisture" in fitted.attrs["source"]


ROLES = {
    "evapotranspiration": ("et", "mm", 10, 90),
    "air_temperature": ("t", "degrees Celsius", -5, 25),
    "land_surface_temperature": ("lst", "K", 260, 310),
    "gross_primary_productivity": ("gpp", "gC m-2 d-1", 0, 9),
}


@pytest.mark.slow
def test_every_role_of_study_b_may_be_a_data_set_of_ones_own(root, tmp_path):
    """Prepared fields hold the files' numbers; the dependence is the one between the user's own files."""
    random = np.random.default_rng(1)
    months = np.arange("2001-01", "2011-01", dtype="datetime64[M]").astype("datetime64[ns]")
    days = np.arange("2001-01-01", "2011-01-01", dtype="datetime64[D]").astype("datetime64[ns]")
    shape = (LAT.size, LON.size)
    rain = random.gamma(0.5, 4.0, (days.size, *shape)).astype(np.float32)
    daily = xr.DataArray(
        rain, {"time": days, "lat": LAT, "lon": LON}, ("time", "lat", "lon"), name="pr", attrs={"units": "mm/day"}
    )
    sums = daily.astype(float).resample(time="MS").sum()
    sign = np.where(LAT > 40, 1.0, -1.0)[:, None]  # soil moisture follows in the north and opposes in the south
    moisture = 0.25 + 0.0008 * sign * (sums.values - sums.values.mean()) + random.normal(0, 0.003, sums.shape)
    snow = random.uniform(0, 50, sums.shape)
    folder, written = tmp_path / "files", {}
    folder.mkdir()
    daily.to_netcdf(folder / "pr.nc")
    moisture[:, 0] = 0.25 + 0.002 * (snow[:, 0] - 25) + random.normal(0, 0.001, snow[:, 0].shape)  # the northern row
    # Elevation, of pixels of a degree: what it adds to soil moisture is the same in all months, so nothing within a
    # cell changes.
    elevation = random.uniform(0, 2000, (40, 40)).astype(np.float32)
    place = {"height": 40, "width": 40, "count": 1, "dtype": "float32", "transform": from_origin(0, 60, 1, 1)}
    with rasterio.open(folder / "elevation.tif", "w", driver="GTiff", crs="EPSG:4326", **place) as raster:
        raster.write(elevation, 1)
    area = np.diff(np.sin(np.deg2rad(np.arange(60, 19, -1))))[:, None] * np.ones(40)
    height = ((elevation * area).reshape(8, 5, 8, 5).sum(axis=(1, 3))) / area.reshape(8, 5, 8, 5).sum(axis=(1, 3))
    moisture += 0.0001 * (height - height.mean())
    monthly(moisture, months, "sm", "m3 m-3").to_netcdf(folder / "sm.nc")
    monthly(snow, months, "swe", "mm").to_netcdf(folder / "swe.nc")
    sources = {
        "rain": ("pr", {}),
        "soil": ("sm", {"layers": [[0, 0.1]]}),
        "snow": ("swe", {}),
        "height": ("elevation", {}),
    }
    for role, (name, unit, low, high) in ROLES.items():
        written[role] = random.uniform(low, high, (months.size, *shape))
        monthly(written[role], months, name, unit).to_netcdf(folder / f"{name}.nc")
        sources[name] = (name, {})
    described = {
        name: {"reader": "generic", "folder": str(folder), "pattern": f"{file}.*", **others}
        for name, (file, others) in sources.items()
    }
    settings = {
        "run": "own",
        "source": "local",
        "studies": ["dependence"],
        "intervals": {"resamples": 50},
        "figures": {"formats": ["png"]},
        "tiles": {"dependence": 1},
        "datasets": described,
        "dependence": {
            "product": "soil",
            "precipitation": "rain",
            **{role: name for role, (name, *_) in ROLES.items()},
            "grid": {"spacing": 5, "south": 20, "north": 60, "west": 0, "east": 40},
            "years": [2001, 2010],
            "years_per_job": 10,
            "layers": [1],
            "regions": "ar6",
            "driver_models": {
                "formula": "snow * elevation + Ta:elevation",
                "group": "none",
                "time_scales": ["monthly"],
                **{"chains": 2, "warmup": 200, "draws": 300, "rhat": 1.1, "ess": 50, "coverage_simulations": 0},
                "cluster_draws": 5,
            },
            "covariates": {"snow": "snow"},
            "static_covariates": {"elevation": "height"},
            "ridge": {
                "predictors": ["precipitation_volume", "evapotranspiration", "snow", "gross_primary_productivity"],
                "adjusted_for": ["land_surface_temperature"],
            },
            "time_scales": ["monthly"],
            "frozen": {"by": "snow", "snow": "snow", "snow_above": 45, "keep": "thawed", "compare": True},
            "copula": {"simulations": 10},
        },
    }
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    prepared = {role: f"results/own/prepared/dependence/{role}_2001-2010.nc" for role in (*ROLES, "precipitation")}
    copulas, controls = "results/own/dependence/copulas.nc", "results/own/controls/controls.nc"
    drawn = "results/own/figures/dependence/controls_annual.png"
    planes = "results/own/figures/dependence/drivers_monthly.png"
    table = "results/own/tables/dependence/driver_models.csv"
    sets = "results/own/dependence/frozen_months.nc"
    running.run(tmp_path, root, *prepared.values(), copulas, controls, drawn, planes, table, sets)
    axis = products.read(tmp_path / "results/own/prepared/dependence/cells.nc", "cells")
    rows, columns = axis["row"].values, axis["column"].values
    for role, place in prepared.items():
        values = products.read(tmp_path / place, role)[role].values
        expected = sums.values if role == "precipitation" else written[role] + (role == "air_temperature") * 273.15
        np.testing.assert_allclose(values, expected[:, ::-1][:, rows, columns].T, rtol=2e-7)
    wet = products.read(tmp_path / prepared["precipitation"], "precipitation")["wet_days"].values
    counted = (daily >= 1.0).resample(time="MS").sum().values
    np.testing.assert_array_equal(wet, counted[:, ::-1][:, rows, columns].T)
    dependence = xr.open_dataset(tmp_path / copulas)
    tau = np.squeeze(dependence["tau"].isel(annual_cycle=0, missing_dims="ignore").values)
    first = axis["lat"].values > 55  # the row that hears snow alone
    north = (axis["lat"].values > 40) & ~first
    assert np.nanmin(tau[north]) > 0.5 and np.nanmax(tau[~north & ~first]) < -0.5
    # The snow season is told by the user's own snow: its months are left out of copulas, and stand beside the others.
    lies = (snow > 45)[:, ::-1][:, rows, columns].T
    np.testing.assert_array_equal(dependence["n"].values.squeeze(), (~lies).sum(axis=1))
    compared = products.read(tmp_path / sets, "frozen_months").isel(layer=0)
    by_set = compared["n"].sel(month_set=["thawed", "frozen"]).values
    np.testing.assert_array_equal(by_set[:, 0], (~lies).sum(axis=1))
    assert set(by_set[:, 1]) <= set(lies.sum(axis=1))
    fitted = products.read(tmp_path / controls, "controls").sel(time_scale="monthly")
    assert fitted["control"].values.tolist() == ["volume", "evapotranspiration", "snow", "gross_primary_productivity"]
    share = fitted["share"].values[:, 0]
    assert share[first, 2].min() > 0.9 and share[~first, 0].min() > 0.8  # volume, or snow, and hardly anything else
    assert fitted["dominant"].attrs["flag_meanings"].split()[3] == "snow"
    values = {
        "snow": snow,
        "elevation": np.broadcast_to(height, snow.shape),
        "Ta": written["air_temperature"],
        "SM": moisture,
    }
    values = {name: field[:, ::-1][:, rows, columns].T for name, field in values.items()}
    _expect_own_drivers(tmp_path, values)


def _expect_own_drivers(folder: Path, values: dict[str, np.ndarray]) -> None:
    """Coefficients of the own formula are those of least squares over the rows of each region, and were sampled."""
    results = folder / "results/own"
    summed = products.read(results / "drivers/statistics.nc", "driver_statistics").isel(time_scale=0, layer=0)
    estimates = products.read(results / "drivers/estimates.nc", "driver_estimates").isel(time_scale=0, layer=0)
    names = ["snow", "elevation", "snow:elevation", "elevation:Ta"]
    assert summed["term"].values.tolist() == estimates["term"].values.tolist() == names
    given = products.read(results / "prepared/dependence/ecoregions.nc", "ecoregions")["ecoregion"].values
    modelled = np.flatnonzero(summed["status"].values == 0)
    assert modelled.size >= 2
    for place in modelled:
        inside = given == summed["ecoregion"].values[place]
        z = {name: field[inside].ravel() for name, field in values.items()}
        z = {name: (field - field.mean()) / field.std() for name, field in z.items()}
        terms = [np.prod([z[name] for name in term.split(":")], axis=0) for term in names]
        expected = np.linalg.lstsq(np.column_stack([np.ones(terms[0].size), *terms]), z["SM"], rcond=None)[0]
        fitted, drawn = (
            part.isel(ecoregion=place).sel(response="SM").values for part in (summed["pooled"], estimates["mean"])
        )
        np.testing.assert_allclose(fitted, expected[1:], rtol=0, atol=2e-6)
        assert estimates["status"].values[place] == 0
        np.testing.assert_allclose(drawn, expected[1:], rtol=0, atol=0.03)


RIDGE = {"predictors": ["precipitation_volume", "snow"], "adjusted_for": []}
TWICE = {"predictors": ["precipitation_volume", "air_temperature"], "adjusted_for": ["air_temperature"]}
COVER = {"reader": "generic", "folder": "x", "classes": {"forests": [1], "croplands": [1]}}


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"variability": {"gross_primary_productivity": "modis"}}, "to be gosif_gpp or vodca2_gpp, or a data set of"),
        (
            {"variability": {"productivity": True, "land_cover": {"dataset": "cover"}}, "datasets": {"cover": COVER}},
            "in one group, found 1",
        ),
        (
            {"dependence": {"precipitation": "my_rain"}},
            "dependence.precipitation to be gpcp_daily or gldas",
        ),
        ({"dependence": {"ridge": RIDGE}}, "dependence.ridge.predictors among precipitation_frequency"),
        ({"dependence": {"ridge": TWICE}}, "found air_temperature in dependence.ridge.predictors and in"),
        (
            {"dependence": {"frozen": {"by": "snow", "snow": "swe"}}},
            "dependence.frozen.snow to be air or a covariate of your own, found swe",
        ),
        (
            {"dependence": {"covariates": {"snow": "my_snow"}}},
            "covariates.snow to be a data set of your own",
        ),
        (
            {"dependence": {"drivers": True, "driver_models": {"formula": "Ta + log(GPP)"}}},
            "dependence.driver_models.formula: expected products of powers of predictors, as Ta, Ta:GPP or I(Ta**2), "
            "found log(GPP)",
        ),
        (
            {"dependence": {"drivers": True, "driver_models": {"formula": "air_temperature + GPP"}}},
            "of Ta, GPP, LST, ET, found air_temperature. Call it Ta.",
        ),
        (
            {
                "dependence": {
                    "drivers": True,
                    "static_covariates": {"elevation": "height"},
                    "driver_models": {"formula": "Ta * elevation", "group": "cell"},
                },
                "datasets": {"height": {"reader": "generic", "folder": "x"}},
            },
            "is cell, found elevation, which the intercept of each cell holds already",
        ),
        (
            {"dependence": {"drivers": True, "driver_models": {"priors": {"terms": {"GPP:Ta": {"scale": 0.5}}}}}},
            "dependence.driver_models.priors.terms of Ta, GPP, LST, Ta:GPP",
        ),
        ({"datasets": {"mine": {"variable": "sm"}}}, "datasets.mine.variable beside datasets.mine.reader"),
        (
            {"datasets": {"gleam": {"reader": "generic", "folder": "x"}}},
            "of your own under an id of its own",
        ),
        ({"datasets": {"mine": {"reader": "generic"}}}, "datasets.mine.folder or datasets.mine.pattern, found neither"),
    ],
)
def test_descriptions_that_cannot_be_meant_stop_before_any_job(root, tmp_path, change, sentence):
    folder = running.folder_for(tmp_path)
    studies = [name for name in ("variability", "dependence") if name in change] or ["dependence"]
    settings = running.merged(running.SMALL, {"studies": studies, "source": "local"} | change)
    (folder / "small.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    text = " ".join(running.run(folder, root, "-n", expect=1).split())
    assert sentence in text, text[-2000:]


def test_layers_that_a_product_lacks_are_named():
    from vadose.studies.depths import chosen

    assert chosen([1, 3], np.array([1, 2, 3]), "mine").tolist() == [True, False, True]
    assert chosen(None, np.array([1, 2]), "mine").all()
    with pytest.raises(ValueError, match=r"mine: expected layers 1, 2, 3 .*, found 1\. Leave out 2, 3"):
        chosen([1, 2, 3], np.array([1]), "mine")
