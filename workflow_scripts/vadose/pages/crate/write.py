"""A finished run as a Workflow Run RO-Crate: the workflow, its configuration, the data it used, the files it made, when
and with what.

The crate is the run's own folder: `ro-crate-metadata.json` describes the files that lie there, nothing is copied but
the workflow itself. Profile: https://w3id.org/ro/wfrun/workflow/0.5 (on Process Run Crate 0.5, Workflow RO-Crate 1.0
and RO-Crate 1.1).
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from vadose.figures import bundle
from vadose.files import provenance
from vadose.pages.crate.times import Span
from vadose.pages.report import costs

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
# Terms of the profile that the context of RO-Crate 1.1 lacks, written out so that the file needs one context only.
TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
WORKFLOW = "workflow"  # folder of the copied workflow
MEDIA_TYPES = {
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".nc": "application/x-netcdf",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".bib": "application/x-bibtex",
    ".html": "text/html",
    ".js": "text/javascript",
    ".yaml": "application/yaml",
    ".cff": "application/yaml",
    ".toml": "application/toml",
    ".py": "text/x-python",
}
KINDS = {bool: "Boolean", int: "Integer", float: "Float"}  # of schema.org; lists and missing values are written as text


@dataclass(frozen=True)
class Output:
    """A file that a rule made, with the files that belong to it."""

    path: Path
    rule: str
    title: str
    beside: tuple[Path, ...] = ()


def copy_workflow(sources: Sequence[Path], project: Path, target: Path) -> None:
    """Put the workflow's own files into a fresh folder, below the same names as in the project."""
    shutil.rmtree(target, ignore_errors=True)
    for path in sources:
        copy = target / path.relative_to(project)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def described(path: Path, rule: str, folder: Path) -> Output:
    """A file of the run with the files beside it; its title is the first sentence of its caption, or its path."""
    caption = path.with_suffix(".md")
    captioned = caption.is_file()
    beside = bundle.members(path) if path.suffix == ".png" else [caption] * captioned
    beside = [*beside, *sorted(path.with_name(f"{path.stem}_tiles").glob("*.js"))]  # of a large atlas
    title = path.relative_to(folder).as_posix()
    if captioned:
        title = caption.read_text(encoding="utf-8").split("\n\n")[0].split(". ")[0]
    return Output(path, rule, title, tuple(beside))


def assemble(
    folder: Path,
    record: Mapping,
    products: Sequence[Output],
    jobs: Mapping[str, Span],
    project: Mapping,
    schema: Mapping,
    agent: str,
) -> dict:
    """The crate as JSON-LD.

    Parameters
    ----------
    folder : Path
        The run's folder, with its `run_config.yaml`, the copy of the workflow in `workflow/`, CITATION.cff and all
        files named.
    record : mapping
        The run's record (`vadose.files.provenance.record`).
    products : sequence of Output
        What the run made and keeps.
    jobs : mapping
        Rule -> when its jobs ran (`times.by_rule`).
    project : mapping
        The workflow's own CITATION.cff.
    schema : mapping
        Of the configuration: meanings of the parameters.
    agent : str
        Who ran it.

    Returns
    -------
    dict
        Content of `ro-crate-metadata.json`.

    Raises
    ------
    ValueError
        If no job of the run left a time.
    """
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    if not jobs:
        raise ValueError(
            f"{folder}: expected the times of the run's jobs in benchmarks/, found none. Run the workflow first."
        )
    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms.update(TERMS)

    def entity(identifier: str, kind: str, /, **properties):
        return crate.get(identifier) or crate.add(
            ContextEntity(crate, identifier, properties={"@type": kind} | properties)
        )

    span = Span.whole(jobs.values())
    workflow = _workflow(crate, entity, folder, record, project)
    _root(crate, entity, record, project, span)
    inputs = [*_data_sets(crate, entity, record), *_parameters(crate, entity, folder, record, schema)]
    outputs, by_rule = [], {}
    for item in products:
        files = [_file(crate, folder, path, item.title) for path in dict.fromkeys((item.path, *item.beside))]
        _formal(entity, workflow, "output", f"made-{files[0].id}", item.path.name, "File", item.title, files[0])
        outputs += [part for part in files if part not in outputs]
        by_rule.setdefault(item.rule, []).extend(files)
    for value, name, kind, meaning in inputs:
        _formal(entity, workflow, "input", f"given-{name}", name, kind, meaning, value)
    person = entity("#agent", "Person", name=agent)
    _software(entity, workflow)
    _actions(
        crate, entity, workflow, folder, record, jobs, by_rule, [value for value, *_ in inputs], outputs, person, span
    )
    return crate.metadata.generate()


