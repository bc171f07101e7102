"""Reading and writing of BibTeX, as much as lists of references and of the data of a run need
(`config/references.bib`)."""

import re
from collections.abc import Iterable, Mapping

ACCENTS = {
    "'": dict(zip("aeiouyAEIOUYcnsz", "áéíóúýÁÉÍÓÚÝćńśź", strict=True)),
    "`": dict(zip("aeiouAEIOU", "àèìòùÀÈÌÒÙ", strict=True)),
    '"': dict(zip("aeiouAEIOU", "äëïöüÄËÏÖÜ", strict=True)),
    "^": dict(zip("aeiou", "âêîôû", strict=True)),
    "~": dict(zip("anoANO", "ãñõÃÑÕ", strict=True)),
    "v": dict(zip("cszrenCSZREN", "čšžřěňČŠŽŘĚŇ", strict=True)),
    "c": dict(zip("cCsS", "çÇşŞ", strict=True)),
}

BACKSLASH = r"\\\1"  # before what LaTeX would take for a command


def parse(text: str) -> dict[str, dict[str, str]]:
    """Entries by key; each has its fields in plain text and `kind`.

    Parameters
    ----------
    text : str
        BibTeX with values in braces or quotation marks, no abbreviations.

    Raises
    ------
    ValueError
        If an entry does not end, or a key stands twice.
    """
    return {key: {"kind": kind} | _fields(text[start:end]) for key, (kind, _, start, end) in _places(text).items()}


def entries(text: str) -> dict[str, str]:
    """Entries by key, as they stand in the BibTeX text.

    Raises
    ------
    ValueError
        If an entry does not end, or a key stands twice.
    """
    return {key: text[first : end + 1] for key, (_, first, _, end) in _places(text).items()}


def _places(text: str) -> dict[str, tuple[str, int, int, int]]:
    """Kind of each entry, where it begins, where its fields begin and where they end."""
    places = {}
    for start in re.finditer(r"@(\w+)\s*\{\s*([^,\s]+)\s*,", text):
        kind, key = start[1].lower(), start[2]
        if kind == "comment":
            continue
        if key in places:
            raise ValueError(f"references: expected each key once, found {key} again.")
        places[key] = (kind, start.start(), start.end(), _closing(text, start.end(), f"the entry {key}"))
    return places


def for_data(items: Iterable[Mapping], edition: Mapping[str, str]) -> str:
    """BibTeX of the workflow and of data sets: each data set itself, with its licence, and the publication it asks to
    be cited by. Of synthetic data neither DOI nor publication is given: styles print them beside the title, as if the
    product had been used.

    Parameters
    ----------
    items : iterable of mappings
        id, title, version, doi, licence, synthetic; `bibtex` where there is a publication
        (`vadose.files.provenance.record`).
    edition : mapping
        library_version and, in a run, revision, run and configuration_hash.
    """
    state = "; ".join(
        f"{key.replace('_', ' ')} {edition[key]}" for key in ("revision", "run", "configuration_hash") if key in edition
    )
    fields = {
        "author": "{The Vadose developers}",
        "title": "{Vadose}",
        "version": edition["library_version"],
        "note": state,
    }
    entries = [_entry("software", "vadose", fields)]
    publications = []
    for item in items:
        if item.get("synthetic"):
            entries.append(_entry("misc", item["id"], _of_synthetic(item)))
            continue
        fields = {
            "title": "{" + item["title"] + "}",
            "version": item["version"],
            "doi": item["doi"] if item["doi"].startswith("10.") else "",
            "note": f"Licence: {item['licence']}",
        }
        entries.append(_entry("misc", item["id"], fields))
        publications += [item["bibtex"]] if item.get("bibtex") and item["bibtex"] not in publications else []
    return "\n\n".join(entries + publications) + "\n"


def _of_synthetic(item: Mapping) -> dict[str, str]:
    """Fields of made-up data, under the name of the format that they have."""
    note = "SYNTHETIC data made by Vadose: nothing of the product was used"
    return {"title": "{" + title_of_synthetic(item) + "}", "version": item["version"], "note": note}


