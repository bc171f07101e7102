"""Headline tables of study A: shares of variance, trends, tests, reasons, trend shares of equal windows, the splice.

Input:  merged products of the variability study; prepared soil moisture, for what was removed; false positives.
Output: tables as CSV; trends in kg m-2 yr-1, steps in kg m-2, areas in m2, shares 0 to 1.
Reference: study A, section 3; docs/methods.md#a3, #a4.
"""

from pathlib import Path

import pandas as pd

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies import left_out
from vadose.studies.variability import results
from vadose.studies.variability import tables as variability_tables


def main(
    *,
    attribution: Path,
    trends: Path,
    fields: Path,
    splice: Path,
    seasonal: Path,
    soil_moisture: list[Path],
    false_positives: Path,
    tabulated: list[Path],
    weight: str,
    alpha: float,
) -> None:
    attributed = products.read(attribution, "attribution")
    fitted = products.read(trends, "trends")
    means = products.read(seasonal, "seasonal_soil_moisture")
    spliced, null = products.read(splice, "splice"), pd.read_csv(false_positives)
    periods, by_period = [str(period) for period in fitted["period"].values], results.means_of_periods(fitted, means)
    tables_by_name = {
        "shares": variability_tables.shares(attributed, weight),
        "trends": variability_tables.trends(fitted, by_period, means["year"].values),
        "trend_tests": variability_tables.trend_tests(fitted, products.read(fields, "field_significance"), alpha, null),
        "reasons": left_out.with_removed(variability_tables.reasons(attributed), soil_moisture, "period"),
        "trend_shares": variability_tables.trend_shares(spliced, alpha, periods, null),
        "splice_steps": variability_tables.steps(spliced, alpha, null),
    }
    for path in tabulated:
        tables.write(tables_by_name[path.stem], path, variability_tables.TITLES[path.stem], study="variability")


if __name__ == "__main__":
    run(main, snakemake)
