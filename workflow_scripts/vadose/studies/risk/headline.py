"""Headline numbers of the risk of dry and of wet soil, for tables of sensitivity and for manuscripts."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from vadose.studies.depths import depth_cm
from vadose.studies.risk import regions
from vadose.studies.sensitivity.plan import Reading
from vadose.studies.sensitivity.verdicts import YEARS, Number

SHARE = 1  # position of 20 % among the thresholds
QUANTITIES = {"dry": "dry_probability_share", "wet": "wet_probability_share"}


def risks(files: Mapping[str, xr.Dataset], reading: Reading, levels: object) -> list[Number]:
    """Mean probabilities of dry soil given little precipitation, and of wet soil given much, at 20 % of both; without
    dependence 0.2."""
    product, rows = files["risk"], []
    for scale, layer in np.ndindex(product.sizes["time_scale"], product.sizes["layer"]):
        part = product.isel(time_scale=scale, layer=layer)
        total = regions.sums(part, np.zeros(part.sizes["cell"], dtype=int), 1)
        own = regions.Sums(*(sums[0, int(reading.weight == "area")] for sums in total))
        case = f"{part['time_scale'].values}, {depth_cm(product, layer)} cm"
        for number, name in enumerate(QUANTITIES.values()):
            if own.cells[0] > 0:
                numbers = regions.mean(own, (number, SHARE, SHARE))
                interval = (numbers[side] for side in ("probability", "low", "high"))
                rows.append(Number("dependence", name, case, "1", regions.SHARES[SHARE], *interval, basis=YEARS))
    return rows
