"""Genuine-looking variants of every netCDF product: what converters, subsetting services and browsers make of files is
read to the same values, or refused in true words that name the file."""

import functools
import gzip
import shutil
import zipfile
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from test_protocol import YEARS, first_months

from vadose.formats import gldas, gpcp_daily, mcd12c1, registry
from vadose.formats.opening import FormatError

NATIVE = {
    "gldas": "SoilMoi0_10cm_inst",
    "era5_land": "swvl1",
    "gpcp_daily": "precip",
    "cru_ts": "tmp",
    "gleam": "E",
    "vodca2_gpp": "GPP",
    "cci_lst": "lst",
}
_FILES: dict[str, tuple] = {}


def tried_on(*names: str) -> list:
    """Products to try a change on; a second Python tries it on two of them, for all are opened by the same code."""
    return [name if name in ("gldas", "cru_ts") else pytest.param(name, marks=pytest.mark.one_python) for name in names]


@pytest.fixture
def sound(tmp_path_factory):
    """A product's sample and one file of it, written once."""

    def made(name: str):
        if name not in _FILES:
            sample = first_months(name, tmp_path_factory.mktemp(f"variants_{name}"), 3)
            path = next(path for path in sample.paths if "pre." not in path.name)
            if path.suffix == ".gz":
                path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
                path = path.with_suffix("")
            _FILES[name] = sample, path
        return _FILES[name]

    return made


def taken(name: str, sample, path: Path) -> xr.DataArray:
    """What the reader gives of one file (of CCI LST, of the one pass)."""
    reader = registry.reader(name)
    registry.BoundReader(name, sample.options).check(path)
    if name == "cci_lst":
        return reader.read(path)["land_surface_temperature"]
    if name == "gpcp_daily":
        return reader.read(path)["precipitation"]
    parts = [part[sample.variable] for part in reader.months([path], (sample.variable,), YEARS, **sample.options)]
    return xr.concat(parts, "time")


@functools.cache
def of_the_sound(name: str) -> xr.DataArray:
    """What the reader gives of the sound file, read once."""
    sample, path = _FILES[name]
    return taken(name, sample, path)


