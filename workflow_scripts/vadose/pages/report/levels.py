"""How often each test of study B speaks where there is nothing to be found: the measured table, shipped with the
library.

`tests/benchmarks/dependence_levels.py` makes the table; the report prints it beside the tables of the tests, and says
the rates beside a result whose test leaves a level of 5 % by more than two points, in proportion for other levels."""

import functools
from pathlib import Path

import pandas as pd

from vadose.files import yaml_files

TABLE = Path(__file__).with_name("levels_of_tests.yaml")
ALPHA = 0.05  # level of the table
POINTS = 2.0  # %, from the level of 5 %; in proportion for others
MOST_IN_FIELD = 1.0  # %, of cells by the false discovery rate, where nothing is to be found in any
LEVEL_OF_FIELD = 10  # %
TITLE = "Levels of the tests of study B, in % of simulated worlds in which there is nothing to be found"
# Tests behind the results that a table of study B prints.
BEHIND = {
    "negative_shares": ("interval of tau-b wholly below zero",),
    "copula_families": ("independence", "independence, annual cycle kept"),
    "copula_tails": ("independence", "independence, annual cycle kept"),
    "optimal_lags": tuple(
        f"dependence at any lag{kind}{cycle}"
        for kind in ("", ", p for the field")
        for cycle in ("", ", annual cycle kept")
    ),
    "lag_profiles": ("tau of a lag outside its band",),
    "memory": ("any tau outside the band of all",),
    "lead_lag": ("soil moisture leads", "precipitation leads"),
    "lead_lag_panel": (
        "soil moisture leads in a region, errors by years",
        "soil moisture leads in a region, errors by Driscoll and Kraay",
    ),
    "dependence_changes": tuple(
        f"change of dependence, {part}" for part in ("halves", "windows", "windows, p up to 0.002", "an unknown year")
    ),
    "partial_dependence": tuple(
        f"negative dependence that is left, {name}" for name in ("partial tau", "partial rank correlation", "vine")
    ),
}


@functools.cache
def measured() -> tuple[pd.DataFrame, str]:
    """The measured rates, one row per test and kind of series, and the command that makes them."""
    content = yaml_files.read(TABLE)
    return pd.DataFrame(content["rows"], columns=content["columns"]), content["command"]


def in_short() -> pd.DataFrame:
    """Least and largest rate of each test and length of series over all memories and kinds of series."""
    frame = measured()[0]
    lengths = frame["series"].str.partition(",")[0].rename("length")
    rows = []
    for (test, length), part in frame.groupby(["test", lengths], sort=False):
        row = {"test": test, "series": length, "kinds": len(part), "level wanted": part["level wanted"].iloc[0]}
        row |= {"rejected, least": part["rejected"].min(), "rejected, largest": part["rejected"].max()}
        rows.append(row | {"in the field, largest": part["in the field"].astype(float).max()})
    return pd.DataFrame(rows)


def between(test: str) -> str:
    """Least and largest rate of a test over all its series, in words."""
    rates = _of(test)["rejected"]
    return f"{rates.min():.3g} to {rates.max():.3g} %"


def by_chance(test: str, alpha: float) -> str:
    """How often a test speaks where there is nothing to be found, in words.

    Parameters
    ----------
    test : str
        Of the table.
    alpha : float
        Level of single tests of the run; the table has that of 5 %.
    """
    return f"about {100 * alpha:g} % by chance (at {100 * ALPHA:g} %: {between(test)} of simulated worlds)"


def remark(test: str) -> str:
    """Rates of a test where they leave its level; "" where they do not.

    Parameters
    ----------
    test : str
        Of the table.
    """
    part = _of(test)
    wanted, field = float(part["level wanted"].iloc[0]), part["in the field"].astype(float).max()
    off = (part["rejected"] - wanted).abs().max() > POINTS * wanted / 5.0
    if not off and not field > MOST_IN_FIELD:
        return ""
    told = f"{test}: {between(test)} instead of {wanted:g} % where there is nothing to be found"
    return told + (f", up to {field:.3g} % in the field" if field > MOST_IN_FIELD else "")


def beside(table: str) -> str:
    """A sentence on the tests behind a table of study B that leave their level; "" where all keep it.

    Parameters
    ----------
    table : str
        Its name.
    """
    remarks = [told for test in BEHIND.get(table, ()) if (told := remark(test))]
    return f"Tests off their level in simulated worlds: {'; '.join(remarks)}." if remarks else ""


def _of(test: str) -> pd.DataFrame:
    frame = measured()[0]
    return frame[frame["test"] == test]