def title_of_synthetic(item: Mapping) -> str:
    """What made-up data in the format of a data set are called."""
    return f"Synthetic, in the format of {item['title']}"


def _entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = [
        f"  {name} = {{{value if name == 'doi' else re.sub(r'([&%#_$])', BACKSLASH, value)}}}"
        for name, value in fields.items()
        if value
    ]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}"


def _closing(text: str, place: int, what: str) -> int:
    depth = 1
    for position in range(place, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
    raise ValueError(f"references: expected the end of {what}, found the end of the file.")


def _fields(body: str) -> dict[str, str]:
    fields, place = {}, 0
    while match := re.compile(r"\s*(\w+)\s*=\s*").match(body, place):
        place = match.end()
        if body[place : place + 1] == "{":
            end = _closing(body, place + 1, f"the field {match[1]}")
        elif body[place : place + 1] == '"':
            end = next(
                p
                for p in range(place + 1, len(body))
                if body[p] == '"' and body.count("{", place, p) == body.count("}", place, p)
            )
        else:
            end = re.compile(r"[^,\s]*").match(body, place).end()
        value = body[place + 1 : end] if body[place : place + 1] in '{"' else body[place:end]
        fields[match[1].lower()] = plain(value)
        place = re.compile(r"[}\"]?\s*,?").match(body, end).end()
    return fields


def plain(value: str) -> str:
    """LaTeX as text: accents, dashes, protected capitals."""

    def accent(match: re.Match) -> str:
        return ACCENTS[match[1]].get(match[2], match[2])

    value = re.sub(r"\\(['`\"^~])\s*\{?\\?([A-Za-z])\}?", accent, value)
    value = re.sub(r"\\([vc])\s*\{([A-Za-z])\}", accent, value)
    value = (
        value.replace(r"\o", "ø")
        .replace(r"\ss", "ß")
        .replace("---", "—")
        .replace("--", "–")
        .replace("~", " ")
        .replace("``", "“")
        .replace("''", "”")
    )
    value = re.sub(r"\\([&%#_$])", r"\1", value)
    return " ".join(re.sub(r"[{}]", "", value).split())


def cited(entry: Mapping[str, str]) -> str:
    """One line of the list of references: authors, year, title, where."""
    people = [_surname_first(name) for name in entry.get("author", "").split(" and ") if name.strip()]
    authors = ", ".join(people[:6]) + (
        " and others" if len(people) > 6 or entry.get("author", "").endswith("and others") else ""
    )
    where = entry.get("journal") or entry.get("booktitle") or entry.get("publisher") or entry.get("howpublished") or ""
    number = ", ".join(filter(None, [entry.get("volume", ""), entry.get("pages", "")]))
    parts = [
        f"{authors} ({entry.get('year', 'no year')})",
        entry.get("title", "").rstrip("."),
        " ".join(filter(None, [where, number])),
    ]
    return ". ".join(filter(None, parts)) + "."


def _surname_first(name: str) -> str:
    if "," in name:
        last, _, first = (part.strip() for part in name.partition(","))
    else:
        *given, last = name.split()
        first = " ".join(given)
    initials = " ".join(f"{part[0]}." for part in re.split(r"[\s.]+-?", first) if part)
    return f"{last} {initials}".strip()


def in_text(entry: Mapping[str, str]) -> str:
    """How a reference is named in a sentence: Li and Xiao 2019."""
    people = [
        _surname_first(name).rsplit(" ", 1)[0] if "," not in name else name.partition(",")[0].strip()
        for name in entry.get("author", "?").split(" and ")
    ]
    people = [re.sub(r"(\s[A-Z]\.)+$", "", name) for name in people]
    named = (
        people[0]
        if len(people) == 1
        else f"{people[0]} and {people[1]}"
        if len(people) == 2 and people[1] != "others"
        else f"{people[0]} et al."
    )
    return f"{named} {entry.get('year', '')}".strip()
