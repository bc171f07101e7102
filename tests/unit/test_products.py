"""Products: equal content gives equal bytes, nothing half-written is seen, every defect is a sentence with the file's
name."""

import hashlib
import resource

import numpy as np
import pytest
import xarray as xr
import yaml

from vadose.core import calendar, cells
from vadose.core.grid import Grid
from vadose.files import products, provenance
from vadose.files.products import ProductError


@pytest.fixture
def axis():
    grid = Grid.regular(30.0)
    return cells.locate(np.arange(grid.area.size).reshape(grid.shape) % 3 == 0, grid)


@pytest.fixture
def rain(axis):
    rng = np.random.default_rng(1)
    values = rng.gamma(2.0, 30.0, (axis.sizes["cell"], 24)).astype(np.float32)
    values[3, 5] = np.nan
    return (
        products.cell_coordinates(axis)
        .assign(precipitation=(("cell", "time"), values))
        .assign_coords(time=calendar.months(2000, 2001))
    )


def test_round_trip_keeps_every_value(rain, tmp_path):
    products.write(rain, tmp_path / "new/folder/rain.nc", "precipitation")
    back = products.read(tmp_path / "new/folder/rain.nc", "precipitation")
    np.testing.assert_array_equal(back["precipitation"].values, rain["precipitation"].values)
    for name in products.CELL_COORDINATES + ("time",):
        np.testing.assert_array_equal(back[name].values, rain[name].values)
    assert back["precipitation"].attrs["units"] == "kg m-2"
    assert back["precipitation"].attrs["standard_name"] == "precipitation_amount"
    assert back.attrs["Conventions"] == "CF-1.11"


def test_equal_content_gives_equal_bytes(rain, tmp_path):
    digests = set()
    for name in ("a", "b"):
        products.write(rain, tmp_path / f"{name}.nc", "precipitation")
        digests.add(hashlib.sha256((tmp_path / f"{name}.nc").read_bytes()).hexdigest())
    assert len(digests) == 1


def test_tiles_read_their_share_and_merge_to_the_whole(rain, tmp_path):
    products.write(rain, tmp_path / "whole.nc", "precipitation")
    for tile in cells.tiles(3):
        part = products.read(tmp_path / "whole.nc", "precipitation", tile=tile)
        np.testing.assert_array_equal(part["lat"].values, rain["lat"].values[tile.slice(rain.sizes["cell"])])
        products.write(part, tmp_path / f"{tile}.nc", "precipitation")
    paths = [tmp_path / f"{tile}.nc" for tile in cells.tiles(3)]
    products.merge(paths, tmp_path / "merged.nc", "precipitation")
    assert (tmp_path / "merged.nc").read_bytes() == (tmp_path / "whole.nc").read_bytes()
    with pytest.raises(ProductError, match="follow one another"):
        products.merge(paths[::-1], tmp_path / "wrong.nc", "precipitation")
    assert not (tmp_path / "wrong.nc").exists()


def test_years_join_in_order(rain, tmp_path):
    for year in (2000, 2001):
        products.write(rain.sel(time=str(year)), tmp_path / f"{year}.nc", "precipitation")
    joined = products.read([tmp_path / "2000.nc", tmp_path / "2001.nc"], "precipitation")
    np.testing.assert_array_equal(joined["precipitation"].values, rain["precipitation"].values)
    with pytest.raises(ProductError, match="follow one another along time"):
        products.read([tmp_path / "2001.nc", tmp_path / "2000.nc"], "precipitation")


@pytest.mark.parametrize(
    "break_it, sentence",
    [
        (lambda d: d.rename(precipitation="rain"), "expected variable precipitation"),
        (lambda d: d.transpose("time", "cell", ...), "with dimensions"),
        (lambda d: d.assign(precipitation=d["precipitation"] - 1000), "within 0 and 20000"),
        (
            lambda d: d.assign(precipitation=d["precipitation"].assign_attrs(units="m")),
            "expected precipitation in kg m-2, found m",
        ),
        (lambda d: d.assign(extra=d["lat"] * 1.0), "found also extra"),
    ],
)
def test_a_wrong_product_is_not_written(rain, tmp_path, break_it, sentence):
    with pytest.raises(ProductError, match=sentence):
        products.write(break_it(rain), tmp_path / "rain.nc", "precipitation")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_product_is_named(rain, tmp_path):
    path = tmp_path / "rain.nc"
    products.write(rain, path, "precipitation")
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ProductError, match="rain.nc: expected the product precipitation"):
        products.read(path, "precipitation")
    with pytest.raises(ProductError, match="absent.nc: expected the product precipitation, found no such file"):
        products.read(tmp_path / "absent.nc", "precipitation")


def test_what_the_machine_refuses_is_no_fault_of_a_product(rain, tmp_path):
    """Hours of results are not to be deleted since this process has too many files open."""
    products.write(rain, tmp_path / "rain.nc", "precipitation")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, limits[1]))
    try:
        with pytest.raises(ProductError) as raised:
            products.read(tmp_path / "rain.nc", "precipitation")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert "rain.nc: expected the product precipitation, but it cannot be read" in str(raised.value)
    assert "too many files open" in str(raised.value) and "Delete" not in str(raised.value)


