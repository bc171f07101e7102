"""The parts of the report: references, resources, intervals over blocks of the map, tables, and what recovery says."""

import re

import numpy as np
import pandas as pd
import pytest

from vadose.files import configuration, references
from vadose.pages import numbering, summary
from vadose.pages.report import costs, page, sections, words
from vadose.statistics.numeric.block_interval import block_interval

BIB = r"""
% a comment
@article{rodell2004, author = {Rodell, M. and Houser, P. R. and Jambor, U.},
  title = {The {Global} Land Data Assimilation System},
  journal = {Bulletin of the American Meteorological Society}, year = 2004, volume = "85", pages = {381--394},
  doi = {10.1175/BAMS-85-3-381}}
@dataset{munozsabater2021,
  author = "Mu\~{n}oz-Sabater, Joaqu\'{\i}n and M{\"u}ller, A.",
  title  = {ERA5-Land \& more},
  year   = {2021},
}
"""


def test_references_are_read_as_plain_text():
    found = references.parse(BIB)
    assert set(found) == {"rodell2004", "munozsabater2021"}
    assert references.cited(found["rodell2004"]) == (
        "Rodell M., Houser P. R., Jambor U. (2004). The Global Land Data Assimilation System. Bulletin of the American "
        "Meteorological Society 85, 381–394."
    )
    assert references.in_text(found["rodell2004"]) == "Rodell et al. 2004"
    assert found["munozsabater2021"]["author"] == "Muñoz-Sabater, Joaquín and Müller, A."
    assert references.in_text(found["munozsabater2021"]) == "Muñoz-Sabater and Müller 2021"
    assert found["munozsabater2021"]["title"] == "ERA5-Land & more"


def test_references_that_are_broken_are_named():
    with pytest.raises(ValueError, match="the entry a2000"):
        references.parse("@article{a2000, title = {x}")
    with pytest.raises(ValueError, match="a2000 again"):
        references.parse("@article{a2000, title = {x}}\n@article{a2000, title = {y}}")


def test_costs_are_summed_by_the_longest_name_of_a_rule(tmp_path):
    head = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    for name, seconds, memory in (
        ("fit_trends_1of2", "2.5", "100"),
        ("fit_trends_2of2", "3.5", "300"),
        ("fit", "1", "-"),
        ("gone_1", "9", "9"),
    ):
        (folder / f"{name}.tsv").write_text(
            head + f"{seconds}\t0:00:02\t{memory}\t1\t1\t1\t1\t1\t1\t1.5\n", encoding="utf-8"
        )
    found = costs.by_rule(folder, ["fit", "fit_trends"]).set_index("rule")
    assert found.loc["fit_trends"].tolist()[:4] == [2, 6.0, 3.0, 300.0]
    assert found.loc["all", "jobs"] == 3 and found.loc["all", "elapsed (s)"] == 7.0
    assert np.isnan(found.loc["fit", "largest memory (MB)"])
    assert found["memory asked for (MB)"].isna().all()
    assert costs.by_rule(tmp_path / "none", ["fit"]).empty
    # What Snakemake missed at the end of a job stands in its log.
    (tmp_path / "logs").mkdir()
    lines = ("start: rule fit_trends, tile=1of2", "asked for 900 MB of memory, 3 min")
    end = "finished after 2.1 s; processor time 2.4 s, largest memory 350 MB"
    text = "".join(f"2026-01-01 00:00:00 INFO {line}\n" for line in (*lines, end))
    (tmp_path / "logs/fit_trends_1of2.log").write_text(text, encoding="utf-8")
    found = costs.by_rule(folder, ["fit", "fit_trends"]).set_index("rule")
    assert found.loc["fit_trends"].tolist() == [2, 6.0, 3.9, 350.0, 900.0]


def test_block_interval_is_as_wide_as_blocks_demand():
    random = np.random.default_rng(0)
    lat, lon = (part.ravel() for part in np.meshgrid(np.arange(-59.5, 90), np.arange(-179.5, 180), indexing="ij"))
    blocks = np.floor((lat + 90) / 15).astype(int) * 24 + np.floor((lon + 180) / 15).astype(int)
    values = random.normal(size=blocks.max() + 1)[blocks]
    low, high = block_interval(values, lat, lon, seed=1)
    count = np.unique(blocks).size
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(count), rel=0.1)
    shuffled = random.permutation(values)
    narrow = block_interval(shuffled, lat, lon, seed=1)
    assert narrow[1] - narrow[0] < (high - low) / 5
    assert block_interval(values, lat, lon, seed=1) == (low, high)
    assert np.isnan(block_interval(values[:20], lat[:20], lon[:20], seed=1)[0])


