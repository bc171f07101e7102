"""The report in a browser: all its parts, no outside request, readable on a phone, in the dark and on paper."""

import base64
import re

import made_up
import pandas as pd
import pytest

import write_report
from vadose.pages.report import page, words
from vadose.studies.manuscript import citable
from vadose.studies.sensitivity import verdicts
from vadose.studies.sensitivity.verdicts import Number

NUMBERS = [
    Number("variability", "trend", "2006-2011", "kg m-2 yr-1", 0.0, -0.47, -0.9, -0.04, basis=verdicts.YEARS),
    Number("variability", "declining", "2006-2011", "1", 0.5, 0.62, 0.57, 0.68, basis=verdicts.YEARS),
    Number("dependence", "negative_share", "monthly, 0-10 cm", "1", 0.5, 0.321, 0.299, 0.343, basis=verdicts.YEARS),
]
SHARES = pd.DataFrame(
    [
        {"quantity": "layer", "layer": d, "period": "2006-2011", "mean_over_cells": 0.5, "mean_by_area": 0.5}
        for d in (1, 2)
    ]
)
TRENDS = pd.DataFrame(
    [{"period": "2006-2011", "series": "total", "mean_by_area": -0.1, "slope_of_mean": -0.2, "p_of_mean": 0.3}]
).assign(line_of_mean=-0.15, hac_low_of_mean=-0.4, hac_high_of_mean=0.1, ar1_low_of_mean=-0.45, ar1_high_of_mean=0.15)
TESTS = pd.DataFrame(
    [{"period": "2006-2011", "series": "total", "test": "original", "significant": 0.2, "significant_by_fdr": 0.1}]
).assign(years=6, lag_one=0.31, rejects_without_trend=0.124)
WINDOWS = pd.DataFrame([{"window": "2006-2011", "null_share": 0.15}])
YEARS = pd.DataFrame(
    [
        {"quantity": "mean_slope", "low": -0.31, "high": 0.07},
        {"quantity": "share_declining", "low": 0.21, "high": 0.79},
        {"quantity": "share_significant", "low": 0.03, "high": 0.13},
        {"quantity": "dynamics", "dynamics": "trend", "low": 0.05, "high": 0.45},
        {"quantity": "layer", "layer": "1", "low": 0.11, "high": 0.22},
        {"quantity": "layer", "layer": "2", "low": float("nan"), "high": float("nan")},
    ]
).assign(period="2006-2011", weighting="cell")
NEGATIVE = pd.DataFrame(
    [
        {"time_scale": scale, "depth_cm": depth, "share_of_cells": 0.3, "certain_share_of_cells": 0.1}
        for scale in ("monthly", "annual")
        for depth in ("0-10", "10-40")
    ]
)
RECOVERY = pd.DataFrame(
    [
        {
            "quantity": "slope",
            "case": "all",
            "planted": 1.0,
            "recovered": 1.5,
            "tolerance": 0.1,
            "within": False,
            "cells": 3,
        }
    ]
)
KINDS = ["", "", "number", "number", "number", "bad", "number"]
CLAIMS = pd.DataFrame(
    [
        {
            "id": "A001",
            "study": "variability",
            "quantity": "start",
            "unit": "year",
            "published": "1948",
            "reproduced": "2000",
            "difference": 52.0,
        }
        | {"test": "equals 1948", "holds": "no", "verdict": "configured otherwise", "note": ""}
        | {"how": "mean_over_cells of trends, period record, series total"}
    ]
)


