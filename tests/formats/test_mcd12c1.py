"""MCD12C1: reader against writer, the HDF-EOS structure, traps, and the import that once crashed at exit."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from damage import cut, login_page

from vadose.formats import mcd12c1
from vadose.formats.opening import FormatError
from vadose.synthetic.writers.mcd12c1 import _packed, write

STAMP = "2022165213124"


@pytest.fixture(scope="module")
def earth() -> xr.Dataset:
    rng = np.random.default_rng(2)
    lat, lon = np.arange(-88.75, 90, 2.5), np.arange(-178.75, 180, 2.5)
    classes = rng.integers(0, 17, (lat.size, lon.size)).astype(np.float32)
    classes[0] = np.nan
    return xr.Dataset({"land_cover": (("lat", "lon"), classes)}, coords={"lat": lat, "lon": lon})


@pytest.fixture(scope="module")
def file(earth, tmp_path_factory) -> Path:
    return write(earth, tmp_path_factory.mktemp("mcd12c1"), year=2010)


@pytest.fixture
def copy(file, tmp_path) -> Path:
    return Path(shutil.copy(file, tmp_path))


def both(path: Path, message: str) -> None:
    for call in (mcd12c1.check, mcd12c1.read):
        with pytest.raises(FormatError, match=message) as caught:
            call(path)
        assert path.name in str(caught.value)


def test_round_trip(earth, file):
    assert file.name == f"MCD12C1.A2010001.061.{STAMP}.hdf"
    mcd12c1.check(file)
    back = mcd12c1.read(file)
    np.testing.assert_array_equal(back["land_cover"].values, earth["land_cover"].values)
    np.testing.assert_array_equal(back["lat"].values, earth["lat"].values)
    np.testing.assert_array_equal(back["lon"].values, earth["lon"].values)
    assert int(back["year"]) == 2010 and mcd12c1.times_of(file)[0] == np.datetime64("2010-01-01")


def test_true_hdf_eos_grid_with_rows_from_the_north(earth, file):
    import pyhdf.V  # noqa: F401
    from pyhdf.HDF import HDF
    from pyhdf.SD import SD

    arrays = SD(str(file))
    raw = arrays.select("Majority_Land_Cover_Type_1")[:]
    assert raw.dtype == np.uint8 and np.all(raw[-1] == 255)
    np.testing.assert_array_equal(raw[0], earth["land_cover"].values[-1])
    assert 'GridName="MOD12C1"' in arrays.attributes()["StructMetadata.0"]
    assert "UpperLeftPointMtrs=(-180000000.000000,90000000.000000)" in arrays.attributes()["StructMetadata.0"]
    arrays.end()
    tree = HDF(str(file))
    groups = tree.vgstart()
    grid = groups.attach(groups.find("MOD12C1"))
    members = [groups.attach(reference) for _, reference in grid.tagrefs()]
    assert grid._class == "GRID" and [member._name for member in members] == ["Data Fields", "Grid Attributes"]
    assert len(members[0].tagrefs()) == 5
    for group in (*members, grid):
        group.detach()
    groups.end()
    tree.close()


def test_packed_angles():
    for degrees in (-180.0, 90.0, -59.5, 0.0, 12.575):
        assert mcd12c1._degrees(f"{_packed(degrees):.6f}") == pytest.approx(degrees, abs=3e-6)
    assert _packed(-59.5) == -59030000.0


def test_native_grid_centres():
    text = 'GridName="MOD12C1"\n XDim=7200\n YDim=3600\n UpperLeftPointMtrs=(-180000000.000000,90000000.000000)\n'
    text += " LowerRightMtrs=(180000000.000000,-90000000.000000)\n Projection=GCTP_GEO\n"
    lat, lon = mcd12c1._centres(text, (3600, 7200), Path("x.hdf"))
    assert lat[0] == pytest.approx(89.975, abs=1e-12) and lon[0] == pytest.approx(-179.975, abs=1e-12)


def test_login_page(tmp_path):
    both(login_page(tmp_path / f"MCD12C1.A2010001.061.{STAMP}.hdf"), "HTML page.*credentials")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.05, 0.4, 0.9])
def test_cut_file(file, tmp_path, share):
    path = cut(file, tmp_path / file.name, share)
    with pytest.raises(FormatError, match="cut or corrupt|empty file|expected variable") as caught:
        mcd12c1.read(path)
    assert path.name in str(caught.value)


def test_name_without_year(file, tmp_path):
    both(Path(shutil.copy(file, tmp_path / "landcover.hdf")), "expected a name like MCD12C1")


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text of equal length in the file (StructMetadata.0 or a name)."""
    assert len(old) == len(new)
    data = path.read_bytes()
    assert old.encode() in data
    path.write_bytes(data.replace(old.encode(), new.encode()))


