"""source: archive, from the plans of the papers to figures drawn from what stand-ins of all ten archives served."""

import collections
import contextlib
import json
import os
import re
import sys
import threading
from pathlib import Path

import pytest
import running
import xarray as xr
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients"))

import earth
from stand_in import Fault

import document_downloads
from vadose.acquire import plan, wanted
from vadose.acquire.catalogue import load
from vadose.files import configuration, datasets

PAPERS = ("paper_a", "paper_b", "paper_full")
FIGURES = ["results/small/figures/variability/figure_2.png", "results/small/figures/dependence/dependence_monthly.png"]
ARCHIVED = running.merged(
    running.DEMO,
    {
        "run": "small",
        "source": "archive",
        "missing_files": "keep",  # GLDAS lacks a month
        "tiles": {"variability": 1, "dependence": 1},
        "paths": {"raw": "raw"},
        "era5_land": {"variables": []},  # the store of these tests gives every variable to every request
        "variability": {
            "grid": {"spacing": 15.0},
            "years": [earth.FIRST, earth.LAST],
            "periods": [[earth.FIRST, earth.LAST]],
            "splice_year": earth.SPLICE,
            "min_year_share": 0.5,
            "productivity_years": [2001, earth.LAST],
        },
        "dependence": {
            "grid": {"spacing": 15.0},
            "years": list(earth.YEARS),
            "time_scales": ["monthly"],
            "copula": {"bootstrap": 0, "compare_annual_cycle": False, "simulations": 5},
            "lags": {"max": 6},  # two years are too short for the null distribution of twelve months
        },
        "synthetic": {"land_mask_spacing": 1.0},
    },
)


def scenario(root, name):
    """A scenario, completed from the schema, as the rules get it."""
    schema = configuration.load_schema(root / "config/schema.yaml")
    given = yaml.safe_load((root / f"config/scenarios/{name}.yaml").read_text(encoding="utf-8"))
    full = configuration.complete(given, schema)
    configuration.validate(full, schema)
    return full


def leaves(tree, prefix=""):
    """{dotted key: value} of a configuration."""
    found = {}
    for key, value in tree.items():
        found |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {f"{prefix}{key}": value}
    return found


@pytest.mark.parametrize("name, theirs", [("paper_a", "variability"), ("paper_b", "dependence"), ("paper_full", "")])
def test_paper_scenarios_leave_nothing_to_the_demo(root, name, theirs):
    """Each key that the demo sets for the studies of a scenario stands in the scenario itself."""
    of_one_study = {
        "variability": ("variability", "season", "top", "global", "trend", "landcover", "gpp", "correlation"),
        "dependence": ("dependence", "precipitation", "era5_land", "ecoregions", "copula", "lag", "ridge", "drivers"),
    }
    foreign = [part for study, parts in of_one_study.items() if theirs and study != theirs for part in parts]
    needless = [
        "synthetic",
        "seed",
        "datasets",
        "downloads",
        "paths.results",
        "compare",
        "manuscript",
        *(f"tiles.{study}" for study in of_one_study if theirs and study != theirs),
    ]
    given = leaves(yaml.safe_load((root / f"config/scenarios/{name}.yaml").read_text(encoding="utf-8")))
    demo = leaves(yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8")))
    asked = [
        key for key in demo if not any(key == part or key.startswith(f"{part}.") for part in [*foreign, *needless])
    ]
    assert [key for key in asked if key not in given] == [] and len(asked) > 30


def test_paper_full_is_both_papers(root):
    alone = [
        leaves(yaml.safe_load((root / f"config/scenarios/{name}.yaml").read_text(encoding="utf-8"))) for name in PAPERS
    ]
    union = {**alone[0], **alone[1]}
    assert {key: value for key, value in alone[2].items() if key not in ("run", "studies")} == {
        key: value for key, value in union.items() if key not in ("run", "studies")
    }


def test_published_set_ups(root):
    """What the papers say of themselves."""
    full = scenario(root, "paper_full")
    assert (
        full["studies"] == ["variability", "dependence"]
        and full["source"] == "archive"
        and full["missing_files"] == "stop"
    )
    assert full["variability"]["grid"]["spacing"] == 1.0 and full["variability"]["years"] == [1948, 2024]
    assert full["dependence"]["grid"] == {"spacing": 0.25, "south": 0, "north": 90, "west": -180, "east": 180}
    assert full["dependence"]["years"] == [2000, 2019] and full["variability"]["land_cover"]["year"] == 2010
    assert {key: full["dependence"]["driver_models"][key] for key in ("group", "chains", "warmup", "draws")} == {
        "group": "cell",
        "chains": 4,
        "warmup": 2000,
        "draws": 2000,
    }
    assert full["tiles"] == {"variability": 8, "dependence": 64}


def test_the_page_of_data_says_what_is_fetched(root):
    """The table of downloads in docs/data.md is the plan of both papers."""
    text = (root / "docs/data.md").read_text(encoding="utf-8")
    assert document_downloads.insert(text, document_downloads.document(root)) == text, "run `make configuration`"


def test_default_profile_limits_every_archive_and_no_other(root):
    limits = yaml.safe_load((root / "profiles/default/config.yaml").read_text(encoding="utf-8"))["resources"]
    entries = load(root / "config/datasets.yaml").values()
    archives = {entry.through(way).archive for entry in entries for way in (None, *entry.ways)}
    assert {name for name in limits if name.startswith("download_")} == {f"download_{name}" for name in archives}
    assert all(value >= 1 for value in limits.values())


def jobs_in(text):
    """{rule: jobs} of a dry run."""
    table = text.split("Job stats:")[1].split("total")[0]
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.M)}