@pytest.fixture(scope="module")
def written(tmp_path_factory, root):
    folder = tmp_path_factory.mktemp("report")
    files = made_up.run(folder)
    tables = [
        made_up.table(folder, "variability", name, frame)
        for name, frame in {
            "shares": SHARES,
            "trends": TRENDS,
            "trend_tests": TESTS,
            "trend_shares": WINDOWS,
            "year_intervals": YEARS,
            "recovery": RECOVERY,
            "reasons": pd.DataFrame({"reason": ["analysed"], "cells": [3]}),
            "false_positives": pd.DataFrame({"test": ["original"], "rate": [0.14]}),
        }.items()
    ]
    tables.append(made_up.table(folder, "dependence", "negative_shares", NEGATIVE))
    tables.append(
        made_up.table(
            folder, "dependence", "driver_failures", pd.DataFrame({"ecoregion": ["Tundra"], "message": ["R-hat 1.2"]})
        )
    )
    lacking = {"study": "variability", "product": "soil_moisture", "months": 132, "missing": 3}
    months = pd.DataFrame([lacking | {"missing_months": "1988-07, 2001-11 to 2001-12"}])
    tables.append(made_up.table(folder, "", "missing_months", months))
    figures = [made_up.figure(folder, "variability", "figure_1"), made_up.figure(folder, "dependence", "lags")]
    claims = folder / "tables/claims.csv"
    CLAIMS.to_csv(claims, index=False)
    bib = folder / "references.bib"
    bib.write_text(
        "@article{rodell2004, author = {Rodell, M.}, title = {GLDAS}, year = {2004}, doi = {10.1/x}}\n",
        encoding="utf-8",
    )
    numbers = folder / "numbers.json"
    cited = citable.entries(NUMBERS, {one.quantity: {"product": "x.nc", "sha256": "0", "rule": "x"} for one in NUMBERS})
    numbers.write_text(citable.as_json(cited, {"run": "made_up"}), encoding="utf-8")
    report, atlas = folder / "report.html", folder / "atlas.html"
    atlas.write_text('{"id":"trend-2006-2011-all-layers"}, {"id":"lags"}', encoding="utf-8")
    write_report.main(
        figures=figures,
        tables=tables,
        claims=claims,
        numbers=numbers,
        run_products=[
            files[name] for name in ("attribution", "trends", "productivity_correlation", "copulas", "controls")
        ],
        references=[bib],
        citation=root / "CITATION.cff",
        atlas=atlas,
        report=report,
        rules={str(path): f"rule_{path.stem}" for path in figures},
        names=["fit_trends"],
        benchmarks=folder / "benchmarks",
        record=made_up.record(),
    )
    return report


def test_every_part_is_there(written):
    text = written.read_text(encoding="utf-8")
    assert "its straight line −0.15, −0.4 to 0.1 by errors of Newey and West" in text
    assert "−0.45 to 0.15 by AR(1) errors" in text
    found = re.findall(r'<section id="([a-z-]+)"', text)
    assert found == [
        *(
            "findings",
            "missing-months",
            "claims",
            "variability",
            "dependence",
            "truth",
            "null-worlds",
            "reasons",
            "failures",
            "methods",
            "resources",
        ),
        *("references", "citation", "data", "configuration"),
    ]
    assert (
        "Synthetic data." in text and "rule_figure_1" in text and "R-hat 1.2" in text and 'id="ref-rodell2004"' in text
    )
    assert "1 of 1 products lack months" in text and "1988-07, 2001-11 to 2001-12" in text
    assert re.search(r'<td class="bad">no</td>', text)  # the recovery beyond its tolerance
    assert "trend-free series of this length and memory give 15 %" in text
    assert (
        "Mann-Kendall: 20 % singly, 10 % by the false discovery rate (rejects 12.4 % of trend-free series of 6 " in text
    )


def test_the_first_screen_says_what_was_found(written, window):
    """Before the contents: sentences with their intervals, the published study, what was computed from what."""
    window.window(1400, 900)
    window.open(written)
    words = window.value("document.querySelector('header').innerText").replace("\xa0", " ")
    assert (
        "the mean trend of total soil moisture was \u22120.5 kg m\u207b\u00b2 yr\u207b\u00b9 (\u22120.9 to 0.0)"
        in words
    )
    assert "soil moisture declined in 62 % (57 to 68) of them" in words
    assert "in 32.1 % (29.9 to 34.3) of the cells at 0\u201310 cm" in words
    assert "Of 1 published settings, 0 are those of this run." in words and "no sensitivity analysis" in words
    assert "0\u00b0 to 90\u00b0N" in words and "Made up (2.1)" in words and "2000\u20132011" in words
    for hidden in ("0" * 12, "revision"):
        assert hidden not in words


