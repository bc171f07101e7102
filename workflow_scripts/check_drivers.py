"""Whether all driver models that were sampled may be used; if not, the run is stopped or told so, as
`dependence.driver_models.on_failure` says.

Input:  estimates of the driver models. Output: the failed models and why, as CSV; empty if there are none.
"""

import sys
from pathlib import Path

import pandas as pd

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies.drivers import models
from vadose.studies.drivers import tables as drivers_tables


def main(*, estimates: Path, failed: Path, on_failure: str) -> None:
    failures = models.failures(products.read(estimates, "driver_estimates"))
    sentences = "\n".join(f"  {name}: {message}" for name, message in failures)
    if failures and on_failure == "stop":
        sys.exit(
            f"{estimates}: expected all driver models to pass, found {len(failures)} that did not:\n{sentences}\n"
            "All other models are complete and kept. Raise dependence.driver_models.warmup and draws, or set "
            "dependence.driver_models.on_failure: report."
        )
    if failures:
        print(f"{len(failures)} driver models did not pass and are left out of figures and clusters:\n{sentences}")
    tables.write(
        pd.DataFrame(failures, columns=["model", "message"]),
        failed,
        drivers_tables.TITLES[failed.stem],
        study="dependence",
    )


if __name__ == "__main__":
    run(main, snakemake)
