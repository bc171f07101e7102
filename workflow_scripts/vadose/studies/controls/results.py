"""Controls of soil moisture as labelled results: every cell, layer and time scale, with masks, reasons and stability
(docs/methods.md#b4)."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from vadose.core import time_scales
from vadose.core.arrays import AnyArray, Array
from vadose.statistics import ridge
from vadose.statistics.ridge import regression
from vadose.studies.controls.predictors import PUBLISHED, Predictors, predictors_of
from vadose.studies.frozen_months import MonthSet

# Beyond ridge.REASONS, which say why a cell could not be fitted.
EDGE, NO_COEFFICIENT = 7, 8
REASON_NAMES = {
    **ridge.REASONS,
    EDGE: "penalty on the edge of its grid: masked",
    NO_COEFFICIENT: "no control has a coefficient",
}
COLOURED = (0, 1)  # reasons of cells that have shares
# ASSUME: blocks of three years keep what memory annual soil moisture has; blocks of twelve months keep the seasonal
# cycle whole.
BLOCK = {"monthly": 12}
YEARLY_BLOCK = 3
FEWEST_STEPS = 10
FIELDS = {  # variable: dimensions after the cell
    "coefficient": ("predictor",),
    "penalty": (),
    "share": ("control",),
    "rgb": ("channel",),
    "dominant": (),
    "strong": (),
    "reason": (),
    "n": (),
    "stability": (),
    "frequency": ("control",),
}


def fit_time_scales(
    monthly: Sequence[Array],
    soil_moisture: Array,
    times: AnyArray,
    chosen: Predictors = PUBLISHED,
    months: MonthSet | None = None,
    **options,
) -> xr.Dataset:
    """Ridge regressions of all layers on every time scale.

    Parameters
    ----------
    monthly : (cell, time) arrays
        One for each predictor: as published wet days, precipitation (kg m-2), evapotranspiration (kg m-2), air
        temperature (K).
    soil_moisture : (cell, layer, time) array, kg m-2
    times : (time,) datetime64 array
        Month starts of whole years.
    chosen : Predictors
        What the arrays are, and which of them share.
    months : MonthSet, optional
        Months that are left in at the monthly time scale, and how many of them a cell needs.
    **options
        As in `fit_scale`.

    Returns
    -------
    Dataset
        Variables of the product "controls", with all labels but those of cells and layers.
    """
    fitted = []
    for time_scale in time_scales.SCALES:
        predictors = predictors_of(*monthly, times, time_scale, chosen=chosen)
        response, fewest = response_of(soil_moisture, times, time_scale, months)
        fitted.append(fit_scale(predictors, response, time_scale, len(chosen.controls), fewest=fewest, **options))
    whole = xr.concat(fitted, "time_scale").transpose("cell", "time_scale", "layer", ...)
    return whole.assign_coords(
        time_scale=list(time_scales.SCALES),
        predictor=list(chosen.names),
        control=list(chosen.labels),
        **({"channel": ["red", "green", "blue"]} if "rgb" in whole else {}),
    )


def response_of(soil_moisture: Array, times: AnyArray, time_scale: str, months: MonthSet | None) -> tuple[Array, int]:
    """Soil moisture on a time scale, and how many of its steps a cell needs.

    Parameters
    ----------
    soil_moisture : (cell, layer, time) array, kg m-2
    times : (time,) datetime64 array
        Month starts of whole years.
    time_scale : str
        Of `time_scales.SCALES`.
    months : MonthSet, optional
        Months that are left in at the monthly time scale.

    Returns
    -------
    (cell, layer, step) array, int
    """
    response = time_scales.aggregate(soil_moisture, times, time_scale, "mean")
    if months is None or time_scale != "monthly":
        return response, FEWEST_STEPS
    return months.left_in(response), months.fewest


def fit_scale(
    predictors: Array,
    soil_moisture: Array,
    time_scale: str,
    controls: int = 3,
    *,
    choose: str,
    penalty: float,
    strong_share: float,
    replicates: int,
    seed: int,
    fewest: int = FEWEST_STEPS,
) -> xr.Dataset:
    """Ridge regressions of all layers on one time scale.

    Parameters
    ----------
    predictors : (cell, step, predictor) array
        From `predictors_of`.
    soil_moisture : (cell, layer, step) array, kg m-2
        On the same time scale.
    time_scale : str
        Chooses the length of the bootstrap's blocks.
    controls : int
        Predictors that share, the first ones.
    choose : {"gcv", "loo", "fixed"}
        How the penalty is chosen (`dependence.ridge.penalty_choice`).
    penalty : float
        Of all cells where `choose` is "fixed".
    strong_share : float
        Share above which a control is strong.
    replicates : int
        Of the block bootstrap; 0 leaves stability out.
    seed : int
        Of the bootstrap: the same block positions in all cells and layers.
    fewest : int
        Complete steps that a cell needs.

    Returns
    -------
    Dataset
        Variables of the product "controls" without their time scale. Where the penalty sits on the edge of its grid,
        coefficients stay and all that is made of shares is missing.
    """
    how = (time_scale, controls, choose, penalty, strong_share, replicates, seed, fewest)
    layers = [_fit_layer(predictors, soil_moisture[:, layer], *how) for layer in range(soil_moisture.shape[1])]
    names = list(layers[0])
    return xr.Dataset(
        {name: (("cell", "layer", *FIELDS[name]), np.stack([part[name] for part in layers], axis=1)) for name in names}
    )


def _fit_layer(
    predictors: Array,
    response: Array,
    time_scale: str,
    controls: int,
    choose: str,
    penalty: float,
    strong_share: float,
    replicates: int,
    seed: int,
    fewest: int,
) -> dict[str, Array]:
    fitted = regression.fit(predictors, response, choose=choose, penalty=penalty, controls=controls, minimum=fewest)
    # A single penalty has no grid on whose edge it could sit.
    masked, _ = (fitted, 0) if choose == "fixed" else regression.mask_edges(fitted)
    coloured = np.isfinite(masked.share).all(axis=1)
    reason = np.where(np.isin(fitted.reason, COLOURED) & ~coloured, NO_COEFFICIENT, fitted.reason)
    if choose != "fixed":
        reason = np.where(np.isin(fitted.reason, COLOURED) & fitted.at_edge, EDGE, reason)
    fields = {
        "coefficient": fitted.coefficients,
        "penalty": fitted.penalty,
        "share": masked.share,
        "dominant": regression.dominant_control(masked.share),
        "strong": regression.strong_control(masked.share, strong_share),
        "reason": reason.astype(np.int8),
        "n": fitted.n.astype(np.int32),
    }
    if controls == 3:  # the colour of the ternary map
        fields["rgb"] = regression.rgb(masked.share)
    if replicates:
        # Leave-one-out is no choice for repeated rows (ridge.dominance_stability): its bootstrap takes generalised
        # cross-validation.
        block = min(BLOCK.get(time_scale, YEARLY_BLOCK), response.shape[1])
        resampled = regression.dominance_stability(
            predictors,
            response,
            block=block,
            replicates=replicates,
            choose="gcv" if choose == "loo" else choose,
            penalty=penalty,
            controls=controls,
            seed=seed,
        )
        fields["stability"] = np.where(coloured, resampled.stability, np.nan)
        fields["frequency"] = np.where(coloured[:, None], resampled.frequency, np.nan)
    return fields
