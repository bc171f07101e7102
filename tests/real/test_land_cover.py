"""The genuine MCD12C1 map on the land cells of GLDAS, as GeoTIFF and as HDF4: classes by both rules."""

import numpy as np
import pytest
import xarray as xr

from vadose.core.cells import grid_of
from vadose.files import inventory, products
from vadose.formats import gldas, mcd12c1
from vadose.statistics import landcover
from vadose.synthetic.writers import mcd12c1 as writers_mcd12c1

pytestmark = pytest.mark.real
NAME = "MCD12C1.A2019001.006.2020220162300"


@pytest.fixture(scope="module")
def genuine(shared):
    return shared / f"real/mcd12c1/{NAME}.tif"


@pytest.fixture(scope="module")
def cells(shared, tmp_path_factory):
    """Land cells of the genuine GLDAS months."""
    import locate_cells

    folder, raw = tmp_path_factory.mktemp("cells"), shared / "real/gldas_noah10_m_2.1"
    inventory.write(sorted(raw.glob("*2012*.nc4")), folder / "files.txt", raw)
    globe = {"spacing": 1.0, "south": -60, "north": 90, "west": -180, "east": 180}
    locate_cells.main(
        files=[folder / "files.txt"], cells=folder / "cells.nc", product="gldas", grid=globe, min_valid=0.0, raw=raw,
        years=(2012, 2022),
    )  # fmt: skip
    return folder / "cells.nc"


def as_hdf4(genuine, folder):
    """The genuine classes with the structure of the archive's own file, one layer of its nine."""
    from pyhdf.SD import SD, SDC

    cover = mcd12c1.read(genuine)["land_cover"].sortby("lat", ascending=False)
    path = folder / f"{NAME}.hdf"
    file = SD(str(path), SDC.WRITE | SDC.CREATE | SDC.TRUNC)
    fields = {mcd12c1.VARIABLE: cover.values.astype(np.uint8)}
    file.attr("StructMetadata.0").set(SDC.CHAR, writers_mcd12c1._structure(cover, fields))
    for name, values in fields.items():
        variable = file.create(name, SDC.UINT8, values.shape)
        for index, dim in enumerate(("YDim", "XDim")):
            variable.dim(index).setname(f"{dim}:{mcd12c1.GRID}")
        variable[:] = values
        variable.endaccess()
    file.end()
    return path


def test_the_map_is_right_and_equal_as_geotiff_and_as_hdf4(genuine, tmp_path):
    mcd12c1.check(genuine)
    found = mcd12c1.read(genuine)
    classes = found["land_cover"]
    assert classes.shape == (3600, 7200) and int(found["year"]) == 2019 and np.isfinite(classes.values).all()
    known = {(0.0, -140.0): 0, (-3.0, -62.0): 2, (23.0, 13.0): 16, (72.0, -40.0): 15, (42.0, -93.5): 12}
    for (lat, lon), code in known.items():
        assert classes.sel(lat=lat, lon=lon, method="nearest") == code
    hdf = as_hdf4(genuine, tmp_path)
    mcd12c1.check(hdf)
    xr.testing.assert_identical(mcd12c1.read(hdf), found)


# Shares of the land's area by class (forests, shrublands, grasslands, croplands, none), and how many cells have none.
SHARES = {"regroup_first": (0.167, 0.356, 0.267, 0.106, 0.105), "mode_first": (0.161, 0.315, 0.231, 0.101, 0.193)}


@pytest.mark.parametrize("mode", SHARES)
def test_shares_of_classes_on_the_land_of_gldas(genuine, cells, mode, tmp_path):
    """How much desert, ice and town the rule regroup_first gives a class to: 9 % of the cells."""
    import prepare_land_cover

    inventory.write([genuine], tmp_path / "files.txt", genuine.parent)
    prepare_land_cover.main(
        cells=cells, files=tmp_path / "files.txt", land_cover=tmp_path / "classes.nc", mode=mode, year=2019,
        raw=genuine.parent,
    )  # fmt: skip
    axis = products.read(cells, "cells")
    assert axis.sizes["cell"] == 15_159
    classes = products.read(tmp_path / "classes.nc", "land_cover")["land_cover"].values
    area = axis["area"].values
    shares = [area[classes == code].sum() / area.sum() for code in (1, 2, 3, 4, 0)]
    for share, right in zip(shares, SHARES[mode]):
        assert abs(share - right) < 5.1e-4
    assert sum(shares) == pytest.approx(1.0)
    if mode == "regroup_first":
        codes = mcd12c1.read(genuine)["land_cover"].values
        dominant = landcover.classify(codes, 20, "mode_first")[30:]
        grid = grid_of(axis)
        assert grid.shape == dominant.shape
        dominant = dominant[axis["row"].values, axis["column"].values]
        assert ((classes > 0) & (dominant == 0)).sum() == 1_398


def test_soil_moisture_of_the_genuine_months(shared):
    path = shared / "real/gldas_noah10_m_2.1_original/GLDAS_NOAH10_M.A201201.021.nc4"
    gldas.check(path)
    found = gldas.read(path, ("soil_moisture", "precipitation"))
    assert np.isfinite(found["soil_moisture"].values[0, 0]).sum() == 15_159
    assert np.isfinite(found["precipitation"].values[0]).sum() == 15_325
    assert np.nanmax(found["soil_moisture"].values[0], axis=(1, 2)).round(1).tolist() == [100.0, 300.0, 600.0, 1000.0]
