"""Planted against recovered coefficients of the driver models on the synthetic Earth."""

import numpy as np
import xarray as xr

from vadose.statistics import drivers
from vadose.studies.drivers.tables import usable
from vadose.studies.planted import row

STANDARD_ERRORS = 4.0  # ASSUME: of the cluster-robust errors, for planted against recovered
# ASSUME: native cells on the edge of two planted blocks mean both; residuals average out there, so standardised
# coefficients grow by up to a fifth.
MIXING = 0.2


def recovered_drivers(truth: xr.Dataset, estimates: xr.Dataset, statistics: xr.Dataset) -> list[dict]:
    """Planted against recovered coefficients, monthly, of the ecoregions that have planted drivers.

    Parameters
    ----------
    truth : Dataset
        Product "truth_dependence".
    estimates, statistics : Dataset
        Products "driver_estimates" and "driver_statistics".

    Returns
    -------
    list of dict
        `planted.COLUMNS`: every coefficient with a tolerance of 4 Driscoll-Kraay standard errors and MIXING of its
        size, and the share of right signs among the coefficients that are larger than 4 of these errors. Missing
        where the model did not converge.
    """
    if "monthly" not in estimates["time_scale"].values:
        return []
    means = usable(estimates).sel(time_scale="monthly").transpose("layer", "ecoregion", "response", "term")
    rows = []
    errors = statistics["driscoll_kraay"].sel(time_scale="monthly").transpose("layer", "ecoregion", "response", "term")
    cells = statistics["cells"].sel(time_scale="monthly")
    for code in truth["ecoregion_code"].values:
        planted = truth["driver_coefficient"].sel(ecoregion_code=code)
        for layer in means["layer"].values:
            if layer not in truth["layer"].values or not np.isfinite(planted.sel(layer=layer).values).all():
                continue
            true, mean = planted.sel(layer=layer).values, means.sel(layer=layer, ecoregion=code).values
            number = int(cells.sel(layer=layer, ecoregion=code))
            case = f"ecoregion {code}, layer {layer}"
            spread = STANDARD_ERRORS * errors.sel(layer=layer, ecoregion=code).values
            beyond_errors = np.abs(true) > spread
            reach = spread + MIXING * np.abs(true)
            right = (
                float(np.mean(np.sign(true[beyond_errors]) == np.sign(mean[beyond_errors])))
                if np.isfinite(mean).all() and beyond_errors.any()
                else np.nan
            )
            rows.append(
                row(
                    f"right signs of {beyond_errors.sum()} coefficients beyond their errors (1)",
                    case,
                    1.0,
                    right,
                    0.0,
                    number,
                )
            )
            for r, response in enumerate(drivers.RESPONSES):
                for t, term in enumerate(drivers.TERMS):
                    values = float(true[r, t]), float(mean[r, t]), float(reach[r, t])
                    rows.append(row("driver coefficient (1)", f"{case}, {response} on {term}", *values, number))
    return rows
