"""Monthly soil moisture of each layer on the packed cells of a study, for a group of years.

Input:  cells; lists of product files (one version, or the older and the newer); where versions are adjusted, their
shift. Output: soil moisture (cell, layer, time), kg m-2. Quality control comes before remapping.
Reference: study A, section 2.2 (limits); docs/methods.md#a1, #b1.
"""

from pathlib import Path

import numpy as np

from vadose.core import calendar, units
from vadose.files import inventory, products
from vadose.files.jobs import run
from vadose.formats import months
from vadose.studies import depths
from vadose.studies.variability.limits import Limits


def main(
    *,
    cells: Path,
    files: list[Path],
    shift: Path | None,
    soil_moisture: Path,
    years: tuple[int, int],
    product: str,
    limits: list[float] | None,
    layers: list[int] | None,
    splice_year: int | None,
    min_valid: float,
    allow_missing: bool,
    options: dict,
    raw: Path,
) -> None:
    axis, control, where = products.read(cells, "cells"), Limits(limits), f"{product}, {years[0]}-{years[1]}"
    reading, parts, absent = options | {"native": control}, [], []
    for span, paths in months.choose_version([inventory.read(path, raw) for path in files], years, splice_year):
        values, month, lacking = months.monthly(
            product, paths, ("soil_moisture",), span, axis, min_valid=min_valid, allow_missing=allow_missing, **reading
        )
        if shift is not None and splice_year is not None and span[1] < splice_year:
            by_month = products.read(shift, "splice_shift")["shift"].values
            values["soil_moisture"] += by_month[:, :, calendar.month_of(calendar.months(*span)) - 1]
        parts.append(values["soil_moisture"])
        absent += lacking
        control.add(month.attrs)
    kept = depths.chosen(layers, month["layer"].values, where)
    content = units.soil_water(
        np.concatenate(parts, axis=2)[:, kept],
        month["soil_moisture"].attrs["units"],
        (month["layer_bottom"] - month["layer_top"]).values[kept][:, None],
    )
    bounds = {name: ("layer", month[name].values[kept]) for name in ("layer", "layer_top", "layer_bottom")}
    labelled = months.label_months(axis, years, absent).assign_coords(bounds).assign_attrs(control.counts(where))
    products.write(labelled.assign(soil_moisture=(("cell", "layer", "time"), content)), soil_moisture, "soil_moisture")


if __name__ == "__main__":
    run(main, snakemake)
