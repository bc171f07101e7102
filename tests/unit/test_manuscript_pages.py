"""The manuscript of a run: its numbers are those of numbers.json alone, and Typst sets any text of a run."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
import yaml
from matplotlib import pyplot

import write_manuscript
from vadose.files import configuration
from vadose.pages import numbering, sentences
from vadose.pages.manuscript import content, typeset
from vadose.pages.report.page import TEMPLATES
from vadose.studies.manuscript import check, citable
from vadose.studies.sensitivity.verdicts import COUNT, PLACES, YEARS, Number

ORIGIN = {"product": "a.nc", "sha256": "0" * 64, "rule": "merge"}
STRANGE = 'NASA #open "data" $5 [a]*b_ @home <x> \\ `c` 0.1\u00b0 -- Ł'


def number(study, quantity, case, value, reach, basis=YEARS, unit="1", kind="effect"):
    return Number(study, quantity, case, unit, 0.0, value, value - reach, value + reach, kind=kind, basis=basis)


NUMBERS = [
    number("variability", "trend", "2000-2024", -0.4712, 1.56, unit="kg m-2 yr-1"),
    number("variability", "declining", "2000-2024", 0.6248, 0.054),
    number("variability", "trend_share", "trend against interannual variability, 2000-2024", 0.271, 0.031),
    number("variability", "season_share", "humid, 2000-2024", 0.31, 0.02),
    number("variability", "season_share", "arid, 2000-2024", 0.19, 0.02),
    number("variability", "layer_share", "0-10 cm, 2000-2024", 0.08, 0.01),
    number("variability", "layer_share", "100-200 cm, 2000-2024", 0.42, 0.04),
    number("variability", "change_of_layer_share", "0-10 cm, 2000-2024 minus 1948-1999", -0.021, 0.004),
    number("variability", "change_of_layer_share", "10-40 cm, 2000-2024 minus 1948-1999", 0.001, 0.004),
    number("dependence", "negative_share", "monthly, 0-7 cm", 0.321, 0.022),
    number("dependence", "negative_share", "monthly, 28-100 cm", 0.361, 0.022),
    number("dependence", "median_tau", "monthly, 0-7 cm", 0.123, 0.011, basis=PLACES),
    number("dependence", "dominant_control", "volume, monthly, 0-7 cm", 0.47, 0.06),
    Number("dependence", "negative_drivers", "Ta, monthly, ecoregions and layers", "1", 0.0, 7.0, kind=COUNT),
    number("dependence", "negative_share", "monthly, 0-7 cm", 0.117, 0.022)._replace(region="forests"),
    number("dependence", "negative_share", "annual, 0-7 cm", 0.052, 0.022)._replace(region="forests"),
]


@pytest.fixture
def run(tmp_path, root):
    """What a manuscript is written from, in a folder of its own; a function that writes it."""
    origins = {one.quantity: ORIGIN for one in NUMBERS}
    about = {"run": "tiny", "library_version": "0.1.0", "revision": "abc", "configuration_hash": "0a"}
    (tmp_path / "numbers.json").write_text(citable.as_json(citable.entries(NUMBERS, origins), about), encoding="utf-8")
    (tmp_path / "claims.csv").write_text(
        "study,quantity,published,reproduced,verdict\n"
        "variability,slope #1,-0.5,-0.4712,agrees\nvariability,share,0.9,0.62,differs\n"
        'variability,other,1,,"not comparable: synthetic data, other grid"\ndependence,tau,1,,not computed: no\n',
        encoding="utf-8",
    )
    missing = tmp_path / "tables/missing_months.csv"
    missing.parent.mkdir()
    missing.write_text(
        'study,product,months,missing,missing_months\nvariability,soil_moisture,300,1,"2001-11"\n', encoding="utf-8"
    )
    for study, names in (("variability", ("figure_1", "figure_s1", "recovery")), ("dependence", ("lags",))):
        for name in names:
            path = tmp_path / f"figures/{study}/{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            figure = pyplot.figure(figsize=(1, 1))
            figure.savefig(path)
            figure.savefig(path.with_suffix(".pdf"))
            pyplot.close(figure)
            path.with_suffix(".md").write_text(f"Caption of {name}: {STRANGE}.\n\nData: x.\n", encoding="utf-8")
    schema = configuration.load_schema(root / "config/schema.yaml")
    settings = configuration.complete(yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8")), schema)
    settings["manuscript"]["authors"] = ['Ann "A" O\'Hara', "Łukasz"]
    source = {"id": "x", "title": STRANGE, "version": "1#", "doi": "10.1/a", "licence": STRANGE}
    sources = {"variability": [source], "dependence": [source]}
    record = {"configuration": settings, "provenance": {"sources": sources}}

    def write(study: str) -> Path:
        folder = tmp_path / "manuscript"
        write_manuscript.main(
            numbers=tmp_path / "numbers.json",
            figures=sorted(tmp_path.glob("figures/*/*.png")),
            tables=[missing],
            claims=tmp_path / "claims.csv",
            bibliography=root / "config/references.bib",
            layout=TEMPLATES / "manuscript/layout.typ",
            text=folder / f"{study}.typ",
            pdf=folder / f"{study}.pdf",
            html=folder / f"{study}.html",
            study=study,
            record=record,
        )
        return folder

    return tmp_path, write


def words_of(html: Path) -> str:
    """The text of a page, its parts one a line."""
    text = re.sub(r"<style.*?</style>|<svg.*?</svg>", "", html.read_text(encoding="utf-8"), flags=re.S)
    text = re.sub(r"</?(?:strong|em|sup|span|a)\b[^>]*>", "", text)
    return unescape(re.sub(r"<[^>]*>", "\n", text)).replace("\xa0", " ")


@pytest.mark.parametrize("study", ["variability", "dependence"])
def test_every_study_is_set_as_pdf_and_html(run, study):
    _, write = run
    folder = write(study)
    assert (folder / f"{study}.pdf").read_bytes().startswith(b"%PDF")
    text = words_of(folder / f"{study}.html")
    for part in ("Abstract.", "Data and code availability", "References", "Supplement", "synthetic Earth", "Łukasz"):
        assert part in text, part
    assert STRANGE.replace("--", "--") in text  # as it is written, not as markup
    assert not re.search(r"None|\bnan\b|undefined|<<|<%", text.replace("None of its numbers", ""))


@pytest.mark.one_python
def test_sentences_hold_the_numbers_and_say_what_is_not_certain(run):
    _, write = run
    text = words_of(write("variability") / "variability.html")
    assert (
        "the mean trend of total soil moisture was \u22120.5 kg m\u207b\u00b2 yr\u207b\u00b9 (\u22122.0 to 1.1)" in text
    )
    assert "not significantly different from zero" in text
    assert "declined in 62 % (57 to 68) of the" in text
    assert "100\u2013200 cm (42 %; 38 to 46)" in text and "0\u201310 cm by \u22122.1 percentage points" in text
    assert "10\u201340 cm by" not in text  # a change that is not certain
    assert "Of 3 published results, 1 hold in this run and 1 do not" in text
    assert "Figure S2: Caption of recovery" in text and "soil moisture 2001-11" in text
    dependence = words_of(write("dependence") / "dependence.html")
    assert "32.1 % (29.9 to 34.3)" in dependence and "0.123 (0.112 to 0.134, over places)" in dependence


@pytest.mark.one_python
def test_a_number_changed_in_the_run_changes_the_text(run):
    folder, write = run
    before = words_of(write("variability") / "variability.html").splitlines()
    path = folder / "numbers.json"
    cited = json.loads(path.read_text(encoding="utf-8"))
    cited["numbers"]["variability.declining.2000-2024"]["text"] = "71"
    path.write_text(json.dumps(cited), encoding="utf-8")
    after = words_of(write("variability") / "variability.html").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) >= 3  # abstract, results, supplement
    assert all(old.replace("62 %", "71 %") == new for old, new in changed)


@pytest.mark.one_python
def test_no_number_is_typed_by_hand(run):
    """Each number of abstract and results is one of numbers.json."""
    folder, write = run
    numbers = json.loads((folder / "numbers.json").read_text(encoding="utf-8"))["numbers"]
    for study in ("variability", "dependence"):
        text = words_of(write(study) / f"{study}.html")
        abstract = text[text.index("Abstract.") : text.index("Introduction")]
        results = text[text.index("Results") : text.index("What differs")]
        prose = "\n".join(line for line in (abstract + results).splitlines() if "Caption of" not in line)
        prose = re.sub(r"\(.*?, \d+ cells\)|\d+\.\d? ?(?=[A-Z])|^\d(?:\.\d)?\b.*$", "", prose, flags=re.M)
        prose = re.sub(r"\b\d+\u2013\d+ cm|95 %|without a trend (?:give )?\d+ %", "", prose).replace("\u22121", "")
        assert check.remarks(prose, numbers, tex=False) == []


def test_a_faulty_layout_is_told_and_leaves_nothing(run):
    folder, write = run
    written = write("variability")
    (written / "layout.typ").write_text("#let manuscript(", encoding="utf-8")
    with pytest.raises(ValueError, match=r"variability\.typ: Typst cannot set it: .*"):
        typeset.typeset(written / "variability.typ", folder, folder / "x.pdf", folder / "x.html")


def test_figures_keep_the_published_numbers_and_others_follow(run):
    folder, _ = run
    main, supplement = content.figures(sorted(folder.glob("figures/*/*.png")), "variability", folder / "manuscript")
    assert [(one["number"], one["path"]) for one in main] == [("1", "../figures/variability/figure_1")]
    assert [one["number"] for one in supplement] == ["S1", "S2"]


@pytest.mark.one_python
def test_numbers_by_region_and_what_the_sensitivity_analysis_says_stand_in_tables(run):
    _, write = run
    text = words_of(write("dependence") / "dependence.html")
    (_, table) = text.split("Headline numbers by region")
    table = table[: table.index("Headline numbers of this study")]
    assert "forests" in table and "11.7 % (9.5 to 13.9)" in table and "5.2 %" not in table  # single months alone
    assert "by region" not in words_of(write("variability") / "variability.html")
    assert "weighted by area" not in text and "under each explanation" not in text  # a run without sensitivity.csv


@pytest.mark.parametrize("study", ["variability", "dependence"])
@pytest.mark.one_python
def test_every_figure_is_printed_once(run, study):
    """Those of drivers in a run without controls among them."""
    folder, write = run
    like = next(folder.glob(f"figures/{study}/*.png"))
    for name in numbering.listed(study):
        if not name.startswith("controls_"):
            for ending in (".png", ".pdf", ".md"):
                content_of = like.with_suffix(ending).read_bytes()
                like.with_name(name + ending).write_bytes(content_of)
    text = (write(study) / f"{study}.typ").read_text(encoding="utf-8")
    printed = re.findall(rf'#picture\("\.\./figures/{study}/(\w+)\.', text)
    assert sorted(printed) == sorted(path.stem for path in folder.glob(f"figures/{study}/*.png"))


def test_figures_of_a_part_are_chosen_by_name_whatever_others_a_run_has():
    items = [{"number": "7", "path": "../figures/dependence/drivers_monthly"}]
    items += [{"number": "2", "path": "../figures/dependence/dependence_monthly"}]
    assert content.named_figures(items, "drivers_") == items[:1] and content.named_figures(items, "controls_") == []


def test_small_parts():
    assert (
        sentences.joined([]) == ""
        and sentences.joined(["a"]) == "a"
        and sentences.joined(["a", "b", "c"]) == "a, b and c"
    )
    region = "60\u00b0S to 90\u00b0N and 0\u00b0 to 170.5\u00b0W"
    assert content.place({"south": -60, "north": 90, "west": 0, "east": -170.5, "spacing": 0.25}, [2000, 2019]) == (
        f"All data were brought to cells of 0.25\u00b0 from {region}, 2000 to 2019.",
        f"land from {region}",
    )


@pytest.mark.parametrize("left_out", ["dominant_control", "negative_drivers"])
@pytest.mark.one_python
def test_the_introduction_asks_only_what_the_run_answers(run, left_out):
    folder, write = run
    asked = {"dominant_control": "what controls soil moisture there", "negative_drivers": "what drives the negative"}
    text = " ".join(words_of(write("dependence") / "dependence.html").split())
    assert all(question in text for question in asked.values())
    path = folder / "numbers.json"
    cited = json.loads(path.read_text(encoding="utf-8"))
    cited["numbers"] = {key: one for key, one in cited["numbers"].items() if one["quantity"] != left_out}
    path.write_text(json.dumps(cited), encoding="utf-8")
    text = " ".join(words_of(write("dependence") / "dependence.html").split())
    assert [question in text for name, question in asked.items()] == [name != left_out for name in asked]