@pytest.mark.one_python
def test_block_interval_covers_the_mean_as_often_as_it_says():
    random = np.random.default_rng(5)
    lat, lon = (part.ravel() for part in np.meshgrid(np.arange(2.5, 90, 5), np.arange(-177.5, 180, 5), indexing="ij"))
    blocks = np.floor((lat + 90) / 15).astype(int) * 24 + np.floor((lon + 180) / 15).astype(int)
    inside = 0
    for seed in range(200):
        values = random.normal(size=blocks.max() + 1)[blocks] + 0.3 * random.normal(size=blocks.size)
        low, high = block_interval(values, lat, lon, seed=seed, resamples=300)
        inside += low <= 0.0 <= high
    assert 0.88 <= inside / 200 <= 0.99


def test_recovery_counts_what_lies_beyond():
    rows = [("slope", 1, True), ("slope", 2, False), ("tau", 1, None), ("lag", 1, True)]
    frame = pd.DataFrame([{"quantity": q, "case": c, "within": w} for q, c, w in rows])
    found = page.recovered({"recovery": frame}).set_index("quantity")
    assert found.loc["slope", ["cases", "within tolerance", "beyond", "all within"]].tolist() == [2, 1, 1, "no"]
    assert found.loc["tau", ["not judged", "all within"]].tolist() == [1, ""]
    assert found.loc["lag", "all within"] == "yes"


def test_tables_round_and_mark_and_fold():
    made = page.table(pd.DataFrame({"a": [1.23456789, np.nan], "b": ["no", "yes"], "c": [3, 4]}), "Title")
    assert [cell["text"] for cell in made["rows"][0]] == ["1.235", "no", "3"]
    assert [cell["mark"] for cell in made["rows"][0]] == ["", "bad", ""]
    signed = page.table(pd.DataFrame({"a": [-0.00644, 2.0], "b": ["-0.5 to 0.2", "2000-2024"]}), "Title")
    texts = [cell["text"] for row in signed["rows"] for cell in row]
    assert texts == ["\u22120.00644", "\u22120.5 to 0.2", "2", "2000-2024"]
    assert made["rows"][1][0]["text"] == "" and made["rows"][1][1]["mark"] == "good"
    assert not made["folded"] and page.table(pd.DataFrame({"a": range(40)}), "Long")["folded"]


def test_tables_name_tests_and_say_what_ice_is(tmp_path):
    frame = pd.DataFrame({"region_name": ["forests", "ice"], "test": ["original", "3pw"]})
    frame.to_csv(tmp_path / "trend_tests_by_region.csv", index=False)
    table = page.read_table(tmp_path / "trend_tests_by_region.csv")
    assert [row[1]["text"] for row in table["rows"]] == ["Mann-Kendall", "3PW"] and "no soil" in table["note"]
    frame.iloc[:1].to_csv(tmp_path / "trend_tests_by_region.csv", index=False)
    assert "soil" not in page.read_table(tmp_path / "trend_tests_by_region.csv")["note"]


def test_chance_is_told_beside_trends_from_the_tables_of_the_run(tmp_path):
    folder = tmp_path / "variability"
    folder.mkdir()
    shares = pd.DataFrame({"window": ["2000-2010", "2012-2022"], "null_share": [0.1, 0.225]})
    shares.to_csv(folder / "trend_shares.csv", index=False)
    rows = [
        ("2012-2022", "total", "3pw", 0.01),
        ("2012-2022", "total", "original", 0.193),
        ("", "total", "original", 0.5),
    ]
    columns = ["period", "series", "test", "rejects_without_trend"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "trend_tests.csv", index=False)
    chances = summary.without_trend(folder.glob("*.csv"), "2012-2022")
    assert chances == {"share": "22\u00a0%", "significant": "19\u00a0%"}
    assert summary.without_trend([], "2012-2022") == {}


def test_one_thing_has_no_plural():
    assert [costs.counted(number, "job") for number in (0, 1, 2)] == ["0 jobs", "1 job", "2 jobs"]


def test_heads_of_tables_are_words_with_units():
    assert words.head("ar1_low_of_mean") == "lower 95 % limit, autoregressive errors (kg m\u207b\u00b2 yr\u207b\u00b9)"
    assert words.head("mean") == "mean" and words.head("mean", "drivers") == "posterior mean (sd per sd)"
    assert words.head("vif_snow_cover") == "variance inflation of snow cover"
    assert words.head("share_of_cells") == "share of cells with a negative tau-b"
    assert words.head("within tolerance") == "within tolerance"
    table = page.table(pd.DataFrame({"mean": [1.0]}), "Title", name="drivers")
    assert table["columns"] == ["posterior mean (sd per sd)"]


def test_what_sentences_point_to_is_a_figure_of_their_study():
    for study, path in summary.TEXTS.items():
        named = set(re.findall(r" -> (\w+)(?=<%)", path.read_text(encoding="utf-8")))
        assert named and named <= set(numbering.listed(study)), study


