"""The crate of a run is valid by the validator of RO-Crate's own people, tells true sizes, hashes and times, and lists
what to cite."""

import copy
import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

import made_up

import write_crate
from vadose.figures import bundle
from vadose.files import references
from vadose.pages.crate import citation, times, write

# RO-Crate 1.1 maps four terms otherwise than the newer context that comes with the library (their IRIs: RO-Crate 1.1,
# appendix on JSON-LD).
TERMS_1_1 = {
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow",
    "FormalParameter": "https://bioschemas.org/FormalParameter",
    "input": "https://bioschemas.org/ComputationalWorkflow#input",
    "output": "https://bioschemas.org/ComputationalWorkflow#output",
}
BENCHMARK = (
    "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
    "{:.2f}\t0:00:10\t{:.1f}\t1\t1\t1\t1\t1\t1\t1\n"
)


def record(synthetic, root):
    made = made_up.record()
    paper = references.entries((root / "config/references.bib").read_text(encoding="utf-8"))
    items = [
        {
            "id": "gldas_2_1",
            "title": "GLDAS",
            "version": "2.1",
            "doi": "10.5067/LWTYSMP3VM5Z",
            "licence": "open",
            "bibtex": paper["rodell2004"],
        },
        {
            "id": "wwf_ecoregions",
            "title": "Ecoregions",
            "version": "2.0",
            "doi": "10.1641/0006-3568(2001)051[0933:TEOTWA]2.0.CO;2",
            "licence": "not stated",
            "bibtex": paper["olson2001"],
        },
        {
            "id": "own",
            "title": "Own",
            "version": "not catalogued",
            "doi": "not catalogued",
            "licence": "not catalogued",
            "bibtex": "",
        },
    ]
    made["provenance"]["sources"] = {"variability": [item | {"synthetic": synthetic} for item in items]}
    made["configuration"]["source"] = "synthetic" if synthetic else "archive"
    return made


