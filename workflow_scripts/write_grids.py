"""A result of a run as maps for GIS.

Input:  a merged product, packed on land cells.
Output: netCDF on latitude and longitude (CF conventions), and a folder of Cloud-Optimised GeoTIFFs, one for each
variable and layer; units of the product.
Reference: docs/maps.md.
"""

from pathlib import Path

from vadose.files import grids
from vadose.files.jobs import run


def main(*, packed: Path, netcdf: Path, geotiffs: Path) -> None:
    with grids.opened(packed) as maps:
        grids.write_geotiffs(maps, geotiffs)
        grids.write_netcdf(maps, netcdf)


if __name__ == "__main__":
    run(main, snakemake)
