"""Documentation of the configuration, config/README.md, made from config/schema.yaml.

Input:  config/schema.yaml. Output: config/README.md, one table row per key. Run by `make configuration`; a test keeps
both in step.
"""

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "config"
HEAD = """# Configuration

Made from `schema.yaml` by `make configuration`; do not edit by hand.

`config.yaml` is the demo: it is run where no file is given. A file of your own, or one of `scenarios/`, stands alone:
`snakemake --cores 2 --configfile FILE.yaml`; what it does not name takes the default of this table.
Files that say "overlay" change single keys of the file before them, be it the demo:
`--configfile config/config.yaml config/scenarios/NAME.yaml`. A key can also be given as `--config seed=7`.
An unknown key, a wrong type or a value out of range stops before any job.

| key | default | unit | meaning |
|---|---|---|---|
"""


CITATION = re.compile(r"docs/(\w+)\.md(#([\w-]+))?")


def linked(text: str) -> str:
    """Citations of the pages as links from config/README.md."""
    return CITATION.sub(lambda cited: f"[{cited[3] or cited[1]}](../docs/{cited[1]}.md{cited[2] or ''})", text)


def methods_of(schema: dict, key: str) -> str:
    """Citation in the description of the innermost group of a key, in brackets; empty where there is none."""
    cited, entry = "", schema
    for name in key.split(".")[:-1]:
        entry = entry["properties"][name]
        citation = CITATION.search(entry.get("description", ""))
        cited = f" ({citation[0]})" if citation else cited
    return cited


def document(schema: Path) -> str:
    """The text of config/README.md."""
    from vadose.files import configuration

    loaded = configuration.load_schema(schema)
    rows = []
    for key, default, unit, meaning in configuration.describe(loaded):
        cited = "" if CITATION.search(meaning) else methods_of(loaded, key)
        rows.append(f"| `{key}` | `{default}` | {unit} | {linked(meaning + cited)} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    (FOLDER / "README.md").write_text(document(FOLDER / "schema.yaml"), encoding="utf-8")
