"""The measured levels of study B's tests: what the report and the methods say of them."""

import re

import pandas as pd
import pytest

from vadose.pages.report import levels, sections

COLUMNS = ["test", "series", "lag-1 of precipitation", "lag-1 of soil moisture", "level wanted", "rejected",
           "in the field", "worlds"]  # fmt: skip
TESTS = {
    "independence",
    "dependence at any lag",
    "goodness of fit",
    "interval of tau-b wholly below zero",
    "soil moisture leads",
    "precipitation leads",
    *(f"change of dependence, {part}" for part in ("halves", "windows", "an unknown year")),
    *(f"negative dependence that is left, {name}" for name in ("partial tau", "partial rank correlation", "vine")),
}


def test_every_test_of_study_b_stands_in_the_table_near_its_level():
    """Within two points of 5 % and two standard errors, but for what the report tells."""
    frame, command = levels.measured()
    assert "python tests/benchmarks/dependence_levels.py" in command and list(frame.columns) == COLUMNS
    assert set(frame["test"]) >= TESTS | {test for tests in levels.BEHIND.values() for test in tests}
    for test in ("independence", "soil moisture leads", "precipitation leads", "change of dependence, halves"):
        part = frame[frame["test"] == test]
        assert (part["rejected"] - 5.0).abs().max() <= 2.0 and (part["in the field"] <= 0.5).all(), test
        assert levels.remark(test) == ""
    months = frame[(frame["test"] == "independence") & (frame["series"] == "240 months")]
    assert set(months["lag-1 of precipitation"]) == {0.0, 0.3, 0.6} and months["lag-1 of soil moisture"].max() == 0.9
    assert (months["worlds"] >= 2000).all()


def test_the_methods_print_the_measured_numbers(root):
    text = (root / "docs" / "methods.md").read_text(encoding="utf-8").split('<a id="c10"></a>')[1].split("## Both")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"(?m)^\|.*\|$", text)[2:]]
    printed = {(test, series): numbers for test, series, *numbers in rows}
    short = levels.in_short()
    assert len(printed) == len(short)
    for _, row in short.iterrows():
        field = row["in the field, largest"]
        limits = f"{row['rejected, least']:g} to {row['rejected, largest']:g}"
        expected = [f"{row['level wanted']:g}", limits, "" if pd.isna(field) else f"{field:g}"]
        assert printed[row["test"], row["series"]] == expected


@pytest.fixture
def table(monkeypatch):
    rows = [
        ["near", "20 years", 0.0, 0.0, 5.0, 4.0, 0.1, 100],
        ["near", "20 years, tied", 0.3, 0.0, 5.0, 7.0, 0.0, 100],
        ["far", "20 years", 0.0, 0.0, 5.0, 4.0, None, 100],
        ["far", "240 months", 0.0, 0.0, 5.0, 7.5, None, 100],
        ["coarse", "240 months", 0.0, 0.0, 5.0, 5.0, 6.0, 100],
        ["sign", "240 months", 0.0, 0.0, 50.0, 69.0, None, 100],
        ["sided", "240 months", 0.0, 0.0, 2.5, 3.6, None, 100],
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    monkeypatch.setattr(levels, "measured", lambda: (frame, "python here"))
    monkeypatch.setattr(
        levels, "BEHIND", {"optimal_lags": ("near", "far", "coarse", "sign", "sided"), "none": ("near",)}
    )
    return frame


def test_levels_that_are_left_are_told(table):
    assert levels.remark("near") == levels.remark("sign") == "" and levels.between("near") == "4 to 7 %"
    assert levels.by_chance("near", 0.01) == "about 1 % by chance (at 5 %: 4 to 7 % of simulated worlds)"
    assert levels.beside("none") == levels.beside("other") == ""
    assert levels.beside("optimal_lags") == (
        "Tests off their level in simulated worlds: far: 4 to 7.5 % instead of 5 % where there is nothing to be found; "
        "coarse: 5 to 5 % instead of 5 % where there is nothing to be found, up to 6 % in the field; "
        "sided: 3.6 to 3.6 % instead of 2.5 % where there is nothing to be found."
    )
    assert levels.in_short()["series"].tolist() == ["20 years", "20 years", *["240 months"] * 4]


def test_the_report_of_study_b_has_them_behind_its_tables(table, tmp_path):
    folder = tmp_path / "tables" / "dependence"
    folder.mkdir(parents=True)
    for name in ("optimal_lags", "negative_shares"):
        (folder / f"{name}.csv").write_text("lag,share\n1,0.5\n", encoding="utf-8")
        (folder / f"{name}.md").write_text("A title. A note.\n\nMore.", encoding="utf-8")
    paths = [folder / "optimal_lags.csv", folder / "negative_shares.csv"]
    tables = sections.study("dependence", [], paths)["tables"]
    assert tables[0]["note"] == f"A note. {levels.beside('optimal_lags')}" and tables[1]["note"] == "A note."
    assert [part["caption"] for part in tables[2:]] == [f"{levels.TITLE}, in short", levels.TITLE]
    assert all(part["folded"] for part in tables[2:]) and "python here" in tables[2]["note"]
    assert sections.study("dependence", [], [])["tables"] == []
