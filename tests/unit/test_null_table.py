"""The rates at which the tests of study A reject series that hold nothing, and where the tables take them from."""

import json
import logging

import numpy as np
import pandas as pd
import pytest

import simulate_false_positives
from vadose.core import compiled
from vadose.statistics.significance import step_test
from vadose.statistics.trend.share_null import ar1
from vadose.statistics.trend.tests import false_positives
from vadose.studies.variability import null_table

NULL = pd.DataFrame(
    {
        "years": [25, 25, 25, 52],
        "lag_one": [0.0, 0.3, 0.6, 0.3],
        "test": "3pw",
        "rate": [0.04, 0.08, 0.06, 0.05],
    }
)


@pytest.fixture(scope="module")
def tests():
    options = {"resamples": 100, "block_years": None, "simulations": 1000, "split": 0.52, "seed": 3}
    return null_table.every_test(["original", "3pw", "block_bootstrap"], **options)


@pytest.mark.one_python
def test_every_test_stands_in_the_table_near_its_level(tests):
    """Within 2 points, and three standard errors of 1000 series, but for plain Mann-Kendall, which is known not to be
    and 3PW, which the table tells: up to 8 % at 25 years."""
    table = false_positives(tests, 1000, 11, 0.05, lengths=(25, 52))
    assert (
        set(table["test"])
        == {*tests}
        == {
            "original",
            "3pw",
            "block_bootstrap",
            "trend_share",
            "step, level",
            "step, level and trend",
        }
    )
    held = table[~table["test"].isin(["original", "3pw"])]
    assert (np.abs(held["rate"] - 0.05) < 0.02 + 3 * 0.0069).all(), held.to_string()
    assert held["rate"].mean() == pytest.approx(0.05, abs=0.01)


def test_the_step_is_where_the_record_has_it(tests):
    series, years = ar1(np.random.default_rng(1).standard_normal((5, 25)), 0.3), np.arange(25.0)
    np.testing.assert_array_equal(tests["step, level"](series, years).p, step_test(series, years, 13).p)


def test_rates_are_taken_at_the_length_and_memory():
    assert null_table.rate(NULL, "3pw", 25, 0.15) == pytest.approx(0.06)
    assert null_table.rate(NULL, "3pw", 25, 0.9) == 0.06 and null_table.largest_rate(NULL, "3pw", 25) == 0.08
    for test, years, lag in (("3pw", 30, 0.1), ("original", 25, 0.1), ("3pw", 25, np.nan)):
        assert np.isnan(null_table.rate(NULL, test, years, lag))
    assert np.isnan(null_table.largest_rate(NULL, "3pw", 30))


def test_the_rate_is_told_beside_the_test():
    row = {"rejects_without_trend": 0.0512, "years": 25, "lag_one": 0.3}
    assert null_table.told(row) == " (rejects 5.1 % of trend-free series of 25 years at lag-1 0.3)"
    assert null_table.told(row | {"rejects_without_trend": np.nan}) == ""


@pytest.fixture
def kept_in(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    return tmp_path / "vadose/tables"


def rates_of(seed=3, lengths=(12, 25), resamples=20):
    options = {"resamples": resamples, "block_years": None, "simulations": 50, "split": 0.52, "seed": seed}
    chosen = null_table.every_test(["original", "3pw", "block_bootstrap"], **options)
    return chosen, null_table.rates(chosen, 50, seed, 0.05, list(lengths))


def test_rates_are_taken_from_an_earlier_run_to_the_bit_and_the_log_says_so(kept_in, caplog):
    caplog.set_level(logging.INFO, "vadose")
    chosen, computed = rates_of()
    assert len(list(kept_in.iterdir())) == 12 and "taken" not in caplog.text  # six tests, two lengths
    assert "false positives of 3pw, 25 years: computed" in caplog.text
    pd.testing.assert_frame_equal(computed, false_positives(chosen, 50, 3, 0.05, lengths=(12, 25)), check_exact=True)
    caplog.clear()
    _, taken = rates_of()
    pd.testing.assert_frame_equal(computed, taken, check_exact=True)
    assert "computed" not in caplog.text and f"25 years: taken from {kept_in}" in caplog.text


def test_what_depends_on_something_else_is_computed(kept_in, monkeypatch):
    def number():
        return len(list(kept_in.iterdir()))

    rates_of(lengths=(12,))
    rates_of(lengths=(12, 13))  # the second length alone
    assert number() == 12
    rates_of(lengths=(12,), resamples=21)  # the bootstrap alone
    assert number() == 13
    rates_of(lengths=(12,), seed=4)
    assert number() == 19
    monkeypatch.setattr(compiled, "stamp", lambda path: "edited")
    rates_of(lengths=(12,))
    assert number() == 25


@pytest.mark.parametrize("damage", ["", "{}", "[1]", "null", "cut", "edited"])
def test_a_damaged_file_is_made_again(kept_in, damage):
    _, computed = rates_of(lengths=(12,))
    for path in kept_in.iterdir():
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
        content["rows"][0]["rate"] = 0.5
        path.write_text({"cut": text[:200], "edited": json.dumps(content)}.get(damage, damage), encoding="utf-8")
    _, again = rates_of(lengths=(12,))
    pd.testing.assert_frame_equal(computed, again, check_exact=True)
    _, taken = rates_of(lengths=(12,))
    pd.testing.assert_frame_equal(computed, taken, check_exact=True)


def test_without_a_folder_nothing_is_kept_and_a_folder_that_cannot_be_written_stops_nothing(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    _, computed = rates_of(lengths=(12,))
    (tmp_path / "vadose").write_text("a file where the folder should be", encoding="utf-8")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    pd.testing.assert_frame_equal(computed, rates_of(lengths=(12,))[1], check_exact=True)


def test_the_table_of_a_run_is_the_same_from_a_cold_and_a_warm_store(kept_in, tmp_path):
    texts = []
    for name in ("cold", "warm"):
        simulate_false_positives.main(
            table=tmp_path / f"{name}.csv",
            tests=["original"],
            resamples=20,
            block_years=None,
            simulations=50,
            lengths=[12],
            split=0.5,
            alpha=0.05,
            seed=1,
        )
        texts.append((tmp_path / f"{name}.csv").read_text(encoding="utf-8"))
    assert texts[0] == texts[1] and len(list(kept_in.iterdir())) == 4
