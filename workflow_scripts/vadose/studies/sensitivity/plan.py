"""The plan of a sensitivity analysis: which alternatives apply to a run, what they change, and which stage is
run again for them.

Alternatives stand in `config/sensitivity.yaml`. Each is either another reading of products that the run has, or another
configuration of one stage.
"""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from vadose.core.time_scales import PARTS
from vadose.files import datasets, yaml_files

KEYS = {"id", "study", "question", "affects", "overlay", "reading", "savings", "requires"}
STUDIES = ("variability", "dependence")
# Which stage is run again for a key of the configuration; None: the run's own products hold the answer. A key of both
# copulas and controls is taken for controls where it is compared for nothing else.
BOTH = "copulas or controls"
STAGES = {
    "headline_weight": None,
    "variability.correlation.detrend": None,
    "variability.season": "seasons",
    "variability.attribution": "attribution",
    "variability.splice": "splice",
    "variability.land_cover": "land_cover",
    "dependence.copula": "copulas",
    "dependence.time_scales": "copulas",
    "dependence.frozen": BOTH,
    "dependence.precipitation": "copulas",
    "dependence.evapotranspiration": "controls",
    "dependence.air_temperature": "controls",
    "dependence.wet_day_mm": "controls",
    "dependence.ridge": "controls",
    "dependence.driver_models": "drivers",
}


class SensitivityError(ValueError):
    """The list of alternatives is written wrongly; the message says where."""


class Reading(NamedTuple):
    """How headline numbers are read from products."""

    weight: str = "cell"  # cell, area, variance or median, as headline_weight
    test: str = "original"  # of trends
    field: bool = False  # shares of significant cells by false discovery rate
    against_null: bool = False  # trend shares minus those of trend-free series
    detrend: str = "none"
    step_model: str = "level"
    min_share: float = 0.0  # of the land that carries a class of land cover; a cell with less has none
    cycle: str = "kept"  # the annual cycle of monthly copulas
    within: str = ""  # seasonal, calendar_month: monthly numbers as means over these parts of the year
    untied: bool = False  # only copulas of pairs without many ties
    interval: bool = False  # negative only where the whole interval of tau is
    given: bool = False  # monthly dependence given evapotranspiration
    half: str = ""  # first, second: monthly tau-b of this half of the record
    without_step: bool = False  # trends of cells without a significant step at the splice beside a line
    errors: str = "posterior"  # of driver effects: posterior, driscoll_kraay, clustered

    def files(self) -> tuple[str, ...]:
        """Products that it needs beside those of the numbers that it reads."""
        return ("splice",) if self.without_step else ()


class Case(NamedTuple):
    """An alternative to one study of one run."""

    alternative: str
    study: str
    text: str
    affects: tuple[str, ...]
    reading: Reading
    stage: str | None  # run again; None: nothing is
    reason: str  # why the alternative does not apply; "" where it does
    configuration: Mapping  # of the second run


def _comes_along(config: Mapping, *variables: str) -> bool:
    """Whether soil moisture of study B is that of ERA5-Land, whose files hold these variables too."""
    return config["dependence"]["product"] == "era5_land" and set(variables) <= set(config["era5_land"]["variables"])


