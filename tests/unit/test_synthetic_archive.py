"""The synthetic archive: every product written in its format, read back by its reader, equal to the planted fields;
same bytes in any order."""

import functools
import tempfile
from pathlib import Path

import numpy as np
import pytest
from test_synthetic_settings import COARSE, earth

from vadose.core.grid import Grid, regrid
from vadose.synthetic import archive, dependence, landcover, productivity, soil
from vadose.synthetic.blocks import dependence_blocks, native_grid
from vadose.synthetic.provinces import provinces
from vadose.synthetic.settings import PRODUCTS

YEAR = 2003


@functools.cache
def world():
    """Native grids finer than the study's where the formats allow it, so that texture and edges are met."""
    finer = COARSE | {
        "mcd12c1": 1.0,
        "gosif_gpp": 1.0,
        "era5_land": 1.0,
        "gpcp_daily": 2.5,
        "cru_ts": 2.5,
        "cci_lst": 2.5,
        "vodca2_gpp": 2.5,
        "gleam": 2.5,
    }
    return earth(native=finer, step=10.0)


@functools.cache
def written(product: str) -> list[Path]:
    folder = Path(tempfile.mkdtemp(prefix="vadose_test_")) / product
    return archive.write_product(product, world(), folder, None if product in ("mcd12c1", "wwf_ecoregions") else [YEAR])


def months(field: str) -> np.ndarray:
    """Planted block fields of the year, (12, ..., block)."""
    return np.stack(
        [getattr(dependence.fields(world(), dependence.index_of(YEAR, month)), field) for month in range(1, 13)]
    )