def test_missing_variable(copy):
    edit(copy, "Majority_Land_Cover_Type_1", "Majority_Land_Cover_Typ_01")
    both(copy, "expected variable Majority_Land_Cover_Type_1")


def test_swapped_axes(copy):
    edit(copy, "YDim:MOD12C1", "TDim:MOD12C1")
    edit(copy, "XDim:MOD12C1", "YDim:MOD12C1")
    both(copy, "swapped")


def test_swapped_corners(copy):
    edit(copy, "(-180000000.000000,90000000.000000)", "(90000000.000000,-180000000.000000)")
    both(copy, "corners within the globe")


def test_grid_that_does_not_fit(copy):
    edit(copy, "XDim=144", "XDim=145")
    both(copy, "shape \\(72, 145\\) by its grid, found \\(72, 144\\)")


def test_no_grid_and_other_projection(copy, file, tmp_path):
    edit(copy, "StructMetadata.0", "StructMetadatb.0")
    both(copy, "StructMetadata.0")
    second = Path(shutil.copy(file, tmp_path))
    edit(second, "GCTP_GEO", "GCTP_SIN")
    both(second, "GCTP_SIN")


def test_wrong_unit(copy):
    from pyhdf.SD import SD, SDC

    arrays = SD(str(copy), SDC.WRITE)
    variable = arrays.select("Majority_Land_Cover_Type_1")
    variable.attr("units").set(SDC.CHAR, "percent")
    variable.endaccess()
    arrays.end()
    both(copy, "found unit 'percent'")


def test_water_seventeen_is_the_legend_of_the_other_product(earth, tmp_path):
    path = write(earth.where(earth != 0, 17), tmp_path, year=2011)
    with pytest.raises(FormatError, match="classes 0 to 16 or 255, found 17"):
        mcd12c1.read(path)


def test_writing_is_reproducible(earth, file, tmp_path):
    again = write(earth, tmp_path, year=2010)
    assert again.read_bytes() == file.read_bytes()
    assert list(tmp_path.iterdir()) == [again]


@pytest.mark.slow
def test_one_process_may_hold_all_the_libraries(file):
    """A crash at exit was seen once with pyhdf about; it came from a second PROJ in ecCodes, not from HDF4."""
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}; import eccodes; eccodes.codes_get_api_version()\n"
        "import xarray, rasterio, geopandas, cartopy.crs, h5py, netCDF4, numba\n"
        "from vadose.formats import mcd12c1; import pathlib; "
        f"print(int(mcd12c1.read(pathlib.Path({str(file)!r}))['land_cover'].notnull().sum()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(71 * 144)]


def geotiff(earth: xr.Dataset, folder: Path, name: str, **change) -> Path:
    import rasterio

    codes = earth["land_cover"].sortby("lat", ascending=False).values
    profile = {
        "driver": "GTiff", "dtype": "uint8", "count": 1, "height": codes.shape[0], "width": codes.shape[1],
        "crs": "EPSG:4326", "nodata": 255, "transform": rasterio.Affine(2.5, 0, -180, 0, -2.5, 90),
    }  # fmt: skip
    path = folder / name
    with rasterio.open(path, "w", **profile | change) as raster:
        raster.write(np.where(np.isnan(codes), 255, codes).astype("uint8"), 1)
    return path


@pytest.mark.parametrize("name", [f"MCD12C1.A2010001.061.{STAMP}.tif", f"MCD12C1.A2010001.006.{STAMP}.TIF"])
def test_geotiff_and_hdf4_give_one_map(file, earth, name, tmp_path):
    path = geotiff(earth, tmp_path, name)
    mcd12c1.check(path)
    xr.testing.assert_identical(mcd12c1.read(path), mcd12c1.read(file))
    (month,) = mcd12c1.months([path], ("land_cover",), (2010, 2010))
    xr.testing.assert_identical(month, mcd12c1.read(file))
    with pytest.raises(FormatError, match="expected one map of MODIS land cover MCD12C1 a year"):
        mcd12c1.by_years([path, file])


def test_versions_are_not_mixed_and_shares_are_no_classes(earth, tmp_path):
    paths = [
        geotiff(earth, tmp_path, f"MCD12C1.A20{year}001.{v}.{STAMP}.tif") for year, v in ((10, "061"), (11, "006"))
    ]
    with pytest.raises(FormatError, match="expected one version.*006 and 061"):
        mcd12c1.by_years(paths)
    import rasterio

    with rasterio.open(paths[0], "r+") as raster:
        raster.set_band_unit(1, "percent")
    both(paths[0], "expected class codes.*found unit 'percent'")
