"""Errors that are true: what the machine refused is not told as a fault of the file; containers of every kind."""

import errno
import gzip
import zipfile

import h5py
import netCDF4
import numpy as np
import pytest

from vadose.core import units
from vadose.formats import cru_ts, gldas, gleam, opening, stamps
from vadose.formats.opening import FormatError

MID = [15.5, 45, 74.5, 105, 135.5, 166, 196.5, 227.5, 258, 288.5, 319, 349.5]


def evaporation(folder, form="NETCDF4", time="days since 1990-01-01", calendar=None, stamps_=MID, name=None, **options):
    """GLEAM's file of one year, 30 mm everywhere."""
    path = folder / (name or "E_1990-1990_GLEAM_v3.8a_MO.nc")
    with netCDF4.Dataset(path, "w", format=form) as file:
        for axis, values in (
            ("time", stamps_),
            ("lat", np.arange(85.0, -90, -10)),
            ("lon", np.arange(-175.0, 180, 10)),
        ):
            file.createDimension(axis, len(values))
            file.createVariable(axis, "f8", (axis,))[:] = values
        file["time"].units = time
        if calendar:
            file["time"].calendar = calendar
        field = file.createVariable("E", "f4", ("time", "lat", "lon"), fill_value=-999.0, **options)
        field[:] = 30.0
        field.units = "mm/month"
    return path


MACHINE = {
    errno.ENOSPC: "disk for temporary files is full.*set TMPDIR",
    errno.EDQUOT: "quota.*used up",
    errno.EROFS: "read-only",
    errno.EMFILE: "too many files open.*ulimit",
    errno.EACCES: "may not read it.*right to read",
    errno.EAGAIN: "locked it.*HDF5_USE_FILE_LOCKING",
    errno.ESTALE: "stale.*try again",
    errno.EIO: "disk or the network failed",
    errno.ENOENT: "no such file",
    errno.ENOMEM: "memory is used up",
}


@pytest.mark.parametrize("number", MACHINE)
@pytest.mark.parametrize("spelled", ["errno", "HDF5 text"])
def test_what_the_machine_refuses_has_its_own_sentence(number, spelled):
    text = f"Unable to open file (errno = {number}, error message = 'x')"
    error = OSError(number, "x") if spelled == "errno" else OSError(text)
    said = str(opening.unreadable("a.nc", "GLEAM E", error))
    assert "corrupt" not in said and "elete" not in said and said.startswith("a.nc: expected GLEAM E, but it cannot")
    import re

    assert re.search(MACHINE[number], said), said


def test_what_the_library_says_of_the_bytes_stays_corrupt():
    for error in (OSError("Unable to open file (truncated file: eof = 96)"), EOFError("end"), zipfile.BadZipFile("x")):
        assert "cut or corrupt file" in str(opening.unreadable("a.nc", "GLEAM E", error))


def test_a_full_disk_while_unpacking_is_no_fault_of_the_file(tmp_path, monkeypatch):
    path = tmp_path / "cru_ts4.07.1901.2022.tmp.dat.nc.gz"
    path.write_bytes(gzip.compress(b"CDF\x01" + bytes(4096)))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(opening.shutil, "copyfileobj", full)
    with pytest.raises(FormatError, match="dat.nc.gz.*temporary files is full.*TMPDIR") as caught:
        cru_ts.read(path)
    assert "fetch" not in str(caught.value)


def test_no_folder_for_temporary_files_is_said(tmp_path, monkeypatch):
    path = tmp_path / "cru_ts4.07.1901.2022.tmp.dat.nc.gz"
    path.write_bytes(gzip.compress(b"CDF\x01" + bytes(4096)))
    monkeypatch.setattr(opening.tempfile, "tempdir", str(tmp_path / "absent"))
    with pytest.raises(FormatError, match="expected a folder for temporary files.*Set TMPDIR"):
        cru_ts.read(path)


def test_locks_of_others_do_not_matter(tmp_path):
    """HDF5's locks fail on network file systems; no reader asks for one. A notebook may have the file open itself."""
    fcntl = pytest.importorskip("fcntl")
    path, month = evaporation(tmp_path), tmp_path / "GLDAS_NOAH10_M.A202001.021.nc4"
    h5py.File(month, "w").close()
    with open(path, "rb") as one, open(month, "rb") as other:
        for stream in (one, other):
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert gleam.read(path).sizes["time"] == 12
        with pytest.raises(FormatError, match="expected one time"):  # opened: what it lacks is said
            gldas.read(month)
    with h5py.File(path, "r"), h5py.File(month, "r"):
        assert gleam.read(path).sizes["time"] == 12
        with pytest.raises(FormatError, match="expected one time"):
            gldas.read(month)