def _root(crate, entity, record: Mapping, project: Mapping, span: Span) -> None:
    origin, root = record["provenance"], crate.root_dataset
    made_up = "SYNTHETIC data; " if record["configuration"]["source"] == "synthetic" else ""
    crate.name = f"Vadose run {origin['run']}"
    crate.description = (
        f"{made_up}results of the studies {' and '.join(record['configuration']['studies'])}: figures, tables, "
        "products, report, "
        f"with the workflow and the configuration that made them (configuration hash {origin['configuration_hash']}, "
        f"revision {origin['revision']})."
    )
    root["datePublished"] = span.end[:10]
    crate.license = entity(
        f"https://spdx.org/licenses/{project['license']}",
        "CreativeWork",
        name=project["license"],
        description="Licence of the workflow and of what it made. Each data set keeps its own, which its entity names.",
    )
    root["conformsTo"] = [
        entity(identifier, "CreativeWork", name=name, version=version)
        for identifier, (name, version) in sorted(PROFILES.items())
    ]
    root["author"] = root["publisher"] = _authors(entity, project)


def _single(items: Sequence):
    """RO-Crate 1.1 wants a list of one written as that one."""
    return items[0] if len(items) == 1 else list(items)


def _authors(entity, project: Mapping):
    names = [
        person.get("name") or f"{person.get('given-names', '')} {person['family-names']}".strip()
        for person in project["authors"]
    ]
    return _single([entity(f"#author-{quote(name)}", "Organization", name=name) for name in names])


def _workflow(crate, entity, folder: Path, record: Mapping, project: Mapping):
    from importlib import metadata

    origin = record["provenance"]
    paths = sorted(path for path in (folder / WORKFLOW).rglob("*") if path.is_file())
    address = {key: project[key] for key in ("repository-code", "url") if key in project}
    properties = {
        "name": project["title"],
        "version": f"{origin['library_version']} ({origin['revision']})",
        "conformsTo": entity(
            "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE",
            "CreativeWork",
            name="Bioschemas ComputationalWorkflow",
            version="1.0",
        ),
        "author": _authors(entity, project),
        "license": {"@id": f"https://spdx.org/licenses/{project['license']}"},
        "encodingFormat": "text/plain",
        **({"url": next(iter(address.values()))} if address else {}),
    }
    main = folder / WORKFLOW / "Snakefile"
    workflow = crate.add_workflow(
        main,
        f"{WORKFLOW}/Snakefile",
        main=True,
        lang="snakemake",
        lang_version=metadata.version("snakemake"),
        properties=properties | _measured(main),
    )
    workflow["hasPart"] = [_file(crate, folder, path, "", properties["version"]) for path in paths if path != main]
    return workflow


def _measured(path: Path) -> dict:
    content = path.read_bytes()
    return {"contentSize": str(len(content)), "sha256": hashlib.sha256(content).hexdigest()}


def _file(crate, folder: Path, path: Path, title: str, version: str = ""):
    """The entity of a file of the run's folder, with size and hash."""
    relative = path.relative_to(folder).as_posix()
    entity = crate.get(quote(relative))
    if entity is not None:
        return entity
    name = {
        "name": title or relative.removeprefix(f"{WORKFLOW}/"),
        "encodingFormat": MEDIA_TYPES.get(path.suffix, "text/plain"),
    }
    if path.suffix == ".py" and path.parent.name == "workflow_scripts":
        name |= {"@type": ["File", "SoftwareSourceCode"], "programmingLanguage": "Python", "version": version}
    return crate.add_file(path, relative, properties=name | _measured(path))


