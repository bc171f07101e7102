r"""A manuscript against the numbers of a run: which of its numbers no run supports, and which macros name none."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# What looks like a number and is none of a result: commands with their arguments, links, references, units, levels.
SILENT = [
    r"(?<!\\)%.*",  # comments of TeX
    r"\\(?:cite\w*|ref|eqref|label|url|href|includegraphics|input|bibliography\w*|documentclass|usepackage|v?space\*?)"
    r"(?:\[[^\]]*\])*\{[^}]*\}",
    r"!?\[[^\]]*\]\([^)]*\)|https?://\S+|\b10\.\d{4,9}/\S+",
    r"(?i)\b(?:figures?|figs?\.|tables?|sections?|sect?\.|eqs?\.|equations?|chapters?|appendix|page|version|v)[~\s]*[A-Z]?\d[\d.]*"
    r"(?:\s*(?:,|and|to|-|--)\s*[A-Z]?\d[\d.]*)*",
    r"-?\d+(?:\.\d+)?\s*\\?(?:textwidth|linewidth|columnwidth|pt|em|ex)\b",
    r"[A-Za-z]?\s?\$?\^\{?[-\u2212]?\d+\}?\$?|[A-Za-z][-\u2212]\d+\b(?!\.)",  # powers of units
    r"\b\d+\s*(?:--?|\u2013|to)\s*\d+\s*(?:cm|m)\b",  # depths of layers
    r"\b9[059]\s*\\?%\s*(?:\w+\s)?interval|\bp\$?\s*(?:<|\\le|=|\u2264)\s*0\.\d+",  # levels
    r"\b\w*[A-Za-z]\w*\d\w*|\b\d+[A-Za-z]\w*",  # names such as ERA5, V2.1, 0a
]
COMMENT, *OTHERS = SILENT
NUMBER = re.compile(r"(?<![\w.])([-\u2212]?)(\d+(?:\.\d+)?)(\s*(?:\\?%|per\s?cent|percentage points))?")
MACRO = re.compile(r"\\vadose(?:unit|interval|)\{([^}]*)\}")
YEARS = range(1800, 2101)


class Remark(NamedTuple):
    """A place of a manuscript at which something stands that the run does not support."""

    line: int
    text: str
    reason: str


def remarks(manuscript: str, numbers: Mapping[str, dict], *, tex: bool) -> list[Remark]:
    """Numbers and macros of a manuscript that the run does not support, in their order.

    Parameters
    ----------
    manuscript : str
        TeX, Markdown or plain text.
    numbers : mapping
        `numbers` of numbers.json.
    tex : bool
        Whether % begins a comment.

    Returns
    -------
    list of Remark
        A number is supported if a value or a limit of an interval of the run, rounded to its decimals, is it; with a
        per cent sign that is a share times 100; limits of a share may stand without one. Whole numbers from 1800 to
        2100 are taken for years; numbers of figures, tables and equations, links, citations, units, depths, levels and
        names are left out.
    """
    unsupported = []
    for line, text in enumerate(manuscript.splitlines(), start=1):
        if tex:
            text = re.sub(COMMENT, "", text)
        for key in MACRO.findall(text):
            if key not in numbers:
                unsupported.append(Remark(line, key, "no number of the run has this name"))
        text = MACRO.sub(" ", text)
        for pattern in OTHERS:
            text = re.sub(pattern, " ", text)
        for literal, percent in literals(text):
            if not supporting(literal, percent, numbers):
                unit = " %" if percent else ""
                unsupported.append(Remark(line, literal + unit, "no number of the run rounds to it"))
    return unsupported


def literals(text: str) -> Iterator[tuple[str, bool]]:
    """Numbers of a line, with whether they are per cent."""
    for sign, digits, percent in NUMBER.findall(text):
        if not (digits.isdigit() and int(digits) in YEARS):
            yield ("-" if sign else "") + digits, bool(percent)


def supporting(literal: str, percent: bool, numbers: Mapping[str, dict]) -> list[str]:
    """Keys of the numbers of which a value or a limit rounds to a literal; without its sign also where it has none, as
    in "a decline of 0.5"."""
    places = len(literal.partition(".")[2])
    tolerance = 0.5 * 10.0**-places * (1 + 1e-9)
    keys = []
    for key, one in numbers.items():
        share = one["text_unit"] in ("%", "percentage points")
        if percent and not share:
            continue
        # "62 % (57 to 68)": limits of a share stand without the sign of their own.
        parts = ("low", "high") if share and not percent else ("value", "low", "high")
        values = [one[part] * (100 if share else 1) for part in parts if one[part] is not None]
        target = float(literal)
        if any(abs((value if target < 0 else abs(value)) - target) <= tolerance for value in values):
            keys.append(key)
    return keys
