"""Where a product comes from: run, configuration, revision and source data, found from the place where it is written.

Each run keeps `run_config.yaml` in its folder; whatever is written below that folder carries what stands there.
"""

import contextlib
import functools
import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import yaml

from vadose.core.version import VERSION
from vadose.files import yaml_files
from vadose.files.atomic import replacing

RUN_FILE = "run_config.yaml"
IN_WORKFLOW = "VADOSE_IN_WORKFLOW"  # set by the workflow: whatever its jobs write has a run to cite


def configuration_hash(config: Mapping) -> str:
    """Short hash of what shapes numbers: the merged configuration without folders, tiles, downloads, the look of
    figures, the sensitivity analysis, other runs to compare with and the name of the run."""
    scientific = {
        key: value
        for key, value in config.items()
        if key not in ("paths", "run", "tiles", "downloads", "figures", "sensitivity", "compare")
    }
    return hashlib.sha256(json.dumps(scientific, sort_keys=True, default=str).encode()).hexdigest()[:16]


def revision(folder: Path) -> str:
    """Git revision of the project in `folder`, with "+changes" where files differ from it; "unknown" outside git."""
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=folder, capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+changes" if changed.stdout.strip() else "")


def record(config: Mapping, sources: Mapping[str, list[dict]], folder: Path) -> dict:
    """What `run_config.yaml` says: the merged configuration and the provenance of every product of the run.

    Parameters
    ----------
    config : mapping
        The merged, validated configuration.
    sources : mapping
        For each study, the data sets it uses: dicts of id, title, version, doi, licence, synthetic, and bibtex where a
        publication is to be cited.
    folder : Path
        The project's folder, for the revision.
    """
    return {
        "provenance": {
            "run": config["run"],
            "configuration_hash": configuration_hash(config),
            "library_version": VERSION,
            "revision": revision(folder),
            "sources": {study: list(items) for study, items in sources.items()},
        },
        "configuration": json.loads(json.dumps(config)),
    }


def write_record(record: Mapping, path: Path) -> None:
    """Write the record of a run."""
    with replacing(path) as temporary:
        temporary.write_text(_text(record), encoding="utf-8")


def renew_record(record: Mapping, path: Path) -> None:
    """Write the record of a run where the one that is there says something else."""
    if path.read_text(encoding="utf-8") != _text(record):
        write_record(record, path)


def date_after(record: Path, script: Path) -> None:
    """Date a record after the script that writes it, where the script is the newer one; a folder that cannot be changed
    stays as it is.

    An edited script would make Snakemake write the record again in a job, below which it asks nobody whether code or
    parameters have changed. What the record says is renewed without a job (`renew_record`).
    """
    edited = script.stat().st_mtime_ns
    if record.stat().st_mtime_ns <= edited:
        with contextlib.suppress(OSError):
            os.utime(record, ns=(edited + 10**9, edited + 10**9))


def _text(record: Mapping) -> str:
    return yaml.safe_dump(dict(record), sort_keys=False, allow_unicode=True, width=120)


@functools.lru_cache(maxsize=64)
def _load(path: Path, stamp: int) -> dict:
    return yaml_files.read(path)["provenance"]


def _record_above(path: Path) -> dict | None:
    """Provenance in the nearest record above a product; None outside a run, which is an error in a job of the
    workflow."""
    for folder in Path(path).absolute().parents:
        candidate = folder / RUN_FILE
        if candidate.is_file():
            return _load(candidate, candidate.stat().st_mtime_ns)
    if os.environ.get(IN_WORKFLOW):
        raise FileNotFoundError(
            f"{path}: expected {RUN_FILE}, the record of the run, in a folder above, found none. Give the rule that "
            "writes it the input after_record, and run again."
        )
    return None


def of(path: Path, study: str | None) -> dict[str, str]:
    """Global attributes for a product written at `path`.

    Parameters
    ----------
    path : Path
        Where the product will lie; the nearest `run_config.yaml` in a folder above tells the run.
    study : str or None
        "variability" or "dependence": which sources to name; None names all.

    Returns
    -------
    dict
        `run`, `configuration_hash`, `library_version`, `revision`, `source` and `licence`; outside a run only the
        version.

    Raises
    ------
    FileNotFoundError
        In a job of the workflow, if no folder above holds the record.
    """
    run_record = _record_above(path)
    if run_record is None:
        return {"library_version": VERSION, "source": "written outside a run"}
    items = [item for name, group in run_record["sources"].items() if study in (None, name) for item in group]
    unique = {item["id"]: item for item in items}.values()
    return {
        "run": run_record["run"],
        "configuration_hash": run_record["configuration_hash"],
        "library_version": run_record["library_version"],
        "revision": run_record["revision"],
        "source": "; ".join(_describe(item) for item in unique),
        "licence": "; ".join(f"{item['id']}: {item['licence']}" for item in unique),
    }


def sources(path: Path, study: str | None) -> list[dict]:
    """Data sets behind a product at `path`, as the run's record names them, each once; none outside a run. Parameters
    as in `of`."""
    run_record = _record_above(path)
    if run_record is None:
        return []
    groups = run_record["sources"]
    return list(
        {item["id"]: item for name, group in groups.items() if study in (None, name) for item in group}.values()
    )


def _describe(item: Mapping) -> str:
    prefix = "SYNTHETIC, in the format of " if item.get("synthetic") else ""
    return f"{item['id']}: {prefix}{item['title']}, version {item['version']}, doi:{item['doi']}"
