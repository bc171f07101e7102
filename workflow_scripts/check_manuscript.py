"""A manuscript against the numbers of a run: each number that no run supports, and each macro that names none.

    make manuscript NUMBERS=results/demo/numbers.json TEXT=manuscript.tex

Input:  numbers.json of a run (`snakemake numbers`), a manuscript in TeX, Markdown or plain text. Output: a line for
each remark; the exit code is 1 if there are any.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from vadose.studies.manuscript import check


def told(numbers: Path, manuscript: Path) -> int:
    """Print what there is to say of a manuscript; the exit code."""
    try:
        listed = json.loads(numbers.read_text(encoding="utf-8"))["numbers"]
        text = manuscript.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        print(
            f"{error.filename}: expected numbers.json of a run and a manuscript, found no such file.", file=sys.stderr
        )
        return 2
    except (ValueError, KeyError):
        print(
            f"{numbers}: expected the numbers.json of a run (snakemake numbers), found something else.", file=sys.stderr
        )
        return 2
    remarks = check.remarks(text, listed, tex=manuscript.suffix == ".tex")
    for remark in remarks:
        print(f"{manuscript}:{remark.line}: {remark.text}: {remark.reason}")
    print(f"{len(remarks)} remarks; the run has {len(listed)} numbers.")
    return 1 if remarks else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("numbers", type=Path, help="numbers.json of a run")
    parser.add_argument("manuscript", type=Path, help="TeX, Markdown or plain text")
    sys.exit(told(**vars(parser.parse_args())))
