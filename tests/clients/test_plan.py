"""The catalogue, the plan, and local data first."""

import collections
import json
import os
import re

import pytest
import yaml

from vadose.acquire import local
from vadose.acquire.catalogue import load
from vadose.acquire.errors import FetchError
from vadose.acquire.plan import brought, completed, markdown, plan, summary

BOTH_PAPERS = {
    "gldas_2_0": {"years": (1948, 1999)},
    "gldas_2_1": {"years": (2000, 2024)},
    "mcd12c1": {"years": (2001, 2024)},
    "gosif_gpp": {"years": (2000, 2024)},
    "era5_land": {"years": (2000, 2019), "route": "hourly"},
    "gpcp_daily": {},
    "cru_ts": {},
    "cci_lst": {},
    "vodca2_gpp": {},
    "gleam": {},
    "wwf_ecoregions": {},
}
REAL_NAMES = {
    "gldas_2_0": [("GLDAS_NOAH10_M.A194801.020.nc4", "1948-01")],
    "gldas_2_1": [("GLDAS_NOAH10_M.A202212.021.nc4", "2022-12"), ("GLDAS_NOAH10_M_EP.A202212.021.nc4", None)],
    "mcd12c1": [("MCD12C1.A2014001.061.2022165213124.hdf", "2014"), ("MCD12Q1.A2014001.061.2022165213124.hdf", None)],
    "gosif_gpp": [("GOSIF_GPP_2000.M03_Mean.tif.gz", "2000-03"), ("GOSIF_GPP_2000.M03_SD.tif.gz", None)],
    "gpcp_daily": [
        ("gpcp_v01r03_daily_d20180401_c20180712.nc", "2018-04-01"),
        ("gpcp_v01r03_daily_d20180401.nc", "2018-04-01"),
    ],
    "cru_ts": [("cru_ts4.07.1901.2022.tmp.dat.nc.gz", "once"), ("cru_ts4.07.1901.2022.pre.dat.nc.gz", None)],
    "cci_lst": [
        ("ESACCI-LST-L3C-LST-SSMI13-0.25deg_1MONTHLY_ASC-19960101000000-fv2.33.nc", "1996-01:ASC"),
        ("ESACCI-LST-L3C-LST-SSMI17-0.25deg_1MONTHLY_DES-202012000000-fv2.33.nc", "2020-12:DES"),
        ("ESACCI-LST-L3C-LST-SSMI17-0.25deg_1DAILY_DES-20201201000000-fv2.33.nc", None),
    ],
    "vodca2_gpp": [("VODCA2GPP_v1.nc", "once")],
    "gleam": [("E_1980-2022_GLEAM_v3.8a_MO.nc", "once"), ("E_1980-2022_GLEAM_v3.8b_MO.nc", None)],
    "wwf_ecoregions": [("6kcchn7e3u_official_teow.zip", "once")],
}


@pytest.fixture
def catalogue(root):
    return load(root / "config" / "datasets.yaml")


def test_catalogue_is_complete_and_knows_the_names(catalogue):
    """Every entry loads; names known to exist get their key, those of neighbouring products none; made-up names fit the
    pattern."""
    assert list(catalogue) == list(BOTH_PAPERS)
    for name, pairs in REAL_NAMES.items():
        assert [catalogue[name].key_of(file) for file, _ in pairs] == [key for _, key in pairs]
    for dataset in catalogue.values():
        assert re.match(r"10\.\d{4,}/\S+$", dataset.doi) and dataset.licence and dataset.citation
        assert dataset.page("x").startswith("https://") and dataset.page("x") in dataset.hint("x")
        assert all({"native", "canonical", "unit"} <= set(variable) for variable in dataset.variables)
        if "name" in dataset.files:
            assert all(dataset.key_of(item.name) == item.key for item in dataset.items((1948, 2024)))


