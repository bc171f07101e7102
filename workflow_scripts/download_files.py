"""Files of one data set and year: what is there is verified, the rest fetched, each checked by its reader.

Input:  the network. Output: the files below the raw folder, and a manifest of their places, sizes and sha256.
"""

import json
from pathlib import Path

from vadose.acquire import catalogue, download, plan, redaction
from vadose.acquire.checks import check_of
from vadose.acquire.errors import sealed
from vadose.acquire.retry_policy import RetryPolicy
from vadose.files.atomic import replacing
from vadose.files.jobs import run
from vadose.formats import registry


def main(
    *,
    manifest: Path,
    dataset: str,
    options: dict,
    entry: dict,
    reader: str,
    raw: Path,
    checksums: Path,
    allow_missing: bool,
) -> None:
    redaction.watch_logs()
    with sealed():
        catalogued = catalogue.entry_of(dataset, entry).through(options.get("way"))
        (job,) = plan.plan({dataset: options}, {dataset: catalogued}, raw, (1, 9999))
        check = check_of(registry.reader(reader))
        policy = RetryPolicy.of_run()
        files = download.run(
            job, catalogued, raw, checksums, check, policy, allow_missing=allow_missing, accounts=manifest.parent
        )
        with replacing(manifest) as temporary:
            temporary.write_text(
                json.dumps(download.manifest(job, catalogued, files), indent=1) + "\n", encoding="utf-8"
            )


if __name__ == "__main__":
    run(main, snakemake)
