"""How often intervals over years hold the truth in simulated worlds: the measured table, shipped with the library.

`tests/benchmarks/year_intervals.py` makes the table; the report prints it, and says the rate beside an interval whose
rate leaves the range that 95 % intervals are meant to keep."""

import functools
from pathlib import Path

import pandas as pd

from vadose.files import yaml_files

TABLE = Path(__file__).with_name("coverage_over_years.yaml")
TABLE_OF_DEPENDENCE = Path(__file__).with_name("coverage_over_years_dependence.yaml")
MEANT = (90.0, 97.0)  # %, rates that need no remark
TITLE = (
    "Coverage of intervals over years, in % of simulated worlds, beside that of intervals over places: {cells} cells, "
    "{worlds} worlds of each kind{fewer} (a rate of 95 % is known to {points:.0f} points), {resamples} resamples; "
    "share of the variance that all cells have in common, reach of the spatial correlation in degrees, lag-1 "
    "autocorrelation. Made by {command}"
)


@functools.cache
def measured() -> tuple[pd.DataFrame, str]:
    """The measured rates, one row per number and kind of world, and what they are."""
    return _read(TABLE)


@functools.cache
def measured_dependence() -> tuple[pd.DataFrame, str]:
    """As `measured`, for study B: months of 20 years (`tests/benchmarks/year_intervals_dependence.py`)."""
    return _read(TABLE_OF_DEPENDENCE)


def _read(path: Path) -> tuple[pd.DataFrame, str]:
    content = yaml_files.read(path)
    frame = pd.DataFrame(content["rows"], columns=content["columns"])
    points = 196 * (0.05 * 0.95 / content["worlds"]) ** 0.5
    named = {name: content[name] for name in ("cells", "worlds", "resamples", "command")}
    fewer = f", {content['fewer']}" if "fewer" in content else ""
    return frame, TITLE.format(points=points, fewer=fewer, **named)


def in_short(frame: pd.DataFrame | None = None) -> pd.DataFrame:
    """Least, middle and largest rate of each number over all kinds of world, by length of the record.

    Parameters
    ----------
    frame : DataFrame, optional
        Rates; those of `measured` where not given.
    """
    frame = measured()[0] if frame is None else frame
    rows = []
    for (number, years), part in frame.groupby(["number", "years"], sort=True):
        row = {"number": number, "years": years, "worlds of": len(part)}
        for kind in ("over years", "over places"):
            rates = part[kind].astype(float)
            row |= {f"{kind}, least": rates.min(), f"{kind}, median": rates.median(), f"{kind}, largest": rates.max()}
        rows.append(row)
    return pd.DataFrame(rows)


def remark(number: str, years: int, words: str = "holds the truth") -> str:
    """The same as `rates`, in brackets.

    Parameters
    ----------
    number, years, words
        As in `rates`.
    """
    told = rates(number, years, words)
    return f" ({told})" if told else ""


def rates(number: str, years: int, words: str = "holds the truth") -> str:
    """Rates of an interval where they leave the range they are meant to keep; "" where they do not.

    Parameters
    ----------
    number : str
        Of the table.
    years : int
        Length of the record; the nearest that was simulated counts.
    words : str
        What the interval does.
    """
    frame = pd.concat([measured()[0], measured_dependence()[0]])
    of_number = frame[frame["number"] == number]
    if of_number.empty:
        return ""
    nearest = min(of_number["years"].unique(), key=lambda simulated: abs(simulated - years))
    measured_rates = of_number.loc[of_number["years"] == nearest, "over years"].astype(float)
    least, largest = (round(rate) for rate in (measured_rates.min(), measured_rates.max()))  # as they are printed
    if MEANT[0] <= least and largest <= MEANT[1]:
        return ""
    span = " to ".join(dict.fromkeys((str(least), str(largest))))
    return f"{words} in {span} % of simulated worlds, median {measured_rates.median():.0f} %"
