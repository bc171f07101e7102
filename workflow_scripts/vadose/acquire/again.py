"""What downloads went on without (`missing_files: keep`): counted for the report, and asked for again, once a run.

The jobs that read a list of files would all run again if the list were made again, so it is replaced only where
something new came: the next run then makes anew what follows from it, and nothing else.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vadose.acquire import catalogue, download, plan
from vadose.acquire.errors import FetchError
from vadose.acquire.retry_policy import RetryPolicy
from vadose.files.atomic import replacing

LOG = logging.getLogger(__name__)


def rows(manifests: Sequence[Path]) -> list[dict]:
    """What is left out, one row for each list of files that lacks some.

    Parameters
    ----------
    manifests : sequence of Path
        Lists of files of the run's downloads.

    Returns
    -------
    list of dict
        data_set, years (those of the list, or "all"), files (how many are there), left_out (how many are not), which
        (their months, days or names).
    """
    lists = [json.loads(Path(path).read_text(encoding="utf-8")) for path in manifests]
    return [
        {
            "data_set": entry["dataset"],
            "years": entry["group"],
            "files": len(entry["files"]),
            "left_out": len(entry["left_out"]),
            "which": " ".join(entry["left_out"]),
        }
        for entry in lists
        if entry["left_out"]
    ]


def ask(
    lists: Sequence[Mapping],
    raw: Path,
    checksums: Path,
    check_of: Callable[[str], Callable[..., None]],
    policy: RetryPolicy | None = None,
) -> list[str]:
    """Ask for what was left out, and replace the lists of which some came.

    Parameters
    ----------
    lists : sequence of mapping
        manifest (path of the list), dataset, options and entry (as of the job that made it), reader.
    raw, checksums : Path
        As for `download.run`.
    check_of : callable
        The check of a reader by its name.
    policy : RetryPolicy
        Waiting times and bounds.

    Returns
    -------
    list of str
        What came, such as "gldas_2_1 2001-09". An archive that does not answer is a warning: the run has what it had.
    """
    came = []
    for item in lists:
        path, dataset = Path(item["manifest"]), item["dataset"]
        before = json.loads(path.read_text(encoding="utf-8"))
        entry = catalogue.entry_of(dataset, item["entry"]).through(item["options"].get("way"))
        try:
            (job,) = plan.plan({dataset: item["options"]}, {dataset: entry}, raw, (1, 9999))
            files = download.run(
                job, entry, raw, checksums, check_of(item["reader"]), policy, allow_missing=True, accounts=path.parent
            )
        except FetchError as reason:
            LOG.warning("%s: what was left out could not be asked for again: %s", path.stem, reason)
            continue
        after = download.manifest(job, entry, files)
        new = [key for key in before["left_out"] if key not in after["left_out"]]
        if new:
            with replacing(path) as temporary:
                temporary.write_text(json.dumps(after, indent=1) + "\n", encoding="utf-8")
            came += [f"{dataset} {key}" for key in new]
    return came
