"""Tables of the driver models with cluster-robust errors, and ecoregions clustered by their estimates with the
stability of the clusters.

Input:  statistics, estimates and draws of the driver models (1).
Output: tables as CSV (1), clusters, quadrants and regression lines (1).
Reference: study B, section 3.3, figures 7 and 8 (docs/methods.md#b5, docs/models.md).
"""

from pathlib import Path

from vadose.files import netcdf, products, tables
from vadose.files.jobs import run
from vadose.studies import regions
from vadose.studies.drivers import tables as drivers_tables


def main(
    *,
    statistics: Path,
    estimates: Path,
    draws: Path,
    clusters: Path,
    drivers: Path,
    models: Path,
    negatives: Path,
    seed: int,
    cluster_draws: int,
) -> None:
    summed = products.read(statistics, "driver_statistics")
    estimated = products.read(estimates, "driver_estimates")
    with netcdf.sound(draws, "draws of the driver models"), netcdf.opened(draws, group="posterior") as opened:
        drawn = opened.load()
    clustered = drivers_tables.clustered(estimated, drawn, summed, seed=seed, reclustered=cluster_draws)
    clustered = clustered.assign_coords({name: estimated[name] for name in ("layer_top", "layer_bottom")})
    products.write(clustered, clusters, "driver_clusters")
    names = regions.names_of(summed)
    tables_by_path = {
        drivers: drivers_tables.estimates_table(estimated, summed, names),
        models: drivers_tables.models_table(estimated, summed, names),
        negatives: drivers_tables.negatives_table(clustered),
    }
    other = {"ecoregion": "region", "ecoregions": "regions", "robust_ecoregions": "robust_regions"}
    renamed = other if regions.other_names(summed) else {}
    for path, table in tables_by_path.items():
        named = table.rename(columns=renamed)
        tables.write(named, path, drivers_tables.TITLES[path.stem], study="dependence")


if __name__ == "__main__":
    run(main, snakemake)
