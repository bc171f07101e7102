"""Numbers of a run in a manuscript: rounded by their intervals, named once; what else a manuscript says is told."""

import json
import math
import re
import subprocess
import sys

import pytest

from vadose.studies.manuscript import check, citable
from vadose.studies.sensitivity.verdicts import COUNT, POSTERIOR, YEARS, Number

ORIGIN = {"product": "variability/trends.nc", "sha256": "0123456789abcdef", "rule": "merge_variability"}
NUMBERS = [
    Number("variability", "trend", "2000-2024", "kg m-2 yr-1", 0.0, -0.4712, -2.0349, 1.0892, basis=YEARS),
    Number("variability", "declining", "2000-2024", "1", 0.5, 0.62483, 0.5712, 0.68, basis=YEARS),
    Number("dependence", "negative_share", "monthly, 0-7 cm", "1", 0.5, 0.321, 0.299, 0.343, basis=YEARS),
    Number("variability", "change_of_trend_share", "trend, late minus early", "1", 0.0, -0.0312, -0.05, -0.01),
    Number("dependence", "median_tau", "monthly, 0-7 cm", "1", 0.0, 0.12345),
    Number("dependence", "negative_drivers", "Ta, monthly", "1", 0.0, 17.0, kind=COUNT),
    Number("dependence", "driver_effect", "P on Ta", "1", 0.0, 1234.5, 1200.0, 1300.0, basis=POSTERIOR),
    Number("variability", "step", "missing", "kg m-2", 0.0, math.nan),
]
ORIGINS = {number.quantity: ORIGIN for number in NUMBERS}
ENTRIES = citable.entries(NUMBERS, ORIGINS)


def test_numbers_have_the_digits_that_their_intervals_allow():
    texts = {one["quantity"]: (one["text"], one["text_unit"], one["interval_text"]) for one in ENTRIES.values()}
    assert texts == {
        "trend": ("-0.5", "kg m-2 yr-1", "-2.0 to 1.1"),  # half an interval of 1.56: one decimal
        "declining": ("62", "%", "57 to 68"),  # of 5.4: none
        "negative_share": ("32.1", "%", "29.9 to 34.3"),
        "change_of_trend_share": ("-3.1", "percentage points", "-5.0 to -1.0"),
        "median_tau": ("0.123", "", None),
        "negative_drivers": ("17", "", None),
        "driver_effect": ("1234", "", "1200 to 1300"),
    }
    assert (citable.rounded(-0.004, 2), citable.decimals(1.0, 0.9, 1.1), citable.decimals(1.0, 1.0, 1.0)) == (
        "0.00",
        2,
        2,
    )
    one = ENTRIES["variability.trend.2000-2024"]
    assert (one["value"], one["significant"], one["interval_over"]) == (-0.4712, False, "years")
    assert ENTRIES["dependence.median-tau.monthly-0-7-cm"]["low"] is None
    assert all(one.items() >= ORIGIN.items() for one in ENTRIES.values())
    with pytest.raises(ValueError, match="two of variability.trend.2000-2024"):
        citable.entries([NUMBERS[0], NUMBERS[0]], ORIGINS)


def test_json_reads_back_and_tex_defines_each_number_once():
    run = {"run": "demo", "configuration_hash": "abc"}
    assert json.loads(citable.as_json(ENTRIES, run)) == {"run": run, "numbers": ENTRIES}
    text = citable.as_tex(ENTRIES, run)
    defined = re.findall(r"\\csname vadose@(\w+)@([\w.-]+)\\endcsname\{(.*)\}$", text, re.M)
    assert [(part, key) for part, key, _ in defined] == [
        (part, key) for key in ENTRIES for part in ("value", "unit", "interval")
    ]
    values = {(part, key): value for part, key, value in defined}
    assert values["value", "variability.trend.2000-2024"] == r"\ensuremath{-0.5}"
    assert values["interval", "variability.trend.2000-2024"] == r"\ensuremath{-2.0} to 1.1"
    assert values["unit", "variability.trend.2000-2024"] == r"kg m\ensuremath{^{-2}} yr\ensuremath{^{-1}}"
    assert values["unit", "variability.declining.2000-2024"] == r"\%"
    assert text.count("rule merge_variability") == len(ENTRIES)


SUPPORTED = r"""
Soil moisture of 0-10 cm declined by 0.47 kg m$^{-7}$ yr-9 (95 \% interval -2.0 to 1.09; $p < 0.05$), in 62 \% of the
land from 2000 to 2024 \cite[p. 7]{smith2007}.
% a comment with 99.9
See Fig. 3, Tables 4 and 5 and Eq. 17.2; ERA5-Land and GLDAS V2.1; 10.5194/hess-29-5575-2025. The share fell by
3.1 percentage points; \vadose{dependence.median-tau.monthly-0-7-cm} in 17 models \label{eq:9}
\includegraphics[width=0.5\textwidth]{a7}.
"""


def test_what_the_run_supports_gets_no_remark():
    assert check.remarks(SUPPORTED, ENTRIES, tex=True) == []


@pytest.mark.parametrize(
    "sentence, tex, told",
    [
        ("A trend of 0.48 kg.", True, ["0.48"]),  # rounds otherwise
        ("A trend of +0.47 and of -0.62.", True, ["-0.62"]),
        ("In 62 models", True, ["62"]),  # 62 per cent is the run's number
        ("In 17 % of cells", False, ["17 %"]),
        ("In 32.14% of cells", False, ["32.14 %"]),
        (r"\vadose{dependence.median-tau.monthly-7-28-cm}", True, ["dependence.median-tau.monthly-7-28-cm"]),
        ("tau = \u22120.123", False, ["-0.123"]),
        ("one\ntwo 3.33\n", True, ["3.33"]),
    ],
)
def test_what_it_does_not_support_is_told(sentence, tex, told):
    remarks = check.remarks(sentence, ENTRIES, tex=tex)
    assert [remark.text for remark in remarks] == told
    assert remarks[-1].line == (2 if "\n" in sentence else 1)


def test_the_command_says_lines_and_ends_with_one(tmp_path, root):
    (tmp_path / "numbers.json").write_text(citable.as_json(ENTRIES, {"run": "demo"}), encoding="utf-8")
    (tmp_path / "good.tex").write_text(SUPPORTED, encoding="utf-8")
    (tmp_path / "bad.md").write_text("Half of it: 51.3 %.\n", encoding="utf-8")

    def checked(*names):
        command = [sys.executable, str(root / "workflow_scripts/check_manuscript.py"), *names]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    assert checked("numbers.json", "good.tex") == (0, f"0 remarks; the run has {len(ENTRIES)} numbers.\n")
    code, told = checked("numbers.json", "bad.md")
    assert code == 1 and told.startswith("bad.md:1: 51.3 %: no number of the run rounds to it\n1 remarks")
    assert checked("numbers.json", "gone.tex")[0] == checked("good.tex", "bad.md")[0] == 2
