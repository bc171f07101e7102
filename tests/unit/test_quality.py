"""Quality control: limits as float32 stores them, whole years, whole cells, and one reason for each cell."""

import numpy as np
import pytest

from vadose.statistics.quality import (
    Reason,
    complete_years,
    count_reasons,
    enough_years,
    mask_soil_moisture,
    reasons,
)

LIMITS = (99.9, 299.9, 599.9, 999.0)  # kg m-2, of the four layers of GLDAS


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_limit_stays_and_the_next_number_goes(dtype):
    limits = np.array(LIMITS, dtype=np.float32).astype(dtype)  # as a file gives them, perhaps converted since
    above = np.nextafter(limits.astype(np.float32), np.float32(np.inf)).astype(dtype)
    masked = mask_soil_moisture(np.stack([limits, above], axis=1)[None], LIMITS)
    assert masked.dtype == dtype
    np.testing.assert_array_equal(masked[0, :, 0], limits)
    assert np.isnan(masked[0, :, 1]).all()


def test_each_layer_has_its_own_limit_in_double_precision():
    masked = mask_soil_moisture(np.array([[[99.9, 99.91], [299.9, 299.91]]]), (99.9, 299.9))
    np.testing.assert_array_equal(np.isnan(masked[0]), [[False, True], [False, True]])


def test_fill_zero_negative_and_infinite_values_go():
    values = np.array([-9999.0, 0.0, -1e-6, np.nan, np.inf, -np.inf, 1e20, 1e-6], np.float32)
    masked = mask_soil_moisture(values[None, None], [99.9])
    np.testing.assert_array_equal(masked[0, 0], np.array([np.nan] * 7 + [1e-6], np.float32))
    np.testing.assert_array_equal(values[:2], [-9999.0, 0.0])  # the input is not touched


def test_a_year_needs_all_months_of_all_layers():
    values = np.ones((1, 2, 4, 12))
    values[0, 0, 1, 3] = np.nan
    values[0, 1, 2] = np.nan
    np.testing.assert_array_equal(complete_years(values), [[True, False, False, True]])
    np.testing.assert_array_equal(complete_years(values, min_months=11), [[True, True, False, True]])


def test_twenty_of_twenty_five():
    complete = np.zeros((3, 25), bool)
    complete[0, :20], complete[1, :19], complete[2, 5:] = True, True, True
    np.testing.assert_array_equal(enough_years(complete), [True, False, True])
    assert enough_years(np.ones((1, 25), bool), share=1.0)[0]
    assert not enough_years(np.zeros((1, 0), bool))[0]


@pytest.mark.parametrize("years", range(1, 80))
def test_the_share_is_not_missed_by_a_rounding_error(years):
    needed = -(-4 * years // 5)  # ceiling in whole numbers
    complete = np.arange(years)[None] < np.array([[needed], [needed - 1]])
    np.testing.assert_array_equal(enough_years(complete), [True, False])


def test_every_cell_has_one_reason():
    rng = np.random.default_rng(1)
    values = rng.uniform(1, 50, (6, 4, 25, 12)).astype(np.float32)
    values[1] = np.nan
    values[2, 3] = np.nan
    values[3, 0, :6, 0] = np.nan  # 19 of 25 years
    values[4, 0, :5, 0] = np.nan  # 20 of 25 years
    values[5] = 12.5
    values[5, 0, 0, 0] = np.nan  # constant over the complete years
    codes = reasons(values, complete_years(values))
    assert codes.tolist() == [
        Reason.OK,
        Reason.NO_DATA,
        Reason.LAYER_MISSING,
        Reason.TOO_FEW_YEARS,
        Reason.OK,
        Reason.CONSTANT,
    ]
    table = count_reasons(codes, np.arange(1.0, 7.0))
    assert [(row[0], row[2], row[3]) for row in table] == [
        (Reason.OK, 2, 6.0),
        (Reason.NO_DATA, 1, 2.0),
        (Reason.LAYER_MISSING, 1, 3.0),
        (Reason.TOO_FEW_YEARS, 1, 4.0),
        (Reason.CONSTANT, 1, 6.0),
    ]
    assert all(name for _, name, _, _ in table)


def test_says_what_is_wrong():
    with pytest.raises(ValueError, match="limits: expected one limit for each of the 2 layers"):
        mask_soil_moisture(np.ones((1, 2, 3)), [99.9])
    with pytest.raises(ValueError, match="float array"):
        mask_soil_moisture(np.ones((1, 1, 3), int), [99.9])
    with pytest.raises(ValueError, match="shape"):
        complete_years(np.ones((1, 2, 24)))
    with pytest.raises(ValueError, match="min_months"):
        complete_years(np.ones((1, 1, 1, 12)), min_months=13)
    with pytest.raises(ValueError, match="share"):
        enough_years(np.ones((1, 3), bool), share=1.2)
