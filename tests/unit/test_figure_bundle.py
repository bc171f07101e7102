"""A figure is saved with its numbers and its caption, the same bytes each time, and never half."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from vadose.core.grid import Grid
from vadose.figures import bundle, journal, maps, style
from vadose.files import references


def drawn():
    grid = Grid.regular(5.0)
    field = np.add.outer(grid.lat, grid.lon)
    scale = style.diverging(field, "Trend", "kg m-2 yr-1")
    return maps.panels(
        [maps.Panel(field, "trend", field > 50)], grid, scale=scale, width="single", dots="significant"
    ).figure


def plain():
    figure = style.figure("single", 30)
    figure.add_axes((0.2, 0.2, 0.7, 0.7)).plot([0, 1])
    return figure


def data():
    attributes = {"units": "kg m-2 yr-1", "long_name": "trend"}
    return xr.Dataset({"trend": ("lat", np.array([1.0, np.nan, 3.0]), attributes)}, coords={"lat": [10.0, 20.0, 30.0]})


def test_equal_data_give_equal_bytes(tmp_path):
    table = pd.DataFrame({"layer": ["0–10 cm"], "r": [0.1]})
    first = bundle.save(drawn(), tmp_path / "one" / "fig", {"map": data(), "table": table}, "A map. With words.")
    second = bundle.save(drawn(), tmp_path / "two" / "fig", {"map": data(), "table": table}, "A map. With words.")
    names = ["fig.png", "fig.pdf", "fig.svg", "fig_map.nc", "fig_table.csv", "fig.bib", "fig.md"]
    assert [path.name for path in first] == names
    for one, two in zip(first, second):
        assert one.read_bytes() == two.read_bytes(), one.name
    for part in (b"CreationDate", b"matplotlib.org", b"Matplotlib v"):
        assert not any(part in path.read_bytes() for path in first[:3])
    assert (
        b">trend</text>" in first[2].read_bytes() or b"trend</tspan>" in first[2].read_bytes()
    )  # letters stay letters


def test_only_the_formats_that_are_asked_for_are_there(tmp_path, monkeypatch):
    bundle.save(plain(), tmp_path / "fig", data(), "T.")
    monkeypatch.setitem(journal.LOOK, "formats", ["png", "svg"])
    written = bundle.save(plain(), tmp_path / "fig", data(), "T.")
    assert {path.suffix for path in written} == {".png", ".svg", ".nc", ".bib", ".md"}
    assert set(tmp_path.iterdir()) == set(written) == set(bundle.members(tmp_path / "fig.png"))


def test_fonts_of_a_pdf_hold_outlines_and_names_and_no_layout(tmp_path):
    with matplotlib.rc_context({"pdf.compression": 0}):
        bundle.save(plain(), tmp_path / "fig", data(), "T.")
        written = (tmp_path / "fig.pdf").read_bytes()
    assert b"/FontFile2" in written and b"glyf" in written and b"ToUnicode" in written
    assert not [table for table in (b"GDEF", b"GPOS", b"GSUB") if table in written]


def test_the_data_come_back_with_units_and_caption(tmp_path):
    bundle.save(plain(), tmp_path / "fig1", data(), "Trend of soil moisture.  Dots:\n significant.")
    with xr.open_dataset(tmp_path / "fig1.nc", engine="h5netcdf") as opened:
        np.testing.assert_array_equal(opened["trend"], [1.0, np.nan, 3.0])
        assert opened["trend"].attrs["units"] == "kg m-2 yr-1"
        assert opened.attrs["title"] == "Trend of soil moisture."
        assert opened.attrs["caption"] == "Trend of soil moisture. Dots: significant."
    told = (tmp_path / "fig1.md").read_text(encoding="utf-8").split("\n\n")
    files = "Data: `fig1.nc`. To cite: `fig1.bib`. Pictures: `fig1.png`, `fig1.pdf`, `fig1.svg`."
    assert told[:2] == ["Trend of soil moisture. Dots: significant.", files]
    assert "written outside a run" in told[2]
    assert (tmp_path / "fig1.png").read_bytes()[:4] == b"\x89PNG" and (tmp_path / "fig1.pdf").read_bytes()[
        :5
    ] == b"%PDF-"


def test_tables_keep_a_named_index_and_drop_a_counting_one(tmp_path):
    table = pd.DataFrame({"r": [0.1, 1 / 3]}, index=pd.Index(["a", "b"], name="class"))
    bundle.save(plain(), tmp_path / "named.v2", table, "T.")
    assert (tmp_path / "named.v2.csv").read_text(encoding="utf-8") == "class,r\na,0.1\nb,0.3333333333\n"
    bundle.save(plain(), tmp_path / "plain", table.reset_index(drop=True), "T.")
    assert (tmp_path / "plain.csv").read_text(encoding="utf-8") == "r\n0.1\n0.3333333333\n"


def test_a_figure_of_a_run_says_where_it_comes_from_and_what_to_cite(tmp_path):
    source = {
        "id": "gldas_2_1",
        "title": "GLDAS & more",
        "version": "2.1",
        "doi": "10.5067/A_B",
        "licence": "free",
        "synthetic": False,
    }
    paper = "@article{rodell2004,\n  author = {Rodell, M.},\n  title = {GLDAS}\n}"
    other = source | {"id": "gleam", "title": "Gleam", "synthetic": True}
    sources = {
        "variability": [source | {"bibtex": paper}, source | {"id": "gldas_2_0", "bibtex": paper}],
        "dependence": [other],
    }
    record = {
        "run": "r",
        "configuration_hash": "a" * 16,
        "library_version": "1.2",
        "revision": "b" * 12,
        "sources": sources,
    }
    (tmp_path / "run_config.yaml").write_text(yaml.safe_dump({"provenance": record}), encoding="utf-8")
    written = bundle.save(plain(), tmp_path / "figures" / "fig", pd.DataFrame({"r": [1.0]}), "T.", study="variability")
    cited = references.parse((tmp_path / "figures/fig.bib").read_text(encoding="utf-8"))
    assert list(cited) == [
        "vadose",
        "gldas_2_1",
        "gldas_2_0",
        "rodell2004",
    ]  # the paper of both once, nothing of the other study
    assert cited["gldas_2_1"]["title"] == "GLDAS & more" and cited["gldas_2_1"]["doi"] == "10.5067/A_B"
    assert "b" * 12 in cited["vadose"]["note"] and "a" * 16 in cited["vadose"]["note"]
    told = (tmp_path / "figures/fig.md").read_text(encoding="utf-8")
    for line in (
        f"configuration_hash: {'a' * 16}",
        f"revision: {'b' * 12}",
        "run: r",
        "licence: gldas_2_1: free; gldas_2_0: free",
    ):
        assert line in told.splitlines()
    assert "SYNTHETIC" not in told
    made_up = references.parse(references.for_data([other | {"bibtex": paper}], record))
    assert list(made_up) == ["vadose", "gleam"], "no publication of a product that was not used"
    assert made_up["gleam"]["title"] == "Synthetic, in the format of Gleam" and "doi" not in made_up["gleam"]
    assert "SYNTHETIC" in made_up["gleam"]["note"]
    assert set(bundle.members(tmp_path / "figures/fig.png")) == set(written)
    (tmp_path / "figures/fig.csv").unlink()
    with pytest.raises(FileNotFoundError, match="expected its fig.csv beside it"):
        bundle.members(tmp_path / "figures/fig.png")


def test_a_figure_without_data_or_caption_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected a caption"):
        bundle.save(plain(), tmp_path / "fig", data(), "  ")
    with pytest.raises(ValueError, match="expected the data"):
        bundle.save(plain(), tmp_path / "fig", {}, "T.")
    with pytest.raises(TypeError, match="found ndarray"):
        bundle.save(plain(), tmp_path / "fig", {"x": np.zeros(3)}, "T.")
    assert not list(tmp_path.glob("*.part"))


def test_a_failure_leaves_no_half_file(tmp_path, monkeypatch):
    figure = plain()

    def fail(path, **_):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        bundle.save(figure, tmp_path / "fig", data(), "T.")
    assert list(tmp_path.iterdir()) == []
