"""Headline numbers of copulas: negative dependence, tau, significance and tails, by time scale and layer."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from vadose.core.arrays import Array
from vadose.core.time_scales import PARTS
from vadose.statistics.copula.flags import TIED
from vadose.statistics.year_blocks import year_counts
from vadose.statistics.year_intervals import FEWEST_YEARS
from vadose.studies.dependence import tables
from vadose.studies.depths import depth
from vadose.studies.mechanism import changes, partial_dependence
from vadose.studies.sensitivity import years
from vadose.studies.sensitivity.intervals import mean_of, median_interval, of_cells
from vadose.studies.sensitivity.plan import Reading
from vadose.studies.sensitivity.verdicts import Levels, Number, kind_of

# Numbers of study B -> quantities of the product "dependence_resamples".
RESAMPLED = {"negative_share": "negative", "copula_negative_share": "copula_negative", "certain_negative": "certain"}


def copulas(files: Mapping[str, xr.Dataset], reading: Reading, levels: Levels) -> list[Number]:
    """Negative dependence, median tau, significance and asymmetry of the tails, by time scale and layer; the shares of
    negative dependence in resampled years too."""
    fitted, rows = files["copulas"], []
    series = tables.series_of(fitted)
    if reading.given:
        series = partial_dependence.in_place_of(series, files["partial_dependence"])
    if reading.half:
        series = changes.in_place_of(series, files["dependence_changes"], reading.half)
    for time_scale, labels in _parts(fitted, reading).items():
        for number in range(fitted.sizes["layer"]):
            case = f"{time_scale}, {depth(fitted, number)}"
            parts = [_of_copulas(series[label].isel(layer=number), reading, levels) for label in labels]
            # The mean over parts of the year, of cells that have a copula in each.
            cells = {name: np.mean([part[name][1] for part in parts], axis=0) for name in parts[0]}
            tau = cells.pop("median_tau")
            for quantity, values in cells.items():
                reference = parts[0][quantity][0]
                interval = mean_of(values, fitted, reading, levels.seed)
                share = Number("dependence", quantity, case, "1", reference, *interval, kind_of(quantity))
                name = "certain" if quantity == "negative_share" and reading.interval else RESAMPLED.get(quantity)
                name = None if reading.untied or reading.given or reading.half else name
                key = years.Key("dependence_resamples", name, time_scale=labels, layer=number) if name else None
                halved = reading.half and quantity == "negative_share" and time_scale == "monthly"
                drawn = _of_half(files, number, reading, levels.seed) if halved else None
                rows.append(years.with_years(of_cells(share, values, fitted, reading), key, files, reading, drawn))
            area = fitted["area"].values if reading.weight == "area" else None
            interval = median_interval(tau, fitted, levels.seed, area)
            median = Number("dependence", "median_tau", case, "1", 0.0, *interval)
            rows.append(years.with_years(median, None, files, reading))
    return rows


def _of_half(files: Mapping[str, xr.Dataset], layer: int, reading: Reading, seed: int) -> years.Resamples | None:
    """Of the share of negative tau-b in a half of the record, in the draws of years that the run has; None without."""
    if "dependence_resamples" not in files:
        return None
    measured = files["dependence_changes"].sel(annual_cycle=reading.cycle).isel(layer=layer)
    area = files["copulas"]["area"].values
    counts = year_counts(measured.sizes["year"], files["dependence_resamples"].sizes["resample"], seed)[1:]
    weight = area if reading.weight == "area" else np.ones(area.size)
    share, of_years = changes.negative_in_resamples(measured, reading.half, counts, weight)
    count = int(np.isfinite(measured["tau_half"].sel(half=reading.half)).sum())
    return years.Resamples(share, float(of_years) if of_years >= FEWEST_YEARS else float("nan"), count)


def _parts(fitted: xr.Dataset, reading: Reading) -> dict[str, tuple[str, ...]]:
    """Series of copulas by the time scale whose numbers they give: one each, or the parts of the year for monthly."""
    labels = {}
    for scale, treated in zip(fitted["time_scale"].values, fitted["annual_cycle_of_time_scale"].values, strict=True):
        labels[str(scale)] = tables.label(str(scale), reading.cycle if scale == "monthly" else str(treated))
    if not reading.within:
        return {scale: (label,) for scale, label in labels.items()}
    parts = tuple(labels.get(scale, "") for scale in PARTS[reading.within])
    return {"monthly": parts} if all(parts) else {}


def _of_copulas(one: xr.Dataset, reading: Reading, levels: Levels) -> dict[str, tuple[float, Array]]:
    """Of one series and layer by quantity: what a share is held against, and the value of each cell."""
    tau = one["tau"].values
    if reading.untied:
        tau = np.where(one["flags"].values & TIED > 0, np.nan, tau)
    hide = np.where(np.isfinite(tau), 0.0, np.nan)
    data = tables.tau_b(one)  # a cell may have none in one half of the record, or given other variables
    below = one["tau_high"].values < 0 if reading.interval else np.where(np.isfinite(data), data < 0, np.nan)
    cells = {
        "median_tau": (0.0, tau),
        "negative_share": (0.5, below + hide),
        "copula_negative_share": (0.5, (tau < 0) + hide),
        "tail_asymmetry": (0.0, (one["lower"] - one["upper"]).values + hide),
    }
    if "tau_low" in one:
        low, high = one["tau_low"].values, one["tau_high"].values
        cells["certain_negative"] = (levels.alpha / 2, (high < 0) + hide)
        cells["significant_tau"] = (levels.alpha, ((high < 0) | (low > 0)) + hide)
    return cells
