"""Years that a configuration asks for and the record of a data set does not hold."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from vadose.files import datasets

WITHOUT_TIME = ("ecoregions", "regions")


class Beyond(NamedTuple):
    """A span of years that a record does not hold."""

    key: str
    need: datasets.Need
    record: tuple[int | None, int]  # first year, None where it is not known, and last
    missing: str  # years
    refused: bool

    @property
    def sentence(self) -> str:
        """Which key asks for which years, what the record holds, and what follows from it."""
        (first, last), (begin, end), dataset = self.need.years, self.record, self.need.dataset
        asked, variable = _span(first, last), self.need.variable.replace("_", " ")
        held = f"{begin} to {end}" if begin else f"nothing after {end}"
        if not self.refused:
            return (
                f"{self.key}: {asked} goes beyond the record of {dataset}, {held}: {variable} of {self.missing} is "
                "missing."
            )
        advice = "Change the years."
        if self.key == "variability.years" and dataset == "gldas_2_1" and begin and first < begin:
            raw = f"variability.splice: raw and variability.splice_year: {begin}"
            advice = f"Change the years, or take V2.0 before {begin} by {raw}."
        if dataset == "gldas_2_0" and last > end:
            raw = f"variability.splice: raw and a variability.splice_year up to {end + 1}"
            advice = f"Change the years, or take V2.1 after it by {raw}."
        return (
            f"Configuration: expected {self.key} within the record of {dataset}, {held}, found {asked}: there "
            f"is no {variable} of {self.missing}. {advice}"
        )


def beyond(config: Mapping, catalogue: Mapping, this_year: int) -> Iterator[Beyond]:
    """Years outside the record of each data set of a run. Those of soil moisture are refused, and so is the future;
    those of other data sets are missing values, and what the synthetic Earth makes up has no record: they are told.

    Parameters
    ----------
    config : mapping
        Complete and valid.
    catalogue : mapping
        Entries of the catalogue of data sets by id.
    this_year : int
        The last year of records that go on.
    """
    for study in config["studies"]:
        static = config["dependence"]["static_covariates"]
        for need in datasets.needed(config, study):
            if need.variable in (*WITHOUT_TIME, *static):
                continue
            if need.dataset not in catalogue or datasets.is_own(config, need.dataset):
                continue  # of a user's own nothing is known: it may be a projection
            begin, end = _record(config, catalogue, need.dataset, this_year)
            last, spans = need.years[1], _outside(need.years, begin, end)
            if not spans:
                continue
            missing = " and ".join(_span(*span) for span in spans)
            refused = need.variable == "soil_moisture" or last > this_year
            refused = refused and not datasets.is_made_up(config, need.dataset)
            yield Beyond(_key(config, study, need.variable), need, (begin, end), missing, refused)


def _outside(years: tuple[int, int], begin: int | None, end: int) -> list[tuple[int, int]]:
    """First and last year of each span of years before a record, where its begin is known, and after it."""
    first, last = years
    before = [(first, min(last, begin - 1))] if begin else []
    return [(low, high) for low, high in (*before, (max(first, end + 1), last)) if low <= high]


def _span(first: int, last: int) -> str:
    return f"{first}-{last}" if first < last else f"{first}"


def _record(config: Mapping, catalogue: Mapping, name: str, this_year: int) -> tuple[int | None, int]:
    """First and last year of a data set. Of files under a pattern of a user's own, which may be another edition, only
    the future is known to be absent."""
    if "pattern" in config["datasets"].get(name, {}):
        return None, this_year
    begin, end = catalogue[name]["period"]
    return int(begin[:4]), int(end[:4]) if end else this_year


def _key(config: Mapping, study: str, variable: str) -> str:
    if variable == "gross_primary_productivity" and study == "variability":
        return "variability.productivity_years"
    if variable == "land_cover":
        year = config["variability"]["land_cover"]["year"]
        return "variability.productivity_years" if year in ("any", "stable") else "variability.land_cover.year"
    return f"{study}.years"
