"""The sections of the report from the files of a run. A section that has nothing to say is None."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from vadose.figures import style
from vadose.files import products
from vadose.pages import numbering
from vadose.pages.report import changes, coverage, findings, levels, mechanism, page, productivity
from vadose.pages.report.costs import by_rule, versions
from vadose.pages.report.finding import CHANGED, COLUMNS, HELD
from vadose.statistics.numeric.block_interval import BLOCK_DEGREES
from vadose.studies.claims.ledger import summary
from vadose.studies.depths import dashed
from vadose.studies.sensitivity import verdicts

TITLES = {"variability": "Variability of soil moisture", "dependence": "Dependence of soil moisture on precipitation"}
RECOVERY = ("recovery", "recovery_dependence", "controls_recovery")
NULLS = ("false_positives", "shared_season", "recovered_families", "interval_coverage")
REASONS = ("reasons", "copula_reasons", "control_reasons")
LAND_COVER = ("land_cover_rules", "land_cover_cells")
MECHANISM = ("lead_lag", "partial_dependence", "memory", "dependence_changes")  # products and tables of these names
FAILURES = ("driver_failures",)
MISSING = ("missing_months",)
LEFT_OUT = ("left_out",)
NOT_COMPARED = ("not comparable", "not computed")  # beginnings of verdicts
ELSEWHERE = (*RECOVERY, *NULLS, *REASONS, *FAILURES)


def _named(tables: Sequence[Path], names: Sequence[str]) -> list[Path]:
    return [path for name in names for path in tables if path.stem == name]


def headline(
    products_of_run: Sequence[Path],
    tables: Sequence[Path],
    record: Mapping,
    figures: Sequence[numbering.Numbered] = (),
) -> dict:
    """Headline findings with their intervals, and the figures that show them.

    Parameters
    ----------
    products_of_run, tables : sequences of Path
        Merged products and tables of the run.
    record : mapping
        The run's record.
    figures : sequence of Numbered
        Figures of the run.
    """
    paths = {path.stem: path for path in products_of_run}
    seed, alpha = record["configuration"]["seed"], record["configuration"]["significance"]["alpha"]
    # Both studies have a table of this name: the first is that of variability.
    over_years = {path.parent.name: path for path in _named(tables, ("year_intervals",))}
    read = {
        path.stem: pd.read_csv(path, dtype={"layer": str})
        for path in [
            *_named(
                tables,
                ("trends", "trend_tests", "trend_shares", "shares", "negative_shares", "control_year_intervals", "risk")
                + ("change_points",)
                + LAND_COVER,
            ),
            *(path for study, path in over_years.items() if study == "variability"),
        ]
    }
    of_dependence = over_years.get("dependence")
    years = None if of_dependence is None else pd.read_csv(of_dependence, dtype={"layer": str})
    rows = []
    if "attribution" in paths:
        products_of_study = (products.read(paths[name], name) for name in ("attribution", "trends"))
        rows += findings.variability(*products_of_study, read, seed)
    if "change_points" in paths:
        changed = products.read(paths["change_points"], "change_points")
        rows += changes.moisture_changes(changed, read["change_points"], alpha, seed)
    if "productivity_correlation" in paths:
        rows += productivity.findings(
            products.read(paths["productivity_correlation"], "productivity_correlation"),
            seed,
            *(read.get(name) for name in LAND_COVER),
        )
    if "copulas" in paths:
        rows += findings.dependence(products.read(paths["copulas"], "copulas"), read["negative_shares"], seed, years)
    if "risk" in read:
        rows += findings.risks(read["risk"])
    if "controls" in paths:
        controls_over_years = read.get("control_year_intervals")
        rows += findings.controls(products.read(paths["controls"], "controls"), seed, controls_over_years)
    behind = [name for name in MECHANISM if name in paths]
    rows += mechanism.findings(
        {name: products.read(paths[name], name) for name in behind},
        {path.stem: pd.read_csv(path) for path in _named(tables, behind)},
        alpha,
        seed,
    )
    listed = pd.DataFrame(rows, columns=COLUMNS).map(lambda cell: dashed(cell) if isinstance(cell, str) else cell)
    listed = listed.drop(columns=[name for name in (HELD, CHANGED) if not listed[name].any()])
    listed["for judging it"] = listed["for judging it"].str.replace("; ", ";\n")
    listed["unit"] = listed["unit"].map(style.unit_text)
    listed["figure"] = [numbering.of_finding(figures, finding) for finding in listed["finding"]]
    table = page.table(listed, "Findings")
    text = (
        "Means over cells. The interval over years is that of the question whether other years would have given "
        "another number: whole years are drawn, the same for all cells. The interval over places comes from resampling "
        f"whole blocks of {BLOCK_DEGREES:g} by {BLOCK_DEGREES:g} degrees, since neighbours are not independent cases: "
        "it says how much depends on the places looked at. Neither says anything about errors of the data. An interval "
        f"of 95 % should hold the truth in {coverage.MEANT[0]:.0f} to {coverage.MEANT[1]:.0f} % of simulated worlds; "
        "where it does so more or less often, the table says it."
    )
    return page.section("findings", "Findings", text=text, tables=[table | {"folded": False, "cards": True}])


def claims(claims: Path, figures: Sequence[numbering.Numbered] = ()) -> dict:
    """Published against reproduced numbers, and the figures that show them."""
    compared = pd.read_csv(claims, keep_default_na=False)
    of_claims = zip(compared["study"], compared["how"], strict=True)
    compared["figure"] = [numbering.of_claim(figures, study, how) for study, how in of_claims]
    compared["difference"] = pd.to_numeric(compared["difference"], errors="coerce")
    aside, beside = compared["verdict"].str.startswith(NOT_COMPARED), {"file": "tables/claims.csv"}
    tables = [page.table(summary(compared), "How the claims fare") | {"folded": bool(aside.all())}]
    for study in sorted(compared["study"].unique()):
        part = compared[(compared["study"] == study) & ~aside].drop(columns=["study", "how"])
        tables += [page.table(part, f"Claims of the {study} study") | beside] if len(part) else []
    if aside.any():
        part = compared[aside].drop(columns=["how"])
        tables.append(page.table(part, "Claims that cannot be compared in this run") | beside | {"folded": True})
    text = (
        f"{(~aside).sum()} of {len(compared)} claims can be compared in this run; the other {aside.sum()} are folded "
        "away at the end of this section. "
        "Every number of the two studies that this workflow can compute, with a test of its own. Where the data, the "
        "record or the grid are not "
        "the published ones the verdict is not comparable, whatever the test says on the numbers of this run. "
        "How each number is computed stands in config/claims.yaml and in claims.csv."
    )
    return page.section("claims", "Claims", text=text, tables=tables)


def study(name: str, figures: Sequence[dict], tables: Sequence[Path]) -> dict:
    """Figures and tables of a study."""
    listed = [
        _with_levels(page.read_table(path), path.stem if name == "dependence" else "")
        for path in tables
        if path.parent.name == name and path.stem not in ELSEWHERE
    ]
    if name == "dependence" and listed:
        listed += of_tests_of_dependence()
    return page.section(name, TITLES[name], figures=figures, tables=listed)


def _with_levels(table: dict, stem: str) -> dict:
    """A table of study B with what is known of its tests."""
    return table | {"note": " ".join(filter(None, (table["note"], levels.beside(stem))))}


def of_tests_of_dependence() -> list[dict]:
    """How often the tests of study B speak where there is nothing to be found, folded: in short, and each world."""
    frame, command = levels.measured()
    note = (
        f"p up to 0.05 singly; in the field: share of the worlds that a false discovery rate of {levels.LEVEL_OF_FIELD}"
        f" % over them admits. AR(1) series of 20 years, independent unless the series says otherwise. Beside the "
        f"tables above stands which tests leave a level of 5 % by more than {levels.POINTS:g} points, other levels in "
        f"proportion. Made by {command}"
    )
    tables = [page.table(levels.in_short(), f"{levels.TITLE}, in short", note), page.table(frame, levels.TITLE)]
    return [table | {"folded": True} for table in tables]


def sensitivity(tables: Sequence[Path]) -> dict | None:
    """What changes under the alternatives of the sensitivity analysis, where the run has asked for it."""
    paths = _named(tables, ("sensitivity",))
    if not paths:
        return None
    compared = pd.read_csv(paths[0])
    changed = compared[compared["verdict"].isin([verdicts.SIGN, verdicts.SIGNIFICANCE])]
    columns = [
        "alternative",
        "number",
        "case",
        "base",
        "base_low",
        "base_high",
        "under_alternative",
        "low",
        "high",
        "verdict",
    ]
    tables = [page.table(verdicts.summary(compared), "What the alternatives change") | {"folded": False}]
    tables += [page.table(changed[columns], "Numbers that change sign or significance")] if len(changed) else []
    whole = page.table(compared.drop(columns=["question"]), "All numbers under all alternatives")
    tables.append(whole | {"file": "tables/sensitivity.csv"})
    text = "Headline numbers of the run under each likely alternative. " + verdicts.TITLE.split(". ", 1)[1]
    return page.section("sensitivity", "Sensitivity analysis", text=text, tables=tables)


def truth(tables: Sequence[Path]) -> dict | None:
    """Planted against recovered, where there is a truth."""
    paths = _named(tables, RECOVERY)
    if not paths:
        return None
    read = {f"{path.parent.name}, {path.stem}": _comparison(path) for path in paths}
    beyond = pd.concat(
        [part[part["within"].astype(str) == "False"].assign(table=name) for name, part in read.items()],
        ignore_index=True,
    )
    short = page.table(page.recovered(read), "Planted against recovered") | {"folded": False}
    listed = [short, page.table(beyond, "Cases beyond their tolerance") | {"folded": len(beyond) > page.FOLDED}]
    listed += [
        page.table(part, f"All cases: {name.replace('_', ' ')}") | {"folded": True} for name, part in read.items()
    ]
    text = (
        "The synthetic Earth has a planted truth. Each quantity that the run recovers is held against it, "
        "with a tolerance set beforehand."
    )
    return page.section("truth", "Recovery of the truth", text=text, tables=listed)


def _comparison(path: Path) -> pd.DataFrame:
    """A table of planted against recovered values; that of study B names them after Kendall's tau."""
    frame = pd.read_csv(path).rename(
        columns={"planted_tau": "planted", "recovered_tau": "recovered", "tau_within": "within"}
    )
    if "quantity" not in frame:
        case = (
            frame["name"].astype(str)
            + ", lag "
            + frame["planted_lag_months"].astype(str)
            + ", "
            + frame["depth_cm"].astype(str)
            + " cm"
        )
        frame = frame.assign(quantity="Kendall's tau (1)", case=case)
    return frame


