"""Scenarios of study A: which versions the splice scenarios read, and a product of one's own from its files to its
tables."""

import re

import numpy as np
import pandas as pd
import pytest
import running
import xarray as xr
import yaml


def overlay(root, name):
    return ["--configfile", "small.yaml", str(root / f"config/scenarios/{name}.yaml")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, versions, compared",
    [
        ("splice_raw", {"2_0", "2_1"}, False),
        ("splice_adjusted", {"2_0", "2_1"}, True),
        ("splice_2.0_only", {"2_0"}, False),
        ("splice_2.1_only", {"2_1"}, False),
    ],
)
def test_splice_scenarios_read_the_versions_they_name(root, tmp_path, name, versions, compared):
    folder = running.folder_for(tmp_path)
    text = running.run(folder, root, *overlay(root, name), "-n", f"results/{name}/variability/splice.nc")
    assert set(re.findall(r"Files of gldas_(2_\d)", text)) == versions
    assert ("Shift between the versions" in text) == compared


@pytest.mark.slow
def test_a_product_of_ones_own_needs_a_configuration_only(root, tmp_path):
    """ERA5-Land with its three layers and twenty years, on the way that GLDAS takes; also the example of the README."""
    folder = running.folder_for(tmp_path)
    settings = yaml.safe_load((root / "config/scenarios/own_product.yaml").read_text(encoding="utf-8"))
    targets = [f"results/{settings['run']}/tables/variability/{table}.csv" for table in ("shares", "reasons")]
    grids = {study: {"grid": running.SMALL[study]["grid"]} for study in ("variability", "dependence")}
    grids["synthetic"] = {"native": {"era5_land": 5.0}}
    (folder / "grids.yaml").write_text(yaml.safe_dump(grids), encoding="utf-8")
    running.run(folder, root, *overlay(root, "own_product"), "grids.yaml", "--", *targets)
    with xr.open_dataset(folder / f"results/{settings['run']}/variability/attribution.nc") as attributed:
        assert attributed["layer_bottom"].values.tolist() == pytest.approx([0.07, 0.28, 1.0])
        assert attributed["period"].values.tolist() == ["2000-2019"]
        terms = attributed["contribution"].values
        known = np.isfinite(terms).all(axis=(1, 2, 3, 4))
        assert known.sum() > 20 and np.abs(terms[known].sum(axis=(2, 3, 4)) - 1).max() < 1e-11
        assert "era5_land" in attributed.attrs["source"] and "gldas" not in attributed.attrs["source"]
    shares = pd.read_csv(folder / targets[0])
    assert (shares["quantity"] == "term").sum() == 2 * 4 * 3
    assert pd.read_csv(folder / targets[1])["cells"].sum() == known.size