def prepared_lists(text):
    """Data sets whose lists a dry run would make."""
    return set(re.findall(r"Files of (\w+)$", text, re.M))


def test_both_papers_in_few_jobs(root, tmp_path):
    """The whole of both papers on an empty disk: fewer than 2000 jobs, at most 700 of them downloads, exactly those of
    the plan."""
    folder = running.folder_for(tmp_path / "full")
    (folder / "small.yaml").write_text(
        (root / "config/scenarios/paper_full.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    text = running.run(folder, root, "-n", "all", "--config", "paths={raw: nothing_there}")
    counts = jobs_in(text)
    expected = wanted.wanted(scenario(root, "paper_full"), tmp_path, load(root / "config/datasets.yaml"))
    jobs = plan.plan(expected, load(root / "config/datasets.yaml"), tmp_path, (1, 9999))
    assert counts["download_files"] == len(jobs) <= 700 and sum(counts.values()) < 2000
    assert prepared_lists(text) == set(expected) and len(expected) == 11
    assert not (folder / "nothing_there").exists() and not (folder / "results").exists(), "a dry run must not write"


def test_unusual_studies_ask_for_what_their_rules_read(root, tmp_path):
    """GLDAS for everything, versions adjusted: lists, plan and rules agree, and the overlap is fetched."""
    folder = running.folder_for(tmp_path / "odd")
    settings = {
        "source": "archive",
        "studies": ["variability", "dependence"],
        "variability": {
            "splice": "adjusted",
            "years": [1990, 2009],
            "periods": [[1990, 1999], [2000, 2009]],
            "productivity": False,
        },
        "dependence": {
            "product": "gldas",
            "precipitation": "gldas",
            "controls": False,
            "drivers": False,
            "years": [2005, 2012],
        },
    }
    (folder / "small.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    text = running.run(folder, root, "-n", "prepare")
    full = configuration.complete(
        settings | {"splice_overlap": [2000, 2014]}, configuration.load_schema(root / "config/schema.yaml")
    )
    entries = wanted.wanted(full, tmp_path, load(root / "config/datasets.yaml"))
    assert entries == {"gldas_2_0": {"years": (1990, 2014)}, "gldas_2_1": {"years": (2000, 2014)}}
    assert prepared_lists(text) == set(entries) and jobs_in(text)["download_files"] == 25 + 15


SPLICES = [
    ({"splice": "raw"}, {"gldas_2_0": (1990, 1999), "gldas_2_1": (2000, 2009)}),
    ({"splice": "2.0_only"}, {"gldas_2_0": (1990, 2009)}),
    ({"splice": "2.1_only"}, {"gldas_2_1": (1990, 2009)}),
    ({"splice_year": None}, {"gldas_2_1": (1990, 2009)}),
    ({"splice_year": 1985}, {"gldas_2_1": (1990, 2009)}),
    ({"splice_year": 2010}, {"gldas_2_0": (1990, 2009)}),
    ({"splice": "adjusted"}, {"gldas_2_0": (1990, 2014), "gldas_2_1": (2000, 2014)}),
]


@pytest.mark.parametrize("change, expected", SPLICES)
def test_versions_of_gldas(change, expected):
    part = {"years": [1990, 2009], "splice": "raw", "splice_year": 2000, "splice_overlap": [2000, 2014]}
    assert datasets.gldas_versions(part | change) == expected


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The archives, serving."""
    folder = tmp_path_factory.mktemp("earth")
    made = earth.Earth(earth.write(folder / "files"), Path(__file__).resolve().parents[2], folder)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def user(world):
    """The environment of a user in order; the tester's own credentials are out of sight."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [
            name
            for name in os.environ
            if name.startswith(("EARTHDATA", "CDSAPI", "GLEAM", "NETRC")) or name.lower().endswith("_proxy")
        ]:
            patch.delenv(name)
        for name, value in world.environment().items():
            patch.setenv(name, value)
        yield patch


@pytest.fixture(scope="module")
def archived(world, user, root, tmp_path_factory):
    """A run from the archives to prepared products of all ten and a figure of each study; some archives misbehave on
    the way."""
    folder = running.folder_for(tmp_path_factory.mktemp("archived"))
    own = earth.own_folder(world.files["gosif_gpp"], folder / "own disk")
    settings = ARCHIVED | {
        "downloads": {"catalogue": str(world.catalogue), "checksums": str(folder / "sums")},
        "datasets": {"gosif_gpp": {"folder": str(own), "pattern": "{year}/*.tif.gz"}},
    }
    (folder / "small.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    gpcp = "/gpcp_daily/2001/gpcp_v01r03_daily_d20010101_c20010501.nc"
    gldas = f"/data/GLDAS_NOAH10_M.A{earth.LAST}05.021.nc4"
    world.open.faults |= {
        "/cru_ts/cru_ts4.07.1901.2022.tmp.dat.nc.gz": [Fault("cut", after=2000)],
        gpcp: [Fault("html")],
    }
    world.secure.faults[gldas] = [Fault("status", 500), Fault("corrupt")]
    watch = Watch(folder)
    said = [running.run(folder, root, *targets) for targets in (["download", "--retries", "0"], ["prepare", *FIGURES])]
    folder.joinpath("first.txt").write_text("".join(said), encoding="utf-8")
    folder.joinpath("watched.json").write_text(json.dumps(watch.end()), encoding="utf-8")
    return folder


class Watch(threading.Thread):
    """Looks at the process list of the machine and at the scripts of running jobs, for credentials; keeps counts
    alone."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.over, self.jobs, self.scripts, self.shown = folder, threading.Event(), set(), set(), 0
        self.start()

    def run(self):
        secrets = [secret.encode() for secret in earth.SECRETS]
        while not self.over.wait(0.2):
            for path in [*Path("/proc").glob("[0-9]*/cmdline"), *(self.folder / ".snakemake/scripts").glob("*")]:
                with contextlib.suppress(OSError):  # gone meanwhile
                    words = path.read_bytes()
                    self.shown += any(secret in words for secret in secrets)
                    if path.name == "cmdline" and b"download_files" in words:
                        self.jobs.add(path.parent.name)
                    elif path.name.endswith("download_files.py"):
                        self.scripts.add(path.name)

    def end(self):
        self.over.set()
        self.join()
        return {
            "download jobs seen": len(self.jobs),
            "their scripts seen": len(self.scripts),
            "credentials seen": self.shown,
        }


def manifests(folder):
    """What the downloads left, by data set and group."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in (folder / "results/small/downloads").glob("[!.]*.json")  # .account_*: what became of logins
    }


@pytest.mark.slow
def test_from_the_archives_to_figures_of_both_studies(archived, world):
    """Every file of the manifests is byte for byte what the archive has; every product is prepared; both figures are
    drawn."""
    groups = manifests(archived)
    assert collections.Counter(re.sub(r"_(\d{4}|all)$", "", name) for name in groups) == {
        **{"gldas_2_0": 2, "gldas_2_1": 4, "gosif_gpp": 3, "era5_land": 2, "gpcp_daily": 2, "cci_lst": 2},
        **dict.fromkeys(("mcd12c1", "cru_ts", "vodca2_gpp", "gleam", "wwf_ecoregions"), 1),
    }
    files = sum(len(group["files"]) for group in groups.values())
    assert f"Verified and ready: {files} files" in (archived / "first.txt").read_text(encoding="utf-8")
    served = world.served() | {path.name: path.read_bytes() for path in world.files["gosif_gpp"]}
    for name, manifest in groups.items():
        for item in manifest["files"]:
            path = Path(item["path"])
            bytes_ = served[f"{name[-4:]}.nc" if name.startswith("era5_land") else path.name]
            assert (archived / path).read_bytes() == bytes_, path
    for figure in FIGURES:
        assert (archived / figure).stat().st_size > 10_000
    with xr.open_dataset(archived / "results/small/prepared/variability/soil_moisture_1998-2003.nc") as product:
        assert (
            product.sizes["time"] == 12 * 6
            and "SYNTHETIC" not in product.attrs["source"]
            and "10.5067/LWTYSMP3VM5Z" in product.attrs["source"]
        )
        assert len(product.attrs["missing_months"].split()) == 1
        assert product["soil_moisture"].notnull().any("cell").all("layer").sum() == 12 * 6 - 1
    for name in (
        "precipitation",
        "evapotranspiration",
        "air_temperature",
        "land_surface_temperature",
        "gross_primary_productivity",
    ):
        with xr.open_dataset(archived / f"results/small/prepared/dependence/{name}_2001-2002.nc") as product:
            assert product[name].notnull().any(), name


@pytest.mark.slow
def test_a_users_own_files_are_used_where_they_lie(archived, world):
    """GOSIF was on the user's own disk, under folders of its own: nothing asked for, nothing written there, recorded
    all the same."""
    assert not [seen for seen in world.open.requests() if seen.path.startswith("/gosif_gpp")]
    assert not (archived / "raw/gosif_gpp").exists()
    paths = [
        Path(item["path"])
        for name, group in manifests(archived).items()
        if name.startswith("gosif")
        for item in group["files"]
    ]
    assert len(paths) == 36 and all(path.is_relative_to(archived / "own disk") for path in paths)
    assert {path.name for path in (archived / "own disk").rglob("*") if path.is_file()} == {
        path.name for path in world.files["gosif_gpp"]
    }
    assert len((archived / "sums/gosif_gpp.own.sha256").read_text(encoding="utf-8").splitlines()) == 36


@pytest.mark.slow
def test_faults_on_the_way_left_no_trace_but_a_line_in_the_log(archived, world):
    assert len(world.open.requests("/cru_ts/cru_ts4.07.1901.2022.tmp.dat.nc.gz")) == 2
    log = (archived / f"results/small/logs/download_files_gldas_2_1_{earth.LAST}.log").read_text(encoding="utf-8")
    assert "500" in log and "md5 published by the archive" in log
    assert not [path for path in (archived / "raw").rglob("*") if path.name.endswith((".part", ".rejected", ".json"))]


@pytest.mark.slow
def test_nothing_is_asked_for_twice(archived, world, root):
    """With all there: nothing to be done, not for figures, not for downloads, and no archive hears of it."""
    before = world.requests()
    for targets in ((*FIGURES,), ("prepare",)):
        assert "Nothing to be done" in running.run(archived, root, "-n", *targets)
    plan_text = running.run(archived, root, "-n", "download")
    held = sum(len(group["files"]) for group in manifests(archived).values())
    # data set, host; jobs, files there, GB, files to fetch. The archives lack a month of GLDAS, and one of CCI LST with
    # its two passes.
    rows = [r"gldas_2_1 +gesdisc +4 +47 +\S+ +1", r"cci_lst +ceda +2 +46 +\S+ +2", r"gpcp_daily +ncei +2 +730 +\S+ +0"]
    for row in (*rows, r" +gesdisc +6 +71 +\S+ +1", rf"total +20 +{held} +\S+ +3"):
        assert re.search(f"^{row} ", plan_text, re.M), (row, plan_text[-3000:])
    # Where downloads are asked for, what the archives lacked is asked for again: a month of GLDAS, one of CCI LST.
    assert jobs_in(plan_text) == {"download": 1, "download_files": 2} and world.requests() == before
    assert manifests(archived)[f"gldas_2_1_{earth.LAST}"]["left_out"] or any(
        group["left_out"] for group in manifests(archived).values()
    )


@pytest.mark.slow
def test_a_lost_file_is_fetched_again_alone(archived, world, root):
    """Asked to verify a year again, one job looks at its twelve files and fetches the one that is gone."""
    (archived / f"raw/gldas_2_1/GLDAS_NOAH10_M.A{earth.LAST}07.021.nc4").unlink()
    before = len(world.secure.requests())
    target = f"results/small/downloads/gldas_2_1_{earth.LAST}.json"
    text = running.run(archived, root, target, "--forcerun", "download_files")
    assert jobs_in(text) == {"download_files": 1}
    asked = [seen.path for seen in world.secure.requests()[before:] if seen.path.startswith("/data/")]
    assert asked == [f"/data/GLDAS_NOAH10_M.A{earth.LAST}07.021.nc4"]
    assert "Nothing to be done" in running.run(archived, root, "-n", *FIGURES), (
        "an equal manifest must not repeat what follows"
    )


@pytest.mark.slow
def test_no_credential_in_anything_that_a_run_leaves(archived, world):
    """Logs, provenance, benchmarks, Snakemake's own records and scripts, products, manifests, checksums, what was
    printed: byte by byte; and, while it ran, the process list and the scripts of its jobs."""
    seen = [Path(place) / name for place, _, names in os.walk(archived) for name in names]
    seen = [path for path in seen if path.is_file()]
    kinds = {path.relative_to(archived).parts[0] for path in seen}
    assert {".snakemake", "results", "raw", "sums", "first.txt"} <= kinds
    assert {"logs", "benchmarks", "downloads", "prepared"} <= {
        path.name for path in (archived / "results/small").iterdir()
    }
    forms = [form for secret in earth.SECRETS for form in (secret.encode(), secret.encode().hex().encode())]
    for path in seen:
        data = path.read_bytes()
        assert not [form for form in forms if form in data], path
    assert len(seen) > 800
    watched = json.loads((archived / "watched.json").read_text(encoding="utf-8"))  # while it ran
    assert watched.pop("credentials seen") == 0 and min(watched.values()) > 0, watched


def refused(world):
    """Requests with a token that the archive does not know."""
    return sum("mysterious-but-wrong" in str(seen.headers) for seen in world.secure.requests())


@pytest.mark.slow
def test_no_account_ends_in_a_sentence(archived, world, user, root):
    """Without a token, and with one that the archive does not know: what is missing, where it was looked for, where to
    go."""
    target = "results/small/downloads/mcd12c1_2010.json"
    (archived / "raw/mcd12c1" / world.files["mcd12c1"][0].name).unlink()
    log = archived / "results/small/logs/download_files_mcd12c1_2010.log"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("EARTHDATA_TOKEN")
        text = running.run(archived, root, target, "--forcerun", "download_files", "--retries", "0", expect=1)
        assert (
            "no credentials found" in log.read_text(encoding="utf-8")
            and "environment EARTHDATA_TOKEN" in text
            and ".netrc" in text
            and "/profile" in text
        )
        assert "Traceback" not in log.read_text(encoding="utf-8")
        patch.setenv("EARTHDATA_TOKEN", "mysterious-but-wrong")
        text = running.run(archived, root, target, "--forcerun", "download_files", "--retries", "0", expect=1)
        assert "401, the token is missing, wrong or expired" in text and "mysterious" not in text + log.read_text(
            encoding="utf-8"
        )
        before = refused(world)
        text = running.run(archived, root, target, "--forcerun", "download_files", "--retries", "2", expect=1)
        assert refused(world) == before + 1, (
            "a refused login is tried once in a run, also where the rule is tried again"
        )
        assert "the account was refused before" in text
    running.run(archived, root, target)
    assert manifests(archived)["mcd12c1_2010"]["files"][0]["size"] == world.files["mcd12c1"][0].stat().st_size


@pytest.mark.slow
def test_doctor(archived, world, user, root):
    """The table for a user in order, each time it is asked for, and for one without an account; none shows a
    credential."""
    text = running.run(archived, root, "doctor")
    assert re.search(r"^gldas_2_1 +found +reachable +\d+ +\d+ ", text, re.M) and "Everything is ready." in text
    assert (
        "NO ANSWER" not in text and len(re.findall(r"^[a-z0-9_]+ +(?:found|none needed) +reachable ", text, re.M)) == 11
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GLEAM_PASSWORD")
        (archived / "raw/gleam/E_1980-2022_GLEAM_v3.8a_MO.nc").unlink()
        poor = running.run(archived, root, "doctor", expect=1)
    assert (
        re.search(r"^gleam +MISSING +reachable", poor, re.M)
        and "Register on the page" in poor
        and "Something is missing" in poor
    )
    assert not [secret for secret in earth.SECRETS if secret in text + poor]


@pytest.mark.slow
def test_what_was_left_out_is_asked_for_again_by_a_plain_run(archived, world, root):
    """`all` has a job that asks, and only that is new; while the archive lacks the month nothing follows; once it has
    it, the list names it and the next run makes anew what follows."""
    target = "results/small/downloads/asked_again.txt"
    (lacking,) = [name for name, group in manifests(archived).items() if "gldas" in name and group["left_out"]]
    (month,) = manifests(archived)[lacking]["left_out"]
    assert jobs_in(running.run(archived, root, "-n", "all"))["ask_again"] == 1
    before = (archived / f"results/small/downloads/{lacking}.json").stat().st_mtime_ns
    running.run(archived, root, target)
    assert (archived / target).read_text(encoding="utf-8") == ""
    assert (archived / f"results/small/downloads/{lacking}.json").stat().st_mtime_ns == before
    assert "Nothing to be done" in running.run(archived, root, "-n", *FIGURES)
    running.run(archived, root, "results/small/tables/left_out.csv")
    table = (archived / "results/small/tables/left_out.csv").read_text(encoding="utf-8")
    assert f"gldas_2_1,{month[:4]},11,1,{month}" in table and "cci_lst" in table
    world.publish(month)
    text = running.run(archived, root, target, "--force")
    assert f"1 files that were left out are there now: gldas_2_1 {month}. Run the same command again" in text
    assert manifests(archived)[lacking]["left_out"] == [] and len(manifests(archived)[lacking]["files"]) == 12
    assert "prepare_soil_moisture" in jobs_in(running.run(archived, root, "-n", FIGURES[0]))
    assert "gldas_2_1" not in running.run(archived, root, "-n", target, "--force").split("left out")[-1]
