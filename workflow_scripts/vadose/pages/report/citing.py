"""How to cite a run: the workflow, the published studies, and the data sets with their publications and licences."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vadose.files import references, yaml_files

PUBLISHED = {"dependence": "xue2025"}  # keys of config/references.bib; of the other study only the text is at hand
UNKNOWN = "The published study of the variability of soil moisture (study A; of it only the text is at hand)."


def entries(files: Sequence[Path]) -> dict[str, dict[str, str]]:
    """References by key from the workflow's list; none where it has none."""
    return references.parse(files[0].read_text(encoding="utf-8")) if files else {}


def to_cite(record: Mapping, citation: Path, listed: Mapping[str, Mapping[str, str]]) -> dict:
    """What the section on citing prints.

    Parameters
    ----------
    record : mapping
        The run's record; its sources carry `bibtex` where a publication asks to be cited.
    citation : Path
        The workflow's CITATION.cff.
    listed : mapping
        References by key, from `entries`.

    Returns
    -------
    dict
        `synthetic`, `licence` of the workflow, `items` (`text`, `doi`), and `bibtex` of workflow and data.
    """
    project = yaml_files.read(citation)
    provenance, studies = record["provenance"], record["configuration"]["studies"]
    sources = list({one["id"]: one for study in studies for one in provenance["sources"][study]}.values())
    authors = ", ".join(_name(person) for person in project["authors"])
    state = f"Version {provenance['library_version']}, revision {provenance['revision']}"
    items = [{"text": f"{authors} ({str(project['date-released'])[:4]}). {project['title']}. {state}.", "doi": ""}]
    for study in studies:
        entry = listed.get(PUBLISHED.get(study, ""))
        items.append(_cited(entry) if entry else {"text": UNKNOWN, "doi": ""})
    papers = (references.parse(one.get("bibtex", "")) for one in sources)
    of_data = {key: entry for several in papers for key, entry in several.items()}
    items += [one for one in map(_cited, of_data.values()) if one not in items]
    edition = {key: provenance[key] for key in ("library_version", "revision", "run", "configuration_hash")}
    return {
        "synthetic": any(one["synthetic"] for one in sources),
        "licence": project["license"],
        "items": items,
        "bibtex": references.for_data(sources, edition),
    }


def _name(person: Mapping) -> str:
    return person.get("name") or f"{person['family-names']} {person['given-names'][:1]}."


def _cited(entry: Mapping[str, str]) -> dict[str, str]:
    return {"text": references.cited(entry), "doi": entry.get("doi", "")}