def on_study_grid(values: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Conservative means on the study's cells, (..., block)."""
    blocks = dependence_blocks(world())
    target = Grid.regular(5.0)
    field = regrid(np.asarray(values, dtype=float), Grid(lat, lon), target)
    return field[..., blocks.number >= 0]


ONE_EACH = ("gldas", "mcd12c1", "gosif_gpp")  # HDF5, HDF4, GeoTIFF: enough for a second Python


@pytest.mark.parametrize(
    "product",
    [name if name in ONE_EACH else pytest.param(name, marks=pytest.mark.one_python) for name in PRODUCTS],
)
def test_the_same_bytes_in_any_order(product, tmp_path):
    """Written alone, after another year, into another folder: equal names and bytes; nothing else is left in the
    folder."""
    first = written(product)
    if product not in ("mcd12c1", "wwf_ecoregions"):
        archive.write_product(product, world(), tmp_path / "other", [YEAR + 1])
    for cached in (soil.planted, dependence.drivers, dependence.controls, provinces):
        cached.cache_clear()
    again = archive.write_product(
        product, world(), tmp_path / "again", None if product in ("mcd12c1", "wwf_ecoregions") else [YEAR]
    )
    assert [path.name for path in again] == [path.name for path in first]
    assert all(one.read_bytes() == two.read_bytes() for one, two in zip(first, again))
    assert {path.name for path in (tmp_path / "again").iterdir()} == {path.name for path in again}


def test_gldas_is_read_back_with_its_step_and_overlap():
    from vadose.formats import gldas

    paths = written("gldas")
    assert sorted({path.name[-7:-4] for path in paths}) == ["020", "021"] and len(paths) == 24
    for path in (paths[0], paths[-1]):
        version = gldas.version_of(path)
        dataset = gldas.read(path)
        month = int(path.name[20:22]) - 1
        expected = native_grid(world(), "gldas").spread(soil.monthly(world(), YEAR, version=version)[month])
        expected[:, np.isnan(dataset.soil_moisture.values[0, 0])] = np.nan
        assert np.nanmax(np.abs(dataset.soil_moisture.values[0] - expected)) < 1e-4
        ice = np.isclose(expected[0], 100.0)
        assert (dataset.soil_moisture.values[0][:, ice] == soil.THICKNESS[:, None]).all()
        assert np.isnan(expected[0]).mean() < 0.9


def test_versions_and_missing_months_of_a_record(tmp_path):
    """1999 has V2.0 alone, 2014 both, 2020 V2.1 alone; a missing month has no file in either."""
    short = earth(native=COARSE | {"mcd12c1": 1.0, "gosif_gpp": 1.0, "era5_land": 1.0})
    lacking = soil.missing_months(short, "gldas", 1948, 2024)
    for year, versions in ((1999, {"020"}), (2014, {"020", "021"}), (2020, {"021"}), (int(str(lacking[0])[:4]), None)):
        paths = archive.write_product("gldas", short, tmp_path / str(year), [year])
        present = [month for month in range(1, 13) if np.datetime64(f"{year}-{month:02d}") not in lacking]
        found = {path.name[-7:-4] for path in paths}
        assert versions is None or found == versions
        assert len(paths) == len(present) * len(found)
    with pytest.raises(ValueError, match="1900"):
        archive.write_product("gldas", short, tmp_path, [1900])
    with pytest.raises(ValueError, match="moon"):
        archive.write_product("moon", short, tmp_path)


def test_land_cover_is_read_back():
    from vadose.formats import mcd12c1

    dataset = mcd12c1.read(written("mcd12c1")[0])
    assert np.array_equal(np.squeeze(dataset.land_cover.values), landcover.pixels(world(), 2010))


def test_productivity_of_gosif_is_read_back():
    from vadose.formats import gosif_gpp

    paths = written("gosif_gpp")
    assert len(paths) == 12
    expected = productivity.gosif_gpp(world(), YEAR)["gross_primary_productivity"].values[6]
    dataset = gosif_gpp.read(paths[6])
    found = np.squeeze(dataset.gross_primary_productivity.values)
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    assert np.nanmax(np.abs(found - expected)) <= 0.5 * 0.01 / 31 * 1.01


def test_soil_moisture_of_era5_land_is_read_back_and_edges_cost_what_own_share_says():
    from vadose.formats import era5_land
    from vadose.synthetic.truth import truth

    dataset = era5_land.read(written("era5_land")[0])
    planted = months("soil_moisture")
    native = native_grid(world(), "era5_land")
    expected = native.spread(planted)
    assert dataset.soil_moisture.shape == expected.shape
    assert np.array_equal(dataset.lat.values, native.lat) and np.allclose(dataset.lon.values, native.lon)
    assert np.array_equal(np.isnan(dataset.soil_moisture.values), np.isnan(expected))
    assert np.nanmax(np.abs(dataset.soil_moisture.values - expected)) < 1e-6
    found = on_study_grid(dataset.soil_moisture.values, dataset.lat.values, dataset.lon.values)
    blocks = dependence_blocks(world())
    own = truth(world(), blocks.lat, blocks.lon, "dependence").own_share.values
    # A study cell is its own block but for the share of the others, whose values span the planted range.
    bound = (1.0 - own + 0.01) * (planted.max(axis=-1, keepdims=True) - planted.min(axis=-1, keepdims=True))
    assert (np.abs(found - planted) <= bound).all()
    assert np.median(np.abs(found - planted)) < 0.01


def test_rain_of_gpcp_is_read_back_with_planted_totals_and_wet_days():
    from vadose.formats import gpcp_daily

    paths = written("gpcp_daily")
    assert len(paths) == 365
    dataset = gpcp_daily.monthly(paths, years=(YEAR, YEAR))
    rain = on_study_grid(dataset["precipitation"].values, dataset.lat.values, dataset.lon.values)
    expected = months("precipitation")
    assert np.abs(rain - expected).max() < 1e-4 * expected.max()
    assert (rain[expected == 0.0] == 0.0).all()
    wet = next(name for name in dataset.data_vars if name != "precipitation")
    count = on_study_grid(dataset[wet].values, dataset.lat.values, dataset.lon.values)
    assert np.abs(count - months("wet_days")).max() < 1e-9
    assert np.isfinite(dataset["precipitation"].values).all()  # over the sea too


@pytest.mark.parametrize(("product", "field", "variable", "tolerance"), [
    ("cru_ts", "air_temperature", "air_temperature", 0.051),
    ("cci_lst", "land_surface_temperature", "land_surface_temperature", 0.006),
    ("vodca2_gpp", "productivity", "gross_primary_productivity", 1e-4),
    ("gleam", "evapotranspiration", "evapotranspiration", 1e-3),
])  # fmt: skip
def test_monthly_means_on_the_study_grid_are_the_planted_ones(product, field, variable, tolerance):
    """Through the reader and the conservative remapping, to within the packing of the format."""
    import importlib

    reader, paths = importlib.import_module(f"vadose.formats.{product}"), written(product)
    if product == "cci_lst":
        dataset = reader.series(paths, years=(YEAR, YEAR), allow_missing=True)
    elif product == "vodca2_gpp":
        dataset = reader.monthly(paths[0], years=(YEAR, YEAR))
    else:
        dataset = reader.read(paths[0])
    found = on_study_grid(dataset[variable].values, dataset.lat.values, dataset.lon.values)
    expected = months(field)
    absent = soil.missing_months(world(), "cci_lst", 2000, 2019).astype("datetime64[M]")
    present = (
        ~np.isin(dataset.time.values.astype("datetime64[M]"), absent)
        if product == "cci_lst"
        else np.ones(12, dtype=bool)
    )
    assert found.shape == expected.shape
    assert np.abs(found - expected)[present].max() < tolerance


def test_missing_passes_of_lst(tmp_path):
    lacking = soil.missing_months(world(), "cci_lst", 2000, 2019)
    for position, month in enumerate(lacking):
        paths = archive.write_product("cci_lst", world(), tmp_path / str(month), [int(str(month)[:4])])
        names = [path.name for path in paths if str(month).replace("-", "") + "01" in path.name]
        assert len(names) == (0 if position == 0 else 1) and all("DES" in name for name in names)
        assert len(paths) == 24 - 2 + len(names)


def test_eight_day_steps_average_to_the_months():
    """Leap and common years; steps begin again on 1 January; no value is negative however months differ."""
    random = np.random.default_rng(3)
    for year in (2003, 2004):
        monthly = random.exponential(3.0, (12, 40)) * (random.random((12, 40)) > 0.2)
        begins, values = archive.eight_day_steps(year, monthly)
        assert begins.size == 46 and values.min() >= 0.0
        days = np.repeat(
            values,
            np.diff(np.append(begins, np.datetime64(f"{year + 1}-01-01"))).astype("timedelta64[D]").astype(int),
            axis=0,
        )
        stamps = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]").astype("datetime64[M]")
        means = np.array([days[stamps == month].mean(axis=0) for month in np.unique(stamps)])
        assert np.abs(means - monthly).max() < 1e-12


