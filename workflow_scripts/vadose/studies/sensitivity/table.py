"""The table of a sensitivity analysis, from the products of a run and those that were computed again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import xarray as xr

from vadose.studies.sensitivity.by_region import Regions, numbers_by_region
from vadose.studies.sensitivity.numbers import QUANTITIES, Levels, numbers
from vadose.studies.sensitivity.plan import Case, Reading, SensitivityError
from vadose.studies.sensitivity.verdicts import COLUMNS, compare

PRODUCTS = {"statistics": "driver_statistics", "estimates": "driver_estimates"}  # where the file has a shorter name


def by_product(paths: Iterable[Path]) -> dict[str, Path]:
    """Files of a run by the products that headline numbers are read from."""
    return {PRODUCTS.get(path.stem, path.stem): path for path in paths}


def sensitivity_table(
    cases: Sequence[Case],
    own: Reading,
    base: Mapping[str, xr.Dataset],
    rerun: Callable[[Case], Mapping[str, xr.Dataset]],
    levels: Levels,
) -> pd.DataFrame:
    """Headline numbers of a run beside those under each alternative.

    Parameters
    ----------
    cases : sequence of Case
        From `sensitivity_plan.plan`.
    own : Reading
        How the run reads its numbers.
    base : mapping
        Products of the run by name.
    rerun : function
        Products that were computed again for a case, by name; they stand in for those of the run.
    levels : Levels

    Returns
    -------
    DataFrame
        Columns COLUMNS, a row per alternative and number, or per alternative that does not apply.

    Raises
    ------
    SensitivityError
        If an alternative names numbers that there are not.
    """
    rows = []
    for case in cases:
        strange = sorted(set(case.affects) - QUANTITIES)
        if strange:
            raise SensitivityError(
                f"{case.alternative}: expected numbers of {sorted(QUANTITIES)}, found {', '.join(strange)}."
            )
        head = case.study, case.alternative, case.text, case.reason
        if case.reason:
            rows += compare(*head, [], [])
            continue
        before = numbers(case.study, base, own, case.affects, levels)
        after = numbers(case.study, {**base, **rerun(case)}, case.reading, case.affects, levels)
        rows += compare(*head, before, after)
    return pd.DataFrame(rows, columns=COLUMNS)


def by_region_table(
    cases: Sequence[Case],
    own: Reading,
    base: Mapping[str, xr.Dataset],
    rerun: Callable[[Case], Mapping[str, xr.Dataset]],
    levels: Levels,
    regions: Mapping[str, Regions],
) -> pd.DataFrame:
    """`sensitivity_table` of the cells of each region alone, of the studies that have regions.

    Parameters
    ----------
    cases, own, base, rerun, levels
        As in `sensitivity_table`.
    regions : mapping
        By study, from `read_regions`.

    Returns
    -------
    DataFrame
        Columns COLUMNS and region, a row per alternative, number and region.
    """
    rows = []
    for case in (one for one in cases if not one.reason and one.study in regions):
        axis, unknown = regions[case.study], regions[case.study]._replace(over_years=pd.DataFrame())
        before = numbers_by_region(case.study, base, axis, own, case.affects, levels)
        other = {**base, **rerun(case)}
        after = numbers_by_region(case.study, other, unknown, case.reading, case.affects, levels)
        rows += compare(case.study, case.alternative, case.text, "", before, after) if before else []
    return pd.DataFrame(rows, columns=[*COLUMNS[:5], "region", *COLUMNS[5:]])
