"""Netcdf files of our own are those of xarray and h5netcdf, to the library that reads them."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from vadose.files import netcdf
from vadose.files.hdf5_files import RememberingFile

STORED = ("dtype", "zlib", "shuffle", "complevel", "chunksizes", "contiguous", "fletcher32", "_FillValue", "units")


@pytest.fixture
def dataset():
    """All that products hold: coordinates of numbers, dates and words, dimensions without any, bounds, scalars."""
    values = np.random.default_rng(0).normal(size=(50, 3, 2))
    values[7, 1, 0] = np.nan
    return xr.Dataset(
        {
            "bounds": (("layer", "edge"), np.zeros((3, 2))),
            "tau": (("cell", "layer", "time"), values, {"units": "1", "flag_values": np.array([1, 2], np.int8)}),
            "family": (("cell",), np.arange(50, dtype=np.int8)),
            "crs": ((), np.int32(0), {"grid_mapping_name": "latitude_longitude"}),
        },
        coords={
            "layer": ("layer", ["0-7 cm", "7-28 cm", "öl"]),
            "time": np.array(["2000-01-01", "2000-02-01"], "datetime64[ns]"),
            "lat": ("cell", np.linspace(0, 1, 50)),
        },
        attrs={"title": "A title", "years": np.array([1990, 2009])},
    )


def test_a_file_is_what_xarray_writes(dataset, tmp_path):
    packed = {"zlib": True, "complevel": 1, "shuffle": True}
    encoding = {"tau": packed | {"chunksizes": (20, 3, 2), "_FillValue": np.nan}, "family": packed}
    netcdf.write(dataset, tmp_path / "ours.nc", encoding)
    dataset.to_netcdf(tmp_path / "theirs.nc", engine="h5netcdf", encoding=encoding)
    for engine in ("netcdf4", "h5netcdf"):
        with (
            xr.open_dataset(tmp_path / "ours.nc", engine=engine) as ours,
            xr.open_dataset(tmp_path / "theirs.nc", engine=engine) as theirs,
        ):
            assert ours.identical(theirs) and list(ours.variables) == list(theirs.variables)
            for name in theirs.variables:
                stored, expected = ours[name].encoding, theirs[name].encoding
                assert [str(stored.get(key)) for key in STORED] == [str(expected.get(key)) for key in STORED], name
    with netCDF4.Dataset(tmp_path / "ours.nc", "a") as file:  # the C library can go on with it
        assert list(file.dimensions) == list(netCDF4.Dataset(tmp_path / "theirs.nc").dimensions)
        file["family"][3] = 9
    with xr.open_dataset(tmp_path / "ours.nc") as changed:
        assert changed["family"][3] == 9


def test_what_is_deleted_is_not_remembered(tmp_path):
    with RememberingFile(tmp_path / "file.h5", "w") as file:
        for root in (file, file["/"]):
            for name in ("tau", "/tau"):
                file.create_dataset("tau", data=[1.0])
                assert root["tau"] is root["tau"] and root["/tau"][0] == 1
                del root[name]
                assert "tau" not in file
                with pytest.raises(KeyError):
                    root["tau"]
                with pytest.raises(KeyError):
                    root["/tau"]
