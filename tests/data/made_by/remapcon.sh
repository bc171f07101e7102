#!/bin/sh
# Remap tests/data/*_in.nc with first-order conservative remapping of the Climate Data Operators (cdo 2.1.1) to the grids
# described in *_grid.txt. Usage, from the project's folder: sh tests/data/made_by/remapcon.sh [folder of the results]
set -eu
folder=tests/data
for case in era5land_0p1_0p25 gpcp_1_0p25; do
    cdo -s -O -b F64 -z zip_6 "remapcon,$folder/${case}_grid.txt" "$folder/${case}_in.nc" "${1:-$folder}/${case}_remapcon.nc"
done
