"""List of the files of one data set.

Input:  its folder; or, where files are fetched, what the downloads brought or found. Output: one path a line, relative
to the folder of raw files where it lies below it.
"""

from pathlib import Path

from vadose.files import inventory
from vadose.files.jobs import run


def main(*, manifests: list[Path], files: Path, dataset: str, location: list[str], raw: Path) -> None:
    folder = Path(location[0])
    pattern = location[1]
    glob = location[2] == "True"
    paths = inventory.downloaded(manifests) if manifests else inventory.find(folder, pattern, glob=glob)
    if not paths:
        state = "no such folder" if not folder.is_dir() else "no file of that name"
        raise FileNotFoundError(
            f"{folder}: expected files of {dataset} that match {pattern}, found {state}. "
            f"Put them there, set paths.raw or datasets.{dataset}.folder, or choose source: archive to fetch them."
        )
    inventory.write(paths, files, raw)


if __name__ == "__main__":
    run(main, snakemake)