# What an alternative may require, and the sentence where the run lacks it.
REQUIREMENTS = {
    "partial": (
        lambda c: c["dependence"]["mechanism"]["partial"],
        "the run does not ask what evapotranspiration leaves (dependence.mechanism.partial)",
    ),
    "changes": (
        lambda c: c["dependence"]["mechanism"]["changes"],
        "the run does not ask whether dependence changes within the record (dependence.mechanism.changes)",
    ),
    "productivity": (
        lambda c: c["variability"]["productivity"],
        "the run does not relate soil moisture to productivity",
    ),
    "two_versions": (
        lambda c: (
            c["variability"]["product"] == "gldas"
            and c["variability"]["splice"] in ("raw", "adjusted")
            and c["variability"]["splice_year"] is not None
            and c["variability"]["years"][0] < c["variability"]["splice_year"] <= c["variability"]["years"][1]
        ),
        "soil moisture of the run comes from one version of one product, there is no splice",
    ),
    "line": (
        lambda c: c["variability"]["attribution"]["trend"] == "linear",
        "the trend of the run is no line (variability.attribution.trend), and only lines have a null",
    ),
    "two_periods": (
        lambda c: len(c["variability"]["periods"]) > 1,
        "the run has one period only, there is no change between periods",
    ),
    "monthly": (lambda c: "monthly" in c["dependence"]["time_scales"], "the run has no monthly copulas"),
    "tau_interval": (
        lambda c: c["dependence"]["copula"]["bootstrap"] > 0,
        "the run has no intervals of tau (dependence.copula.bootstrap: 0)",
    ),
    "daily_precipitation": (
        lambda c: c["dependence"]["precipitation"] == "gpcp_daily",
        "precipitation of the run is monthly, there are no days to count",
    ),
    "temperature": (
        lambda c: datasets.frozen_by(c["dependence"]) in datasets.dependence_variables(c),
        "the run has no temperature that tells frozen months (dependence.frozen.by)",
    ),
    "snow_season": (
        lambda c: (
            datasets.frozen_by(merged(c, {"dependence": {"frozen": {"by": "snow"}}})["dependence"])
            in datasets.dependence_variables(c)
        ),
        "the run reads neither air temperature nor snow that tells the snow season (dependence.frozen.snow)",
    ),
    "precipitation_of_era5_land": (
        lambda c: _comes_along(c, "precipitation"),
        "files of ERA5-Land are not said to hold precipitation beside soil moisture (era5_land.variables)",
    ),
    "atmosphere_of_era5_land": (
        lambda c: _comes_along(c, "evapotranspiration", "air_temperature"),
        "files of ERA5-Land are not said to hold evapotranspiration and air temperature beside soil moisture "
        "(era5_land.variables)",
    ),
    "controls": (lambda c: c["dependence"]["controls"], "the run has no controls"),
    "drivers": (lambda c: c["dependence"]["drivers"], "the run has no driver models"),
    "no_static_covariates": (
        lambda c: not datasets.driver_statics(c["dependence"]),
        "the formula has covariates of one value a cell, which intercepts of cells would hold",
    ),
}


def own_reading(config: Mapping) -> Reading:
    """How the run itself reads its headline numbers."""
    tests, scales = config["variability"]["trend"]["tests"], config["dependence"]["time_scales"]
    return Reading(
        weight=config["headline_weight"],
        test="original" if "original" in tests else tests[0],
        detrend=config["variability"]["correlation"]["detrend"],
        cycle=config["dependence"]["copula"]["annual_cycle"],
        within=next((name for name in PARTS if name in scales), "") if "monthly" not in scales else "",
    )


def plan(alternatives: list[Mapping], config: Mapping, scenarios: Path, valid: Callable[[Mapping], None]) -> list[Case]:
    """All alternatives to all studies, those that do not apply too.

    Parameters
    ----------
    alternatives : list of mappings
        From `config/sensitivity.yaml`.
    config : mapping
        The merged configuration of the run.
    scenarios : Path
        Folder of the overlays that alternatives name.
    valid : function
        Raises an error of its own for a configuration that is not valid; each one that a stage is run again with goes
        through it.

    Returns
    -------
    list of Case
        One per alternative and study, in the order of the list.

    Raises
    ------
    SensitivityError
        If the list is written wrongly.
    """
    cases, names = [], set()
    for item in alternatives:
        _check(item, names)
        names.add(item["id"])
        for study in [item["study"]] if isinstance(item["study"], str) else item["study"]:
            cases.append(_case(item, study, config, scenarios, valid))
    return cases


