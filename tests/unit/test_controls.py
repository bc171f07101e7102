"""Controls as labelled results: masks and reasons, seasons, tables that add up, pure colours of pure cells."""

import numpy as np
import pytest
import xarray as xr

from vadose.core import calendar, time_scales
from vadose.figures import control_bars, ternary
from vadose.statistics.ridge import regression
from vadose.studies.controls import predictors, results, tables

TIMES = calendar.months(2000, 2019)
OPTIONS = {"choose": "gcv", "penalty": 1.0, "strong_share": 0.75, "replicates": 0, "seed": 1}


def world(seed=0, cells=6, noise=0.2):
    """Monthly predictors and soil moisture of one layer in which cell i hears control i modulo 3 alone."""
    rng = np.random.default_rng(seed)
    fields = rng.gamma(4.0, 5.0, size=(4, cells, TIMES.size))
    main = np.arange(cells) % 3
    response = fields[main, np.arange(cells)] / 10 + noise * rng.normal(size=(cells, TIMES.size))
    return fields, response[:, None], main


def fitted(fields, response, scale="monthly", **changed):
    predictors = results.predictors_of(*fields, TIMES, scale)
    return results.fit_scale(
        predictors, time_scales.aggregate(response, TIMES, scale, "mean"), scale, **(OPTIONS | changed)
    )


def labelled(parts):
    whole = xr.concat(parts, "time_scale").transpose("cell", "time_scale", "layer", ...)
    cells = whole.sizes["cell"]
    where = {
        "lat": ("cell", 4.0 + 7.0 * np.arange(cells)),
        "lon": ("cell", np.zeros(cells)),
        "area": ("cell", 1.0 + np.arange(cells)),
    }
    bounds = {"layer": [1], "layer_top": ("layer", [0.0]), "layer_bottom": ("layer", [0.07])}
    return whole.assign_coords(where).assign_coords(bounds | {"time_scale": ["monthly", "annual"][: len(parts)]})


@pytest.mark.parametrize("scale", time_scales.SCALES)
def test_planted_control_is_found_at_every_scale(scale):
    fields, response, main = world()
    found = fitted(fields, response, scale)
    np.testing.assert_array_equal(found["dominant"].values[:, 0], main)
    np.testing.assert_array_equal(found["strong"].values[:, 0], main)
    steps = {"monthly": 240, "DJF": 19}.get(scale, 20)
    assert (found["n"].values == steps).all() and (found["reason"].values == 0).all()


def test_three_pure_cells_have_the_colours_of_methods_b4():
    """Frequency alone is cyan, volume magenta, evapotranspiration yellow, in the product and in the legend."""
    fields, response, _ = world(cells=3, noise=0.0)
    pure = fitted(
        fields, response, choose="fixed", penalty=1e-3
    )  # without noise the chosen penalty would be the edge of the grid
    colours = pure["rgb"].values[:, 0]
    np.testing.assert_allclose(colours, [[0, 1, 1], [1, 0, 1], [1, 1, 0]], atol=1e-3)
    np.testing.assert_array_equal(ternary.colours(pure["share"].values[:, 0]), colours)
    np.testing.assert_allclose(ternary.shares_at(*ternary.CORNERS.T), np.eye(3), atol=1e-15)


def test_winter_takes_the_december_before():
    fields, response, _ = world(cells=1)
    sums = results.predictors_of(*fields, TIMES, "DJF")
    np.testing.assert_allclose(sums[0, 0, 1], fields[1][0, [11, 12, 13]].sum(), rtol=1e-13)
    np.testing.assert_allclose(sums[0, 0, 3], fields[3][0, [11, 12, 13]].mean(), rtol=1e-13)


def test_every_cell_without_shares_has_its_reason_and_the_others_are_as_alone():
    fields, response, _ = world(cells=8)
    alone = fitted(fields[:, 7:], response[7:])
    fields[0][0] = 3.0  # constant predictor
    response[1] = 0.2  # constant response
    fields[2][2] = np.nan  # missing predictor
    response[3] = np.nan  # missing response
    fields[1][4, 5:] = np.nan  # five time steps
    response[5] = np.random.default_rng(3).normal(size=TIMES.size)  # nothing to find: the largest penalty
    fields[1][6] = fields[0][6]  # collinear
    found = fitted(fields, response)
    assert found["reason"].values[:, 0].tolist() == [2, 3, 4, 5, 6, results.EDGE, 1, 0]
    missing = ~np.isfinite(found["share"].values[:, 0]).all(axis=1)
    np.testing.assert_array_equal(missing, [True] * 6 + [False] * 2)
    assert (found["dominant"].values[missing] == -1).all() and (found["strong"].values[missing] == -1).all()
    assert np.isfinite(found["coefficient"].values[5]).all() and np.isnan(found["rgb"].values[5]).all()
    np.testing.assert_array_equal(found["share"].values[7], alone["share"].values[0])


def test_a_fixed_penalty_has_no_edge_and_leave_one_out_is_bootstrapped_by_gcv():
    fields, response, _ = world(cells=2)
    fixed = fitted(fields, response, choose="fixed", penalty=3.0, replicates=5)
    assert (fixed["penalty"].values == 3.0).all() and (fixed["reason"].values == 0).all()
    left_out, crossed = (fitted(fields, response, choose=choose, replicates=10) for choose in ("loo", "gcv"))
    np.testing.assert_array_equal(left_out["stability"].values, crossed["stability"].values)