def _data_sets(crate, entity, record: Mapping) -> Iterator[tuple]:
    """Data sets of the run: by DOI where they are archived data; a synthetic stand-in has no DOI and says so."""
    for item in {item["id"]: item for group in record["provenance"]["sources"].values() for item in group}.values():
        title = f"{item['title']}, version {item['version']}"
        archived = not item["synthetic"] and item["doi"].startswith("10.")
        identifier = f"https://doi.org/{quote(item['doi'], safe='/()')}" if archived else f"#data-{item['id']}"
        properties = {"name": title, "version": str(item["version"]), "license": item["licence"]}
        if item["synthetic"]:
            properties = {
                "name": f"SYNTHETIC {item['id']}",
                "description": f"Made up, in the file format of {title}, doi:{item['doi']}.",
            }
        elif archived:
            properties["identifier"] = f"https://doi.org/{item['doi']}"
        data = entity(identifier, "Dataset", **properties)
        if archived:  # what has an address on the web is part of the crate, though it lies elsewhere
            crate.root_dataset.append_to("hasPart", data)
        yield data, item["id"], "Dataset", title


def _parameters(crate, entity, folder: Path, record: Mapping, schema: Mapping) -> Iterator[tuple]:
    """The merged configuration, as a file and key by key."""
    yield (
        _file(crate, folder, folder / provenance.RUN_FILE, "Merged configuration and provenance of the run"),
        "configuration",
        "File",
        "",
    )
    for key, value, meaning in flattened(record["configuration"], schema):
        kind = KINDS.get(type(value), "Text")
        text = value if kind != "Text" or isinstance(value, str) else json.dumps(value)
        yield entity(f"#value-{quote(key)}", "PropertyValue", name=key, value=text), key, kind, meaning


def flattened(config: Mapping, schema: Mapping, prefix: str = "") -> Iterator[tuple[str, object, str]]:
    """Rows (key, value, meaning) of a configuration; groups are taken apart where they hold something."""
    for key, value in config.items():
        described_key = schema.get("properties", {}).get(key, {})
        if isinstance(value, Mapping) and value:
            yield from flattened(value, described_key, f"{prefix}{key}.")
        else:
            unit = f" Unit: {described_key['unit']}." if described_key.get("unit", "1") != "1" else ""
            yield f"{prefix}{key}", value, described_key.get("description", "") + unit


def _formal(entity, workflow, side: str, identifier: str, name: str, kind: str, meaning: str, value) -> None:
    described = {"description": meaning} if meaning else {}
    formal = entity(
        f"#{side}-{quote(identifier, safe='')}", "FormalParameter", name=name, additionalType=kind, **described
    )
    formal["conformsTo"] = {"@id": "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"}
    formal["workExample"] = value
    value["exampleOfWork"] = formal
    workflow.append_to(side, formal)


def _software(entity, workflow) -> None:
    """Versions of what makes numbers, as installed where the crate is written; all pins are in the copied lock."""
    for name, version in costs.versions().itertuples(index=False, name=None):
        workflow.append_to(
            "softwareRequirements",
            entity(f"#software-{quote(name)}", "SoftwareApplication", name=name, softwareVersion=version),
        )


def _actions(
    crate, entity, workflow, folder: Path, record: Mapping, jobs, by_rule, inputs, outputs, person, span
) -> None:
    """The run, and one action for each rule of which files are kept."""
    origin = record["provenance"]
    done = {"actionStatus": "http://schema.org/CompletedActionStatus", "agent": person}
    run = crate.add_action(
        workflow,
        "#run",
        object=inputs,
        result=outputs,
        properties={
            "name": f"Run {origin['run']}",
            "description": f"{sum(part.jobs for part in jobs.values())} jobs; "
            f"{sum(part.seconds for part in jobs.values()):.0f} s of work.",
            "startTime": span.start,
            "endTime": span.end,
        }
        | done,
    )
    mentioned = [run]
    for rule in sorted(set(by_rule) & set(jobs)):
        part = jobs[rule]
        script = folder / WORKFLOW / f"workflow_scripts/{rule}.py"
        if not script.is_file():
            continue
        instrument = _file(crate, folder, script, "")
        properties = {
            "name": f"Rule {rule}",
            "description": f"{part.jobs} jobs; {part.seconds:.1f} s of work; at most {part.memory:.0f} MB.",
        }
        times = {"startTime": part.start, "endTime": part.end}
        unique = list(dict.fromkeys(by_rule[rule]))
        mentioned.append(
            crate.add_action(instrument, f"#rule-{rule}", result=_single(unique), properties=properties | times | done)
        )
    crate.root_dataset["mentions"] = mentioned
