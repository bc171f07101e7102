"""One row of the headline findings."""

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.statistics.numeric.block_interval import block_interval

HELD, CHANGED = "interval over years in simulated worlds", "change from the first to the last period"
COLUMNS = ["finding", "estimate", "unit", "95 % interval over years", HELD, "95 % interval over places"]
COLUMNS += [CHANGED, "for judging it"]
NOT_COMPUTED = "not computed"


def also(text: str) -> str:
    """A further part of what helps to judge a number; nothing for nothing."""
    return f"; {text}" if text else ""


def row_of(
    finding: str,
    values: Array,
    where: xr.Dataset,
    unit: str,
    judging: str,
    seed: int,
    over_years: str = NOT_COMPUTED,
    simulated: str = "",
    change: str = "",
) -> dict:
    """A row of the findings: the mean of `values` over cells with its interval over places.

    Parameters
    ----------
    finding : str
        Name of the number.
    values : (cell,) array
        Missing is NaN.
    where : Dataset
        With lat and lon of the cells.
    unit, judging : str
        Of the number; what helps to judge it.
    seed : int
        Of the interval over places.
    over_years : str
        Its interval over years.
    simulated : str
        How often such an interval holds the truth, from `coverage.rates`.
    change : str
        What the number did from the first to the last period, with an interval.
    """
    low, high = block_interval(values, where["lat"].values, where["lon"].values, seed=seed)
    mean = float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
    over_places = f"{low:.3g} to {high:.3g}" if np.isfinite(low) else "too few blocks"
    return dict(zip(COLUMNS, (finding, mean, unit, over_years, simulated, over_places, change, judging), strict=True))


def beside_share(attributed: xr.Dataset, period: str, null: float) -> str:
    """What must be known to read the share of the trend: that of trend-free series, and what is no trend's alone.

    Parameters
    ----------
    attributed : Dataset
        Product "attribution".
    period : str
    null : float
        Share of a straight line in trend-free series, 0 to 1.
    """
    of_line = f"{100 * null:.3g} %"
    if "cross" not in attributed:
        return f"trend-free series of this length and memory give {of_line}: only the rest speaks for a trend"
    terms = attributed["cross"].sel(period=period)
    crossed = 100.0 * float(terms.sum(("dynamics", "season", "layer"), skipna=False).mean())
    return (
        f"the trend is no line (variability.attribution.trend); {crossed:.3g} % of the variance is covariance of trend "
        f"and interannual variability; straight lines take {of_line} of trend-free series"
    )
