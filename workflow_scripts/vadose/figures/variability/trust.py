"""Figures that say how far to trust the rest: false positives of the trend tests, and planted against recovered
values."""

import numpy as np
import pandas as pd
import xarray as xr

from vadose.figures import plots, style
from vadose.figures.drawn import Drawn
from vadose.figures.style import TEST_NAMES
from vadose.studies.depths import dashed
from vadose.studies.variability.recovery import CORRELATION_TOLERANCE, SLOPE_TOLERANCE, TERM_TOLERANCE

TEST_COLOURS = {"original": "#0072B2", "hamed_rao": "#E69F00", "3pw": "#009E73", "block_bootstrap": "#CC79A7"}
TEST_SHORT = {"original": "MK", "hamed_rao": "H&R", "3pw": "3PW", "block_bootstrap": "boot."}
MOST_POINTS = 2000


def false_positives(table: pd.DataFrame, alpha: float) -> Drawn:
    """Share of trend-free series in which each test finds a trend, by length and memory, with two standard errors."""
    lengths = sorted(table["years"].unique())
    memories = sorted(table["lag_one"].unique())
    tests = [name for name in TEST_COLOURS if name in set(table["test"])]
    every_test, table = table, table[table["test"].isin(tests)]
    few = len(lengths) < 3
    wide = 0.954 / len(lengths)
    figure = style.figure("middle" if few else "double", 62)
    indexed = table.set_index(["years", "lag_one", "test"])
    top = 100.0 * np.fmax((table["rate"] + 2 * table["standard_error"]).max(), alpha) * 1.12
    for number, length in enumerate(lengths):
        left = 0.09 if few else 0.065
        axes = figure.add_axes((left + wide * number, 0.15, wide - left + 0.037, 0.68))
        rate = np.array([[indexed.loc[(length, memory, test), "rate"] for test in tests] for memory in memories])
        error = np.array(
            [[indexed.loc[(length, memory, test), "standard_error"] for test in tests] for memory in memories]
        )
        plots.intervals(
            axes,
            100 * rate,
            100 * (rate - 2 * error),
            100 * (rate + 2 * error),
            groups=[f"{memory:g}" for memory in memories],
            members=[TEST_NAMES[test] for test in tests],
            colours=[TEST_COLOURS[test] for test in tests],
            label="False positives (%)" if number == 0 else "",
            decimals=0,
        )
        if number < len(lengths) - 1:  # one key serves all panels, at the right
            for key in list(axes.artists):
                key.remove()
        axes.axhline(100 * alpha, color="#A50026", linewidth=0.7, linestyle=(0, (3, 1.5)), zorder=4)
        axes.set_ylim(0, top)
        axes.set_xlabel("Lag-1 autocorrelation")
        style.title(axes, number, f"{length} years", pad=12)
    caption = (
        f"False positives of the trend tests. {_worst(table, alpha)} Share of series without a trend in which each "
        f"test finds one at the level of {100 * alpha:g} % (dashed), by length and lag-1 autocorrelation of the series "
        "(Gaussian, first-order autoregression), with two standard errors. The file of the data holds the tests for "
        "steps and the trend share too."
    )
    return Drawn(figure, every_test, caption)


def _worst(table: pd.DataFrame, alpha: float) -> str:
    if table["rate"].isna().all():
        return "No test is defined in records so short."
    row = table.loc[table["rate"].idxmax()]
    return (
        f"The largest share is {100 * row['rate']:.0f} % instead of {100 * alpha:g} % ({TEST_NAMES[row['test']]}, "
        f"{row['years']} years, lag-1 autocorrelation {row['lag_one']:g})."
    )


