"""Tables of strong and dominant controls of soil moisture, by time scale, layer and latitude, and why cells have none.

Input:  controls (cell, time_scale, layer). Output: tables as CSV; shares 0 to 1, areas in m2, latitudes in degrees
north. Reference: study B, section 3.2 (docs/methods.md#b4, #b7).
"""

from pathlib import Path

from vadose.files import products, tables
from vadose.files.jobs import run
from vadose.studies.controls import tables as controls_tables


def main(*, controls: Path, tabulated: list[Path]) -> None:
    fitted = products.read(controls, "controls")
    for path in tabulated:
        table = controls_tables.TABLES[path.stem](fitted)
        tables.write(table, path, controls_tables.TITLES[path.stem], study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
