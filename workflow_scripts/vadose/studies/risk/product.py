"""The product "risk" from what is fitted with the copulas."""

import numpy as np
import xarray as xr

from vadose.studies.dependence import tables
from vadose.studies.risk.cells import DIMS

SEASONS_IN = 1  # months with their annual cycle have no common rate of events


def split(fitted: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    """Copulas, and the risks that were fitted with them.

    Parameters
    ----------
    fitted : Dataset
        Of `pairs.copulas` with `risk`.

    Returns
    -------
    copulas, risks : Dataset
        Variables of the products of those names.
    """
    risks = fitted[[name for name in fitted.data_vars if "series" in fitted[name].dims]]
    names = list(zip(risks["scale_of_series"].values, risks["annual_cycle_of_series"].values, strict=True))
    reason = np.where(np.isnan(risks["events_per_year"].values), SEASONS_IN, 0).astype(np.int8)
    risks = risks.drop_vars([name for name in risks.coords if "time_scale" in str(name) or "series" in str(name)])
    risks = risks.drop_vars("annual_cycle", errors="ignore").rename(series="time_scale")
    risks = risks.assign_coords(time_scale=[tables.label(*name) for name in names])
    risks["period_reason"] = ("time_scale", reason)
    return fitted.drop_dims(["series", "year", *DIMS]), risks
