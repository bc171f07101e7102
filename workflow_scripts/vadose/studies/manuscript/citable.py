"""Headline numbers of a run as a manuscript cites them: rounded by their intervals, with unit, rule and hash."""

import json
import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from vadose.studies.dependence import tables
from vadose.studies.sensitivity.numbers import Levels, copulas
from vadose.studies.sensitivity.plan import Reading
from vadose.studies.sensitivity.verdicts import Number, significant

SHARES = ("declining", "certain_negative", "dominant_control")
COUNTS = ("negative_drivers",)
PREAMBLE = r"""\newcommand{\vadosevalue}[2]{\ifcsname vadose@#1@#2\endcsname\csname vadose@#1@#2\endcsname\else
  \PackageError{vadose}{The run has no number #2}{numbers.json lists those that it has.}\textbf{??}\fi}
\newcommand{\vadose}[1]{\vadosevalue{value}{#1}}
\newcommand{\vadoseunit}[1]{\vadosevalue{unit}{#1}}
\newcommand{\vadoseinterval}[1]{\vadosevalue{interval}{#1}}
"""


def key_of(number: Number) -> str:
    """Name of a number in a text: `dependence.negative-share.monthly-0-7-cm`."""
    parts = (number.study, number.quantity, number.case, *filter(None, [number.region]))
    return ".".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)


def is_share(number: Number) -> bool:
    """Whether a number is a share, which a text gives in per cent."""
    name = number.quantity.removeprefix("change_of_")
    return name.endswith("_share") or name.startswith("significant_") or name in SHARES


def decimals(value: float, low: float, high: float) -> int:
    """Decimals that a number deserves, as the Particle Data Group rounds: two digits of half its interval if these are
    below 36, otherwise one; three digits of itself where there is no interval."""
    scale, digits = (high - low) / 2, 2
    if not (math.isfinite(scale) and scale > 0):
        scale, digits = abs(value), 3
    if scale == 0:
        return 0
    power = math.floor(math.log10(scale))
    if digits == 2 and scale / 10.0**power >= 3.55:
        digits = 1
    return max(0, digits - 1 - power)


def rounded(value: float, places: int) -> str:
    """A number with its decimals; zero has no sign."""
    text = f"{value:.{places}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def entry(number: Number, origin: Mapping[str, str]) -> dict:
    """One number as numbers.json holds it.

    Parameters
    ----------
    number : Number
        A headline number with its interval.
    origin : mapping
        "product", "sha256" and "rule" of the file it was read from.

    Returns
    -------
    dict
        `value`, `low`, `high` and `reference` in `unit` (CF); `text`, `interval_text` and `text_unit` as a text prints
        them: shares in per cent, rounded by `decimals`; `interval_over`: years, places or posterior; `cells` of which
        it is the mean; null for what there is not.
    """
    share, change = is_share(number), number.quantity.startswith("change_of_")
    value, low, high = (part * (100 if share else 1) for part in (number.value, number.low, number.high))
    places = 0 if number.quantity in COUNTS else decimals(value, low, high)
    unit = "" if number.unit == "1" else number.unit
    unit = ("percentage points" if change else "%") if share else unit
    bounded = math.isfinite(low) and math.isfinite(high)
    head = {"study": number.study, "quantity": number.quantity, "case": number.case}
    head |= ({"region": number.region} if number.region else {}) | {"unit": number.unit}
    values = {name: getattr(number, name) for name in ("value", "low", "high", "reference")}
    head |= {name: part if math.isfinite(part) else None for name, part in values.items()}
    cells = None if number.values is None else int(np.isfinite(number.values).sum())
    head |= {"cells": cells, "interval_over": number.basis if bounded else None, "significant": significant(number)}
    text = {"text": rounded(value, places), "text_unit": unit}
    text["interval_text"] = f"{rounded(low, places)} to {rounded(high, places)}" if bounded else None
    return head | text | dict(origin)


def entries(numbers: Sequence[Number], origins: Mapping[str, Mapping[str, str]]) -> dict[str, dict]:
    """{key: entry} of all numbers that have a value.

    Parameters
    ----------
    numbers : sequence of Number
    origins : mapping
        By quantity, what `entry` takes.

    Raises
    ------
    ValueError
        If two numbers would have one key.
    """
    listed: dict[str, dict] = {}
    for number in numbers:
        if not math.isfinite(number.value):
            continue
        key = key_of(number)
        if key in listed:
            raise ValueError(f"expected one number of each name, found two of {key}.")
        listed[key] = entry(number, origins[number.quantity])
    return listed


def without_annual_cycle(files: Mapping[str, xr.Dataset], reading: Reading, levels: Levels) -> list[Number]:
    """Shares of negative monthly dependence once the annual cycle is removed, beside those with it.

    Parameters
    ----------
    files : mapping
        Products by name.
    reading : Reading
        Of the run.
    levels : Levels

    Returns
    -------
    list of Number
        With cases such as "monthly without annual cycle, 0-7 cm"; none where the run did not compare the two.
    """
    if "copulas" not in files or reading.cycle == "removed":
        return []
    if tables.WITHOUT_ANNUAL_CYCLE not in tables.series_of(files["copulas"]):
        return []
    listed = copulas(files, reading._replace(cycle="removed"), levels)
    monthly = [one for one in listed if one.quantity == "negative_share" and one.case.startswith("monthly, ")]
    return [one._replace(case=one.case.replace("monthly", "monthly without annual cycle", 1)) for one in monthly]


def as_json(listed: Mapping[str, dict], run: Mapping[str, str]) -> str:
    """Text of numbers.json: what the run is, then its numbers."""
    return json.dumps({"run": dict(run), "numbers": listed}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_tex(listed: Mapping[str, dict], run: Mapping[str, str]) -> str:
    r"""Text of numbers.tex: `\vadose{key}`, `\vadoseunit{key}`, `\vadoseinterval{key}`, each with its file and rule."""
    lines = [f"% {name}: {value}" for name, value in run.items()] + [PREAMBLE]
    for key, one in listed.items():
        origin = f"% {one['product']} (sha256 {one['sha256'][:12]}), rule {one['rule']}"
        interval = one["interval_text"] or r"\textbf{no interval}"
        texts = {"value": one["text"], "unit": unit_of(one["text_unit"]), "interval": interval}
        lines += [origin] + [
            rf"\expandafter\def\csname vadose@{part}@{key}\endcsname{{{signed(text)}}}" for part, text in texts.items()
        ]
    return "\n".join(lines) + "\n"


def signed(text: str) -> str:
    """Minus signs of numbers as TeX prints them."""
    return re.sub(r"(?<![\w}^{-])-(\d[\d.]*)", r"\\ensuremath{-\1}", text)


def unit_of(unit: str) -> str:
    """A CF unit as TeX prints it: kg m$^{-2}$ yr$^{-1}$."""
    return re.sub(r"(?<=[a-z])(-?\d+)", r"\\ensuremath{^{\1}}", unit.replace("%", r"\%"))
