"""The table of claims: published numbers held against those of a run, each with its test and a verdict.

`config/claims.yaml` says for every published number what is compared with it and how
(`vadose.studies.claims.quantities`); numbers that nothing computes are listed there with the reason. A number of other
data, another record or another grid is shown, and never called a reproduction.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from vadose.studies.claims import quantities, years
from vadose.studies.year_tables import RATES

COLUMNS = [
    "id",
    "study",
    "quantity",
    "unit",
    "published",
    "reproduced",
    "difference",
    "over_years",
    "published_within",
    "test",
    "holds",
    "holds_in_resamples",
    "verdict",
    "how",
    "note",
]
KEYS = {"id", "study", "quantity", "published", "unit", "record", "setup", "how", "test", "note"}
TESTS = (
    "equals",
    "within",
    "below",
    "above",
    "between",
    "sign",
    "largest",
    "smallest",
    "increasing",
    "decreasing",
    "each",
)
STUDIES = {"A": "variability", "B": "dependence"}
TITLE = (
    "Claims: published against reproduced numbers, the test and its outcome on the numbers of this run, and a "
    "verdict. Numbers that have resamples of years have 95 % intervals over them, whether the published number lies "
    "within, and the share of resampled years in which the test holds (1; tests of size and order). Where data, record "
    f"or grid differ from the published ones the verdict is not comparable, whatever the test says. {RATES}"
)


class ClaimsError(ValueError):
    """The list of claims is written wrongly; the message says where."""


class Published(NamedTuple):
    """What a study used: a run that differs is not comparable."""

    grid: float  # degrees
    products: tuple[str, ...]  # data sets of which every one must be used


def check(listed: Mapping) -> None:
    """Whether the list of claims keeps to its vocabulary.

    Raises
    ------
    ClaimsError
        With one sentence for the first thing that is wrong.
    """
    seen = set()
    for claim in listed["claims"]:
        identifier = claim.get("id", "?")
        if identifier in seen or identifier in listed["not_computed"]:
            raise ClaimsError(f"{identifier}: expected each number once, found it again.")
        seen.add(identifier)
        strange = set(claim) - KEYS
        missing = {"id", "quantity", "published", "unit", "how", "test"} - set(claim)
        if strange or missing:
            raise ClaimsError(f"{identifier}: expected the keys {sorted(KEYS)}, found {sorted(claim)}.")
        if len(claim["test"]) != 1 or next(iter(claim["test"])) not in TESTS:
            raise ClaimsError(f"{identifier}: expected one test of {TESTS}, found {claim['test']}.")
        try:
            quantities.check(claim["how"], listed["files"])
        except quantities.Unknown as error:
            raise ClaimsError(f"{identifier}: how: {error}") from None


def period_of(record: str, periods: Sequence[str]) -> str | None:
    """The run's period that stands for a published one: the same, or the longest that lies inside it; None if there is
    none."""
    if record in periods:
        return record
    first, last = (int(year) for year in record.split("-"))
    inside = [p for p in periods if int(p.split("-")[0]) >= first and int(p.split("-")[1]) <= last]
    return max(inside, key=lambda p: int(p.split("-")[1]) - int(p.split("-")[0]), default=None)


def obstacles(claim: Mapping, study: str, record: Mapping, published: Mapping[str, Published]) -> list[str]:
    """Why a number of this run cannot be called a reproduction: synthetic data, another record, grid or product.

    Parameters
    ----------
    claim : mapping
        One entry of the list of claims.
    study : str
        Which of the two.
    record : mapping
        The run's record.
    published : mapping
        By study, what the publication used.
    """
    configuration = record["configuration"]
    part, paper = configuration[study], published[study]
    reasons = ["synthetic data"] if configuration["source"] == "synthetic" else []
    wanted = _records(claim, study)
    periods = periods_of(configuration, study)
    for period in wanted:
        own = period_of(period, periods)
        if own is not None and own != period:
            reasons.append(f"shorter record ({own} instead of {period})")
    if part["grid"]["spacing"] != paper.grid:
        reasons.append(f"other grid ({part['grid']['spacing']:g} instead of {paper.grid:g} degrees)")
    used = {item["id"] for item in record["provenance"]["sources"].get(study, [])}
    needed = [item for item in paper.products if not (item == "gldas_2_0" and all(int(p[:4]) >= 2000 for p in wanted))]
    lacking = [item for item in needed if item not in used]
    return reasons + ([f"other product (no {', '.join(lacking)})"] if lacking else [])


def periods_of(configuration: Mapping, study: str) -> list[str]:
    """Periods of a study in a run."""
    if study == "variability":
        return [f"{first}-{last}" for first, last in configuration[study]["periods"]]
    first, last = configuration[study]["years"]
    return [f"{first}-{last}"]


def own_periods(claim: Mapping, study: str, configuration: Mapping) -> list[str | None]:
    """Periods of the run that stand for those of a claim; None for those it has not."""
    return [period_of(period, periods_of(configuration, study)) for period in _records(claim, study)]


def _records(claim: Mapping, study: str) -> list[str]:
    wanted = claim.get("record", "2000-2024" if study == "variability" else "2000-2019")
    return [wanted] if isinstance(wanted, str) else list(wanted)


def holds(test: Mapping, published: object, values: Mapping[str, object]) -> bool:
    """Outcome of a test on labelled values.

    Parameters
    ----------
    test : mapping
        One of equals (value), within (tolerance about the published number), below, above, between [low, high], sign,
        largest, smallest (label), increasing, decreasing (in the order of the labels), each {label: value or list of
        values}. Tests of size hold for every value.
    published : object
        The published value, for `within`.
    values : mapping
        From `quantities.evaluate`.
    """
    (kind, wanted) = next(iter(test.items()))
    values_of_run = list(values.values())
    if kind == "equals":
        return _same(values_of_run[0], wanted)
    if kind == "each":
        return all(
            label in values
            and any(_same(values[label], item) for item in (allowed if isinstance(allowed, list) else [allowed]))
            for label, allowed in ((str(key), value) for key, value in wanted.items())
        )
    numbers = np.asarray(values_of_run, dtype=float)
    if not np.isfinite(numbers).all():
        return False
    if kind in ("largest", "smallest"):
        place = numbers.argmax() if kind == "largest" else numbers.argmin()
        return list(values)[place] == str(wanted)
    if kind in ("increasing", "decreasing"):
        steps = np.diff(numbers)
        return bool((steps > 0).all() if kind == "increasing" else (steps < 0).all())
    simple = {
        "within": lambda: np.abs(numbers - float(published)) <= wanted,
        "below": lambda: numbers < wanted,
        "above": lambda: numbers > wanted,
        "between": lambda: (numbers >= wanted[0]) & (numbers <= wanted[1]),
        "sign": lambda: numbers < 0 if wanted == "negative" else numbers > 0,
    }
    return bool(np.all(simple[kind]()))


def _same(value: object, wanted: object) -> bool:
    if isinstance(value, list | tuple) or isinstance(wanted, list | tuple):
        value, wanted = list(np.ravel(value)), list(np.ravel(wanted))
        return len(value) == len(wanted) and all(_same(*pair) for pair in zip(value, wanted, strict=True))
    try:
        return bool(np.isclose(float(value), float(wanted), rtol=1e-12, atol=0.0))
    except (TypeError, ValueError):
        return str(value) == str(wanted)


def written(value: object) -> str:
    """A value as text: numbers with up to six significant digits, lists with semicolons."""
    if isinstance(value, list | tuple):
        return ";".join(written(item) for item in np.ravel(value).tolist())
    if isinstance(value, bool | str) or value is None:
        return str(value)
    return f"{float(value):.6g}"


def text_of(values: Mapping[str, object]) -> str:
    """Labelled values as text."""
    return "; ".join(f"{label} {written(value)}".strip() for label, value in values.items())


def _how(how: Mapping) -> str:
    parts = [f"{how['take']} of {how['from']}"]
    parts += [
        f"{name} {written(wanted) if not isinstance(wanted, Mapping) else '{from} to {to}'.format(**wanted)}"
        for name, wanted in how.get("where", {}).items()
    ]
    parts += [f"{name} {how[name]}" for name in ("by", "reduce", "bound", "weight", "times") if name in how]
    return ", ".join(parts)


def compare(listed: Mapping, files: Mapping, record: Mapping) -> pd.DataFrame:
    """The table of claims for a run.

    Parameters
    ----------
    listed : mapping
        Content of `config/claims.yaml`.
    files : mapping
        Name in the list of claims -> file, of those that the run makes.
    record : mapping
        The run's record (`vadose.files.provenance.record`).

    Returns
    -------
    DataFrame
        COLUMNS, one row per claim in the order of the list. `holds` is yes, no or empty; `verdict` says "agrees" or
        "differs" only where data, record and grid are the published ones, or where the number belongs to the set-up.

    Raises
    ------
    ClaimsError
        If the list of claims is written wrongly.
    """
    check(listed)
    configuration = record["configuration"]
    kinds = {name: entry.get("product") for name, entry in listed["files"].items()}
    run = quantities.Run(files, kinds, configuration)
    published = {name: Published(entry["grid"], tuple(entry["products"])) for name, entry in listed["studies"].items()}
    rows = []
    for claim in listed["claims"]:
        study = claim.get("study", STUDIES[claim["id"][0]])
        rows.append(described(claim, study) | _judged(claim, study, run, record, published))
    return pd.DataFrame(rows, columns=COLUMNS)


def described(claim: Mapping, study: str) -> dict[str, object]:
    """What a row says of a claim, whatever the run."""
    row = {name: claim.get(name, "") for name in ("id", "quantity", "unit", "note")} | {"study": study}
    return row | {
        "published": written(claim["published"]),
        "test": _text_of_test(claim["test"]),
        "how": _how(claim["how"]),
    }


def _text_of_test(test: Mapping) -> str:
    (kind, wanted) = next(iter(test.items()))
    if isinstance(wanted, Mapping):
        return f"{kind}: " + ", ".join(f"{label} {written(value)}" for label, value in wanted.items())
    return kind if wanted is True else f"{kind} {written(wanted)}"


def _judged(
    claim: Mapping, study: str, run: quantities.Run, record: Mapping, published: Mapping[str, Published]
) -> dict:
    blank = {"reproduced": "", "difference": np.nan, "holds": ""}
    blank |= {"over_years": "", "published_within": "", "holds_in_resamples": np.nan}
    if study not in record["configuration"]["studies"]:
        return blank | {"verdict": "not computed: the study is not part of this run"}
    own = own_periods(claim, study, record["configuration"])
    setup = claim.get("setup", False) or claim["how"]["from"] in ("configuration", "constants")
    if None in own and not setup:
        return blank | {"verdict": f"not computed: the run has no years of {_records(claim, study)[own.index(None)]}"}
    try:
        values = quantities.evaluate(claim["how"], run, own[0])
    except quantities.NotMade as error:
        return blank | {"verdict": f"not computed: {error}"}
    except quantities.Unknown as error:
        raise ClaimsError(f"{claim['id']}: how: {error}") from None
    outcome = holds(claim["test"], claim["published"], values)
    judged = blank | {"reproduced": text_of(values), "holds": "yes" if outcome else "no"}
    judged |= _over_years(claim, run, own[0], values)
    if (
        len(values) == 1
        and isinstance(claim["published"], int | float)
        and not isinstance(next(iter(values.values())), str | list)
    ):
        judged["difference"] = float(next(iter(values.values()))) - float(claim["published"])
    against = [] if setup else obstacles(claim, study, record, published)
    if against:
        return judged | {"verdict": f"not comparable: {', '.join(against)}"}
    return judged | {
        "verdict": ("as published" if outcome else "configured otherwise")
        if setup
        else ("agrees" if outcome else "differs")
    }


def _over_years(claim: Mapping, run: quantities.Run, period: str | None, values: Mapping[str, object]) -> dict:
    """Interval over years, whether the published number lies in it, and how often the test holds in resampled years."""
    drawn = years.resampled(claim["how"], run, period)
    if drawn is None or list(drawn.replicates) != list(values):
        return {}
    columns: dict = {"over_years": years.interval_text(values, drawn)}
    published = claim["published"]
    if columns["over_years"] and len(values) == 1 and isinstance(published, int | float):
        low, high = (float(limit) for limit in columns["over_years"].split(" to "))
        columns["published_within"] = "yes" if low <= published <= high else "no"
    if next(iter(claim["test"])) not in ("within", "equals", "each"):
        tests = [holds(claim["test"], published, row) for row in years.samples(drawn).to_dict("records")]
        columns["holds_in_resamples"] = float(np.mean(tests))
    return columns


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers of claims by study and verdict (its first words), and how many of their tests hold on the numbers of this
    run."""
    kinds = table["verdict"].str.split(":").str[0]
    rows = []
    for (study, verdict), part in table.groupby([table["study"], kinds], sort=True):
        rows.append(
            {
                "study": study,
                "verdict": verdict,
                "claims": len(part),
                "tests that hold": int((part["holds"] == "yes").sum()),
            }
        )
    return pd.DataFrame(rows, columns=["study", "verdict", "claims", "tests that hold"])
