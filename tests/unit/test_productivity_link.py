"""Soil moisture against productivity: planted correlations come back in the right place of the table."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from vadose.files import tables
from vadose.statistics import annual_sums
from vadose.studies.variability.productivity import DETREND, as_product, correlate, depth_ranges, summarise
from vadose.studies.variability.tables import steps

CELLS, YEARS = 40, np.arange(2001, 2025)


def made(seed=0):
    rng = np.random.default_rng(seed)
    seasonal = rng.normal(size=(CELLS, YEARS.size, 4, 4)) + 100.0
    productivity = seasonal[:, :, 3, 1] + 0.5 * rng.normal(size=(CELLS, YEARS.size))
    return seasonal, productivity


def labelled(found, ranges):
    names = {"season": list("HSAD"), "layer": [1, 2, 3, 4], "detrend": list(DETREND)}
    return found.assign_coords(names | {"depth_range": [name for name, _ in ranges]})


@pytest.mark.parametrize("last", ["2004-01-01", "2004-01-04"])
def test_the_last_step_of_a_year_counts_its_days_of_the_year(last):
    """Steps of 8 days at 2 g m-2 a day: 365 days give 730, also where the last step is said to run into the next year
    (it made the year missing, or 1.008 years long)."""
    starts = np.arange("2003-01-01", "2004-01-01", 8, dtype="datetime64[D]").astype("datetime64[ns]")
    ends = np.append(starts[1:], np.datetime64(last, "ns"))
    for partial_years in ("drop", "keep"):
        sums, covered = annual_sums.annual_sums(
            [(np.full(1, 2.0), *step) for step in zip(starts, ends, strict=True)], (2003, 2003), partial_years
        )
        assert sums.tolist() == [[730.0]] and covered.tolist() == [1.0]


def test_depth_ranges_are_named_by_their_bounds():
    ranges = depth_ranges(np.array([0, 0.1, 0.4, 1.0]), np.array([0.1, 0.4, 1.0, 2.0]))
    assert ranges == [("10-100 cm", [1, 2]), ("100-200 cm", [3])]
    assert depth_ranges(np.array([0, 0.07, 0.28]), np.array([0.07, 0.28, 1.0])) == [
        ("7-28 cm", [1]),
        ("28-100 cm", [2]),
    ]
    assert depth_ranges(np.array([0.0]), np.array([0.05])) == [("0-5 cm", [0])]


def test_correlations_equal_scipy_and_ranges_are_annual_sums():
    seasonal, productivity = made()
    seasonal[3, 5] = np.nan
    productivity[4, :16] = np.nan
    ranges = [("mid", [1, 2]), ("deep", [3])]
    found = correlate(seasonal, productivity, YEARS, ranges, 0.1)
    keep = np.arange(YEARS.size) != 5
    for cell, years in ((0, slice(None)), (3, keep)):
        expected = stats.pearsonr(seasonal[cell, years, 2, 0], productivity[cell, years])
        assert found["r"].values[cell, 0, 2, 0] == pytest.approx(expected.statistic, abs=1e-12)
        assert found["p"].values[cell, 0, 2, 0] == pytest.approx(expected.pvalue, abs=1e-12)
        annual = seasonal[cell, years].mean(axis=1)[:, 1:3].sum(axis=1)
        assert found["r_range"].values[cell, 0, 0] == pytest.approx(
            stats.pearsonr(annual, productivity[cell, years]).statistic, abs=1e-12
        )
    assert (
        found["years"].values[3] == YEARS.size - 1
        and np.isnan(found["r"].values[4]).all()
        and (found["rejected"].values[4] == 0).all()
    )


def test_table_finds_the_season_and_layer_that_was_planted():
    seasonal, productivity = made()
    ranges = [("mid", [1, 2]), ("deep", [3])]
    found = labelled(correlate(seasonal, productivity, YEARS, ranges, 0.1), ranges)
    cover = np.repeat([1, 2, 3, 0], CELLS // 4)
    area = np.linspace(1.0, 2.0, CELLS)
    table = summarise(found, cover, area, 100, 0.05, 0.1)
    assert len(table) == 2 * (16 + 2) * 6
    plain = table[table["detrend"] == "none"]
    assert plain.loc[plain[plain["class"] == "all land"]["r"].idxmax(), ["season", "layer"]].tolist() == ["D", "2"]
    row = plain[(plain["class"] == "shrublands") & (plain["season"] == "D") & (plain["layer"] == "2")].iloc[0]
    r = found["r"].values[10:20, 0, 3, 1]
    assert row["r"] == pytest.approx(r.mean()) and row["r_by_area"] == pytest.approx(np.average(r, weights=area[10:20]))
    assert (
        row["share_of_valid"] == 1.0
        and row["share_of_land_cells"] == 0.25
        and row["share_of_grid_cells"] == pytest.approx(0.10)
    )
    empty = plain[plain["class"] == "croplands"]
    assert (empty["cells"] == 0).all() and empty["r"].isna().all() and (empty["significant"] == 0).all()
    both = plain[(plain["season"] == "D") & (plain["layer"] == "2")].set_index("class")["valid"]
    assert both["all classes"] == 30 and both["all land"] == 40
    arrays = as_product(table, found)
    assert arrays["r"].sel(
        {"class": "shrublands", "detrend": "none", "season": "D", "layer": 2}
    ).item() == pytest.approx(row["r"])
    assert arrays["r_range"].dims == ("class", "detrend", "depth_range")


def test_a_common_trend_correlates_until_it_is_removed():
    rng = np.random.default_rng(1)
    trend = np.linspace(0, 10, YEARS.size)
    seasonal = rng.normal(size=(200, YEARS.size, 4, 4)) + trend[:, None, None]
    found = correlate(seasonal, rng.normal(size=(200, YEARS.size)) + trend, YEARS, [("deep", [3])], 0.1)
    assert found["r"].values[:, 0].mean() > 0.8 and abs(found["r"].values[:, 1].mean()) < 0.05
    assert np.mean(found["p"].values[:, 1] < 0.05) == pytest.approx(0.05, abs=0.02)


def test_steps_without_a_splice_are_an_empty_table():
    assert steps(xr.Dataset(), 0.05).empty


def test_a_table_needs_a_title_and_leaves_nothing_behind(tmp_path):
    import pandas as pd

    with pytest.raises(ValueError, match="expected a title"):
        tables.write(pd.DataFrame({"a": [1]}), tmp_path / "a.csv", " ")
    assert not list(tmp_path.iterdir())
    tables.write(pd.DataFrame({"a": [1 / 3]}), tmp_path / "a.csv", "Thirds (1).")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "a\n0.3333333333\n" and (tmp_path / "a.md").read_text(
        encoding="utf-8"
    ).startswith("Thirds (1).\n")
