"""Study B in the atlas: Kendall's tau, tails, families, lags and controls; pairs with their copula, lag curves and
shares of each cell."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.figures import strength, style
from vadose.figures.control_colours import control_colours
from vadose.files import products
from vadose.pages.atlas import changes, mechanism, packing
from vadose.pages.atlas.content import CELLS_AT_ONCE, Content, layer_names, numbered, pieces_of
from vadose.statistics import copula
from vadose.statistics.copula.flags import AT_BOUND, TIED, UNDETERMINED

# Merged products of the map, in the order in which `content` takes them.
PRODUCTS = (
    "copulas",
    "lags",
    "dependence_tests",
    "controls",
    "lead_lag",
    "lead_lag_tests",
    "partial_dependence",
    "memory",
    "dependence_changes",
    "risk",
    "frozen_months",
)
TAU_STEP, SHARE_STEP = 0.001, 0.001
RISK_SHARE = 0.2  # of the values that count as dry, or wet
DENSITY_CELLS = 12  # of the unit square, either way
DENSITY_TOP = 4.0  # densities above count as this
# What stands behind the name of a family, and the colours of the last two in the map of families.
TRUST, BENT, NO_DEPENDENCE = ("", "undetermined", "tied or on a bound", "no dependence"), 2, 3
TRUST_COLOURS = ("#F1CEE1", "#3B3B3B")
# Families by kind, for a map that can be read: rotations share the colour of their family.
KINDS = {
    "independence": ("#D9D9D9", (0,)),
    "Gaussian, t, Frank": ("#4C78A8", (1, 2, 5)),
    "Clayton": ("#EE861D", (3, 13, 23, 33)),
    "Gumbel": ("#376900", (4, 14, 24, 34)),
    "Joe": ("#B67F84", (6, 16, 26, 36)),
    "BB1, BB6, BB7, BB8": ("#803C57", (7, 8, 9, 10, 17, 18, 19, 20, 27, 28, 29, 30, 37, 38, 39, 40)),
    "Tawn": ("#FFF4AC", (104, 114, 124, 134, 204, 214, 224, 234)),
}


def content(
    fitted: xr.Dataset,
    measured: xr.Dataset,
    tested: xr.Dataset,
    controls: xr.Dataset | None,
    lead_lag: xr.Dataset | None,
    lead_lag_tests: xr.Dataset | None,
    partial_dependence: xr.Dataset | None,
    memory: xr.Dataset | None,
    dependence_changes: xr.Dataset | None,
    risks: xr.Dataset | None,
    frozen_months: xr.Dataset | None,
    pairs: packing.Packed,
    alpha: float,
) -> Content:
    """What the atlas shows of study B.

    Parameters
    ----------
    fitted, measured, tested : Dataset
        Products "copulas", "lags", "dependence_tests" on the same cells.
    controls : Dataset, optional
        Product "controls".
    lead_lag, lead_lag_tests, partial_dependence, memory, dependence_changes : Dataset, optional
        Products of those names.
    risks : Dataset, optional
        Product "risk".
    frozen_months : Dataset, optional
        Product of that name.
    pairs : Packed
        From `monthly_pairs`.
    alpha : float
        Level of single tests.
    """
    shown_study = Content("dependence", "Dependence of soil moisture on precipitation", fitted)
    layers = layer_names(fitted)
    scales = [str(s) for s in fitted["time_scale"].values]
    shown_study.facts = {
        "layers": layers,
        "layerColours": style.layer_colours(len(layers)),
        "scales": scales,
        "trust": list(TRUST),
        "families": {str(code): name for code, name in copula.FAMILIES.items()},
        "annual_cycles": [str(c) for c in measured["annual_cycle"].values],
        "lags": [int(lag) for lag in measured["lag"].values],
        "densityTop": DENSITY_TOP,
        "densityCells": DENSITY_CELLS,
    }
    _copulas(shown_study, fitted, tested["independence_rejected"].values, scales, layers)
    _lags(shown_study, measured, tested, layers)
    if controls is not None:
        _controls(shown_study, controls, layers)
    if lead_lag is not None and lead_lag_tests is not None:
        mechanism.lead_lags(shown_study, lead_lag, lead_lag_tests)
    if partial_dependence is not None:
        mechanism.partial_dependence(shown_study, partial_dependence)
    if memory is not None:
        mechanism.memories(shown_study, memory)
    if dependence_changes is not None:
        changes.of_dependence(shown_study, dependence_changes, layers, alpha)
    if risks is not None:
        _risks(shown_study, risks, layers)
    if frozen_months is not None:
        mechanism.frozen_months(shown_study, frozen_months)
    if "monthly" in scales:
        shown_study.arrays["pairs"] = pairs
        shown_study.arrays["density"] = _density(fitted.sel(time_scale="monthly"))
    return shown_study


def _copulas(content: Content, fitted: xr.Dataset, dependent: Array, scales: list[str], layers: list[str]) -> None:
    cells = fitted.sizes["cell"]
    stacked = np.stack([fitted[name].values for name in ("tau", "lower", "upper")], axis=-1)
    content.store("copula", stacked, TAU_STEP)
    # As in the tables, only of cells that have a copula: one denominator for all shares.
    names = [name for name in ("kendall", "tau_low", "tau_high") if name in fitted]
    of_copulas = fitted[names].where(np.isfinite(fitted["tau"]))
    content.store("tau_b", of_copulas["kendall"].values, TAU_STEP)
    kind_of = {code: number for number, (_, codes) in enumerate(KINDS.values()) for code in codes}
    family = fitted["family"].values
    content.store("family", np.where(fitted["reason"].values == 0, family, np.nan), 1.0)
    kinds = np.vectorize(lambda code: kind_of.get(int(code), -1), otypes=[float])(
        np.where(np.isfinite(family), family, -1)
    )
    trust = _trust(fitted["flags"].values, dependent)
    kinds = np.where(trust >= BENT, len(KINDS) + trust - BENT, kinds)
    content.store("kind", np.where(fitted["reason"].values == 0, kinds, np.nan), 1.0)
    content.store("trust", np.where(fitted["reason"].values == 0, trust, np.nan), 1.0)
    certain = "tau_low" in fitted
    if certain:
        limits = np.stack([of_copulas[name].values for name in ("tau_low", "tau_high")], axis=-1)
        content.store("tau_interval", limits, TAU_STEP)
        content.store("tau_width", limits[..., 1] - limits[..., 0], TAU_STEP)
        sure = (np.nan_to_num(limits[..., 0], nan=-1.0) > 0) | (np.nan_to_num(limits[..., 1], nan=1.0) < 0)
        content.store("tau_certain", sure.reshape(cells, len(scales), len(layers)).astype(float), 1.0)
    tau = strength.association("Kendall's tau of precipitation and soil moisture")
    tail = [strength.association(f"{side} tail dependence", signed=False) for side in ("Lower", "Upper")]
    kinds = style.classes(
        [*KINDS, *TRUST[BENT:]], [*(colour for colour, _ in KINDS.values()), *TRUST_COLOURS], "Family of the copula"
    )
    single, triple = numbered(len(scales), len(layers)), numbered(len(scales), len(layers), stacked.shape[-1])
    mask = "tau_certain" if certain else ""
    for place, scale in enumerate(scales):
        content.table([f"Kendall's tau-b, {scale}"], layers, tau, "tau_b", mask=mask, columns=single[place])
        content.table([f"Tau of the copula, {scale}"], layers, tau, "copula", columns=triple[place, :, 0])
        for side, name in enumerate(("Lower", "Upper")):
            group = [f"{name} tail dependence, {scale}"]
            content.table(group, layers, tail[side], "copula", columns=triple[place, :, 1 + side])
        content.table([f"Copula family, {scale}"], layers, kinds, "kind", columns=single[place])
    if certain:
        for place, scale in enumerate(scales):
            width = limits[:, place, :, 1] - limits[:, place, :, 0]
            wide = style.sequential(width, "Width of the 95 % interval of tau-b", "1")
            content.table([f"Interval width of tau-b, {scale}"], layers, wide, "tau_width", columns=single[place])


def _trust(flags: Array, dependent: Array) -> Array:
    """Positions in TRUST: what stands behind the name of a family."""
    bent = flags & (TIED | AT_BOUND) > 0
    return np.select([dependent != 1, bent, flags & UNDETERMINED > 0], [NO_DEPENDENCE, BENT, 1], default=0)


def _lags(content: Content, measured: xr.Dataset, tested: xr.Dataset, layers: list[str]) -> None:
    cycles = content.facts["annual_cycles"]
    last = content.facts["lags"][-1]
    content.store("lag_tau", measured["tau"].values, TAU_STEP)
    content.store(
        "optimal", np.stack([measured["optimal_lag"].values, measured["optimal_tau"].values], axis=-1), TAU_STEP
    )
    content.store("lag_rejected", tested["lag_rejected"].values.astype(float), 1.0)
    months = style.integers(0, last, "Lag of the largest |tau|", "months")
    tau = strength.association("Kendall's tau at that lag")
    columns, marks = numbered(len(cycles), len(layers), 2), numbered(len(cycles), len(layers))
    kinds = (("Optimal lag", months, "months"), ("Tau at the optimal lag", tau, "1"))
    for (place, cycle), (which, (name, scale, unit)) in itertools.product(enumerate(cycles), enumerate(kinds)):
        chosen = {"columns": columns[place, :, which], "marks": marks[place]}
        content.table([f"{name}, annual cycle {cycle}"], layers, scale, "optimal", unit, "lag_rejected", **chosen)


def _controls(content: Content, controls: xr.Dataset, layers: list[str]) -> None:
    scales = [str(s) for s in controls["time_scale"].values]
    content.store("share", controls["share"].values, SHARE_STEP)
    content.store("dominant", np.where(controls["dominant"].values >= 0, controls["dominant"].values, np.nan), 1.0)
    if "stability" in controls:
        content.store("stability", controls["stability"].values, SHARE_STEP)
        stable = style.sequential(controls["stability"].values, "Share of replicates", "1", limits=(0.0, 1.0), steps=10)
        content.table([f"Stability of the largest control, {scale}" for scale in scales], layers, stable, "stability")
    names = [str(name) for name in controls["control"].values]
    colours = control_colours(len(names))
    content.facts |= {"controlScales": scales, "controls": names, "controlColours": colours}
    classes = style.classes(names, colours, "Largest control")
    share = style.sequential(controls["share"].values, "Share of the coefficients", "1", limits=(0.0, 1.0), steps=10)
    largest, shares = numbered(len(scales), len(layers)), numbered(len(scales), len(layers), len(names))
    for place, scale in enumerate(scales):
        content.table([f"Largest control, {scale}"], layers, classes, "dominant", columns=largest[place])
        groups = [f"Share of {control}, {scale}" for control in names]
        content.table(groups, layers, share, "share", columns=shares[place].T)


def _risks(content: Content, risks: xr.Dataset, layers: list[str]) -> None:
    """Probabilities at equal thresholds of 20 %, hatched where their interval holds that without dependence."""
    chosen = risks.sel(precipitation_share=RISK_SHARE, soil_moisture_share=RISK_SHARE)
    content.store("risk", chosen["probability"].values, SHARE_STEP)
    certain = (chosen["low"].values > RISK_SHARE) | (chosen["high"].values < RISK_SHARE)
    content.store("risk_certain", certain.astype(float), 1.0)
    words = f"Probability, without dependence {RISK_SHARE:g}"
    scale = style.diverging(
        chosen["probability"].values, words, "1", limit=0.4, centre=RISK_SHARE, colours=style.ASSOCIATION
    )
    events = {"dry": "Dry soil after little precipitation", "wet": "Wet soil after much precipitation"}
    names = [str(name) for name in risks["time_scale"].values]
    groups = [f"{events[str(event)]}, {series}" for series in names for event in risks["event"].values]
    columns = numbered(len(names), len(layers), len(events)).transpose(0, 2, 1)  # stored by time scale, layer, event
    content.table(groups, layers, scale, "risk", "1", "risk_certain", columns)


def monthly_pairs(precipitation: Array, soil_moisture: Array) -> packing.Packed:
    """Pseudo-observations as (series, month): precipitation first, then each layer.

    Parameters
    ----------
    precipitation : (cell, time) array, kg m-2
        Monthly sums.
    soil_moisture : (cell, layer, time) array, kg m-2
        Monthly means.
    """
    everything = np.concatenate([precipitation[:, None], soil_moisture], axis=1)
    complete = np.isfinite(everything).all(axis=1, keepdims=True)
    ranked = copula.pseudo_observations(np.where(complete, everything, np.nan).reshape(-1, everything.shape[-1]))
    return packing.quantise_share(ranked.reshape(everything.shape))


def pairs_of(precipitation: Sequence[Path], soil_moisture: Sequence[Path], cells: int) -> packing.Packed:
    """`monthly_pairs` of all cells, from files of the prepared months."""
    pieces = []
    for piece in pieces_of(cells):
        amounts = products.read(precipitation, "precipitation", tile=piece)["precipitation"].values
        moistures = products.read(soil_moisture, "soil_moisture", tile=piece)["soil_moisture"].values
        pieces.append(monthly_pairs(amounts, moistures))
    return packing.joined(pieces)


def _density(fitted: xr.Dataset) -> packing.Packed:
    """Density of the fitted copula on a raster; some cells after others, since each has hundreds of numbers."""
    pieces = []
    for start in range(0, fitted.sizes["cell"], CELLS_AT_ONCE):
        here = slice(start, start + CELLS_AT_ONCE)
        family, par, par2 = (fitted[name].values[here] for name in ("family", "par", "par2"))
        pieces.append(packing.quantise_share(densities(family, par, par2) / DENSITY_TOP))
    return packing.joined(pieces)


def densities(family: Array, par: Array, par2: Array) -> Array:
    """Copula density at the centres of a raster of the unit square.

    Parameters
    ----------
    family, par, par2 : (cell, layer) arrays
        Fitted copulas; NaN or a code that is no family is missing.

    Returns
    -------
    (cell, layer, v, u) array
        Clipped to DENSITY_TOP.
    """
    centres = (np.arange(DENSITY_CELLS) + 0.5) / DENSITY_CELLS
    v, u = np.meshgrid(centres, centres, indexing="ij")
    out = np.full((*family.shape, DENSITY_CELLS, DENSITY_CELLS), np.nan)
    codes = np.where(np.isfinite(family), family, -1).astype(int)
    for code in np.unique(codes[np.isin(codes, copula.CODES)]):
        here = codes == code
        logarithm = copula.log_density(int(code), u, v, par[here][:, None, None], par2[here][:, None, None])
        out[here] = np.exp(np.minimum(logarithm, np.log(DENSITY_TOP)))
    return out
