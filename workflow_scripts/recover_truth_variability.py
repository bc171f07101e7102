"""What the synthetic Earth planted against what study A found: trends, contributions, step, land cover, correlations,
false positives.

Input:  planted truth; merged products of the variability study.
Output: planted, recovered, tolerance and verdict, as CSV; units in the names of the quantities.
Reference: docs/methods.md#a1 to #a5 (the methods must find what was planted).
"""

from pathlib import Path

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies.variability import recovery
from vadose.synthetic.settings import Settings

TITLE = (
    "Planted against recovered on the synthetic Earth. Worst cells differ by packing only; steps and false positives "
    "within their standard errors; "
    "rows without a tolerance are for information."
)


def main(
    *,
    truth: Path,
    attribution: Path,
    trends: Path,
    splice: Path,
    correlation: Path | None,
    land_cover: Path | None,
    table: Path,
    settings: dict,
    compared: bool,
    step_kept: bool,
    alpha: float,
) -> None:
    earth = Settings.from_config({**settings, "land_mask": truth})
    planted = products.read(truth, "truth_variability")
    fitted = products.read(trends, "trends")
    parts = {}
    if compared:
        parts["trends"] = recovery.trends_and_terms(planted, fitted, products.read(attribution, "attribution"))
    if correlation is not None:
        cover = products.read(land_cover, "land_cover")["land_cover"].values
        parts["productivity"] = recovery.productivity(
            planted, products.read(correlation, "productivity_correlation"), cover
        )
    parts["step"] = recovery.step(
        products.read(splice, "splice"), earth.planted_step if step_kept else 0.0, earth.has_trend
    )
    if not earth.has_trend:
        parts["false positives"] = recovery.false_positives(planted, fitted, alpha)
    tables.write(recovery.table(parts), table, TITLE, study="variability")


if __name__ == "__main__":
    run(main, snakemake)
