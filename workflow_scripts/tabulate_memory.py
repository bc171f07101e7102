"""Lag profiles and memory over all land and by region.

Input:  merged memory; regions where there are any. Output: tables as CSV; tau and shares (1), times (months).
Reference: docs/methods.md#b3.
"""

from pathlib import Path

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies import regions
from vadose.studies.mechanism import memory


def main(*, memories: Path, ecoregions: Path | None, profiles: Path, tabulated: Path) -> None:
    measured = products.read(memories, "memory")
    axis = products.read(ecoregions, "ecoregions") if ecoregions else None
    codes, names = (None, None) if axis is None else (axis["ecoregion"].values, regions.names_of(axis))
    by_lag = memory.profiles(measured, codes, names)
    tables.write(by_lag, profiles, memory.TITLES["lag_profiles"], study="dependence")
    tables.write(memory.table(measured, codes, names), tabulated, memory.TITLES["memory"], study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
