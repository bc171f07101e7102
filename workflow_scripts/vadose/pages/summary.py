"""What a run found, in a few sentences whose numbers come from numbers.json: for report, gallery and manuscripts."""

import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from vadose.pages import sentences
from vadose.pages.report.page import TEMPLATES

SHOWN_BY = " -> "  # before the name of the figure that shows what a sentence says
TOTAL = "period == @period and series == 'total' and test == 'original'"
MOST = 30  # rows of a table in a text
CHANGING = (
    "Headline numbers that change. The sign is that of the difference from zero, of omega from one, of the share of "
    "cells with declining soil moisture or negative dependence from a half."
)
TEXTS = {
    "variability": TEMPLATES / "summary/variability.txt",
    "dependence": TEMPLATES / "summary/dependence.txt",
}


def environment(texts: Mapping[str, str], numbers: sentences.Numbers, **words: object):
    """Templates that print numbers of a run: << >> prints, <% %> decides, <# #> remarks.

    Parameters
    ----------
    texts : mapping
        Templates by name.
    numbers : Numbers
        Headline numbers of a study.
    **words
        What a template may call besides.

    Returns
    -------
    jinja2.Environment
    """
    import jinja2

    templates = jinja2.Environment(
        loader=jinja2.DictLoader(dict(texts)),
        undefined=jinja2.StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        keep_trailing_newline=True,
    )
    templates.globals |= sentences.vocabulary(numbers) | words
    return templates


def findings(
    study: str, numbers: sentences.Numbers, period: str, chances: Mapping[str, str] | None = None
) -> list[str]:
    """What a study found, a sentence each; numbers that the run lacks take their sentence with them.

    Parameters
    ----------
    study : {"variability", "dependence"}
    numbers : Numbers
        Headline numbers of the study.
    period : str
        Last period of study A; "" for study B.
    chances : mapping, optional
        From `without_trend`.

    Returns
    -------
    list of str
    """
    return [sentence for _, sentence, _ in _lines(study, numbers, period, chances or {})]


def without_trend(tables: Iterable[Path], period: str) -> dict[str, str]:
    """What trend-free series of a period's length and memory give, in per cent.

    Parameters
    ----------
    tables : iterable of Path
        Tables of the run.
    period : str

    Returns
    -------
    dict
        `share` of the variance that a line takes, and of `significant` trends by Mann-Kendall's test; without those
        that the run has not measured.
    """
    by_name = {path.name: path for path in tables if path.parent.name == "variability"}
    listed = {}
    for key, name, chosen, column in (
        ("share", "trend_shares.csv", "window == @period", "null_share"),
        ("significant", "trend_tests.csv", TOTAL, "rejects_without_trend"),
    ):
        if name in by_name:
            values = pd.read_csv(by_name[name]).query(chosen).get(column, pd.Series(dtype=float)).dropna()
            listed |= {key: f"{100 * values.iloc[0]:.0f}\u00a0%"} if len(values) else {}
    return listed


def told(
    study: str, numbers: sentences.Numbers, period: str, chances: Mapping[str, str] | None = None
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """As `findings`, each with the name of the figure that shows it or "": what a report begins with, and the rest.

    Parameters
    ----------
    study, numbers, period, chances
        As in `findings`.
    """
    lines = _lines(study, numbers, period, chances or {})
    first = [(sentence, name) for is_first, sentence, name in lines if is_first]
    return first, [(sentence, name) for is_first, sentence, name in lines if not is_first]


def _lines(
    study: str, numbers: sentences.Numbers, period: str, chances: Mapping[str, str]
) -> list[tuple[bool, str, str]]:
    """In the order of the text: whether a report begins with it, the sentence, the figure that shows it or ""."""
    text = TEXTS[study].read_text(encoding="utf-8")
    printed = environment({study: text}, numbers).get_template(study).render(period=period, chances=chances)
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    parts = [line.removeprefix("!").strip().partition(SHOWN_BY) for line in lines]
    return [(line.startswith("!"), sentence, name) for line, (sentence, _, name) in zip(lines, parts, strict=True)]


def compared(claims: Path, *studies: str) -> dict:
    """Published numbers against this run: how many results hold, how many settings are the same, and a table of the
    results that do not hold."""
    frame = pd.read_csv(claims)
    frame = frame[frame["study"].isin(studies)]
    kinds = frame["verdict"].str.split(":").str[0]
    settings = kinds.isin(["as published", "configured otherwise"])  # definitions and set-up: no results
    differ = frame[kinds == "differs"].fillna("")
    listed = frame.loc[kinds == "not comparable", "verdict"].str.split(": ", n=1).str[-1]
    why = list(dict.fromkeys(reason for several in listed for reason in several.split(", ")))
    reasons = f" ({', '.join(why)})" if why else ""
    parts = []
    if not settings.all():
        agreeing = (kinds == "agrees").sum()
        parts.append(
            f"Of {(~settings).sum()} published results, {agreeing} hold in this run and {len(differ)} do not; the "
            f"others were not computed or cannot be compared{reasons}."
            if agreeing or len(differ)
            else f"Not one of {(~settings).sum()} published results can be compared with this run{reasons}."
        )
    if settings.any():
        own = (kinds == "as published").sum()
        parts.append(f"Of {settings.sum()} published settings, {own} are those of this run.")
    text = " ".join(parts)
    columns = {"quantity": "quantity", "published": "published", "reproduced": "this run", "verdict": "verdict"}
    return {"text": text, "caption": "Published numbers that this run does not give."} | rows_of(differ, columns)


def survives(table: Path | None, *studies: str) -> dict:
    """Which headline numbers change sign or significance under an alternative."""
    if table is None:
        text = "This run has no sensitivity analysis (sensitivity: true in its configuration makes one)."
        return {"text": text, "columns": [], "rows": [], "caption": ""}
    frame = pd.read_csv(table)
    frame = frame[frame["study"].isin(studies)]
    valid = frame[~frame["verdict"].isin(["not applicable"])]
    changing = valid[valid["verdict"].isin(["sign changes", "significance changes"])]
    text = (
        f"Under {valid['alternative'].nunique()} alternatives of data and method, {len(changing)} of {len(valid)} "
        "headline numbers change their sign or significance beyond what other years would have given."
    )
    changing = changing.assign(number=changing["number"].str.replace("_", " "))
    columns = {"question": "alternative", "number": "number", "case": "case", "base": "run"}
    columns |= {"under_alternative": "alternative gives", "verdict": "what changes"}
    return {"text": text, "caption": CHANGING} | rows_of(changing, columns)


def rows_of(frame: pd.DataFrame, columns: Mapping[str, str]) -> dict:
    """Columns of a table by their heads, numbers to three digits; the first rows of a long one, which says so."""
    chosen = frame[list(columns)].map(lambda entry: f"{entry:.3g}" if isinstance(entry, float) else str(entry))
    rows = [[textwrap.shorten(entry, 160) for entry in row] for row in chosen.head(MOST).to_numpy().tolist()]
    if len(chosen) > MOST:
        rows.append([f"and {len(chosen) - MOST} more in the tables of the run", *[""] * (len(columns) - 1)])
    return {"columns": list(columns.values()), "rows": rows}
