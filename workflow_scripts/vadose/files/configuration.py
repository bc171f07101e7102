"""The configuration: defaults from the schema, strict validation, errors that name the key."""

import copy
import difflib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml

from vadose.files import former_keys, yaml_files
from vadose.files.contradictions import contradictions

JSON_NAMES = {
    "object": "a group of keys",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}


class ConfigurationError(ValueError):
    """A key of the configuration is wrong; the message names it, says what was expected, what was found and what to
    do."""


def load_schema(path: Path) -> dict:
    """The schema of the configuration (JSON Schema 2020-12)."""
    return yaml_files.read(path)


def complete(config: Mapping, schema: Mapping) -> dict:
    """Configuration with every missing key filled from the schema's defaults, and `~` and `$VARIABLES` expanded in
    every key that the schema calls a path; the input is left alone.

    Keys stand in the order of the schema, and others in that of the alphabet, so that the order in which a file names
    them makes no job run again.

    Raises
    ------
    ConfigurationError
        For a path that names a variable or a home that is not there.
    """
    filled = copy.deepcopy(dict(config))
    _fill(filled, schema)
    _expand(filled, schema, "")
    return _ordered(filled, schema)


def _ordered(config: dict, schema: Mapping) -> dict:
    """The same keys, groups of keys within them included, in the order of the schema."""
    entries, others = schema.get("properties", {}), schema.get("additionalProperties")
    names = [key for key in entries if key in config]
    names += sorted((key for key in config if key not in entries), key=str)
    parts = {key: entries.get(key, others if isinstance(others, Mapping) else {}) for key in names}
    return {
        key: _ordered(config[key], part) if isinstance(config[key], dict) else config[key]
        for key, part in parts.items()
    }


def _expand(config: dict, schema: Mapping, prefix: str) -> None:
    """Expand the paths of a group of keys, in place. Expanded once, here: whoever reads the configuration finds plain
    paths."""
    entries = schema.get("properties", {})
    for key, value in config.items():
        entry = entries.get(key, schema.get("additionalProperties"))
        if not isinstance(entry, Mapping):
            continue
        if isinstance(value, dict):
            _expand(value, entry, f"{prefix}{key}.")
        elif entry.get("format") == "path" and isinstance(value, str):
            config[key] = _expanded(value, f"{prefix}{key}")


def _expanded(value: str, name: str) -> str:
    unset = [match[1] for match in re.finditer(r"\$\{?(\w+)\}?", value) if match[1] not in os.environ]
    if unset:
        raise ConfigurationError(
            f"Configuration: expected {name} to name variables that are set, found {value!r}, where {unset[0]} is not. "
            "Set it in the shell, or write the path out."
        )
    expanded = os.path.expanduser(os.path.expandvars(value))
    if name.startswith("paths.") and set(expanded) & set("{}"):
        raise ConfigurationError(
            f"Configuration: expected {name} without braces, found {value!r}. Snakemake takes what is in them for a "
            "part of a name that changes from job to job: rename the folder, or link to it."
        )
    if expanded.startswith("~"):
        raise ConfigurationError(
            f"Configuration: expected {name} to begin with the home of a user of this machine, found {value!r}. Write "
            "the path out, or ./~ for a folder of that name."
        )
    return expanded


def _fill(config: dict, schema: Mapping) -> None:
    for key, entry in schema.get("properties", {}).items():
        if key not in config:
            if "default" in entry:
                config[key] = copy.deepcopy(entry["default"])
            elif entry.get("type") == "object":
                config[key] = {}
        if isinstance(config.get(key), dict):
            _fill(config[key], entry)


def validate(config: Mapping, schema: Mapping) -> None:
    """Stop at the first wrong key, with a sentence.

    Raises
    ------
    ConfigurationError
        For a key that is no text, a key that has another name now, an unknown key (with the nearest known one), a wrong
        type, a value out of range, or keys that contradict each other.
    """
    import jsonschema

    for complaint in (*_keys_that_are_no_text(config), *former_keys.complaints(config)):
        raise ConfigurationError(complaint)

    validator = jsonschema.Draft202012Validator(schema)
    errors = sorted(
        validator.iter_errors(json.loads(json.dumps(config, default=str))),
        key=lambda error: [str(part) for part in error.absolute_path],
    )
    if errors:
        raise ConfigurationError(_sentence(errors[0], schema))
    for complaint in contradictions(config):
        raise ConfigurationError(complaint)