def test_the_figures_of_a_run_are_counted_in_one_order(tmp_path):
    """Published ones first, others by name; claims and findings find theirs; a layer is one that the atlas has."""
    names = {"dependence": ["other", "lags", "dependence_monthly"], "variability": ["recovery", "figure_2"]}
    pictures = [tmp_path / study / f"{name}.png" for study, several in names.items() for name in several]
    atlas = tmp_path / "atlas.html"
    atlas.write_text('{"id":"kendall-s-tau-b-monthly-0-7-cm"},{"id":"contribution-2000-2024-trend"}', encoding="utf-8")
    own = {"variability": {"periods": [[1948, 1999], [2000, 2024]]}, "dependence": {}}
    listed = numbering.numbered(pictures, {"studies": ["variability", "dependence"]} | own, atlas)
    assert [(one.number, one.picture.stem, one.published, one.layer) for one in listed] == [
        (1, "figure_2", " (Figure 2 of study A)", "contribution-2000-2024-trend"),
        (2, "recovery", "", ""),
        (3, "dependence_monthly", " (Figure 2 of Xue and Wu 2025)", "kendall-s-tau-b-monthly-0-7-cm"),
        (4, "lags", " (Figure S2 of Xue and Wu 2025)", ""),
        (5, "other", "", ""),
    ]
    assert numbering.of_claim(listed, "dependence", "x of copulas, time_scale monthly") == "Figure 3"
    assert numbering.of_claim(listed, "variability", "x of shares, quantity layer") == "Figure 1"
    assert (
        numbering.of_claim(listed, "variability", "x of shares, quantity term") == ""
    )  # of a figure that is not drawn
    assert numbering.of_finding(listed, "Negative dependence (tau-b), monthly, 0-7 cm") == "Figure 3"


def test_methods_cite_what_is_known_and_print_the_rest():
    own = {"product": "gldas", "min_year_share": 0.8, "productivity": False}
    settings = {"studies": ["variability"], "variability": own}
    paragraphs, cited = page.methods(settings, references.parse(BIB))
    pieces = [piece for paragraph in paragraphs for piece in paragraph["pieces"]]
    assert {"text": "Rodell et al. 2004", "key": "rodell2004"} in pieces
    assert [item["key"] for item in cited] == ["rodell2004"]
    assert any(piece["text"] == "[hamed1998]" and not piece["key"] for piece in pieces)
    assert "Productivity" not in [paragraph["title"] for paragraph in paragraphs]


def test_methods_say_what_the_configuration_says(root):
    """Of the published products only where they are used."""
    schema = configuration.load_schema(root / "config/schema.yaml")

    def told(study, own):
        settings = configuration.complete({"studies": [study], study: own}, schema)
        paragraphs, _ = page.methods(settings, {})
        return "".join(piece["text"] for paragraph in paragraphs for piece in paragraph["pieces"])

    published = told("variability", {})
    assert "GLDAS-Noah [rodell2004]" in published and "a period 80% of its years" in published and "GOSIF" in published
    other = told("variability", {"product": "mine", "min_year_share": 1.0, "land_cover": {"dataset": "cover"}})
    assert "Monthly soil moisture of the product mine," in other and "a period 100% of its years" in other
    assert "by land-cover class of cover;" in other
    assert "daily precipitation of GPCP" in told("dependence", {})
    other = told("dependence", {"product": "gldas", "precipitation": "gldas", "controls": False})
    assert "product gldas and precipitation of gldas," in other and "GPCP" not in other and "ERA5" not in other


@pytest.mark.parametrize(
    ("verdict", "end"),
    [("not computed: x", "compared."), ("not comparable: other years, region", "compared (other years, region).")],
)
def test_what_claims_cannot_be_compared_for_is_named_where_there_is_something(tmp_path, verdict, end):
    frame = pd.DataFrame(
        {"study": "dependence", "verdict": ["agrees", verdict, "as published", "configured otherwise"]}
    )
    frame.assign(quantity="", published="", reproduced="").to_csv(tmp_path / "claims.csv", index=False)
    text = summary.compared(tmp_path / "claims.csv", "dependence")["text"]
    assert text.startswith("Of 2 published results, 1 hold") and f"cannot be {end}" in text
    assert text.endswith("Of 2 published settings, 1 are those of this run.")


@pytest.mark.parametrize("verdicts", [["agrees", "not computed: x", "not comparable: y"], ["not computed: x"] * 3])
def test_claims_that_cannot_be_compared_are_counted_and_folded_away(tmp_path, verdicts):
    """In one table at the end, whatever its length; the others stay in the table of their study."""
    frame = pd.DataFrame({"id": list("abc"), "study": ["variability", "variability", "dependence"], "how": ""})
    path = tmp_path / "claims.csv"
    frame.assign(difference="", holds=["yes", "", ""], verdict=verdicts).to_csv(path, index=False)
    section = sections.claims(path)
    aside = sum(verdict.startswith("not") for verdict in verdicts)
    assert section["text"].startswith(f"{3 - aside} of 3 claims can be compared in this run; the other {aside} are")
    last = section["tables"][-1]
    assert last["caption"] == "Claims that cannot be compared in this run"
    assert last["folded"] and len(last["rows"]) == aside
    captions = [table["caption"] for table in section["tables"][:-1]]
    assert captions == ["How the claims fare"] + ["Claims of the variability study"] * (3 - aside)
    assert section["tables"][0]["folded"] == (aside == 3)