def test_links_lead_to_the_files_of_the_run(written, window):
    window.open(written)
    links = window.value("[...document.querySelectorAll('main a, header a')].map((a) => a.getAttribute('href'))")
    local = {link.partition("#")[0] for link in links if not link.startswith(("#", "https://doi.org/"))}
    assert {
        "figures/variability/figure_1.png",
        "figures/variability/figure_1.csv",
        "tables/variability/shares.csv",
    } <= local
    assert all((written.parent / link).is_file() for link in local)


def test_figures_are_numbered_and_linked(written, window):
    """By caption, contents, claims, findings, first screen and atlas."""
    window.open(written)
    captions = window.value("[...document.querySelectorAll('figcaption strong')].map((words) => words.textContent)")
    assert captions == [
        "Figure 1 (Figure 1 of study A). Picture figure_1.",
        "Figure 2 (Figure S2 of Xue and Wu 2025). Picture lags.",
    ]
    links = (
        "(where) => [...document.querySelectorAll(where)].filter((a) => /^(Figure )?[12]$/.test(a.textContent))"
        ".map((a) => [a.textContent, a.getAttribute('href')])"
    )
    places = {"nav a": ["1", "2"], "#claims a": ["Figure 1"], "#findings a": ["Figure 1"], ".answer a": ["Figure 1"]}
    ids = {"1": "#variability-figure_1", "2": "#dependence-lags"}
    for where, texts in places.items():
        linked = window.value(f"({links})({where!r})")
        assert {tuple(link) for link in linked} == {(text, ids[text[-1]]) for text in texts}, where
    layers = window.value("[...document.querySelectorAll('figure a')].map((a) => a.getAttribute('href'))")
    assert [link for link in layers if link.startswith("atlas")] == [
        "atlas.html#study=variability&layer=trend-2006-2011-all-layers"
    ]


def test_what_to_cite(written, window):
    window.open(written)
    listed = window.value("[...document.querySelectorAll('#citation li')].map((item) => item.textContent)")
    assert listed[0].startswith("The Vadose developers (2026). Vadose: from the archives to the paper")
    assert "only the text is at hand" in listed[1]
    text = window.value("document.querySelector('#citation').textContent")
    assert "cite the workflow alone" in text and "@software{vadose" in text and "@misc{gldas_2_1" in text
    assert window.value("document.querySelector('#data td a').href") == "https://doi.org/10.0/0"


def test_a_table_is_sorted_by_its_heads(written, window):
    window.open(written)
    column = "[...document.querySelectorAll('#claims table tbody tr')].map((row) => row.cells[1].textContent)"
    rows = "[...document.querySelectorAll('#resources table:last-of-type tbody tr')].map((r) => r.cells[0].textContent)"
    assert window.value(column)
    before = window.value(rows)
    for order in (sorted(before, key=str.lower), sorted(before, key=str.lower, reverse=True)):
        window.value("document.querySelector('#resources table:last-of-type th button').click()")
        assert [name.lower() for name in window.value(rows)] == [name.lower() for name in order]


