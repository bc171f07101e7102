"""Documentation of the configuration, config/README.md, made from config/schema.yaml.

Input:  config/schema.yaml. Output: config/README.md, one table row per key. Run by `make configuration`; a test keeps
both in step.
"""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "config"
HEAD = """# Configuration

Made from `schema.yaml` by `make configuration`; do not edit by hand.

`config.yaml` is the demo. Overlays in `scenarios/` change single keys:
`snakemake --cores 2 --configfile config/scenarios/NAME.yaml`; a key can also be given as `--config seed=7`.
What is not given takes its default. An unknown key, a wrong type or a value out of range stops before any job.

| key | default | unit | meaning |
|---|---|---|---|
"""


def document(schema: Path) -> str:
    """The text of config/README.md."""
    from vadose.files import configuration

    rows = configuration.describe(configuration.load_schema(schema))
    return HEAD + "".join(f"| `{key}` | `{default}` | {unit} | {meaning} |\n" for key, default, unit, meaning in rows)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    (FOLDER / "README.md").write_text(document(FOLDER / "schema.yaml"), encoding="utf-8")
