"""Every genuine file beside the project has a test that names its values or the reason of its refusal, and no reader
takes it for a product that it is not, whatever its name."""

import fnmatch

import pytest

from vadose.formats import registry
from vadose.formats.opening import FormatError

pytestmark = pytest.mark.real
# file: (reader that may take it, where its values or the reason of its refusal are tested, words of that test)
NAMED = {
    "README.md": (None, None, None),
    "cci_lst_headers.json": (None, "real/test_cci_lst_headers.py", "cci_lst_headers.json"),
    "cru_ts/cru_ts4.01.1901.2016.SouthGlacier.*.dat.nc": ("cru_ts", "formats/test_cru_ts.py", "SouthGlacier."),
    "ecmwf_landmask/*.nc*": (None, "formats/test_era5_land.py", "ecmwf_landmask"),
    "ecoregions/tsammalex_test_ecoregions.json": (
        "wwf_ecoregions", "formats/test_wwf_ecoregions.py", "tsammalex_test_ecoregions.json",
    ),
    "era5_found/monthly_iowa_2008-2024.grib": (None, "real/test_era5_land_files.py", "monthly_iowa_2008-2024.grib"),
    "era5_found/one_hour_a_month_accum.nc": (None, "real/test_era5_land_files.py", "one_hour_a_month_accum.nc"),
    "era5_found/date_layout_2024-10.zip.nc": (None, "real/test_era5_land_files.py", "date_layout_2024-10.zip.nc"),
    "era5_found/swvl1_lsm_legacy.nc": (None, "real/test_era5_land_files.py", "swvl1_lsm_legacy.nc"),
    "era5_land/gxc_link_daily_*.nc": ("era5_land", "formats/test_era5_land.py", "gxc_link_daily_"),
    "era5_land/gxc_link_monthly_*.grib": ("era5_land", "formats/test_era5_land.py", "gxc_link_monthly_"),
    "era5_land/sel_era5_land_invariant.nc": ("era5_land", "formats/test_era5_land.py", "sel_era5_land_invariant.nc"),
    "era5_land/sel_era5_land_monthly_*.nc": ("era5_land", "formats/test_era5_land.py", "sel_era5_land_monthly_"),
    "era5_land_found/*_2025-0?.nc": ("era5_land", "real/test_era5_land_files.py", "_2025-0"),
    "era5_land_found/monthly_legacy_packed_1991-1992.nc": (
        "era5_land", "real/test_era5_land_files.py", "monthly_legacy_packed_1991-1992.nc",
    ),
    "era5_land_found/hourly_2020-01_nine_variables.grib": (
        "era5_land", "real/test_era5_land_files.py", "hourly_2020-01_nine_variables.grib",
    ),
    "era5_land_found/by_hour_of_day_2022.nc": (None, "real/test_era5_land_files.py", "by_hour_of_day_2022.nc"),
    "gldas_noah10_m_2.1/*.nc4": ("gldas", "formats/test_gldas.py", "gldas_noah10_m_2.1"),
    "gldas_noah10_m_2.1_original/*.nc4": ("gldas", "formats/test_gldas.py", "gldas_noah10_m_2.1_original"),
    "mcd12c1/MCD12C1.A2019001.006.2020220162300.tif": (
        "mcd12c1", "real/test_land_cover.py", "MCD12C1.A2019001.006.2020220162300",
    ),
    "natural_earth/*.json": (None, "real/test_every_file.py", "test_coastlines_are_no_ecoregions"),
    "srdb_gsbe/*": (None, "real/test_every_file.py", "test_no_reader_takes_a_file_of_another_product"),
}  # fmt: skip
# Names under which a file could pass for a product.
PRODUCTS = {
    "gldas": "GLDAS_NOAH10_M.A201201.021.nc4",
    "gosif_gpp": "GOSIF_GPP_2019.M01_Mean.tif.gz",
    "gpcp_daily": "gpcp_v01r03_daily_d20120101_c20170530.nc",
    "cci_lst": "ESACCI-LST-L3C-LST-SSMI17-0.25deg_1MONTHLY_ASC-20120101000000-fv2.33.nc",
    "mcd12c1": "MCD12C1.A2019001.061.2022165213124.hdf",
    "cru_ts": "cru_ts4.07.1901.2022.tmp.dat.nc.gz",
    "gleam": "E_1980-2022_GLEAM_v3.8a_MO.nc",
    "vodca2_gpp": "VODCA2GPP_v1.nc",
    "era5_land": "swvl_2012.nc",
    "wwf_ecoregions": "official_teow.zip",
}


def listed(shared) -> dict[str, str]:
    """Every file and the pattern of `NAMED` that names it ('' where none does)."""
    files = [path.relative_to(shared / "real").as_posix() for path in (shared / "real").rglob("*") if path.is_file()]
    return {name: next((row for row in NAMED if fnmatch.fnmatch(name, row)), "") for name in sorted(files)}


def test_every_genuine_file_is_named_by_a_test(root, shared):
    unnamed = [name for name, row in listed(shared).items() if not row]
    assert not unnamed, f"genuine files that no test names: {unnamed}"
    for _, test, words in NAMED.values():
        assert test is None or words in (root / "tests" / test).read_text(encoding="utf-8"), (test, words)


def test_no_reader_takes_a_file_of_another_product(shared, tmp_path):
    """Under its own name and under one of the product; none of these sound files is called cut or corrupt."""
    offered = {name: row for name, row in listed(shared).items() if "gldas_noah10_m_2.1/" not in name}
    for name, row in offered.items():
        for product in PRODUCTS:
            if product == NAMED[row][0]:
                continue
            for called in (name.rsplit("/", 1)[-1], PRODUCTS[product]):
                path = tmp_path / product / called
                path.parent.mkdir(exist_ok=True)
                path.unlink(missing_ok=True)
                path.symlink_to(shared / "real" / name)
                with pytest.raises(FormatError) as caught:
                    registry.reader(product).check(path)
                message = str(caught.value)
                assert str(path) in message and message.endswith(".") and "corrupt" not in message, (name, message)


def test_coastlines_are_no_ecoregions(shared):
    for name in ("ne_110m_land.json", "ne_110m_coastline.json"):
        with pytest.raises(FormatError, match=f"{name}: expected the field BIOME of WWF Terrestrial Ecoregions"):
            registry.reader("wwf_ecoregions").check(shared / "real/natural_earth" / name)
