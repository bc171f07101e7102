"""Regions of a user's own as a role: the tables by region give what is planted in each of them, in both studies."""

import geopandas
import numpy as np
import pandas as pd
import pytest
import running
import shapely
import xarray as xr
import yaml
from shapely.geometry import Polygon, box

from vadose.files import products

LAT, LON = np.arange(57.5, 20, -5.0), np.arange(152.5, 190, 5.0)  # across the date line
GRID = {"spacing": 5, "south": 20, "north": 60, "west": 150, "east": -170}
SLOPE = 0.2  # kg m-2 a year


@pytest.fixture(scope="module")
def run(root, tmp_path_factory):
    """Soil moisture rises in the west and falls in the east; it follows precipitation in the north and opposes it in
    the south. Regions of study A are west and east, of study B north and south; the west goes across the date line."""
    folder = tmp_path_factory.mktemp("regions")
    random = np.random.default_rng(3)
    months = np.arange("2001-01", "2016-01", dtype="datetime64[M]").astype("datetime64[ns]")
    rain = random.gamma(2.0, 30.0, (months.size, LAT.size, LON.size))
    rises, follows = np.where(LON < 182, 1.0, -1.0), np.where(LAT > 40, 1.0, -1.0)[:, None]
    year = np.arange(months.size)[:, None, None] / 12
    moisture = 120 + SLOPE * rises * (year - 7.5) + 0.1 * follows * (rain - 60)
    moisture += random.normal(0, 0.2, moisture.shape)
    for name, values in (("sm", moisture), ("pr", rain)):
        axes = {"time": months, "lat": LAT, "lon": (LON + 180) % 360 - 180}
        field = xr.DataArray(values, axes, ("time", "lat", "lon"), name=name, attrs={"units": "kg m-2"})
        field.sortby("lon").to_netcdf(folder / f"{name}.nc")
    jump = Polygon([(150, 20), (-178, 20), (-178, 60), (150, 60)])
    halves = geopandas.GeoDataFrame({"part": ["west", "east"]}, geometry=[jump, box(-178, 20, -170, 60)], crs=4326)
    halves.to_file(folder / "halves.geojson", engine="pyogrio")
    bands = [box(150, 40, 190, 60), box(150, 20, 190, 40)]
    table = geopandas.GeoDataFrame({"id": ["n", "s"], "band": ["north", "south"]}, geometry=bands, crs=4326)
    table["geometry"] = shapely.segmentize(table.geometry.values, 0.5)
    table.to_crs(3995).to_file(folder / "bands.gpkg", engine="pyogrio")
    generic = {"reader": "generic", "folder": str(folder)}
    polygons = {"reader": "polygons", "folder": str(folder)}
    settings = {
        "run": "own",
        "source": "local",
        "tiles": {"variability": 1, "dependence": 1},
        "intervals": {"resamples": 60},
        "datasets": {
            "soil": generic | {"pattern": "sm.nc", "layers": [[0, 0.1]]},
            "rain": generic | {"pattern": "pr.nc"},
            "halves": polygons | {"pattern": "halves.geojson", "title": "Two halves", "licence": "CC0"},
            "bands": polygons | {"pattern": "bands.gpkg", "name": "band"},
        },
        "variability": {
            "product": "soil",
            "limits": [999.0],
            "grid": GRID,
            "years": [2001, 2015],
            "years_per_job": 15,
            "periods": [[2001, 2015]],
            "productivity": False,
            "regions": "halves",
            "trend": {"tests": ["original"], "resamples": 50, "simulations": 100},
        },
        "dependence": {
            "product": "soil",
            "precipitation": "rain",
            "regions": "bands",
            "grid": GRID,
            "years": [2001, 2015],
            "years_per_job": 15,
            "layers": [1],
            "controls": False,
            "drivers": False,
            "time_scales": ["monthly"],
            "copula": {"simulations": 10},
        },
    }
    (folder / "small.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    tables = folder / "results/own/tables"
    asked = ["variability/trends", "dependence/negative_shares", "dependence/optimal_lags", "claims"]
    running.run(folder, root, *(f"results/own/tables/{name}_by_region.csv" for name in asked))
    return folder, tables


@pytest.mark.slow
def test_tables_of_study_a_follow_what_is_planted_in_each_region(run):
    folder, tables = run
    axis = products.read(folder / "results/own/prepared/variability/ecoregions.nc", "ecoregions")
    assert axis["name"].values.tolist() == ["west", "east"] and "Two halves" in axis.attrs["source"]
    assert [(axis["ecoregion"] == code).sum().item() for code in (1, 2)] == [48, 16]
    over_years = pd.read_csv(tables / "variability/year_intervals_by_region.csv").set_index(
        ["region_name", "weighting"]
    )
    slopes = over_years[over_years["quantity"] == "mean_slope"]
    for name, sign in (("west", 1), ("east", -1)):
        row = slopes.loc[(name, "cell")]
        assert row["low"] < row["estimate"] < row["high"]
        assert row["estimate"] == pytest.approx(sign * SLOPE, abs=0.05)
    whole = pd.read_csv(tables / "variability/trends_by_region.csv").set_index(["region_name", "series"])
    expected = pytest.approx(whole.loc[("west", "total"), "mean_over_cells"], rel=1e-8)
    assert slopes.loc[("west", "cell"), "estimate"] == expected


@pytest.mark.slow
def test_tables_of_study_b_follow_what_is_planted_in_each_region(run):
    folder, tables = run
    axis = products.read(folder / "results/own/prepared/dependence/ecoregions.nc", "ecoregions")
    assert [(axis["ecoregion"] == code).sum().item() for code in (1, 2)] == [32, 32]
    shares = pd.read_csv(tables / "dependence/negative_shares_by_region.csv").set_index("region_name")
    assert shares["share_of_cells"].to_dict() == {"north": 0.0, "south": 1.0} and set(shares["cells"]) == {32}
    over_years = pd.read_csv(tables / "dependence/year_intervals_by_region.csv")
    negative = over_years.query("quantity == 'negative' and weighting == 'cell'").set_index("region_name")
    assert negative["estimate"].to_dict() == {"north": 0.0, "south": 1.0}
    lags = pd.read_csv(tables / "dependence/optimal_lags_by_region.csv")
    cells = lags.groupby(["region_name", "annual_cycle"])["cells"].sum()
    assert cells.index.get_level_values(0).unique().tolist() == ["north", "south"] and (cells == 32).all()


@pytest.mark.slow
def test_claims_by_region_as_a_job_have_the_numbers_of_each_region(run):
    """The rule runs to its end: the claim on the mean slope has what is planted in each region, from its own table; no
    study has rows of the regions of the other."""
    _, tables = run
    claims = pd.read_csv(tables / "claims_by_region.csv", dtype=str).set_index(["id", "region_name"])["of_region"]
    slopes = pd.read_csv(tables / "variability/trends_by_region.csv").query("series == 'total'")
    slopes = slopes.set_index("region_name")["mean_over_cells"]
    for name, sign in (("west", 1), ("east", -1)):
        told = float(claims["A027", name])
        assert told == pytest.approx(sign * SLOPE, abs=0.05) and told == pytest.approx(slopes[name], rel=1e-2)
    for ids, names in (("A", {"west", "east"}), ("B", {"north", "south"})):
        assert {name for claim, name in claims.index if claim.startswith(ids)} == names