def expect_keys_once(paths: Iterable[Path]) -> None:
    """Check that no file names a key twice: YAML takes the last one without a word.

    Parameters
    ----------
    paths : iterable of Path
        Files of the configuration, YAML or JSON. One that cannot be read again, such as a pipe, is left out.

    Raises
    ------
    ConfigurationError
        Naming the file, the key and both lines.
    """
    for path in paths:
        if path.is_file():
            for complaint in _repeated(yaml.compose(path.read_text(encoding="utf-8-sig"), yaml_files.LOADER), ""):
                raise ConfigurationError(f"{path}: {complaint}")


def _repeated(node: yaml.Node | None, prefix: str) -> Iterator[str]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item, prefix)
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        name, line = f"{prefix}{key.value}", key.start_mark.line + 1
        if name in lines:
            yield (
                f"expected every key once, found {name} in line {lines[name]} and again in line {line}. YAML takes the "
                "last one and drops the other: put what belongs together below one of them."
            )
        lines[name] = line
        yield from _repeated(value, f"{name}.")


def _keys_that_are_no_text(part: Mapping, where: str = "the top level") -> Iterator[str]:
    """YAML reads null, true, no, 2010 and the like as other things than text; a key of that kind is never known."""
    for key, value in part.items():
        if not isinstance(key, str):
            written = "null" if key is None else str(key).lower() if isinstance(key, bool) else key
            yield (
                f"Configuration: expected every key to be text, found the key {written} ({type(key).__name__}) at "
                f"{where}. YAML reads null, yes, no, on, off and numbers so: correct the key, or put it in quotes."
            )
        elif isinstance(value, Mapping):
            yield from _keys_that_are_no_text(value, key if where == "the top level" else f"{where}.{key}")


def _sentence(error, schema: Mapping) -> str:
    where = ".".join(str(part) for part in error.absolute_path) or "the top level"
    rule, wanted, value = error.validator, error.validator_value, error.instance
    meaning = _meaning(error, schema)
    if rule == "additionalProperties":
        permitted = list(error.schema.get("properties", {}))
        unknown = next(key for key in value if key not in permitted)
        near = difflib.get_close_matches(unknown, permitted, 1)
        elsewhere = [name for name, *_ in describe(schema) if name.rpartition(".")[2] == unknown]
        hint = f"Known keys there: {', '.join(sorted(permitted))}."
        if near or elsewhere:
            hint = f"Did you mean {' or '.join(near or elsewhere)}?"
        prefix = "" if where == "the top level" else f"{where}."
        return f"Configuration: expected only known keys, found {prefix}{unknown}. {hint}"
    if rule == "type":
        names = [JSON_NAMES.get(name, name) for name in ([wanted] if isinstance(wanted, str) else wanted)]
        expected = " or ".join(names)
    elif rule in ("enum", "const"):
        expected = "one of " + ", ".join(map(str, wanted)) if rule == "enum" else str(wanted)
    elif rule == "contains":
        expected = f"a list with {wanted['const']} in it"
    else:
        words = {
            "minimum": "at least",
            "maximum": "at most",
            "exclusiveMinimum": "more than",
            "exclusiveMaximum": "less than",
        }
        words |= {
            "minItems": "a list of at least",
            "maxItems": "a list of at most",
            "uniqueItems": "a list of different entries:",
            "pattern": "text of the form",
            "required": "the keys",
        }
        expected = f"{words.get(rule, rule)} {wanted}"
    return f"Configuration: expected {where} to be {expected}, found {value!r}. {meaning}".strip()


def _meaning(error, schema: Mapping) -> str:
    """Description and unit of the key, or of the list that holds the item."""
    entry = schema
    for part in error.absolute_path:
        entry = entry.get("properties", {}).get(part, entry)
    unit = f" Unit: {entry['unit']}." if entry.get("unit", "1") != "1" else ""
    return entry.get("description", "") + unit


def describe(schema: Mapping, prefix: str = "") -> list[tuple[str, str, str, str]]:
    """Rows (key, default, unit, meaning) of the configuration's documentation, in the order of the schema."""
    rows = []
    for key, entry in schema.get("properties", {}).items():
        name = f"{prefix}{key}"
        if entry.get("properties"):
            rows += describe(entry, f"{name}.")
        else:
            default = json.dumps(entry["default"]) if "default" in entry else "required"
            values = entry.get("enum") or (entry.get("items") or {}).get("enum")
            allowed = f" One of: {', '.join(map(str, values))}." if values else ""
            rows.append((name, default, entry.get("unit", ""), entry["description"] + allowed))
    return rows
