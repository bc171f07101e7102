"""Draws of the driver models in one file, as ArviZ reads them."""

from pathlib import Path

import xarray as xr

from vadose.files import provenance
from vadose.files.atomic import replacing


def write_draws(posterior: xr.Dataset, sampler: xr.Dataset, path: Path) -> None:
    """Write the draws as netCDF groups `posterior` and `sample_stats`, which `arviz.from_netcdf` reads; equal draws
    give equal bytes."""
    attributes = {
        "Conventions": "CF-1.11",
        "title": "Thinned draws of the driver models",
        **provenance.of(path, "dependence"),
    }
    packed = {"zlib": True, "complevel": 1, "shuffle": True}
    with replacing(path) as temporary:
        xr.Dataset(attrs=attributes).to_netcdf(temporary, engine="h5netcdf")
        for group, dataset in (("posterior", posterior), ("sample_stats", sampler)):
            labelled = dataset.assign_attrs(attributes | {"note": "models that were not sampled are missing"})
            labelled.to_netcdf(
                temporary, engine="h5netcdf", mode="a", group=group, encoding=dict.fromkeys(dataset.data_vars, packed)
            )