def converted(path: Path, folder: Path, change, form: str | None = None, name: str = "") -> Path:
    """A copy through `change`, a function of the dataset as stored (fills and packing not applied)."""
    target = folder / (name or path.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    raw = {"mask_and_scale": False, "decode_times": False, "decode_coords": False}
    with xr.open_dataset(path, engine="netcdf4", **raw) as source:
        copy = change(source.load())
    for variable in copy.variables.values():
        variable.encoding = {"_FillValue": variable.attrs.pop("_FillValue", None)}
        if form and form.startswith("NETCDF3") and variable.dtype == np.int64:
            variable.encoding["dtype"] = "int32"
    copy.to_netcdf(target, format=form, engine="netcdf4")
    return target


def axes(dataset: xr.Dataset) -> tuple[str, str]:
    return ("latitude", "longitude") if "latitude" in dataset.dims else ("lat", "lon")


def flipped(dataset):
    return dataset.isel({axes(dataset)[0]: slice(None, None, -1)})


def turned(dataset):
    """Longitudes 0..360, or -180..180 where they were that, in the order of the other."""
    lon = axes(dataset)[1]
    east = dataset[lon].values
    other = (east + 180) % 360 - 180 if east.max() > 180 else east % 360
    attributes = dataset[lon].attrs
    dataset = dataset.assign_coords({lon: other.astype(east.dtype)}).sortby(lon)
    dataset[lon].attrs = attributes
    return dataset


def noisy(dataset):
    """Single precision, a last bit off."""
    for name in axes(dataset):
        values = np.nextafter(dataset[name].values.astype(np.float32), np.float32(1000))
        dataset = dataset.assign_coords({name: (name, values, dataset[name].attrs)})
    return dataset


def doubled(dataset):
    return dataset.map(lambda field: field.astype(float) if field.dtype == np.float32 else field, keep_attrs=True)


def with_extras(dataset):
    """A scalar member and a crs, as xarray and rioxarray leave them."""
    return dataset.assign_coords(number=np.int64(0)).assign(
        crs=xr.Variable((), np.int32(0), {"grid_mapping_name": "x"})
    )


CHANGES = {
    "latitudes the other way": flipped,
    "longitudes the other way": turned,
    "float32 axes a last bit off": noisy,
    "fields in double precision": doubled,
    "extra coordinates": with_extras,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", tried_on(*NATIVE))
def test_what_converters_do_to_a_file_changes_no_value(name, change, sound, tmp_path):
    sample, path = sound(name)
    if (name, change) == ("gpcp_daily", "latitudes the other way"):
        change = "extra coordinates"  # corners from the north are refused, see test_gpcp_daily.py
    found = taken(name, sample, converted(path, tmp_path, CHANGES[change]))
    xr.testing.assert_allclose(found, of_the_sound(name), rtol=1e-12, atol=0)


@pytest.mark.parametrize("form", ["NETCDF3_CLASSIC", "NETCDF3_64BIT", "NETCDF4_CLASSIC"])
@pytest.mark.parametrize("name", tried_on(*NATIVE))
def test_every_form_of_netcdf_that_services_send_is_read(name, form, sound, tmp_path):
    """OPeNDAP sends the classic format under names that end in .nc."""
    sample, path = sound(name)
    file = converted(path, tmp_path, lambda dataset: dataset, form)
    xr.testing.assert_equal(taken(name, sample, file), of_the_sound(name))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(FormatError, match="cut or corrupt"):
        taken(name, sample, file)


SPELLINGS = {
    "gldas": ["kg/m^2", "kg/m2", "kg m**-2", "kg.m-2"],
    "era5_land": ["m**3 m**-3", "m3/m3", "m^3 m^-3", "m³ m⁻³"],
    "gpcp_daily": ["mm/day", "mm d-1", "mm day-1", "mm/d", "kg m-2 d-1"],
    "cru_ts": ["degrees Celsius", "Celsius", "degC", "deg C", "°C", "degree_Celsius"],
    "gleam": ["mm/month", "mm month-1", "mm", "kg m-2"],
    "vodca2_gpp": ["g C m-2 d-1", "gC/m2/day", "g C/m^2/day", "gCm-2d-1", "g C m**-2 day**-1", "g m-2 d-1"],
    "cci_lst": ["kelvin", "K", "Kelvin", "degK"],
}
FOREIGN = {
    "gldas": "m3 m-3", "era5_land": "kg m-2", "gpcp_daily": "m/day", "cru_ts": "mm/month", "gleam": "W m-2",
    "vodca2_gpp": "g C m-2 yr-1", "cci_lst": "degC",
}  # fmt: skip


@pytest.mark.parametrize("name", tried_on(*NATIVE))
def test_units_in_other_spellings_and_other_units(name, sound, tmp_path):
    sample, path = sound(name)
    right = of_the_sound(name)
    for number, unit in enumerate([*SPELLINGS[name], FOREIGN[name]]):
        copy = tmp_path / str(number) / path.name
        copy.parent.mkdir()
        shutil.copy(path, copy)
        with netCDF4.Dataset(copy, "a") as file:
            file[NATIVE[name]].units = unit
        if unit != FOREIGN[name]:
            xr.testing.assert_equal(taken(name, sample, copy), right)
            continue
        with pytest.raises(FormatError, match="found unit") as caught:
            taken(name, sample, copy)
        assert path.name in str(caught.value) and unit in str(caught.value)


@pytest.mark.parametrize("name", tried_on(*(name for name in NATIVE if name != "cci_lst")))
def test_copies_packed_in_whole_numbers_are_unpacked(name, sound, tmp_path):
    """As cdo -b I16 writes them; GPCP's numbers were once taken as they stand."""
    sample, path = sound(name)
    right = of_the_sound(name)
    step = 2e-3 if name not in ("era5_land",) else 1e-5

    def packed(dataset):
        field = dataset[NATIVE[name]]
        values = field.values.astype(float)
        fill = field.attrs.get("_FillValue", np.nan)
        scale, offset = (float(field.attrs.get(key, bare)) for key, bare in (("scale_factor", 1), ("add_offset", 0)))
        missing = ~np.isfinite(values) | (values == fill) | (values > 1e30) | (values < -990)
        numbers = np.where(missing, -2147483647, np.rint((values * scale + offset) / step - 3)).astype(np.int32)
        attributes = {key: value for key, value in field.attrs.items() if key != "missing_value"}
        attributes |= {"_FillValue": np.int32(-2147483647), "scale_factor": step, "add_offset": 3 * step}
        return dataset.assign({NATIVE[name]: (field.dims, numbers, attributes)})

    found = taken(name, sample, converted(path, tmp_path, packed))
    np.testing.assert_array_equal(np.isnan(found.values), np.isnan(right.values))
    np.testing.assert_allclose(found.values, right.values, rtol=1e-6, atol=0.51 * step)


TIMES = {
    "hours": lambda days, epoch: (days * 24, f"hours since {epoch}"),
    "minutes": lambda days, epoch: (days * 1440, f" minutes since {epoch} 00:00"),
    "seconds in whole numbers": lambda days, epoch: (
        (days * 86400).round().astype(np.int64),
        f"seconds since {epoch}Z",
    ),
    "dates as numbers": lambda days, epoch: (
        np.array([float(str(each).replace("-", "")) for each in np.datetime64(epoch) + np.floor(days).astype(int)]),
        "day as %Y%m%d.%f",
    ),
}


@pytest.mark.parametrize("spelled", TIMES)
@pytest.mark.parametrize("name", tried_on("gldas", "gpcp_daily", "cru_ts", "gleam", "vodca2_gpp", "era5_land"))
def test_other_encodings_of_time_mean_the_same(name, spelled, sound, tmp_path):
    sample, path = sound(name)

    def changed(dataset):
        stamp = "valid_time" if "valid_time" in dataset else "time"
        count, _, epoch = dataset[stamp].attrs["units"].split()[:3]
        year, month, day = (int(part) for part in epoch.split("T")[0].split("-"))
        days = dataset[stamp].values.astype(float) / {"days": 1, "hours": 24, "seconds": 86400}[count]
        values, unit = TIMES[spelled](days, f"{year:04d}-{month:02d}-{day:02d}")
        return dataset.assign_coords({stamp: (dataset[stamp].dims, values, {"units": unit})})

    xr.testing.assert_equal(taken(name, sample, converted(path, tmp_path, changed)), of_the_sound(name))


@pytest.mark.parametrize("name", tried_on(*NATIVE))
def test_packed_files_are_unpacked_or_the_user_is_told_to(name, sound, tmp_path):
    sample, path = sound(name)
    bundle = tmp_path / path.name
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.write(path, path.name)
    if name == "era5_land":
        xr.testing.assert_equal(taken(name, sample, bundle), of_the_sound(name))
    else:
        with pytest.raises(FormatError, match=f"{path.name}: expected .* found ZIP. Unpack it first"):
            taken(name, sample, bundle)
    bundle.write_bytes(gzip.compress(path.read_bytes()))
    if name == "cru_ts":
        xr.testing.assert_equal(taken(name, sample, bundle), of_the_sound(name))
    else:
        with pytest.raises(FormatError, match=f"{path.name}: expected .* found gzip. Unpack it first .gunzip"):
            taken(name, sample, bundle)


def test_months_of_gldas_joined_in_one_file_are_to_be_split(sound, tmp_path):
    sample, _ = sound("gldas")
    with xr.open_mfdataset(sample.paths[:3], combine="nested", concat_dim="time", decode_times=False) as joined:
        joined.load().to_netcdf(tmp_path / "joined.nc4")
    for call in (gldas.check, gldas.read):
        with pytest.raises(FormatError, match="joined.nc4: expected one month .* found 3 joined in one file. Split it"):
            call(tmp_path / "joined.nc4")


def test_a_text_for_a_scale_of_gpcp_is_said(sound, tmp_path):
    _, path = sound("gpcp_daily")
    copy = Path(shutil.copy(path, tmp_path))
    with netCDF4.Dataset(copy, "a") as file:
        file["precip"].setncattr("scale_factor", "one")
    with pytest.raises(FormatError, match="scale_factor and add_offset of precip to be numbers, found text"):
        gpcp_daily.read(copy)


@pytest.mark.parametrize(
    "dtype, nodata, water", [("uint8", None, 0), ("int16", -9999, -9999), ("uint16", 65535, 65535), ("uint8", 0, 0)]
)
def test_land_cover_rasters_of_other_whole_numbers_and_fills(dtype, nodata, water, tmp_path):
    """0 is water, whatever a converter declares; a fill is missing."""
    import rasterio

    path = tmp_path / "MCD12C1.A2019001.061.2022165213124.tif"
    codes = np.tile(np.arange(18), (18, 1)).astype(dtype)
    codes[:, 0], codes[:, 17] = water, 255 if dtype != "int16" else nodata
    profile = {"driver": "GTiff", "count": 1, "height": 18, "width": 18, "crs": "EPSG:4326", "dtype": dtype}
    with rasterio.open(path, "w", transform=rasterio.Affine(10, 0, -180, 0, -10, 90), nodata=nodata, **profile) as out:
        out.write(codes, 1)
    mcd12c1.check(path)
    found = mcd12c1.read(path)["land_cover"].values[0]
    np.testing.assert_array_equal(found, [0 if water == 0 else np.nan, *range(1, 17), np.nan])
    with rasterio.open(path, "r+") as out:
        codes[3, 3] = 17
        out.write(codes, 1)
    with pytest.raises(FormatError, match="expected IGBP classes 0 to 16 or 255, found 17"):
        mcd12c1.read(path)


@pytest.mark.parametrize("name", tried_on("gldas", "era5_land", "cru_ts", "gleam", "vodca2_gpp", "cci_lst"))
def test_a_time_that_is_missing_or_out_of_reach_is_said(name, sound, tmp_path):
    """The number that netCDF writes for missing ones; and days where hours are meant, from an epoch far away."""
    sample, path = sound(name)
    for number, (last, unit) in enumerate([(9.969209968386869e36, None), (500000.0, "days since 1850-01-01")]):

        def changed(dataset, last=last, unit=unit):
            stamp = "valid_time" if "valid_time" in dataset else "time"
            values = dataset[stamp].values.astype(float)
            values.flat[-1] = last
            attributes = dataset[stamp].attrs | ({"units": unit} if unit else {})
            return dataset.assign_coords({stamp: (dataset[stamp].dims, values, attributes)})

        with pytest.raises(FormatError, match="expected finite time stamps|of the years 1678 to 2261") as caught:
            taken(name, sample, converted(path, tmp_path / str(number), changed))
        assert path.name in str(caught.value)


@pytest.mark.parametrize("unit", ["radians", "m"])
@pytest.mark.parametrize("name", tried_on("era5_land", "cru_ts", "gleam", "vodca2_gpp", "cci_lst"))
def test_axes_in_another_unit_than_degrees_are_refused(name, unit, sound, tmp_path):
    """Radians were taken for degrees, and the globe for a spot in the Gulf of Guinea."""
    sample, path = sound(name)

    def changed(dataset):
        for axis in axes(dataset):
            values = np.deg2rad(dataset[axis].values)
            dataset = dataset.assign_coords({axis: (axis, values, {"units": unit})})
        return dataset

    with pytest.raises(FormatError, match=f"{path.name}: expected lat.* in degrees, found it in {unit}"):
        taken(name, sample, converted(path, tmp_path, changed))


@pytest.mark.parametrize("name, factor", [("cru_ts", 273.15), ("vodca2_gpp", 1000), ("era5_land", np.inf)])
def test_values_beyond_nature_are_refused(name, factor, sound, tmp_path):
    """A lost scale, kelvin labelled as degrees Celsius, an infinite number: one value is enough."""
    sample, path = sound(name)

    def changed(dataset):
        field = dataset[NATIVE[name]].load().copy()
        sound_cells = np.argwhere(
            field.values < 1e30 if name == "cru_ts" else np.isfinite(field.values) & (field.values >= 0)
        )
        field.values[tuple(sound_cells[len(sound_cells) // 2])] = factor
        return dataset.assign({NATIVE[name]: field})

    with pytest.raises(
        FormatError, match=f"{path.name}: expected {NATIVE[name]} .*within .*found (273.15|1000|inf) in 1 of"
    ):
        taken(name, sample, converted(path, tmp_path, changed))


def test_a_flipped_bit_in_the_headers_of_gldas_gives_a_sentence_or_what_is_stored(sound, tmp_path):
    """Once it ended in errors of the HDF5 library."""
    sample, path = sound("gldas")
    numbers, copy, sentences = np.random.default_rng(5), tmp_path / path.name, 0
    for place, bit in zip(numbers.integers(0, 6000, 40), numbers.integers(0, 8, 40), strict=True):
        data = bytearray(path.read_bytes())
        data[place] ^= 1 << int(bit)
        copy.write_bytes(data)
        try:
            taken("gldas", sample, copy)
        except FormatError as error:
            assert path.name in str(error)
            sentences += 1
    assert sentences


def test_pieces_of_vodca_in_single_and_double_precision_are_one_grid(sound, tmp_path):
    sample, path = sound("vodca2_gpp")
    others = [each for each in sample.paths if each != path]
    reading = registry.BoundReader("vodca2_gpp", sample.options).months
    found, right = (
        xr.concat(list(reading([*others, each], (sample.variable,), YEARS)), "time")
        for each in (converted(path, tmp_path, noisy), path)
    )
    assert others
    xr.testing.assert_equal(found, right)
