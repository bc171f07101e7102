"""Claims in resampled years: each number is taken from a resample as it is taken from the table."""

import numpy as np
import pandas as pd
import pytest

from vadose.files import products
from vadose.statistics import year_intervals
from vadose.studies.claims import quantities, years
from vadose.studies.claims.ledger import compare
from vadose.studies.variability import intervals

PERIODS, NAMES = ["1980-1999", "2000-2019"], (["humid", "sub-humid", "semi-arid", "arid"], [1, 2])
RECORD = {"configuration": {"studies": ["variability"], "source": "archive", "run": "x", "variability": {
    "periods": [[1980, 1999], [2000, 2019]], "grid": {"spacing": 1.0}}},
    "provenance": {"sources": {"variability": [{"id": "gldas_2_1"}, {"id": "gldas_2_0"}]}}}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Tables and resamples of one made-up world, as the workflow writes them."""
    folder = tmp_path_factory.mktemp("claims")
    seasonal = 50 + np.random.default_rng(3).normal(size=(20, 40, 4, 2)) * np.array([1.0, 2.0])
    analysed = np.ones((20, 2), bool)
    analysed[0, 0] = False
    headline = intervals.resampled(
        seasonal, np.arange(1980, 2020), analysed, np.linspace(1, 2, 20), PERIODS, resamples=60, seed=2
    )
    product = intervals.as_product(headline, NAMES, PERIODS)
    products.write(product, folder / "year_resamples.nc", "year_resamples")
    rows, described = [], intervals.labels(*NAMES)
    both = headline.estimate[1, :, 0]
    for period, values in (
        (PERIODS[0], headline.estimate[0, 0, 0]),
        (PERIODS[1], headline.estimate[0, 1, 0]),
        ("difference", both[1] - both[0]),
    ):
        for label, value in zip(described, values):
            row = {"dynamics": "all", "season": "all", "layer": "all"} | label
            rows.append(row | {"period": period, "mean_over_cells": value})
    listed = pd.DataFrame(rows)
    listed.to_csv(folder / "shares.csv", index=False)
    slopes = listed[listed["quantity"].isin(["mean_slope", "share_declining"])]
    wide = slopes.pivot(index="period", columns="quantity", values="mean_over_cells").reset_index()
    wide = wide.rename(columns={"mean_slope": "mean_over_cells", "share_declining": "declining"})
    wide.assign(series="total").to_csv(folder / "trends.csv", index=False)
    files = {name: folder / f"{name}.csv" for name in ("shares", "trends")}
    files["year_resamples"] = folder / "year_resamples.nc"
    kinds = {"shares": None, "trends": None, "year_resamples": "year_resamples"}
    return quantities.Run(files, kinds, RECORD["configuration"]), headline


HOWS = {
    "layer": {"where": {"quantity": "layer", "period": "record"}, "by": "layer", "times": 100},
    "term": {"where": {"quantity": "term", "period": "record", "dynamics": "iav", "season": "arid"}, "by": ["layer"]},
    "change": {"where": {"quantity": "dynamics", "period": "difference"}, "by": "dynamics", "times": 100},
    "reduced": {"where": {"quantity": "omega", "period": "record", "layer": 2}, "reduce": "mean"},
}


@pytest.mark.parametrize("name", HOWS)
def test_resamples_are_those_of_the_rows(run, name):
    how = {"from": "shares", "take": "mean_over_cells"} | HOWS[name]
    values = quantities.evaluate(how, run[0], PERIODS[1])
    drawn = years.resampled(how, run[0], PERIODS[1])
    assert list(drawn.replicates) == list(values)
    for label, value in values.items():
        replicates = drawn.replicates[label]
        assert replicates.shape == (60,) and abs(replicates.mean() - value) < 4 * replicates.std()
    if name == "layer":
        both = sum(drawn.replicates.values())
        np.testing.assert_allclose(both, 100.0, rtol=1e-12)  # shares of each resample add up


def test_the_ledger_tells_the_interval_and_how_often_the_test_holds(run):
    listed = {
        "studies": {"variability": {"grid": 1.0, "products": ["gldas_2_1"]}},
        "files": {"shares": {"path": "shares.csv"}, "trends": {"path": "trends.csv"},
                  "year_resamples": {"path": "year_resamples.nc", "product": "year_resamples"}},
        "not_computed": {},
    }  # fmt: skip
    layers = {
        "from": "shares",
        "take": "mean_over_cells",
        "where": {"quantity": "layer", "period": "record"},
        "by": "layer",
    }
    slope = {"from": "trends", "take": "mean_over_cells", "where": {"series": "total", "period": "record"}}
    declining = slope | {"take": "declining", "times": 100}
    claims = [
        {"id": "A001", "how": layers, "published": "layer 2", "test": {"largest": 2}},
        {"id": "A002", "how": slope, "published": 5.0, "test": {"within": 0.1}},
        {"id": "A003", "how": declining, "published": 50.0, "test": {"below": 1000}},
    ]
    claims = [{"quantity": "q", "unit": "1", "record": PERIODS[1]} | claim for claim in claims]
    found = compare(listed | {"claims": claims}, run[0].files, RECORD).set_index("id")
    # The second layer has twice the standard deviation: it is the larger in every year that might have been.
    assert found.loc["A001", "holds"] == "yes" and found.loc["A001", "holds_in_resamples"] == 1.0
    assert found.loc["A001", "over_years"].startswith("1 0.") and " to " in found.loc["A001", "over_years"]
    headline = run[1]
    bounds = year_intervals.interval(
        headline.estimate[0, 1, 0, 0], headline.replicates[:, 0, 1, 0, 0], float(headline.years.min())
    )
    assert found.loc["A002", "over_years"] == f"{bounds.low:.4g} to {bounds.high:.4g}"
    assert found.loc["A002", "published_within"] == "no" and np.isnan(found.loc["A002", "holds_in_resamples"])
    assert found.loc["A003", "published_within"] == "yes" and found.loc["A003", "holds_in_resamples"] == 1.0
