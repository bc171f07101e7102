"""The measured coverage of intervals: what the report prints of it."""

import re

import pandas as pd

from vadose.pages.report import coverage, findings, productivity, sections
from vadose.studies import year_tables
from vadose.studies.claims import ledger
from vadose.studies.controls import intervals as controls_intervals
from vadose.studies.dependence import intervals as dependence_intervals
from vadose.studies.sensitivity import verdicts
from vadose.studies.variability import intervals


def test_the_table_holds_every_number_and_world_that_was_asked_for():
    frame, words = coverage.measured()
    assert "python tests/benchmarks/year_intervals.py" in words
    for names in findings.SIMULATED.values():
        for name, _ in names:
            part = frame[frame["number"] == name]
            assert set(part["common variance"]) == {0.0, 0.05, 0.2, 0.4} and set(part["lag one"]) == {0.0, 0.3, 0.6}
            assert set(part["years"]) == {25, 52} and set(part["reach"]) == {6.0, 15.0}, name
            assert len(part) == 12 * len(part.groupby(["years", "reach"]))
    # Within 90 to 97 % as far as 300 worlds can tell (two standard errors: 3.5 points at 90, 2 at 97; correlations have
    # half as many worlds); as a statement about the true lines the share of declining cells is not claimed.
    significant = frame["number"] == "share of significant correlations of a class"  # 60 worlds of each kind
    assert frame.loc[significant, "over years"].min() >= 86 and frame.loc[significant, "over years"].median() <= 97.5
    claimed = frame[(frame["number"] != "share of declining cells") & (frame["years"] < 77) & ~significant]
    changes = frame.loc[frame["years"] == 77].astype({"over years": float})
    assert set(findings.CHANGES.values()) <= set(changes["number"])
    assert changes["over years"].min() >= 85 and changes["over years"].median() <= 97  # 100 worlds of each kind
    assert changes.groupby("number")["over years"].mean().between(91, 97).all()
    rates = claimed["over years"].astype(float)
    assert rates.min() >= 86.5 and rates.max() <= 99.4 and rates.between(*coverage.MEANT).mean() > 0.95
    assert rates.groupby([claimed["number"], claimed["years"]]).median().between(92.5, 96.0).all()
    slopes = frame[frame["number"] == "mean slope"]
    # Where cells share their years, intervals over places miss what those over years hold.
    shared = slopes[slopes["common variance"] >= 0.2]
    assert shared["over places"].max() < 75 and shared["over years"].median() >= 90


def test_rates_outside_their_range_are_told(monkeypatch):
    rows = [["good", 25, 0.0, 6.0, 0.0, 91.0, 80.0], ["good", 25, 0.2, 6.0, 0.0, 96.0, 20.0]]
    rows += [["wide", 25, 0.0, 6.0, 0.0, 95.0, 90.0], ["wide", 52, 0.0, 6.0, 0.0, 99.0, 90.0]]
    rows += [["near", 25, 0.0, 6.0, 0.0, 89.7, 90.0], ["near", 25, 0.2, 6.0, 0.0, 97.3, 90.0]]
    columns = ["number", "years", "common variance", "reach", "lag one", "over years", "over places"]
    frame = pd.DataFrame(rows, columns=columns)
    monkeypatch.setattr(coverage, "measured", lambda: (frame, "A, in % B"))
    assert (
        coverage.remark("good", 30) == "" and coverage.remark("wide", 20) == "" and coverage.remark("other", 20) == ""
    )
    assert coverage.remark("near", 25) == ""  # 90 to 97 % as it would be printed
    assert coverage.remark("wide", 77) == " (holds the truth in 99 % of simulated worlds, median 99 %)"
    short = coverage.in_short().set_index(["number", "years"])
    assert (
        short.loc[("good", 25), "over years, median"] == 93.5 and short.loc[("good", 25), "over places, least"] == 20.0
    )
    assert [table["caption"] for table in sections.of_intervals()] == ["A, in short", "A"]


