"""Study A on the 132 real GLDAS months: the workflow as a user runs it, from product files to contributions."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

from vadose.files import products

pytestmark = [pytest.mark.real, pytest.mark.slow]


def run(root, shared, folder, target: str, *overlays, scenario: str = "gldas_local") -> None:
    """A product of a scenario from the genuine files."""
    command = [sys.executable, "-m", "snakemake", "-s", str(root / "Snakefile"), "--cores", "2", "--configfile"]
    command += [str(root / f"config/scenarios/{scenario}.yaml"), *map(str, overlays)]
    command += ["--config", f"paths={{raw: {shared / 'real'}}}", "--", target]
    cache = os.environ.get("NUMBA_CACHE_DIR", str(root / ".numba_cache"))
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "NUMBA_CACHE_DIR": cache}, capture_output=True, text=True, timeout=3600
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def test_the_real_months_give_contributions_that_sum_to_one(root, shared, tmp_path):
    run(root, shared, tmp_path, "results/gldas_local/variability/attribution.nc")
    found = products.read(tmp_path / "results/gldas_local/variability/attribution.nc", "attribution")
    contribution = found["contribution"].values[:, 0]
    kept = np.isfinite(contribution).all(axis=(1, 2, 3))
    assert kept.sum() == 14603
    assert (found["years"].values[kept, 0] == 11).all()
    np.testing.assert_allclose(contribution[kept].sum(axis=(1, 2, 3)), 1.0, rtol=0, atol=1e-11)
    depth = contribution[kept].mean(axis=0).sum(axis=(0, 1))
    # Shares of the layers for 2012-2022, as first found on these files; a change of method must show here.
    np.testing.assert_allclose(depth, [0.0468, 0.1674, 0.3923, 0.3935], atol=5e-5)


def test_classes_of_the_genuine_land_cover(root, shared, tmp_path):
    """From the GeoTIFF through the rules; tests/real/test_land_cover.py shows that HDF4 gives the same."""
    overlay = tmp_path / "land_cover.yaml"
    overlay.write_text(
        'datasets: {mcd12c1: {folder: mcd12c1, pattern: "*.tif"}}\nvariability: {land_cover: {year: 2019}}\n',
        encoding="utf-8",
    )
    run(root, shared, tmp_path, "results/gldas_local/prepared/variability/land_cover.nc", overlay)
    found = products.read(tmp_path / "results/gldas_local/prepared/variability/land_cover.nc", "land_cover")
    area, classes = found["area"].values, found["land_cover"].values
    assert classes.size == 15_159
    assert area[classes == 3].sum() / area.sum() == pytest.approx(0.267, abs=5.1e-4)  # grasslands


def test_precipitation_of_gldas_is_the_sum_of_the_month(root, shared, tmp_path):
    """Study B on GLDAS alone, in a small region: the rate of the file, kg m-2 s-1, times the seconds of the month."""
    overlay = tmp_path / "small.yaml"
    overlay.write_text(
        "tiles: {dependence: 1}\ndependence:\n  grid: {spacing: 1.0, south: 44, north: 48, west: 4, east: 10}\n"
        "  years: [2012, 2013]\n  years_per_job: 2\n  copula: {scatter_cells: []}\n",
        encoding="utf-8",
    )
    target = "results/gldas_pairs/prepared/dependence/precipitation_2012-2013.nc"
    run(root, shared, tmp_path, target, overlay, scenario="gldas_pairs")
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