def a_run(folder, root, synthetic):
    """A small finished run, described: (folder of the run, content of the crate)."""
    run, known = folder / "results" / "made_up", record(synthetic, root)
    files = made_up.run(run)
    (run / "run_config.yaml").write_text(yaml.safe_dump(known), encoding="utf-8")
    figure = run / "figures/variability/figure_1.png"
    from vadose.figures import style

    drawn = style.figure("single", 30)
    drawn.add_axes((0.2, 0.2, 0.7, 0.7)).plot([0, 1])
    import pandas as pd

    bundle.save(drawn, figure.with_suffix(""), pd.DataFrame({"r": [1.0]}), "A line. And more.", study="variability")
    table = made_up.table(run, "variability", "shares", pd.DataFrame({"a": [1]}))
    (run / "benchmarks").mkdir()
    for name, seconds, end in (
        ("fit_trends_1of2", 10, 1_000_000_000),
        ("fit_trends_2of2", 20, 1_000_000_015),
        ("draw_trends", 5, 1_000_000_030),
    ):
        path = run / f"benchmarks/{name}.tsv"
        path.write_text(BENCHMARK.format(seconds, 2.5 * seconds), encoding="utf-8")
        os.utime(path, (end, end))
    write_crate.main(
        results=[figure, table, files["trends"]],
        sources=[
            root / name
            for name in ("Snakefile", "LICENSE", "CITATION.cff", "rules/trends.smk", "workflow_scripts/draw_trends.py")
        ],
        schema=root / "config/schema.yaml",
        metadata=run / "ro-crate-metadata.json",
        citation=run / "CITATION.cff",
        workflow=run / "workflow",
        project=root,
        rules={str(figure): "draw_trends", str(table): "tabulate_variability", str(files["trends"]): "fit_trends"},
        names=["fit_trends", "draw_trends", "draw"],
        benchmarks=run / "benchmarks",
        record=known,
        agent="Ada",
    )
    return run, json.loads((run / "ro-crate-metadata.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory, root):
    """{whether its data are synthetic: a run}."""
    return {synthetic: a_run(tmp_path_factory.mktemp("crate"), root, synthetic) for synthetic in (True, False)}


@pytest.fixture(params=[True, False], ids=["synthetic", "archived"])
def finished(request, runs):
    return *runs[request.param], request.param


def entities(content):
    return {item["@id"]: item for item in content["@graph"]}


@pytest.fixture
def validate(monkeypatch, tmp_path):
    """The validator with no network: the one thing that it asks for is the context, which comes with the library."""
    import rocrate
    from rocrate_validator import services
    from rocrate_validator.utils.http import HttpRequester

    bundled = json.loads((Path(rocrate.__file__).parent / "data/ro-crate.jsonld").read_text(encoding="utf-8"))[
        "@context"
    ]

    class Response:
        status_code, headers, from_cache = 200, {"Content-Type": "application/ld+json"}, True
        text = json.dumps({"@context": bundled | TERMS_1_1})

        def json(self):
            return json.loads(self.text)

    def get(self, url, **_):
        assert url == "https://w3id.org/ro/crate/1.1/context", f"the validator asks the network for {url}"
        return Response()

    monkeypatch.setattr(HttpRequester, "get", get, raising=False)

    def issues(folder):
        settings = services.ValidationSettings(
            rocrate_uri=str(folder),
            profile_identifier="workflow-run-crate",
            requirement_severity="REQUIRED",
            offline=True,
            cache_path=tmp_path / "cache",
            skip_availability_check=True,
        )
        return [f"{issue.check.identifier}: {issue.message}" for issue in services.validate(settings).get_issues()]

    return issues


@pytest.mark.slow
@pytest.mark.one_python
def test_the_validator_finds_nothing(finished, validate):
    assert validate(finished[0]) == []


@pytest.mark.slow
@pytest.mark.one_python
def test_the_validator_finds_what_is_spoilt(tmp_path, runs, validate):
    """Five faults at once, each with an issue of its own that a good crate does not have."""
    run, content = shutil.copytree(runs[True][0], tmp_path / "run"), copy.deepcopy(runs[True][1])
    known = entities(content)
    known["#run"].pop("instrument")
    known["./"].pop("license")
    known["workflow/Snakefile"].pop("programmingLanguage")
    next(item for name, item in known.items() if name.startswith("#input-")).pop("additionalType")
    known["tables/variability/shares.csv"]["@id"] = "tables/absent.csv"
    (run / "ro-crate-metadata.json").write_text(json.dumps(content), encoding="utf-8")
    issues = validate(run)
    for words in (
        "Action MUST have an instrument",
        "license",
        "programmingLanguage",
        "FormalParameter MUST have an additionalType",
        "tables/",
    ):
        assert any(words in issue for issue in issues), (words, issues)


def test_every_file_has_its_size_and_hash(finished):
    run, content, _ = finished
    files = {name: item for name, item in entities(content).items() if "File" in item["@type"]}
    for name, item in files.items():
        data = (run / name).read_bytes()
        assert item["contentSize"] == str(len(data)) and item["sha256"] == hashlib.sha256(data).hexdigest(), name
    beside = {f"figures/variability/figure_1{ending}" for ending in (".png", ".pdf", ".svg", ".csv", ".md", ".bib")}
    results = {part["@id"] for part in entities(content)["#run"]["result"]}
    assert results == beside | {
        "tables/variability/shares.csv",
        "tables/variability/shares.md",
        "variability/trends.nc",
        "CITATION.cff",
    }
    parts = {part["@id"] for part in entities(content)["./"]["hasPart"]}
    assert set(files) <= parts and {"run_config.yaml", "workflow/LICENSE", "workflow/rules/trends.smk"} <= parts


def test_times_are_those_of_the_jobs(finished):
    known = entities(finished[1])
    run, trends, drawing = known["#run"], known.get("#rule-fit_trends"), known["#rule-draw_trends"]
    assert (run["startTime"], run["endTime"]) == ("2001-09-09T01:46:30.000+00:00", "2001-09-09T01:47:10.000+00:00")
    assert (drawing["startTime"], drawing["endTime"]) == (
        "2001-09-09T01:47:05.000+00:00",
        "2001-09-09T01:47:10.000+00:00",
    )
    assert trends is None  # its script was not copied
    assert (
        known["./"]["datePublished"] == "2001-09-09"
        and run["agent"] == {"@id": "#agent"}
        and known["#agent"]["name"] == "Ada"
    )
    assert "3 jobs; 35 s of work" in run["description"] and "at most 12 MB" in drawing["description"]


def test_configuration_stands_key_by_key(finished, root):
    known, given = (
        entities(finished[1]),
        {key: value for key, value, _ in write.flattened(record(finished[2], root)["configuration"], {})},
    )
    assert given["variability.periods"] == [[2000, 2005], [2006, 2011]] and given["seed"] == 1
    assert known["#value-seed"]["value"] == 1 and known["#input-given-seed"]["additionalType"] == "Integer"
    assert json.loads(known["#value-variability.periods"]["value"]) == given["variability.periods"]
    assert known["#input-given-variability.productivity"]["additionalType"] == "Boolean"
    assert "Seed of everything random" in known["#input-given-seed"]["description"]
    objects = {part["@id"] for part in known["#run"]["object"]}
    assert {f"#value-{key}" for key in given} | {"run_config.yaml"} <= objects


def test_data_have_their_doi_only_where_they_were_used(finished):
    _, content, synthetic = finished
    known = entities(content)
    data = {name: item for name, item in known.items() if item["@type"] == "Dataset" and name != "./"}
    assert set(data) <= {part["@id"] for part in known["#run"]["object"]}
    if synthetic:
        assert set(data) == {"#data-gldas_2_1", "#data-wwf_ecoregions", "#data-own"}
        assert all("SYNTHETIC" in item["name"] and "license" not in item for item in data.values())
        assert known["./"]["description"].startswith("SYNTHETIC data;")
    else:
        ecoregions = "https://doi.org/10.1641/0006-3568(2001)051%5B0933%3ATEOTWA%5D2.0.CO%3B2"
        assert set(data) == {"https://doi.org/10.5067/LWTYSMP3VM5Z", ecoregions, "#data-own"}
        assert data[ecoregions]["license"] == "not stated" and "SYNTHETIC" not in known["./"]["description"]


def test_software_is_named_with_its_version(finished):
    from importlib import metadata

    known = entities(finished[1])
    assert known["#software-numpy"]["softwareVersion"] == np.__version__
    assert known[known["workflow/Snakefile"]["programmingLanguage"]["@id"]]["version"] == metadata.version("snakemake")


def test_citation_of_a_run_lists_its_data(finished):
    run, _, synthetic = finished
    cited = yaml.safe_load((run / "CITATION.cff").read_text(encoding="utf-8"))
    assert "&id" not in (run / "CITATION.cff").read_text(encoding="utf-8")
    assert cited["cff-version"] == "1.2.0" and {"message", "title", "authors"} <= set(cited)  # what the format requires
    assert all({"type", "title", "authors"} <= set(item) and item["authors"] for item in cited["references"])
    kinds = [(item["type"], item.get("doi")) for item in cited["references"]]
    ecoregions = "10.1641/0006-3568(2001)051[0933:TEOTWA]2.0.CO;2"  # of the publication: not listed twice
    assert kinds == [
        ("software", None),
        ("data", "10.5067/LWTYSMP3VM5Z"),
        ("data", ecoregions),
        ("data", None),
        ("article", "10.1175/BAMS-85-3-381"),
    ]
    assert cited["references"][1]["authors"][0] == {"family-names": "Rodell", "given-names": "M."}
    assert cited["references"][4]["year"] == 2004
    assert synthetic == ("SYNTHETIC" in cited["message"]) == ("values are synthetic" in cited["references"][1]["notes"])


def test_a_run_without_times_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected the times of the run's jobs"):
        write.assemble(tmp_path, {}, [], {}, {}, {}, "Ada")


def test_spans_join():
    one, two = (
        times.Span("2001-01-02", "2001-01-03", 1, 5.0, 7.0),
        times.Span("2001-01-01", "2001-01-02", 2, 6.0, 3.0),
    )
    assert times.Span.whole([one, two]) == times.Span("2001-01-01", "2001-01-03", 3, 11.0, 7.0)


def test_every_key_cited_stands_in_the_references(root):
    known = references.parse((root / "config/references.bib").read_text(encoding="utf-8"))
    datasets = yaml.safe_load((root / "config/datasets.yaml").read_text(encoding="utf-8"))
    assert {entry["citation"] for entry in datasets.values()} <= set(known)
    methods = (root / "workflow_scripts/vadose/pages/templates/methods.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\[([a-z]+\d{4}[a-z]?)\]", methods)) <= set(known)
    for key, entry in known.items():
        assert {"author", "title", "year"} <= set(entry) and ("doi" in entry or entry["kind"] == "book"), key


def test_data_of_every_data_set_can_be_cited(root):
    datasets = yaml.safe_load((root / "config/datasets.yaml").read_text(encoding="utf-8"))
    bibliography = references.entries((root / "config/references.bib").read_text(encoding="utf-8"))
    keys = ("title", "version", "doi", "licence")
    items = [
        {"id": name, "synthetic": False, "bibtex": bibliography[entry["citation"]]} | {key: entry[key] for key in keys}
        for name, entry in datasets.items()
    ]
    known = {"run": "r", "configuration_hash": "0", "library_version": "0", "revision": "0", "sources": {"both": items}}
    project = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    cited = citation.citation_of_run({"provenance": known}, project)
    listed = {item.get("doi") for item in cited["references"]}
    assert {str(entry["doi"]) for entry in datasets.values()} <= listed
    assert set(references.parse(references.for_data(items, known))) >= set(datasets)
