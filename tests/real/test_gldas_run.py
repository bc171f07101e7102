"""Study A on the 132 real GLDAS months: the workflow as a user runs it, from product files to contributions."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import pytest
import running
import xarray as xr
from test_land_cover import as_hdf4

from vadose.files import products
from vadose.statistics import landcover
from vadose.synthetic.writers import gosif_gpp

pytestmark = [pytest.mark.real, pytest.mark.slow]


def run(root, shared, folder, targets: Sequence[str], *overlays, scenario: str = "gldas_local") -> None:
    """Products of a scenario from the genuine files."""
    command = [sys.executable, "-m", "snakemake", "-s", str(root / "Snakefile"), "--cores", "2", "--configfile"]
    command += [str(root / f"config/scenarios/{scenario}.yaml"), *map(str, overlays)]
    command += ["--config", f"paths={{raw: {shared / 'real'}}}", "--", *targets]
    surroundings = running.environment(root)
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, timeout=3600)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def test_the_real_months_give_contributions_that_sum_to_one(root, shared, tmp_path):
    overlay = tmp_path / "overlay.yaml"  # trends come with it, and are not what is looked at
    overlay.write_text("variability: {trend: {resamples: 50}}\n", encoding="utf-8")
    run(root, shared, tmp_path, ["results/gldas_local/variability/attribution.nc"], overlay)
    found = products.read(tmp_path / "results/gldas_local/variability/attribution.nc", "attribution")
    contribution = found["contribution"].values[:, 0]
    kept = np.isfinite(contribution).all(axis=(1, 2, 3))
    assert kept.sum() == 14603
    assert (found["years"].values[kept, 0] == 11).all()
    np.testing.assert_allclose(contribution[kept].sum(axis=(1, 2, 3)), 1.0, rtol=0, atol=1e-11)
    depth = contribution[kept].mean(axis=0).sum(axis=(0, 1))
    # Shares of the layers for 2012-2022, as first found on these files; a change of method must show here.
    np.testing.assert_allclose(depth, [0.0468, 0.1674, 0.3923, 0.3935], atol=5e-5)


# Shares of the area of the 15,159 land cells in per cent, as an independent mode over the pixels found them.
SHARES = {
    "regroup_first": {"forests": 16.7, "shrublands": 35.6, "grasslands": 26.7, "croplands": 10.6, "none": 10.5},
    "mode_first": {"forests": 16.1, "shrublands": 31.5, "grasslands": 23.1, "croplands": 10.1, "none": 19.3},
}
RESULTS = "results/gldas_local"
REGION = """tiles: {{variability: 1}}
datasets:
  mcd12c1: {{folder: {map}, pattern: "*{suffix}"}}
  gosif_gpp: {{folder: {gosif}, pattern: "*.tif.gz"}}
variability:
  grid: {{spacing: 1.0, south: -12, north: 4, west: 10, east: 40}}
  years_per_job: 11
  productivity: true
  productivity_years: [2012, 2022]
  land_cover: {{year: 2019}}