@pytest.mark.parametrize("kind", [AttributeError, IndexError, KeyError, OSError, RuntimeError])
def test_a_product_is_named_whatever_the_library_says_of_its_damage(rain, tmp_path, monkeypatch, kind):
    """netCDF4 raises AttributeError where attributes cannot be read."""

    def refuse(*arguments, **options):
        raise kind("NetCDF: HDF error")

    products.write(rain, tmp_path / "rain.nc", "precipitation")
    monkeypatch.setattr(xr, "open_dataset", refuse)
    with pytest.raises(ProductError, match="rain.nc.*found a damaged file.*NetCDF: HDF error"):
        products.read(tmp_path / "rain.nc", "precipitation")


def test_reading_leaves_the_cache_of_the_process_as_it_was(rain, tmp_path):
    netcdf = pytest.importorskip("netCDF4")
    before = netcdf.get_chunk_cache()
    products.write(rain, tmp_path / "rain.nc", "precipitation")
    products.read(tmp_path / "rain.nc", "precipitation")
    assert netcdf.get_chunk_cache() == before


@pytest.mark.parametrize("limit", [0, 4096])
def test_a_disk_that_refuses_leaves_nothing_and_keeps_what_was_there(rain, tmp_path, limit):
    path = tmp_path / "rain.nc"
    products.write(rain, path, "precipitation")
    before = path.read_bytes()
    assert len(before) > limit
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, allowed[1]))
    try:
        with pytest.raises(ProductError, match="rain.nc: expected to write precipitation.*refused .File too large."):
            products.write(rain, path, "precipitation")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    products.write(rain, path, "precipitation")  # the process is none the worse for it
    assert path.read_bytes() == before


def test_products_below_a_run_carry_its_provenance(rain, tmp_path):
    source = {
        "id": "gpcp_daily",
        "title": "GPCP",
        "version": "1.3",
        "doi": "10.7289/V5RX998Z",
        "licence": "open",
        "synthetic": True,
    }
    config = {"run": "trial", "seed": 1, "paths": {"raw": "data"}}
    record = provenance.record(config, {"dependence": [source], "variability": []}, tmp_path)
    (tmp_path / provenance.RUN_FILE).write_text(yaml.safe_dump(record), encoding="utf-8")
    products.write(rain, tmp_path / "prepared/rain.nc", "precipitation")
    attributes = products.read(tmp_path / "prepared/rain.nc", "precipitation").attrs
    assert attributes["run"] == "trial"
    assert attributes["source"] == "gpcp_daily: SYNTHETIC, in the format of GPCP, version 1.3, doi:10.7289/V5RX998Z"
    assert attributes["configuration_hash"] == provenance.configuration_hash(config)
    assert provenance.configuration_hash({**config, "paths": {"raw": "other"}}) == attributes["configuration_hash"]
    assert provenance.configuration_hash({**config, "seed": 2}) != attributes["configuration_hash"]


def test_in_a_workflow_nothing_is_written_without_the_record_of_its_run(rain, tmp_path, monkeypatch):
    products.write(rain, tmp_path / "alone.nc", "precipitation")
    assert products.read(tmp_path / "alone.nc", "precipitation").attrs["source"] == "written outside a run"
    monkeypatch.setenv(provenance.IN_WORKFLOW, "yes")
    with pytest.raises(FileNotFoundError, match="rain.nc: expected run_config.yaml, the record of the run"):
        products.write(rain, tmp_path / "rain.nc", "precipitation")
    assert not (tmp_path / "rain.nc").exists()


def test_specifications_are_what_their_files_say():
    for part, entries in products.specifications().items():
        whole = {}
        for path in sorted(products.SPECIFICATIONS.glob("*.yaml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            assert content.keys() <= products.specifications().keys()
            whole |= content.get(part) or {}
        assert whole and dict(entries) == whole and list(entries) == list(whole)


def test_no_product_is_specified_twice(tmp_path, monkeypatch):
    for name in ("one", "other"):
        text = "products:\n  # a remark\n  lags:\n    title: Lags\n\n  tau: {title: Tau}\ncoordinates:\n  lags: {}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(products, "SPECIFICATIONS", tmp_path)
    products.specifications.cache_clear()
    try:
        with pytest.raises(ValueError, match="other.yaml: expected each of the products once, found lags again"):
            products.specifications()
        (tmp_path / "other.yaml").unlink()
        assert dict(products.specifications()["products"]) == {"lags": {"title": "Lags"}, "tau": {"title": "Tau"}}
    finally:
        products.specifications.cache_clear()


def test_every_specified_variable_has_dimensions_a_unit_and_a_name():
    table = products.specifications()
    for product, entry in table["products"].items():
        assert entry["title"] and entry["variables"], product
        for name, known in entry["variables"].items():
            shared = table["coordinates"].get(name, {})
            assert "dims" in known and "units" in known and (known.get("long_name") or shared.get("long_name")), (
                f"{product}.{name}"
            )