def _check(item: Mapping, names: set[str]) -> None:
    name, strange = item.get("id", "?"), sorted(set(item) - KEYS)
    if strange or not {"id", "study", "question", "affects"} <= set(item):
        raise SensitivityError(
            f"{name}: expected id, study, question, affects and others of {sorted(KEYS)}, found {sorted(item)}."
        )
    if name in names:
        raise SensitivityError(f"{name}: expected each alternative once, found it again.")
    if ("overlay" in item) == ("reading" in item):
        raise SensitivityError(
            f"{name}: expected either overlay or reading, found {'both' if 'overlay' in item else 'neither'}."
        )
    unknown = [key for key in item.get("reading", {}) if key not in Reading._fields]
    unknown += [key for key in item.get("requires", []) if key not in REQUIREMENTS]
    if unknown:
        raise SensitivityError(
            f"{name}: expected reading of {Reading._fields} and requires of {sorted(REQUIREMENTS)}, found "
            f"{', '.join(unknown)}."
        )


def _case(item: Mapping, study: str, config: Mapping, scenarios: Path, valid: Callable[[Mapping], None]) -> Case:
    if study not in STUDIES:
        raise SensitivityError(f"{item['id']}: expected the study {' or '.join(STUDIES)}, found {study}.")
    overlay = item.get("overlay", {})
    if isinstance(overlay, str):
        overlay = {key: part for key, part in yaml_files.read(scenarios / f"{overlay}.yaml").items() if key != "run"}
    other = merged(config, overlay)
    reading = (own_reading(other) if overlay else own_reading(config))._replace(**item.get("reading", {}))
    reason = _obstacle(item, study, config, other if overlay else None, reading)
    stage = None if reason else _stage(item, overlay, config)
    if stage:
        other = merged(other, item.get("savings", {}))
        valid(other)
    return Case(item["id"], study, item["question"], tuple(item["affects"]), reading, stage, reason, other)


def _obstacle(item: Mapping, study: str, config: Mapping, other: Mapping | None, reading: Reading) -> str:
    """Why an alternative does not apply to a run; "" where it does."""
    if study not in config["studies"]:
        return f"the run leaves out the {study} study"
    for name in item.get("requires", []):
        applies, sentence = REQUIREMENTS[name]
        if not applies(config):
            return sentence
    if other is not None and other == config:
        return "this is how the run itself computes it"
    if reading.test not in config["variability"]["trend"]["tests"]:
        return f"variability.trend.tests of the run lack {reading.test}"
    return ""


def _stage(item: Mapping, overlay: Mapping, config: Mapping) -> str | None:
    """The stage that is run again for the keys of an overlay."""
    name, touched = item["id"], set()
    either = "controls" if set(item["affects"]) == {"dominant_control"} else "copulas"
    for key in _keys(overlay):
        stage_key = next((part for part in STAGES if key == part or key.startswith(f"{part}.")), None)
        if stage_key is None:
            raise SensitivityError(
                f"{name}: expected keys of {', '.join(STAGES)}, found {key}: no stage is run again for it."
            )
        # Monthly copulas with and without the annual cycle are often there already.
        already_computed = (
            key == "dependence.copula.annual_cycle" and config["dependence"]["copula"]["compare_annual_cycle"]
        )
        stage = either if STAGES[stage_key] == BOTH else STAGES[stage_key]
        touched.add(None if already_computed else stage)
    stages = touched - {None}
    if len(stages) > 1:
        raise SensitivityError(f"{name}: expected an overlay of one stage, found {', '.join(sorted(stages))}.")
    return stages.pop() if stages else None


def _keys(overlay: Mapping, prefix: str = "") -> list[str]:
    dotted = []
    for key, value in overlay.items():
        dotted += _keys(value, f"{prefix}{key}.") if isinstance(value, Mapping) and value else [f"{prefix}{key}"]
    return dotted


def merged(config: Mapping, overlay: Mapping) -> dict:
    """A configuration with the keys of an overlay; both are left alone."""
    combined = copy.deepcopy(dict(config))
    for key, value in overlay.items():
        combined[key] = (
            merged(combined[key], value)
            if isinstance(value, Mapping) and isinstance(combined.get(key), Mapping)
            else value
        )
    return combined