def test_pictures_are_as_wide_as_a_screen(tmp_path):
    """Colours and proportions stay, and a picture that is small already keeps its pixels' number."""
    from io import BytesIO

    from PIL import Image

    whole = Image.new("RGB", (2125, 1000), (178, 24, 43))
    whole.paste((33, 102, 172), (1062, 0, 2125, 1000))
    for width, size in ((2125, (1200, 565)), (600, (600, 282))):
        whole.resize((width, round(1000 * width / 2125))).save(tmp_path / "figure.png")
        stored = Image.open(BytesIO(base64.b64decode(page.picture(tmp_path / "figure.png")))).convert("RGB")
        assert stored.size == size
        for place, colour in ((0.25, (178, 24, 43)), (0.75, (33, 102, 172))):
            pixel = stored.getpixel((int(place * size[0]), size[1] // 2))
            assert max(abs(one - other) for one, other in zip(pixel, colour, strict=True)) <= 4


def test_folded_tables_are_made_of_their_files_when_opened(written, window):
    window.open(written)
    assert window.value("document.querySelectorAll('#truth details table').length") == 0
    window.value("for (const fold of document.querySelectorAll('#truth details')) fold.open = true")
    window.until("document.querySelectorAll('#truth details table').length > 0")
    heads = "[...document.querySelectorAll('#truth details th')].map((cell) => cell.textContent)"
    row = (
        "[...document.querySelectorAll('#truth details tbody tr:first-child td')]"
        ".map((cell) => [cell.textContent, cell.className])"
    )
    assert window.value(heads) == [words.head(column) for column in RECOVERY.columns]
    texts = ["slope", "all", "1", "1.5", "0.1", "False", "3"]
    assert window.value(row) == [list(pair) for pair in zip(texts, KINDS, strict=True)]


# Rows that are marked up as two before them are: to a checker of pages they are nothing new.
ALIKE = """
for (const body of document.querySelectorAll('tbody')) {
    const kinds = {};
    for (const row of [...body.rows]) {
        const kind = [row, ...row.querySelectorAll('*')].map((one) => `${one.tagName}.${one.className}`).join();
        kinds[kind] = (kinds[kind] || 0) + 1;
        if (kinds[kind] > 2) row.remove();
    }
}
"""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1400, 390])
def test_readers_with_other_eyes_and_hands(written, window, width, dark):
    """axe-core finds nothing, all tables being open; by day with all their rows, which decide what scrolls."""
    window.window(width, 900, dark=dark, phone=width == 390)
    window.open(written)
    window.value("for (const fold of document.querySelectorAll('details')) fold.open = true")
    window.until("document.querySelectorAll('details script').length === 0")
    if dark:
        window.value(ALIKE)
    assert window.violations() == {}


def test_browser_is_content_and_nothing_is_asked_of_the_network(written, window):
    window.window(1300, 900)
    window.open(written)
    assert window.complaints == []
    assert [url for url in window.requests if not url.startswith(("file:", "data:", "about:"))] == []
    pictures = window.value("[...document.images].map((i) => [i.complete, i.naturalWidth, i.alt.length])")
    assert len(pictures) == 3 and all(complete and width > 0 and words > 5 for complete, width, words in pictures)
    broken = window.value(
        "[...document.querySelectorAll('nav a')].filter((a) => !document.querySelector(a.getAttribute('href'))).length"
    )
    assert broken == 0


def test_text_stands_out_from_its_ground_by_day_and_by_night(written, window):
    contrast = (
        "(() => { const shade = (text) => { const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map((v) => v / 255)"
        ".map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 "
        "* b; };"
        "const ground = shade(getComputedStyle(document.body).backgroundColor);"
        "return Math.min(...['p', 'a', 'td', '.soft', 'td.bad', 'summary'].flatMap((s) => "
        "[...document.querySelectorAll(s)]).map((e) => {"
        "const ink = shade(getComputedStyle(e).color); return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) "
        "+ 0.05); })); })()"
    )
    for dark in (False, True):
        window.window(1000, 800, dark=dark)
        window.open(written)
        assert window.value(contrast) >= 4.5


def test_phone_needs_no_sideways_scrolling(written, window, tmp_path):
    window.window(390, 844, phone=True)
    window.open(written)
    assert window.value("document.documentElement.scrollWidth") <= 390
    window.picture(tmp_path / "phone.png")
    assert (tmp_path / "phone.png").stat().st_size > 5_000


def test_keyboard_reaches_the_contents_first(written, window):
    window.window(1000, 800)
    window.open(written)
    window.press("Tab")
    assert window.value("document.activeElement.className") == "skip"


def test_paper_shows_the_page_without_its_navigation(written, window):
    window.window(1000, 800)
    window.open(written)
    window.call("Emulation.setEmulatedMedia", media="print")
    assert window.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    pages = base64.b64decode(window.call("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert pages.startswith(b"%PDF") and len(pages) > 20_000
    window.call("Emulation.setEmulatedMedia", media="")
