"""The doctor: for each data set of the configuration credentials, archive, files there and to fetch, space and time,
and what is missing.

Input:  the network. Output: a table and what to do, printed; the run fails where something is missing.
"""

from pathlib import Path

from vadose.acquire import catalogue, doctor
from vadose.acquire.errors import sealed
from vadose.files.jobs import run


def main(*, needed: dict, entries: dict, raw: Path, source: str) -> None:
    with sealed():
        catalogued = {name: catalogue.entry_of(name, entry) for name, entry in entries.items()}
        report = doctor.examine(needed, catalogued, raw, (1, 9999))
        if source != "archive":
            print(f"source: {source} fetches nothing; this is what source: archive would need.")
        print(doctor.text(report), flush=True)
    if source == "archive" and not report.healthy:
        raise SystemExit(1)


if __name__ == "__main__":
    run(main, snakemake)
