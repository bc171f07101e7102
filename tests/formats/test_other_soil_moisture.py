"""Entries of config/scenarios/other_soil_moisture.yaml read what the synthetic Earth writes in the layouts of the
archives, to the planted values, and triple collocation of the three finds the planted errors."""

import functools
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from vadose.core import time_scales
from vadose.files import land_mask
from vadose.formats import generic
from vadose.statistics import triple_collocation
from vadose.synthetic import archive, other_soil_moisture
from vadose.synthetic.blocks import native_grid
from vadose.synthetic.other_soil_moisture import ERRORS
from vadose.synthetic.settings import Settings

pytestmark = pytest.mark.one_python  # test_generic and test_triple_collocation try readers and estimates there
ENTRIES = yaml.safe_load(
    (Path(__file__).parents[2] / "config/scenarios/other_soil_moisture.yaml").read_text(encoding="utf-8")
)["datasets"]
YEARS = range(2003, 2009)
SURFACE = {"gleam_smroot": "SMsurf", "cci_sm": "sm", "merra_2": "SFMC"}


def read(entry, paths, years=YEARS, **other):
    names = ("pattern", "variable", "units", "layers", "month_share")
    options = {"dataset": entry, "role": "soil_moisture"} | {n: ENTRIES[entry][n] for n in names if n in ENTRIES[entry]}
    options |= other
    for path in (paths[0], paths[-1]):
        generic.check(path, **options)
    return xr.concat(generic.months(paths, ("soil_moisture",), (years[0], years[-1]), **options), "time")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    mask = land_mask.reduce(tmp_path_factory.mktemp("mask") / "land_mask.nc", 1.0)
    studies = {"variability": {"spacing": 10.0, "first_year": 1990, "last_year": 2009}}
    studies |= {"dependence": {"spacing": 10.0, "first_year": 2000, "last_year": 2009}}
    coarse = dict.fromkeys(("gldas", "gpcp_daily", "cru_ts", "cci_lst", "vodca2_gpp", "gleam", "era5_land"), 10.0)
    return Settings.from_config({"seed": 7, "world": "standard", "land_mask": mask, "native": coarse} | studies)


@pytest.fixture(scope="module")
def written(world, tmp_path_factory):
    """Files of each entry; of CCI all of one year, and of the others four a month: a little above the tenth of the days
    that its entry asks for."""
    folder = tmp_path_factory.mktemp("archive")
    paths = {name: archive.write_product(name, world, folder / name, YEARS) for name in ERRORS}
    stamps = {path: path.name.split("-")[-2][:8] for path in paths["cci_sm"]}
    paths["cci_sm"] = [path for path, stamp in stamps.items() if stamp[:4] == "2004" or stamp[6:] <= "13"]
    assert len(paths["cci_sm"]) == 12 * 8 + 5 * 12 * 4
    return paths


@pytest.fixture(scope="module")
def fields(written):
    """The months of an entry's variable, read once: CCI's hundreds of days serve both tests."""

    @functools.cache
    def of(name, variable, years=YEARS):
        paths = [
            path for path in written[name] if not path.name.startswith("SM") or path.name.startswith(f"{variable}_")
        ]
        pattern = ENTRIES[name]["pattern"].replace(ENTRIES[name]["variable"], variable)
        return read(name, paths, years, variable=variable, pattern=pattern).sortby("lat")

    return of


def test_files_are_read_to_the_planted_values(world, written, fields):
    for name in written:
        variable, depth = ENTRIES[name]["variable"], "surface" if name == "cci_sm" else "root_zone"
        got = fields(name, variable)
        planted = other_soil_moisture.values(name, world, YEARS, depth)
        np.testing.assert_array_equal(got["time"].values, planted["time"].values)
        values = got["soil_moisture"].values.reshape(planted.shape)
        np.testing.assert_allclose(values, planted.values, rtol=0, atol=3e-7)
        assert float(got["layer_bottom"].values.ravel()[0]) == (0.05 if name == "cci_sm" else 1.0)


def test_triple_collocation_finds_the_planted_errors(world, written, fields):
    """Errors of the anomalies from the mean annual cycle: five sixths of the variance are left of six years."""
    series = []
    for name in written:
        got = fields(name, SURFACE[name])
        field = got["soil_moisture"].values.reshape(len(got["time"]), -1)[:, native_grid(world, "gldas").valid.ravel()]
        series.append(time_scales.anomalies(field.T, got["time"].values))
    varied = np.all([np.ptp(part, axis=1) > 0 for part in series], axis=0)
    estimate = triple_collocation.triple_collocation(*(part[varied] for part in series))
    found = np.median(estimate.error_variance, axis=1) / (5 / 6)
    np.testing.assert_allclose(np.sqrt(found), list(ERRORS.values()), rtol=0.1)
    assert (estimate.months == 72).all() and varied.sum() > 20
