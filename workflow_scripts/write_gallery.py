"""Pages of finished runs on genuine data for the documentation.

    make gallery RAW=/where/the/files/are

Input:  folders of finished runs, each with its report, numbers and sensitivity analysis. Output: docs/gallery, a folder
for each study, and index.md.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from vadose.pages import gallery

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs")
    parser.add_argument("--folder", type=Path, required=True, help="where the gallery goes; what was in it is replaced")
    gallery.write(**vars(parser.parse_args()))
