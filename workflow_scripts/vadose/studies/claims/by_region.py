"""Claims by region: the numbers that a run can take from the cells or tables of each region alone.

The published numbers are of all land; no region reproduces one, so there is no verdict.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core.arrays import Array
from vadose.files import products
from vadose.studies import regions
from vadose.studies.claims import ledger, quantities

ENDING = "_by_region"
COLUMNS = ["region", "region_name", "id", "study", "quantity", "unit", "published", "of_region", "test", "holds", "how"]
TITLE_BY_REGION = (
    "Claims by region: region (code) and region_name; the number of all land that was published, the same number from "
    "the cells of the region alone, in the published unit, and whether the test of the claim holds there (1). Numbers "
    "that belong to the set-up, or that no table by region has, are left out. Intervals over years stand in the tables "
    "year_intervals_by_region."
)


def compare_by_region(listed: Mapping, files: Mapping, record: Mapping, prepared: Iterable[Path]) -> pd.DataFrame:
    """The table of claims by region.

    Parameters
    ----------
    listed, files, record
        As in `ledger.compare`.
    prepared : iterable of Path
        Of the studies that have regions: prepared/<study>/ecoregions.nc and their tables by region.

    Returns
    -------
    DataFrame
        COLUMNS, a row for each claim and region that has a value, in the order of the list.
    """
    ledger.check(listed)
    paths = list(prepared)
    axes = {path.parent.name: products.read(path, "ecoregions") for path in paths if path.suffix == ".nc"}
    tables = {(path.parent.name, path.stem.removesuffix(ENDING)): path for path in paths if path.stem.endswith(ENDING)}
    contents: dict[str, quantities.Opened | None] = {}
    rows = []
    for claim in listed["claims"]:
        study, name = claim.get("study", ledger.STUDIES[claim["id"][0]]), claim["how"]["from"]
        if study not in axes or name not in files or claim.get("setup", False):
            continue
        if name not in contents:
            contents[name] = _opened(files[name], listed["files"][name].get("product"), tables, study)
        file, period = contents[name], ledger.own_periods(claim, study, record["configuration"])[0]
        if file is not None and _has_regions(claim, file):
            told = ledger.described(claim, study)
            rows += [told | labels | judged for labels, judged in _judged(claim, file, axes[study], period)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _opened(
    path: Path, kind: str | None, tables: Mapping[tuple[str, str], Path], study: str
) -> quantities.Opened | None:
    """What has the regions in it: the product, or the table by region; None where there is none."""
    own = path if kind is not None else tables.get((study, path.stem))
    return None if own is None else quantities.opened(own, kind)


def _has_regions(claim: Mapping, file: quantities.Opened | None) -> bool:
    """Whether what a claim takes has a value in each cell, or rows for each region."""
    if file is None or file.kind is None:
        return file is not None
    return "cell" in getattr(file.content.get(claim["how"]["take"]), "dims", ())


def _judged(
    claim: Mapping, file: quantities.Opened, axis: xr.Dataset, period: str | None
) -> Iterator[tuple[Mapping, dict]]:
    """Labels of each region that has a value, and the value with the outcome of the claim's test."""
    codes: Array = axis["ecoregion"].values
    for labels, inside in regions.each(codes, regions.names_of(axis)):
        content = file.content
        part = (
            content[content["region"] == labels["region"]]
            if isinstance(content, pd.DataFrame)
            else content.isel(cell=np.flatnonzero(inside))
        )
        try:
            values = quantities.taken(claim["how"], file._replace(content=part), period)
        except quantities.NotMade:
            continue
        outcome = ledger.holds(claim["test"], claim["published"], values)
        yield labels, {"of_region": ledger.text_of(values), "holds": "yes" if outcome else "no"}
