"""What a study leaves out before its statistics is counted, and a study that leaves out everything says so."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from vadose.files import products
from vadose.studies import left_out
from vadose.studies.variability.limits import Limits


def field(values, unit, bottom=(0.07, 0.28)):
    """Two layers over one row of cells and one month."""
    values = np.asarray(values, dtype=np.float32).reshape(1, 2, 1, -1)
    bounds = {"layer_top": ("layer", [0.0, bottom[0]]), "layer_bottom": ("layer", list(bottom))}
    return xr.DataArray(values, dims=("time", "layer", "lat", "lon"), coords=bounds, attrs={"units": unit})


def test_limits_are_in_mass_whatever_the_unit_of_the_file():
    """0.07 m of soil with 0.5 m3 m-3 holds 35 kg m-2."""
    volumes = [[0.5, 0.42, 0.43, np.nan], [0.5, 0.1, 0.0, -0.001]]
    control = Limits([30.0, 200.0])
    masked = control(field(volumes, "m3 m-3"))[0, :, 0]
    np.testing.assert_array_equal(np.isfinite(masked), [[False, True, False, False], [True, True, False, False]])
    assert control.counts("x") == {"outside_limits": 4}
    masses = np.array(volumes) * 1000 * np.array([[0.07], [0.21]])
    other = Limits([30.0, 200.0])
    np.testing.assert_array_equal(np.isfinite(other(field(masses, "kg m-2"))[0, :, 0]), np.isfinite(masked))


def test_the_limit_itself_stays_in_both_units():
    assert np.isfinite(Limits([99.9, 299.9])(field([[99.9], [299.9]], "kg m-2"))).all()
    assert np.isfinite(Limits([35.0, 42.0])(field([[0.5], [0.2]], "m3 m-3"))).all()


def test_a_limit_above_which_a_layer_lies_as_a_whole_is_named():
    """Limits in volume given for a product in mass."""
    control = Limits([99.9, 0.4])
    control(field([[20.0, 30.0], [80.0, 91.5]], "kg m-2"))
    words = (
        r"gldas, 2001-2002: expected .* within variability.limits, found none in layer 2 \(7-28 cm\): its limit is "
        r"0.4 kg m-2, its values are 80 to 91.5 kg m-2"
    )
    with pytest.raises(ValueError, match=words):
        control.counts("gldas, 2001-2002")


def test_a_layer_without_any_value_is_no_matter_of_limits():
    control = Limits([99.9, 299.9])
    control(field([[20.0, 30.0], [np.nan, np.nan]], "kg m-2"))
    assert control.counts("x") == {"outside_limits": 0}


def test_as_many_limits_as_layers():
    with pytest.raises(ValueError, match="expected one limit for each of the 2 layers"):
        Limits([99.9])(field([[20.0], [30.0]], "kg m-2"))


def test_without_limits_values_stay_and_the_reader_counts_alone():
    control, values = Limits(None), field([[20.0, -3.0], [30.0, 4e5]], "kg m-2")
    np.testing.assert_array_equal(control(values), values.values)
    assert control.counts("x") == {}
    control.add({"snapped_negatives": 3, "masked_negatives": 0, "other": "x"})
    control.add({"snapped_negatives": 4, "masked_negatives": 2})
    assert control.counts("x") == {"snapped_negatives": 7, "masked_negatives": 2}


def prepared(path, **counts):
    xr.Dataset(attrs={name: str(count) for name, count in counts.items()}).to_netcdf(path, engine="h5netcdf")
    return path


def test_the_table_of_reasons_has_a_row_for_each_rule(tmp_path):
    paths = [
        prepared(tmp_path / "soil_moisture_2001-2005.nc", snapped_negatives=5, masked_negatives=0),
        prepared(tmp_path / "soil_moisture_2006-2010.nc", snapped_negatives=2, masked_negatives=1),
    ]
    reasons = pd.DataFrame({"time_scale": ["monthly"], "layer": [1], "reason": ["fitted"], "cells": [9]})
    table = left_out.with_removed(reasons, paths, "time_scale")
    assert table["values"].tolist()[1:] == [7, 1] and table["values"].isna()[0]
    assert table["time_scale"].tolist() == ["monthly", "all years", "all years"]
    assert table["cells"].sum() == 9 and table["cells"].isna().tolist() == [False, True, True]
    assert "by no more than the packing" in table["reason"][1] and "further below zero" in table["reason"][2]
    assert "cells\n9" in table[["cells"]].to_csv(index=False).replace("\r", ""), "whole numbers stay whole"


def test_rules_are_those_that_products_may_carry():
    assert set(left_out.RULES) == set(products.REMOVED)


@pytest.mark.parametrize(
    ("product", "codes", "words"),
    [
        ("attribution", [[1, 1], [3, 3]], r"no value in any layer .* \(2\), too few complete years \(2\). Look at"),
        (
            "copulas",
            [[1], [21]],
            r"fewer than 10 complete pairs \(1\), no optimal lag of precipitation \(1\)\. Look at",
        ),
    ],
)
def test_a_product_without_any_cell_stops_with_the_reasons_counted(tmp_path, product, codes, words):
    path = tmp_path / f"{product}.nc"
    xr.Dataset({"reason": (("cell", "period"), np.int8(codes))}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(
        ValueError, match=rf"{product}.nc: expected at least one cell to analyse, found none; .*{words}"
    ):
        left_out.expect_some(path, product)
    codes[0][0] = 0
    xr.Dataset({"reason": (("cell", "period"), np.int8(codes))}).to_netcdf(path, engine="h5netcdf")
    left_out.expect_some(path, product)
    left_out.expect_some(tmp_path / "none.nc", "lags")