def recovery(table: pd.DataFrame, truth: xr.Dataset, fitted: xr.Dataset, correlated: xr.Dataset | None) -> Drawn:
    """Planted against recovered: slopes of cells, mean contributions, correlations of cells; in a world without trends
    also the false positives.

    Parameters
    ----------
    table : DataFrame
        The table of planted and recovered numbers.
    truth : Dataset
        What was planted in each cell.
    fitted : Dataset
        Product "trends".
    correlated : Dataset or None
        Product "productivity_correlation", where there is one.
    """
    clouds = [_slopes(truth, fitted), _terms(table)] + (
        [_correlations(truth, correlated)] if correlated is not None else []
    )
    clouds = [cloud for cloud in clouds if len(cloud[1])]
    false = table[table["quantity"].str.startswith("false positives")]
    count = len(clouds) + (1 if len(false) else 0)
    figure = style.figure("double", 180.0 / max(3, count) + 6.0)
    wide = 1.0 / max(3, count)
    for number, (name, part, tolerance) in enumerate(clouds):
        axes = figure.add_axes(((number + 0.20) * wide, 0.15, 0.74 * wide, 0.72))
        plots.recovery(
            axes, part["planted"].to_numpy(), part["recovered"].to_numpy(), tolerance, list(part["case"]), label=name
        )
        words = name.split(" (")[0]
        style.title(axes, number, words[:1].upper() + words[1:])
    if len(false):
        axes = figure.add_axes(((len(clouds) + 0.20) * wide, 0.15, 0.76 * wide, 0.72))
        cases = false["case"].str.split(", ", n=1, expand=True)
        periods = list(dict.fromkeys(cases[0]))
        tests = list(dict.fromkeys(cases[1]))
        rate = 100 * false["recovered"].to_numpy().reshape(len(periods), len(tests))
        error = 200 * np.sqrt(
            false["recovered"] * (1 - false["recovered"]) / false["cells"].clip(lower=1)
        ).to_numpy().reshape(rate.shape)
        names = [TEST_SHORT[test] for test in tests]
        colours = [TEST_COLOURS[test] for test in tests]
        groups = [dashed(period) for period in periods]
        options = {
            "groups": groups,
            "members": names,
            "colours": colours,
            "label": "False positives (%)",
            "decimals": 0,
        }
        plots.intervals(axes, rate, rate - error, rate + error, **options)
        style.title(axes, len(clouds), "False positives", pad=10)
    verdicts = table["within"].dropna().astype(bool)
    caption = (
        f"Planted against recovered values on the synthetic Earth. {int(verdicts.sum())} of the {len(verdicts)} "
        "headline numbers with a planted value are recovered within their tolerance (table of recovery); the panels "
        "count single points. Points: Sen's slopes of total soil moisture of all cells and periods; mean contributions "
        "of the terms"
        + (
            "; correlations of soil moisture with productivity of cells, seasons and layers (a sample)"
            if correlated is not None
            else ""
        )
        + "."
        + (" Bars: share of cells in which each test finds a trend where none was planted." if len(false) else "")
    )
    return Drawn(figure, table, caption)


def _thinned(planted: np.ndarray, recovered: np.ndarray) -> pd.DataFrame:
    valid = np.flatnonzero(np.isfinite(planted) & np.isfinite(recovered))
    valid = valid[:: max(1, valid.size // MOST_POINTS)]
    return pd.DataFrame({"planted": planted[valid], "recovered": recovered[valid], "case": ""})


def _slopes(truth: xr.Dataset, fitted: xr.Dataset) -> tuple[str, pd.DataFrame, float]:
    periods = [period for period in truth["period"].values if period in fitted["period"].values]
    slope = fitted["slope"].sel(period=periods).values[:, :, 0]
    name = style.label("Sen's slope", "kg m-2 yr-1")
    return (
        name,
        _thinned(truth["trend_sen"].sel(period=periods).values.ravel(), slope.ravel()),
        SLOPE_TOLERANCE,
    )


def _terms(table: pd.DataFrame) -> tuple[str, pd.DataFrame, float]:
    part = table[(table["quantity"] == "mean contribution of a term (1)") & table["planted"].notna()]
    return "mean contribution of a term", part, TERM_TOLERANCE


def _correlations(truth: xr.Dataset, correlated: xr.Dataset) -> tuple[str, pd.DataFrame, float]:
    recovered = correlated["r"].sel(detrend="none").values
    return (
        "correlation with productivity",
        _thinned(truth["gpp_correlation"].values.ravel(), recovered.ravel()),
        CORRELATION_TOLERANCE,
    )