def test_ecoregions_are_read_back_at_the_centres_of_the_study_grid():
    from vadose.formats import wwf_ecoregions

    grid = Grid.regular(5.0, south=0.0)
    dataset = wwf_ecoregions.read(written("wwf_ecoregions")[0], grid.lat, grid.lon)
    blocks = dependence_blocks(world())
    assert np.array_equal(dataset.biome.values[blocks.number[18:] >= 0], provinces(world()).ecoregion)
    assert np.isnan(dataset.biome.values[blocks.number[18:] < 0]).all()


@pytest.mark.parametrize(
    "region, same",
    [((0, 90, 0, 360), (0, 90, -180, 180)), ((30, 60, 190, 250), (30, 60, -170, -110))],
)
def test_a_region_is_the_same_in_either_convention(region, same):
    one, other = (dependence_blocks(regional(edges)) for edges in (region, same))
    np.testing.assert_array_equal(one.number, other.number)
    first, second = (native_grid(regional(edges), "era5_land") for edges in (region, same))
    np.testing.assert_allclose(first.lon, second.lon, rtol=0, atol=1e-9)


def test_a_region_across_the_date_line_is_that_part_of_the_globe():
    """Its blocks are those of the globe, and its nodes of ERA5-Land lie in one piece that goes on beyond 180."""
    globe, part = dependence_blocks(regional((0, 90, -180, 180))), dependence_blocks(regional((0, 90, 150, -150)))
    kept = (globe.lon > 150) | (globe.lon < -150)
    assert part.size == kept.sum() >= 20
    np.testing.assert_array_equal(np.c_[part.lat, part.lon], np.c_[globe.lat, globe.lon][kept])
    native = native_grid(regional((0, 90, 150, -150)), "era5_land")
    np.testing.assert_allclose(np.diff(native.lon), np.diff(native.lon)[0], rtol=0, atol=1e-9)
    assert 148 <= native.lon[0] <= 150 and 210 <= native.lon[-1] <= 212
    assert set(np.unique(native.block[native.valid])) == set(range(part.size))


def regional(region):
    return earth(
        native=COARSE | {"era5_land": 1.0},
        dependence={"spacing": 5.0, "first_year": 2000, "last_year": 2004, "region": list(region)},
    )