def test_soil_layers_are_whole(catalogue):
    """Layer bounds join without gaps, from the surface down, and give the thicknesses that the unit conversions use."""
    for name, thickness in (
        ("gldas_2_0", (0.1, 0.3, 0.6, 1.0)),
        ("gldas_2_1", (0.1, 0.3, 0.6, 1.0)),
        ("era5_land", (0.07, 0.21, 0.72, 1.89)),
    ):
        layers = [
            variable["layer"] for variable in catalogue[name].variables if variable["canonical"] == "soil_moisture"
        ]
        assert layers[0][0] == 0.0 and all(upper[1] == lower[0] for upper, lower in zip(layers, layers[1:]))
        assert [round(bottom - top, 9) for top, bottom in layers] == list(thickness)


def test_addresses_stand_in_the_catalogue_alone(root):
    """No other file of the package names an archive's host."""
    hosts = re.compile(r"[a-z0-9.-]+\.(?:gov|edu|eu|ac\.uk|ac\.at|ugent\.be|int|org)\b")
    for path in (root / "workflow_scripts" / "vadose" / "acquire").glob("*.py"):
        assert hosts.findall(path.read_text(encoding="utf-8")) == [], path.name


def test_the_package_stands_apart(root):
    """It imports nothing of vadose but itself, core and files, and nothing else of vadose imports it."""
    library = root / "workflow_scripts" / "vadose"
    for path in library.rglob("*.py"):
        imports = re.findall(r"^\s*(?:from|import) (vadose[\w.]*)", path.read_text(encoding="utf-8"), re.M)
        packages = {name.split(".")[1] for name in imports if "." in name}
        if "acquire" in path.relative_to(library).parts:
            assert packages <= {"acquire", "core", "files"}, path
        else:
            assert "acquire" not in packages, path