@pytest.mark.parametrize("form", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA", "NETCDF4_CLASSIC"])
def test_every_container_of_netcdf_is_read(form, tmp_path):
    found = gleam.read(evaporation(tmp_path, form))["evapotranspiration"]
    assert found.shape == (12, 18, 36) and (found.values == 30).all()


@pytest.mark.parametrize("attribute, text", [("scale_factor", "0.5"), ("add_offset", "1.5"), ("_FillValue", None)])
def test_numbers_in_text_attributes_are_numbers(attribute, text, tmp_path):
    path = evaporation(tmp_path, "NETCDF3_CLASSIC")
    if text is not None:
        with netCDF4.Dataset(path, "a") as file:
            file["E"].setncattr(attribute, text)
    right = {"scale_factor": 15.0, "add_offset": 31.5, "_FillValue": 30.0}[attribute]
    assert (gleam.read(path)["evapotranspiration"].values == right).all()


def test_a_text_that_is_no_number_is_said(tmp_path):
    path = evaporation(tmp_path)
    with netCDF4.Dataset(path, "a") as file:
        file["E"].scale_factor = "one"
    with pytest.raises(FormatError, match="expected scale_factor of E in GLEAM E to be a number, found the text 'one'"):
        gleam.read(path)


@pytest.mark.parametrize(
    "time, calendar, values",
    [
        ("days since 1990-01-01", "noleap", np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])),
        ("months since 1990-01-01", "standard", np.arange(12)),
        ("months since 1960-01-01", "360", 360.5 + np.arange(12)),
        ("Hours Since 1990-1-1 0:0:0.0", "gregorian", 24 * np.array(MID)),
        ("seconds since 1990-01-01T00:00:00Z", None, 86400 * np.array(MID)),
        ("days since 1-1-1 00:00:00", "standard", 726469.0 + np.array(MID)),
    ],
)
def test_units_and_calendars_of_time_are_read(time, calendar, values, tmp_path):
    found = gleam.read(evaporation(tmp_path, time=time, calendar=calendar, stamps_=values))
    assert [str(stamp)[:7] for stamp in found["time"].values] == [f"1990-{month:02d}" for month in range(1, 13)]


@pytest.mark.parametrize(
    "time, calendar, words",
    [
        (
            "days since 1990-01-01",
            "360_day",
            "standard calendar, found '360_day', whose days are not those",
        ),
        ("days since 1990-01-01", "julian", "standard calendar, found 'julian'"),
        ("years since 1990-01-01", None, "found the unit 'years since 1990-01-01'"),
        ("fortnights", None, "found the unit 'fortnights'"),
    ],
)
def test_times_that_cannot_be_read_are_refused_in_true_words(time, calendar, words, tmp_path):
    with pytest.raises(FormatError, match=words) as caught:
        gleam.read(evaporation(tmp_path, time=time, calendar=calendar))
    assert "damaged" not in str(caught.value) and "corrupt" not in str(caught.value)


@pytest.mark.parametrize("kind", ["standard", "proleptic_gregorian", "noleap"])
def test_stamps_equal_cftime(kind):
    cftime = pytest.importorskip("cftime")
    values = np.linspace(1000, 60000, 400).round(2)
    found = stamps.decode_time(values, "days since 1899-12-31 06:00:00", kind, "a.nc")
    for value, stamp in zip(cftime.num2date(values, "days since 1899-12-31 06:00:00", kind), found):
        assert abs(np.datetime64(value.isoformat(), "s") - stamp) <= np.timedelta64(1, "s")


SPELLINGS = {
    "g C m-2 d-1": ["gC/m2/day", "g C/m^2/day", "gC m⁻² d⁻¹", "gCm-2d-1", "g C m**-2 d**-1", "g(C) m-2 per day"],
    "m3 m-3": ["m**3 m**-3", "m^3/m^3", "m³ m⁻³", "m3/m3"],
    "mm/month": ["mm month-1", "mm.month-1", "mm mon-1", "mm/mo"],
    "kg m-2": ["kg/m2", "kg m^-2", "Kg m**-2", "kilogram m-2"],
    "degrees Celsius": ["degC", "°C", "celsius", "Celsius", "deg C"],
    "K": ["kelvin", "Kelvin", "kelvins", "degK"],
    "m": ["m of water equivalent", "metres", "meter"],
    "1": ["", "(0 - 1)", "unitless", "none", "N/A"],
}


@pytest.mark.parametrize("right", SPELLINGS)
def test_spellings_of_a_unit_mean_the_same_and_no_other(right):
    for spelled in SPELLINGS[right]:
        assert units.same(spelled, right), spelled
        for other in SPELLINGS:
            assert other == right or not units.same(spelled, other), (spelled, other)


@pytest.mark.parametrize(
    "one, other", [("mm/year", "mm/month"), ("mm", "m"), ("kg kg-1", "m3 m-3"), ("K", "degC"), ("mm/h", "mm/d")]
)
def test_other_units_are_other_units(one, other):
    assert not units.same(one, other)
