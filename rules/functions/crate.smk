"""What the rules of crate.smk are made from: the run as an RO-Crate. No rules."""

import getpass
import subprocess

WORKFLOW_PARTS = ("rules", "workflow_scripts", "envs", "config", "profiles")
WORKFLOW_FILES = (
    "Snakefile",
    "LICENSE",
    "CITATION.cff",
    "README.md",
    "CHANGELOG.md",
    "pyproject.toml",
    "requirements.lock",
)


def files_of_crate():
    """What a run makes and keeps: figures, tables, products, report and atlas; each with what lies beside it."""
    pages = [result(name) for name in ("report.html", "atlas.html", "tables/claims.csv")]
    return [path for paths in figures_of_run().values() for path in paths] + tables_of_run() + products_of_run() + pages


def files_of_workflow():
    """The workflow's own files, as they are."""
    copied = [PROJECT / name for name in WORKFLOW_FILES if (PROJECT / name).is_file()]
    for part in WORKFLOW_PARTS:
        copied += [path for path in (PROJECT / part).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [str(path) for path in sorted(copied) if not path.name.startswith(".")]


def folder_of_workflow(wildcards, input):
    """The workflow's folder; a function of the input, since it may be moved without anything to be done."""
    return str(Path(input.schema).parents[1])


def makers_of_crate(wildcards):
    """{file of the crate: rule that makes it, by the workflow's own name}; asked when all rules are known."""
    return makers_of(files_of_crate())


def who_runs():
    """Name of whoever runs the workflow: as git knows it, otherwise the login."""
    try:
        answer = subprocess.run(["git", "config", "user.name"], cwd=PROJECT, capture_output=True, text=True)
        return answer.stdout.strip() or getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