BROKEN = {
    "no YAML": ("{", "expected the catalogue as YAML"),
    "empty": ("", "expected a table of data sets"),
    "missing key": ("x: {title: y}", "x: expected the keys .*missing"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_catalogues(name, tmp_path):
    (tmp_path / "datasets.yaml").write_text(BROKEN[name][0], encoding="utf-8")
    with pytest.raises(FetchError, match=BROKEN[name][1]):
        load(tmp_path / "datasets.yaml")


@pytest.mark.parametrize(
    ("key", "value", "sentence"), [("client", "ftp", "expected a client of"), ("colour", "red", "unknown .'colour'")]
)
def test_senseless_entries(key, value, sentence, root, tmp_path):
    entry = yaml.safe_load((root / "config" / "datasets.yaml").read_text(encoding="utf-8"))["cru_ts"]
    (tmp_path / "datasets.yaml").write_text(yaml.safe_dump({"cru_ts": entry | {key: value}}), encoding="utf-8")
    with pytest.raises(FetchError, match=sentence):
        load(tmp_path / "datasets.yaml")


def test_full_plan_of_both_papers(catalogue, tmp_path):
    """Every file of both papers, on an empty disk: few jobs, exact numbers of files."""
    jobs = plan(BOTH_PAPERS, catalogue, tmp_path / "raw", (2000, 2019))
    files = collections.Counter()
    for job in jobs:
        files[job.dataset] += len(job.missing)
        assert job.present == {} and job.size > 0 and job.hours > 0
    assert files == {
        "gldas_2_0": 52 * 12,
        "gldas_2_1": 25 * 12,
        "mcd12c1": 24,
        "gosif_gpp": 25 * 12 - 2,
        "era5_land": 20 * 12 * 3,
        "gpcp_daily": 20 * 365 + 5,
        "cci_lst": 20 * 12 * 2,
        **dict.fromkeys(("cru_ts", "vodca2_gpp", "gleam", "wwf_ecoregions"), 1),
    }
    assert len(jobs) == 52 + 25 + 24 + 25 + 20 + 20 + 20 + 4 <= 700
    assert len({job.name for job in jobs}) == len(jobs)
    assert not (tmp_path / "raw").exists(), "planning must not write"
    text = summary(jobs)
    assert re.search(rf"^total +{len(jobs)} +0 +0.00 +{sum(files.values())} ", text, re.M)
    # one line per data set, one per host (GLDAS has two data sets on one), two heads, two gaps, the total
    assert len(text.splitlines()) == 11 + 10 + 2 + 2 + 1


def test_summary_counts_what_is_there_and_what_is_to_fetch(catalogue, tmp_path):
    """Files and GB on both sides, by data set, by host and in all."""
    for folder, name in (
        ("gldas_2_1", "GLDAS_NOAH10_M.A200001.021.nc4"),
        ("gldas_2_0", "GLDAS_NOAH10_M.A199901.020.nc4"),
    ):
        (tmp_path / folder).mkdir()
        with open(tmp_path / folder / name, "wb") as stream:
            stream.truncate(40_000_000)  # a hole: no disk is filled
    chosen = {"gldas_2_0": {"years": (1999, 1999)}, "gldas_2_1": {"years": (2000, 2001)}, "cru_ts": None}
    rows = [line.split() for line in summary(plan(chosen, catalogue, tmp_path, (2000, 2001))).splitlines() if line]
    assert [row[:-1] for row in rows] == [
        ["data", "set", "host", "jobs", "there", "GB", "to", "fetch", "GB"],
        ["gldas_2_0", "gesdisc", "1", "1", "0.04", "11", "0.02"],
        ["gldas_2_1", "gesdisc", "2", "1", "0.04", "23", "0.05"],
        ["cru_ts", "cru", "1", "0", "0.00", "1", "0.21"],
        ["of", "each", "host", "jobs", "there", "GB", "to", "fetch", "GB"],
        ["gesdisc", "3", "2", "0.08", "34", "0.07"],
        ["cru", "1", "0", "0.00", "1", "0.21"],
        ["total", "4", "2", "0.08", "35", "0.28"],
    ]


def test_completed_counts_what_the_manifests_hold(tmp_path):
    for name, sizes in (("a", (1_500_000_000, 500_000_000)), ("b", ())):
        (tmp_path / name).write_text(
            json.dumps({"files": [{"path": "x", "size": size, "sha256": ""} for size in sizes]}), encoding="utf-8"
        )
    assert completed([tmp_path / "a", tmp_path / "b"]) == "Verified and ready: 2 files, 2.00 GB, in 2 lists."


def test_what_was_brought_is_a_table_and_names_what_was_left_out(tmp_path):
    entries = [
        {"dataset": "gpcp_daily", "files": [{"size": 275_000_000}] * 4, "left_out": ["2001-01-03", "2001-01-09"]},
        {"dataset": "gpcp_daily", "files": [{"size": 275_000_000}] * 6, "left_out": []},
        {"dataset": "cru_ts", "files": [{"size": 200_000_000}], "left_out": []},
    ]
    for number, entry in enumerate(entries):
        (tmp_path / f"{number}.json").write_text(json.dumps(entry), encoding="utf-8")
    lines = brought(sorted(tmp_path.iterdir())).splitlines()
    assert [line.split() for line in lines[1:3]] == [
        ["gpcp_daily", "2", "10", "2.75", "2"],
        ["cru_ts", "1", "1", "0.20", "0"],
    ]
    assert lines[3].startswith("Left out of gpcp_daily (missing_files: keep): 2001-01-03, 2001-01-09. The next")


def test_table_for_the_readme(catalogue, tmp_path):
    """A line per product with what a user must know; every cell filled, every DOI there."""
    lines = markdown(plan(BOTH_PAPERS, catalogue, tmp_path / "raw", (2000, 2019)), catalogue).splitlines()
    assert len(lines) == 2 + len(BOTH_PAPERS)
    for line, dataset in zip(lines[2:], catalogue.values()):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert len(cells) == 6 and all(cells) and cells[5] == dataset.doi and cells[4] == dataset.licence
    assert (
        "| 624 | 1.3 | [account](https://urs" in lines[2]
        and "EARTHDATA_TOKEN or EARTHDATA_USERNAME and EARTHDATA_PASSWORD or ~/.netrc" in lines[2]
    )
    assert (
        "datasets/reanalysis-era5-land?tab" in lines[6]
        and "CDSAPI_KEY or ~/.cdsapirc" in lines[6]
        and "| none |" in lines[7]
    )


def test_local_files_are_never_planned_again(catalogue, tmp_path):
    """In the raw folder, in sub-folders of it, behind links; parts and strangers do not count, the newest making
    does."""
    raw, elsewhere = tmp_path / "raw", tmp_path / "elsewhere"
    (raw / "gldas_2_1").mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "GLDAS_NOAH10_M.A200101.021.nc4").write_bytes(b"x")
    (raw / "gldas_2_1" / "by_year").symlink_to(elsewhere)
    (elsewhere / "circle").symlink_to(elsewhere)
    for name in (
        "GLDAS_NOAH10_M.A200102.021.nc4",
        "GLDAS_NOAH10_M.A200103.021.nc4.part",
        "GLDAS_NOAH10_M_EP.A200104.021.nc4",
    ):
        (raw / "gldas_2_1" / name).write_bytes(b"x")
    (job,) = plan({"gldas_2_1": {"years": (2001, 2001)}}, catalogue, raw, (2000, 2019))
    assert list(job.present) == ["2001-01", "2001-02"] and len(job.missing) == 10
    (raw / "gpcp_daily").mkdir()
    for made in ("20180712", "20180801", "20170101"):
        (raw / "gpcp_daily" / f"gpcp_v01r03_daily_d20010105_c{made}.nc").write_bytes(b"x")
    (job,) = plan({"gpcp_daily": {"years": (2001, 2001)}}, catalogue, raw, (2000, 2019))
    assert [path.name for path in job.present.values()] == ["gpcp_v01r03_daily_d20010105_c20180801.nc"]


def test_satellites_change_over(catalogue, tmp_path):
    """Where both satellites have a file for a month, the rule of the catalogue decides."""
    folder = tmp_path / "raw" / "cci_lst"
    folder.mkdir(parents=True)
    for year in (2008, 2009):
        for satellite in ("SSMI13", "SSMI17"):
            (folder / f"ESACCI-LST-L3C-LST-{satellite}-0.25deg_1MONTHLY_ASC-{year}01000000-fv2.33.nc").write_bytes(b"x")
    jobs = plan({"cci_lst": {"years": (2008, 2009)}}, catalogue, tmp_path / "raw", (2000, 2019))
    assert [re.search("SSMI..", path.name)[0] for job in jobs for path in job.present.values()] == ["SSMI13", "SSMI17"]


LAYOUTS = {
    "archive names by year": ("{year}/*.nc4", "2001/GLDAS_NOAH10_M.A2001{month:02d}.021.nc4"),
    "archive names anywhere": ("**/*.nc4", "a/b/GLDAS_NOAH10_M.A2001{month:02d}.021.nc4"),
    "own names": ("{year}/sm_{month:02d}.nc", "2001/sm_{month:02d}.nc"),
    "own names with wildcards": ("*/gldas-{year}{month:02d}-*.nc", "x/gldas-2001{month:02d}-mine.nc"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_own_layouts(name, catalogue, tmp_path):
    """A user's archive on another disk, read-only, in its own order."""
    layout, path = LAYOUTS[name]
    for month in range(1, 13):
        place = tmp_path / "disk" / path.format(month=month)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(bytes([month]))
    options = {"years": (2001, 2001), "local": str(tmp_path / "disk" / layout)}
    (job,) = plan({"gldas_2_1": options}, catalogue, tmp_path / "raw", (2000, 2019))
    assert job.missing == {} and job.size == 0
    assert [found.read_bytes()[0] for found in job.present.values()] == list(range(1, 13))


def test_own_folder_with_names_of_the_archive(catalogue, tmp_path):
    """A folder elsewhere, with folders below it, counts like the raw folder and comes before it; so do results of
    requests made by others."""
    raw, disk = tmp_path / "raw", tmp_path / "disk"
    for folder in (raw / "gldas_2_1", disk / "2001"):
        folder.mkdir(parents=True)
        (folder / "GLDAS_NOAH10_M.A200101.021.nc4").write_bytes(b"x")
    (raw / "gldas_2_1" / "GLDAS_NOAH10_M.A200102.021.nc4").write_bytes(b"x")
    (disk / "era5_land_monthly_means_2001_swvl1-swvl2-swvl3.nc").write_bytes(b"x")
    config = {name: {"years": (2001, 2001), "folder": str(disk)} for name in ("gldas_2_1", "era5_land")}
    gldas, era5 = plan(config, catalogue, raw, (2000, 2019))
    assert list(gldas.present) == ["2001-01", "2001-02"] and gldas.present["2001-01"].is_relative_to(disk)
    assert era5.missing == {} and [path.parent for path in era5.present.values()] == [disk]


def test_a_layout_without_placeholders_is_looked_through_once(catalogue, tmp_path, monkeypatch):
    """Names of the archive tell 365 days apart; the folder is not searched again for each of them."""
    for day in ("20010101", "20010102"):
        (tmp_path / f"gpcp_v01r03_daily_d{day}_c20180712.nc").write_bytes(b"x")
    searches, search = [], local.glob.glob
    monkeypatch.setattr(
        local.glob, "glob", lambda *words, **options: searches.append(words) or search(*words, **options)
    )
    options = {"years": (2001, 2001), "local": str(tmp_path / "**" / "*.nc")}
    (job,) = plan({"gpcp_daily": options}, catalogue, tmp_path / "raw", (2000, 2019))
    assert list(job.present) == ["2001-01-01", "2001-01-02"] and len(job.missing) == 363 and len(searches) == 1


def test_layouts_that_say_too_little(catalogue, tmp_path):
    (tmp_path / "2001").mkdir()
    for month in range(1, 13):
        (tmp_path / "2001" / f"sm_{month}.nc").write_bytes(b"x")

    def ask(layout):
        return plan(
            {"gldas_2_1": {"years": (2001, 2001), "local": str(tmp_path / layout)}},
            catalogue,
            tmp_path / "raw",
            (2000, 2019),
        )

    with pytest.raises(FetchError, match=r"finds 12 files for 2001-01 .*Add placeholders such as .month"):
        ask("{year}/*.nc")
    with pytest.raises(FetchError, match="known are year, month, day, part"):
        ask("{jear}/*.nc")
    assert ask("2001/*.nc")[0].present == {}, "without a placeholder nothing says which month a file is"


def test_era5_land_there_in_both_ways(catalogue, tmp_path):
    """Results of requests made before, and a user's yearly files that serve all layers."""
    options = {"years": (2001, 2002), "route": "monthly_means"}
    folder = tmp_path / "raw" / "era5_land"
    folder.mkdir(parents=True)
    (folder / "era5_land_monthly_means_2001_swvl1-swvl2-swvl3.nc").write_bytes(b"x")
    assert [len(job.missing) for job in plan({"era5_land": options}, catalogue, tmp_path / "raw", (2000, 2019))] == [
        0,
        1,
    ]
    (tmp_path / "mine_2002.nc").write_bytes(b"x")
    options["local"] = str(tmp_path / "mine_{year}.nc")
    jobs = plan({"era5_land": options}, catalogue, tmp_path / "raw", (2000, 2019))
    assert [path.name for job in jobs for path in job.present.values()] == [
        "era5_land_monthly_means_2001_swvl1-swvl2-swvl3.nc",
        "mine_2002.nc",
    ]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"gldas": {}}, "expected ids of gldas_2_0"),
        ({"cru_ts": {"year": 1}}, r"datasets.cru_ts: expected options of years, .*found year"),
        ({"gldas_2_0": {"years": (2016, 2019)}}, "years 2016 to 2019 lie outside the archive's"),
    ],
)
def test_senseless_configurations(config, sentence, catalogue, tmp_path):
    with pytest.raises(FetchError, match=sentence):
        plan(config, catalogue, tmp_path, (2000, 2019))


def test_a_folder_that_may_not_be_read(catalogue, tmp_path, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(FetchError, match="may not be read"):
        plan({"cru_ts": {}}, catalogue, tmp_path, (2000, 2019))
