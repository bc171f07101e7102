"""The statistics on xarray's DataArrays: any dimensions beside the one of time, coordinates and units kept.

Each function takes all dimensions but those that it works along as cells, calls the function on arrays of the same name
and gives the dimensions back. A series without other dimensions, or a Series of pandas, is one cell. Arrays of dask
stay lazy and are worked on block by block, on a cluster too, with the same results to the bit; the dimension that a
function works along is put into one chunk. `vadose.mann_kendall` and the others call these where they are given
labelled data.

trend         mann_kendall, hamed_rao, prewhitened, field_significance
moisture      moisture_seasons, attribute
dependence    pseudo_observations, select_copula, kendall_lags, optimal_lag
controls      ridge, drivers
maps          regrid
cells, attributes    from labelled arrays to arrays (cell, ...) and back; units and codes
"""

from vadose.xarray.controls import drivers, ridge
from vadose.xarray.dependence import kendall_lags, optimal_lag, pseudo_observations, select_copula
from vadose.xarray.maps import regrid
from vadose.xarray.moisture import attribute, moisture_seasons
from vadose.xarray.trend import field_significance, hamed_rao, mann_kendall, prewhitened

__all__ = [
    "attribute",
    "drivers",
    "field_significance",
    "hamed_rao",
    "kendall_lags",
    "mann_kendall",
    "moisture_seasons",
    "optimal_lag",
    "prewhitened",
    "pseudo_observations",
    "regrid",
    "ridge",
    "select_copula",
]
