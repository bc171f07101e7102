"""Headline numbers by region: those of the cells of each region alone, with intervals over years from its tables."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.files import products
from vadose.studies import regions, year_tables
from vadose.studies.sensitivity import years
from vadose.studies.sensitivity.numbers import Levels, numbers
from vadose.studies.sensitivity.plan import Reading
from vadose.studies.sensitivity.verdicts import NAN, YEARS, Number
from vadose.studies.variability import intervals
from vadose.studies.variability import regions as variability_regions

TABLES = {"year_intervals_by_region": "", "control_year_intervals_by_region": "control"}
WITHOUT_CELLS = ("driver_estimates", "driver_statistics")  # of ecoregions already


class Regions(NamedTuple):
    """Regions of a study."""

    codes: Array  # (cell,), 0 where there is none
    names: Mapping[int, str]
    over_years: pd.DataFrame  # rows of TABLES, `control` empty where a row is of none


def read_regions(paths: Iterable[Path]) -> dict[str, Regions]:
    """Regions by study from prepared/<study>/ecoregions.nc and tables/<study>/<name of TABLES>.csv.

    Parameters
    ----------
    paths : iterable of Path
        Of all studies that have regions; others have none.
    """
    listed = list(paths)
    by_study = {}
    for path in listed:
        if path.suffix == ".nc":
            axis, study = products.read(path, "ecoregions"), path.parent.name
            tables = [one for one in listed if one.stem in TABLES and one.parent.name == study]
            rows = pd.concat([pd.read_csv(one, dtype={"layer": str}) for one in tables], ignore_index=True)
            by_study[study] = Regions(axis["ecoregion"].values, regions.names_of(axis), rows)
    return by_study


def numbers_by_region(
    study: str,
    files: Mapping[str, xr.Dataset],
    axis: Regions,
    reading: Reading,
    wanted: tuple[str, ...],
    levels: Levels,
) -> list[Number]:
    """Headline numbers of one study in each region that has cells.

    Parameters
    ----------
    study, files, reading, wanted, levels
        As in `numbers`.
    axis : Regions

    Returns
    -------
    list of Number
        With `region`; the false discovery rate is among the cells of the region. A number that the tables of the run
        have no interval of has none.
    """
    listed = []
    resampled = {name for group in years.PRODUCTS.values() for name in group}
    own = {name: part for name, part in files.items() if name not in (*resampled, *WITHOUT_CELLS)}
    for labels, inside in regions.each(axis.codes, axis.names):
        here = np.flatnonzero(inside)
        part = {name: one.isel(cell=here) if "cell" in one.dims else one for name, one in own.items()}
        if "field_significance" in part:
            part["field_significance"] = variability_regions.field(part["trends"]["p"], levels.alpha_fdr)
        rows = axis.over_years[axis.over_years["region"] == labels["region"]] if len(axis.over_years) else None
        for number in numbers(study, part, reading, wanted, levels):
            listed.append(_with_years(number, rows, reading)._replace(region=str(labels["region_name"])))
    return listed


def _with_years(number: Number, rows: pd.DataFrame | None, reading: Reading) -> Number:
    """A number with the interval that the tables of its region have, or with none; that over places stays beside."""
    kept = number._replace(places=(number.low, number.high), basis=YEARS, low=NAN, high=NAN)
    if rows is None or number.key is None:
        return kept
    own_rows = rows[_rows_of(number.key, number, rows, reading)]
    if len(own_rows) != 1:
        return kept
    row = own_rows.iloc[0]
    # ASSUME: an interval belongs to the number it was made with; another reading of the same cells has none.
    same = np.isclose(row["estimate"], number.value, rtol=1e-8, atol=1e-12)
    return (
        kept._replace(low=float(row["low"]), high=float(row["high"]), years=float(row["effective_years"]))
        if same
        else kept
    )


def _rows_of(key: years.Key, number: Number, rows: pd.DataFrame, reading: Reading) -> pd.Series:
    """Which rows of the tables of one region are the number's."""
    alike = rows["weighting"] == ("area" if reading.weight == "area" else "cell")
    if key.product == "year_resamples":
        called = [
            intervals.key(*(str(row[part]) for part in ("quantity", "dynamics", "season", "layer")))
            for row in rows.fillna("").to_dict("records")
        ]
        period = intervals.CHANGE if key.change else number.case.split(", ")[-1]
        return alike & (pd.Series(called, rows.index) == key.name) & (rows["period"] == period)
    scales = [key.time_scale] if isinstance(key.time_scale, str) else list(key.time_scale)  # several: more than one row
    alike &= (rows["quantity"] == key.name) & rows["time_scale"].isin(scales)
    alike &= (rows["layer"] == str(key.layer + 1)) & (rows["cells_of"] == year_tables.OWN)
    alike &= rows["compared_with"].fillna("") == ""
    return alike & (rows["control"].fillna("") == key.group) if "control" in rows else alike
