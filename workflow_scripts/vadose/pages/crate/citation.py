"""CITATION.cff of a run: the workflow, and the data sets of this run with their publications (Citation File Format
1.2.0)."""

from collections.abc import Mapping

import yaml

from vadose.files import references

KINDS = {"article": "article", "book": "book", "misc": "data", "software": "software"}


def citation_of_run(record: Mapping, project: Mapping) -> dict:
    """What to cite when results of a run are published.

    Parameters
    ----------
    record : mapping
        The run's record (`vadose.files.provenance.record`); its sources carry `bibtex` where a publication asks to be
        cited.
    project : mapping
        The workflow's own CITATION.cff.

    Returns
    -------
    dict
        Content of the file. Data sets of a synthetic run are listed as formats of which no data were used.
    """
    provenance = record["provenance"]
    sources = {item["id"]: item for group in provenance["sources"].values() for item in group}.values()
    synthetic = any(item["synthetic"] for item in sources)
    listed = [_software(project, provenance)]
    papers = {}
    for item in sources:
        paper = next(iter(references.parse(item.get("bibtex", "")).items()), (None, None))
        listed.append(_data(item, paper[1]))
        if paper[0] and paper[1].get("doi") != item["doi"]:
            papers.setdefault(paper[0], _publication(paper[1], item["synthetic"]))
    message = (
        "This run used SYNTHETIC data: cite the workflow alone. The data sets below lent their file formats, no value "
        "of theirs was used."
        if synthetic
        else "If you publish results of this run, please cite the workflow and every data set listed, and keep to the "
        "licences in the notes."
    )
    return {
        "cff-version": "1.2.0",
        "message": message,
        "title": f"Results of the Vadose run {provenance['run']}",
        "type": "dataset",
        "version": provenance["configuration_hash"],
        "authors": project["authors"],
        "references": listed + list(papers.values()),
    }


def citation_text(content: Mapping) -> str:
    """The file's text: YAML without anchors, which some readers of citations do not know."""

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    return yaml.dump(dict(content), Dumper=Plain, sort_keys=False, allow_unicode=True, width=120)


def _software(project: Mapping, provenance: Mapping) -> dict:
    entry = {
        "type": "software",
        "title": project["title"],
        "authors": project["authors"],
        "license": project["license"],
    }
    return entry | {"version": provenance["library_version"], "notes": f"Revision {provenance['revision']}."}


def _data(item: Mapping, paper: Mapping | None) -> dict:
    authors = _people(paper) if paper else [{"name": "The makers of the data set"}]
    title = references.title_of_synthetic(item) if item["synthetic"] else item["title"]
    entry = {"type": "data", "title": title, "authors": authors, "version": str(item["version"])}
    entry |= {"doi": item["doi"]} if item["doi"].startswith("10.") else {}
    unused = " Only its file format was used; the values are synthetic." if item["synthetic"] else ""
    return entry | {"notes": f"Licence: {item['licence']}.{unused}", "scope": f"Data set {item['id']} of this run"}


def _publication(paper: Mapping, synthetic: bool) -> dict:
    entry = {"type": KINDS.get(paper["kind"], "generic"), "title": paper.get("title", ""), "authors": _people(paper)}
    entry |= {"journal": paper["journal"]} if "journal" in paper else {}
    entry |= {
        key: int(paper[key]) if paper[key].isdigit() else paper[key] for key in ("year", "volume") if key in paper
    }
    entry |= {"doi": paper["doi"]} if "doi" in paper else {}
    return entry | {
        "scope": "Publication of a data set whose format was used"
        if synthetic
        else "Publication of a data set of this run"
    }


def _people(paper: Mapping) -> list[dict]:
    people = []
    for name in filter(None, (part.strip() for part in paper.get("author", "").split(" and "))):
        last, _, first = (part.strip() for part in name.partition(","))
        people.append({"family-names": last, "given-names": first} if first else {"name": name})
    return people