"""


@pytest.fixture(scope="module")
def maps(shared, tmp_path_factory):
    """Folder of the genuine land cover by form: the GeoTIFF, and the same classes as HDF4."""
    genuine = next((shared / "real/mcd12c1").glob("*.tif"))
    return {".tif": genuine.parent, ".hdf": as_hdf4(genuine, tmp_path_factory.mktemp("hdf4")).parent}


@pytest.mark.parametrize("suffix", [".tif", ".hdf"])
def test_classes_of_the_genuine_land_cover(root, shared, maps, suffix, tmp_path):
    """On the whole land of GLDAS, from either form of the map through the rules."""
    overlay = tmp_path / "land_cover.yaml"
    overlay.write_text(
        f'datasets: {{mcd12c1: {{folder: {maps[suffix]}, pattern: "*{suffix}"}}}}\n'
        "variability: {land_cover: {year: 2019}}\n",
        encoding="utf-8",
    )
    run(root, shared, tmp_path, [f"{RESULTS}/prepared/variability/land_cover.nc"], overlay)
    found = products.read(tmp_path / RESULTS / "prepared/variability/land_cover.nc", "land_cover")
    area, pixels = found["area"].values, found["pixels"].values
    assert found.sizes["cell"] == 15_159
    np.testing.assert_array_equal(found["land_cover"].values, landcover.classes_of(pixels, "regroup_first"))
    for mode, by_class in SHARES.items():
        classes = landcover.classes_of(pixels, mode)
        for code, name in ({landcover.NONE: "none"} | landcover.CLASSES).items():
            share = 100 * area[classes == code].sum() / area.sum()
            assert share == pytest.approx(by_class[name], abs=0.051), (mode, name)
    # The published rule gives a class to cells that are mostly barren (16), ice (15), town (13) or water (0).
    dominant, classed = found["dominant"].values, found["land_cover"].values > 0
    assert np.isin(dominant[classed], [0, 13, 15, 16]).sum() == 1_398
    assert (dominant[classed] == 16).sum() == 803 and (dominant[found["land_cover"].values == 3] == 15).sum() == 188


def test_the_study_with_the_genuine_map_is_one_as_geotiff_and_as_hdf4(root, shared, maps, tmp_path):
    """Study A on the genuine months of central Africa with its correlations by land cover. GPP is made up, a file a
    year: no genuine file of GOSIF is at hand."""
    lat, lon = np.arange(-59.5, 90), np.arange(-179.5, 180)
    years = np.arange("2012", "2023", dtype="datetime64[Y]").astype("datetime64[ns]")
    values = np.random.default_rng(8).uniform(0.5, 6.0, (years.size, lat.size, lon.size))
    coords = {"time": years, "lat": lat, "lon": lon}
    productivity = xr.Dataset({"gross_primary_productivity": (("time", "lat", "lon"), values)}, coords)
    gosif_gpp.write(productivity, tmp_path / "gosif", kind="annual")
    names = ["productivity_correlation", "land_cover_rules", "land_cover_cells"]
    targets = [f"{RESULTS}/tables/variability/{name}.csv" for name in names]
    targets += [f"{RESULTS}/prepared/variability/land_cover.nc", f"{RESULTS}/variability/productivity_correlation.nc"]
    seen = []
    for suffix, place in maps.items():
        overlay = tmp_path / f"overlay{suffix}.yaml"
        overlay.write_text(REGION.format(map=place, suffix=suffix, gosif=tmp_path / "gosif"), encoding="utf-8")
        run(root, shared, tmp_path, targets, overlay)
        tables = [(tmp_path / target).read_bytes() for target in targets[:3]]
        seen.append((tables, [products.read(tmp_path / target, Path(target).stem) for target in targets[3:]]))
    (geotiff, cover), (hdf, again) = seen
    assert geotiff == hdf
    for one, other in zip(cover, again):
        xr.testing.assert_equal(one, other)
    classes = set(np.unique(cover[0]["land_cover"].values))
    assert {1, 2, 3} <= classes  # forests, shrublands and grasslands: the Congo basin and its margins


def test_precipitation_of_gldas_is_the_sum_of_the_month(root, shared, tmp_path):
    """Study B on GLDAS alone, in a small region: the rate of the file, kg m-2 s-1, times the seconds of the month."""
    overlay = tmp_path / "small.yaml"
    overlay.write_text(
        "tiles: {dependence: 1}\ndependence:\n  grid: {spacing: 1.0, south: 44, north: 48, west: 4, east: 10}\n"
        "  years: [2012, 2013]\n  years_per_job: 2\n  copula: {scatter_cells: []}\n",
        encoding="utf-8",
    )
    target = "results/gldas_pairs/prepared/dependence/precipitation_2012-2013.nc"
    run(root, shared, tmp_path, [target], overlay, scenario="gldas_pairs")
    prepared = products.read(tmp_path / target, "precipitation")
    months = {"2012-02": 29, "2013-07": 31}
    for month, days in months.items():
        name = f"GLDAS_NOAH10_M.A{month.replace('-', '')}.021.nc4"
        with h5py.File(shared / "real/gldas_noah10_m_2.1" / name, locking=False) as file:
            rate, lat, lon = (file[variable][...].squeeze() for variable in ("Rainf_f_tavg", "lat", "lon"))
        rows = np.searchsorted(lat, prepared["lat"].values - 0.1)
        columns = np.searchsorted(lon, prepared["lon"].values - 0.1)
        expected = rate[rows, columns].astype(float) * 86400.0 * days
        values = prepared["precipitation"].sel(time=month).values.squeeze()
        assert values.size == 24
        np.testing.assert_allclose(values, expected, rtol=1e-5)