def test_rates_of_study_b_stand_wherever_its_intervals_are_printed():
    """In findings beside the interval, and in the titles of tables, claims and sensitivity analysis; as measured."""
    frame, _ = coverage.measured_dependence()
    words = []
    kinds = ("mean tau-b", "negative share", "certain", "share with the largest tau-b", ".*control", "difference")
    for number in kinds:
        rates = frame.loc[frame["number"].str.match(number), "over years"].astype(float)
        words.append(f"{rates.min():g} to {rates.max():g} %")
    assert re.findall(r"[0-9.]+ to [0-9.]+ %", year_tables.RATES) == words
    for title in (dependence_intervals.TITLE, controls_intervals.TITLE, ledger.TITLE, verdicts.TITLE):
        assert year_tables.RATES in title
    row = {"region": "all", "cells_of": "own", "compared_with": "", "weighting": "cell", "low": 0.3, "high": 0.4}
    share = pd.DataFrame([row | {"quantity": "negative", "time_scale": "annual"}])
    text = findings.shares_over_years(share, quantity="negative", time_scale="annual")
    rates = frame.loc[frame["number"] == "negative share, annual", "over years"].astype(float)
    least, largest, middle = (f"{rate:.0f}" for rate in (rates.min(), rates.max(), rates.median()))
    assert text == "30 to 40"
    told = f"holds the truth in {least} to {largest} % of simulated worlds, median {middle} %"
    assert findings.simulated_shares("negative", "annual") == told
    assert findings.simulated_shares("negative", "JJA") == told  # one value a year, as well
    assert set(findings.SIMULATED_SHARES.values()) <= set(frame["number"])


def test_periods_are_compared_over_the_cells_of_both():
    first, last = "1948-1999", "2000-2024"
    periods = (first, intervals.of_both(first), intervals.of_both(last), last, intervals.CHANGE)
    rows = [
        {"quantity": "layer", "layer": "2", "weighting": "cell", "period": period, "estimate": value, "cells": cells}
        for period, value, cells in zip(periods, (0.9, 0.1, 0.25, 0.8, 0.15), (9, 7, 7, 8, 7), strict=True)
    ]
    table = pd.DataFrame(rows).assign(low=0.05, high=0.2)
    words = findings.change(table, "layer", (first, last), 100.0, layer="2")
    assert words == (
        f"15, 95 % interval 5 to 20{coverage.remark(findings.CHANGES['layer'], 77)}; 10 in 1948-1999, 25 in 2000-2024, "
        "over the 7 cells of both"
    )
    assert findings.change(table[table["period"] == last], "layer", (last, last), 100.0, layer="2") == ""
    one = findings.over_years(table, "layer", last, 100.0, layer="2")
    assert one.startswith("5 to 20")


def test_land_cover_rules_stand_beside_the_correlation():
    rules = pd.DataFrame(
        {"class": ["all classes"] * 2, "rule": ["as published", "dominant class"], "cells": [9, 5], "r": [0.2, 0.3],
         "r_difference": [0.0, 0.1], "r_difference_low": [0.0, -0.1], "r_difference_high": [0.0, 0.3]}
    )  # fmt: skip
    assert productivity._under_rules(rules) == (
        "cells with a land-cover class: 0.2 as published (9 cells), 0.3 dominant class (5 cells); "
        "difference 0.1 (-0.1 to 0.3 over years)"
    )
    cover = pd.DataFrame(
        {"class": ["forests", "none", "shrublands"], "cells": [3, 8, 2], "area_share": [0.1, 0.5, 0.02]}
    )
    cover = cover.assign(rule="as published", mostly=["barren", "barren", "ice"])
    assert productivity._mostly(cover) == "5 cells with a class are mostly barren or ice (12 % of the land)"
    assert productivity._mostly(None) == ""


def test_the_table_of_dependence_is_in_range_and_beats_places():
    frame, words = coverage.measured_dependence()
    assert "python tests/benchmarks/year_intervals_dependence.py" in words and set(frame["years"]) == {20}
    tau = frame[frame["number"].str.startswith(("mean tau-b", "negative share"))]
    assert set(tau["common variance"]) == {0.0, 0.05, 0.2, 0.4} and set(tau["reach"]) == {6.0, 15.0}
    assert set(frame["lag one"]) == {0.0, 0.3, 0.6}
    # Of shares certainly negative the least was 77.5 before they moved as much as the negative share at least.
    assert frame["over years"].min() >= 88 and 92 <= frame["over years"].median() <= 97.5
    # A share that few cells have: 120 worlds, with an error of 2 to 3 points.
    strong = frame[frame["number"] == "share with one strong control, monthly"]
    assert strong["over years"].mean() > strong["on the logit scale"].astype(float).mean() + 1
    null = tau[tau["number"].str.endswith("no dependence") & (tau["common variance"] >= 0.2)]
    assert null["over places"].max() < 80
    short, whole = sections.of_intervals_of_dependence()
    assert "dependence and controls" in short["caption"] and "dependence and controls" in whole["caption"]
