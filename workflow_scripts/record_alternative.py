"""The merged configuration of an alternative, beside the products that are computed again for it; they take their
provenance from it.

Input:  none. Output: run_config.yaml as of any run.
"""

from pathlib import Path

import yaml

from vadose.files.atomic import replacing
from vadose.files.jobs import run


def main(*, written: Path, record: dict) -> None:
    with replacing(written) as temporary:
        temporary.write_text(yaml.safe_dump(record, sort_keys=False, allow_unicode=True))


if __name__ == "__main__":
    run(main, snakemake)
