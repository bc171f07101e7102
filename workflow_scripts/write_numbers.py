"""Headline numbers of the run as a manuscript cites them.

Input:  merged products of the run (kg m-2, 1). Output: numbers.json (value and interval in CF units, text as printed,
file, its SHA-256 and rule) and numbers.tex (a macro each). Reference: docs/publish.md.
"""

import hashlib
import logging
from pathlib import Path

from vadose.files import products, provenance
from vadose.files.atomic import replacing
from vadose.files.jobs import run
from vadose.studies.manuscript import citable
from vadose.studies.sensitivity import by_region
from vadose.studies.sensitivity.numbers import SOURCES, Levels, numbers
from vadose.studies.sensitivity.plan import Reading
from vadose.studies.sensitivity.table import by_product

LOG = logging.getLogger("vadose.numbers")


def main(
    *,
    files: list[Path],
    regions: list[Path],
    as_json: Path,
    as_tex: Path,
    own: dict,
    levels: dict,
    makers: dict[str, str],
) -> None:
    paths = by_product(files)
    datasets = {name: products.read(path, name) for name, path in paths.items()}
    hashes = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    axes, listed, origins = by_region.read_regions(regions), [], {}
    for study, parts in SOURCES.items():
        for _, needed, quantities in parts:
            if needed[0] in paths:
                path = paths[needed[0]]
                origin = {"product": str(path.relative_to(as_json.parent)), "rule": makers[str(path)]}
                origins |= dict.fromkeys(quantities, origin | {"sha256": hashes[path]})
        asked = Reading(**own), tuple(origins), Levels(**levels)
        listed += numbers(study, datasets, *asked)
        listed += by_region.numbers_by_region(study, datasets, axes[study], *asked) if study in axes else []
    listed += citable.without_annual_cycle(datasets, Reading(**own), Levels(**levels))
    entries, about = citable.entries(listed, origins), provenance.of(as_json, None)
    for path, text in ((as_json, citable.as_json(entries, about)), (as_tex, citable.as_tex(entries, about))):
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
        LOG.info("wrote %s: %d numbers", path, len(entries))


if __name__ == "__main__":
    run(main, snakemake)