def of_intervals() -> list[dict]:
    """How often intervals over years, and those over places, hold the truth."""
    frame, words = coverage.measured()
    title, note = words.split(", in %", 1)
    remark = (
        f"In %{note}. An interval that stays between 90 and 97 % needs no remark; beside others the findings print the "
        "rates. Intervals of shares of declining and significant cells are for what records of this length show: noise "
        "bends shares towards one half, so that as a statement about the true lines they hold less often."
    )
    return [page.table(coverage.in_short(), f"{title}, in short", remark) | {"folded": False}, page.table(frame, title)]


def of_intervals_of_dependence() -> list[dict]:
    """As `of_intervals`, for the numbers of study B."""
    frame, words = coverage.measured_dependence()
    title, note = words.split(", in %", 1)
    title = f"{title}: dependence and controls, months of 20 years"
    remark = (
        f"In %{note}. The truth of mean monthly tau-b is the planted one, that of other numbers the mean over "
        "worlds: what another 20 years would give."
    )
    short = page.table(coverage.in_short(frame), f"{title}, in short", remark)
    return [short | {"folded": False}, page.table(frame, title)]


def null_worlds(tables: Sequence[Path]) -> dict | None:
    """How often tests find what is not there."""
    paths = _named(tables, NULLS)
    if not paths:
        return None
    text = (
        "What the tests of this run find in simulated worlds where there is nothing to be found, or where "
        "what is to be found is known."
    )
    listed = [page.read_table(path) for path in paths] + of_intervals() + of_intervals_of_dependence()
    return page.section("null-worlds", "False positives and coverage", text=text, tables=listed)


