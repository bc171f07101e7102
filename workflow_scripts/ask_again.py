"""Files that earlier downloads went on without, asked for once more.

Input:  the network, and the lists of files that lack some. Output: a mark that they were asked for; lists of which
something came are replaced, and the next run makes anew what follows from them.
"""

from pathlib import Path

from vadose.acquire import again, redaction
from vadose.acquire.checks import check_of
from vadose.acquire.errors import sealed
from vadose.acquire.retry_policy import RetryPolicy
from vadose.files.jobs import run
from vadose.formats import registry


def main(*, asked: Path, lists: list[dict], raw: Path, checksums: Path) -> None:
    redaction.watch_logs()
    with sealed():
        came = again.ask(lists, raw, checksums, lambda name: check_of(registry.reader(name)), RetryPolicy.of_run())
    if came:
        words = f"{', '.join(came[:12])}{' ...' if len(came) > 12 else ''}"
        print(
            f"{len(came)} files that were left out are there now: {words}. Run the same command again: what follows "
            "from them is made anew.",
            flush=True,
        )
    asked.write_text("\n".join(came), encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
