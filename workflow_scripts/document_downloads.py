"""Table of what both papers fetch: product, files, GB, credentials, licence, DOI.

Input:  config/scenarios/paper_full.yaml, config/datasets.yaml. Output: the table between the marks <!-- downloads -->
of docs/data.md. Run by `make configuration`; a test keeps both in step.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MARKS = ("<!-- downloads -->\n", "<!-- /downloads -->")


def document(root: Path) -> str:
    """The table, as for an empty disk."""
    from vadose.acquire import catalogue, plan, wanted
    from vadose.files import configuration, yaml_files

    entries = catalogue.load(root / "config/datasets.yaml")
    paper = yaml_files.read(root / "config/scenarios/paper_full.yaml")
    full = configuration.complete(paper, configuration.load_schema(root / "config/schema.yaml"))
    nowhere = Path("/nonexistent")
    jobs = plan.plan(wanted.wanted(full | {"datasets": {}}, nowhere, entries), entries, nowhere, (1, 9999))
    total = (
        f"| all, in {len(jobs)} jobs | {sum(len(job.wanted) for job in jobs)} | "
        f"{sum(job.size for job in jobs) / 1e9:.1f} | | | |"
    )
    return plan.markdown(jobs, entries) + "\n" + total + "\n"


def insert(text: str, table: str) -> str:
    """The text with the table between its marks."""
    before, rest = text.split(MARKS[0])
    return before + MARKS[0] + table + MARKS[1] + rest.split(MARKS[1], 1)[1]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    page = ROOT / "docs/data.md"
    page.write_text(insert(page.read_text(encoding="utf-8"), document(ROOT)), encoding="utf-8")