def test_stability_is_one_where_one_control_is_all_and_its_frequencies_sum_to_one():
    fields, response, _ = world(cells=3)
    found = fitted(fields, response, replicates=40)
    assert (found["stability"].values == 1.0).all()
    noise = np.random.default_rng(5).normal(size=response.shape)
    mixed = fitted(fields, fields[0][:, None] + fields[1][:, None] + noise, replicates=40)
    np.testing.assert_allclose(mixed["frequency"].values.sum(axis=-1), 1.0, rtol=1e-14)


def test_tables_add_up_over_cells_area_and_latitude():
    fields, response, main = world(cells=9)
    response[8] = np.nan
    product = labelled([fitted(fields, response), fitted(fields, response, "annual")])
    table = tables.strong_controls(product)
    assert len(table) == 2 * 3 and (table["cells"] == 8).all()
    area = 1.0 + np.arange(9)
    for number, row in enumerate(table[table["time_scale"] == "monthly"].to_dict("records")):
        here = (main == number) & (np.arange(9) < 8)
        assert row["strong_share_of_cells"] == here.sum() / 8 and row["control"] == regression.CONTROLS[number]
        np.testing.assert_allclose(row["strong_share_of_area"], area[here].sum() / area[:8].sum(), rtol=1e-14)
    bands = tables.controls_by_latitude(product)
    monthly = bands[bands["time_scale"] == "monthly"]
    assert monthly["strong_cells"].sum() == 8 and (monthly["north"] - monthly["south"] == 10).all()
    reasons = tables.control_reasons(product)
    assert (reasons.groupby(["time_scale", "layer"])["cells"].sum() == 9).all()
    assert reasons.loc[reasons["code"] == 5, "area_m2"].tolist() == [9.0, 9.0]


def test_a_fourth_predictor_takes_the_share_that_the_truth_says():
    """Soil moisture is a known sum of three usual predictors and one of a user's own; air temperature is noise."""
    rng = np.random.default_rng(5)
    fields = rng.gamma(4.0, 5.0, size=(5, 4, TIMES.size))
    scores = (fields - fields.mean(axis=2, keepdims=True)) / fields.std(axis=2, keepdims=True)
    weights = np.array([0.1, 0.2, 0.1, 0.6, 0.0])
    soil = np.einsum("p,pct->ct", weights, scores)[:, None]
    chosen = predictors.Predictors((*predictors.PUBLISHED.controls, "snow_cover"), ("air_temperature",))
    fixed = OPTIONS | {"choose": "fixed", "penalty": 1e-6, "strong_share": 0.55, "replicates": 20}
    whole = results.fit_time_scales(list(fields), soil, TIMES, chosen, **fixed)
    assert whole["control"].values.tolist() == ["frequency", "volume", "evapotranspiration", "snow_cover"]
    monthly = whole.sel(time_scale="monthly")
    np.testing.assert_allclose(monthly["share"].values[:, 0], np.tile(weights[:4], (4, 1)), atol=1e-6)
    np.testing.assert_allclose(monthly["coefficient"].values[:, 0, 4], 0.0, atol=1e-6)
    assert (monthly["dominant"].values == 3).all() and (monthly["strong"].values == 3).all()
    assert (monthly["frequency"].sel(control="snow_cover").values == 1.0).all() and "rgb" not in whole
    bars = control_bars.summary(monthly["share"].values[:, 0], 0.55)
    np.testing.assert_allclose(bars, [weights[:4], [0, 0, 0, 1], [0, 0, 0, 1]], atol=1e-6)
    assert "snow cover, beside" not in control_bars.caption(whole, "monthly", 0.55)
    assert "beside air temperature as control variable, share" in control_bars.caption(whole, "monthly", 0.55)


def test_two_of_the_published_predictors_share_as_a_regression_on_them_alone():
    fields, response, _ = world(cells=3)
    two = predictors.Predictors(("precipitation_volume", "evapotranspiration"))
    whole = results.fit_time_scales(list(fields[1:3]), response, TIMES, two, **OPTIONS)
    direct = regression.fit(np.moveaxis(fields[1:3], 0, -1), response[:, 0], controls=2)
    np.testing.assert_array_equal(whole["coefficient"].sel(time_scale="monthly").values[:, 0], direct.coefficients)
    size = np.abs(direct.coefficients)
    np.testing.assert_array_equal(direct.share, size / size.sum(axis=1, keepdims=True))
    with pytest.raises(ValueError, match=r"2 to k controls \(3\)"):
        regression.fit(np.moveaxis(fields[1:3], 0, -1), response[:, 0])


def test_the_published_caption_and_corners():
    labels = xr.Dataset(coords={"control": list(regression.CONTROLS), "predictor": list(predictors.PUBLISHED.names)})
    words = control_bars.caption(labels, "annual", 0.75)
    assert "precipitation frequency (cyan), precipitation volume (magenta) and evapotranspiration (yellow)" in words
    assert "beside air temperature as control variable; equal" in words
    assert control_bars.corners(regression.CONTROLS) == (ternary.NAMES, ternary.SHORT)