def missing(tables: Sequence[Path]) -> dict | None:
    """Months that the run lacks, whatever the configuration does about files that are not there."""
    paths = _named(tables, MISSING)
    if not paths:
        return None
    counted = pd.read_csv(paths[0], keep_default_na=False)
    lacking = counted[counted["missing"] > 0]
    text = "Every product has data in every month of its years."
    if len(lacking):
        text = f"{len(lacking)} of {len(counted)} products lack months: they are missing values in all that follows."
    left_out = [path for path in _named(tables, LEFT_OUT) if len(pd.read_csv(path))]
    if left_out:
        text += (
            " The second table has the files that the archives did not give; each run of the whole asks for them again."
        )
    read = [page.read_table(path) for path in [paths[0], *left_out]]
    return page.section("missing-months", "Months without data", text=text, tables=read)


def reasons(tables: Sequence[Path]) -> dict | None:
    """What was left out, and why."""
    paths = _named(tables, REASONS)
    if not paths:
        return None
    return page.section("reasons", "What was left out, and why", tables=[page.read_table(path) for path in paths])


def failures(tables: Sequence[Path]) -> dict | None:
    """Models that did not pass the convergence checks."""
    paths = _named(tables, FAILURES)
    if not paths:
        return None
    read = pd.read_csv(paths[0])
    text = (
        "Every driver model that was sampled passed the convergence checks."
        if read.empty
        else f"{len(read)} sampled driver models did not pass the convergence checks; their estimates are not used."
    )
    return page.section(
        "failures", "Failed models", text=text, tables=[] if read.empty else [page.read_table(paths[0])]
    )


def methods(entries: Mapping, record: Mapping) -> tuple[dict, list[dict]]:
    """Methods in short, and the references they cite."""
    paragraphs, cited = page.methods(record["configuration"], entries)
    return page.section("methods", "Methods in short", paragraphs=paragraphs), cited


def costs(folder: Path, names: Sequence[str]) -> dict:
    """What the run took, and with which versions."""
    used = by_rule(folder, names)
    text = (
        "Of the jobs whose results stand here, whenever they ran; jobs run side by side, so the sum is not "
        "the time that passed."
    )
    listed = [
        page.table(used, "Resources by rule") | {"folded": len(used) > 2 * page.FOLDED},
        page.table(versions(), "Versions"),
    ]
    return page.section("resources", "Resources and versions", text=text, tables=listed)
