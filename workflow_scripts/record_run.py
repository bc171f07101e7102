"""Record of a run, or of a run under an alternative: the merged configuration, revision and source data, which every
product below its folder cites.

Input:  none. Output: run_config.yaml.
"""

from pathlib import Path

from vadose.files import provenance
from vadose.files.jobs import run


def main(*, record: Path, content: dict) -> None:
    provenance.write_record(content, record)


if __name__ == "__main__":
    run(main, snakemake)
