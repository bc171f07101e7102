"""What happens to product files on the way: cut downloads and login pages saved under the product's name."""

import gzip
from pathlib import Path

import netCDF4
import rasterio

LOGIN_PAGE = b"<!DOCTYPE html>\n<html><head><title>Earthdata Login</title></head><body>Please log in</body></html>\n"


def login_page(path: Path) -> Path:
    """A login page under the name `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(LOGIN_PAGE)
    return path


def cut(source: Path, target: Path, share: float) -> Path:
    """The first part of a file under the name `target`, as an interrupted download leaves it."""
    data = source.read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data[: int(len(data) * share)])
    return target


def box(path: Path, target: Path, rows: slice, columns: slice) -> Path:
    """The same file with some of its rows and columns (a .gz is unpacked), as subsetting services and cdo cut them;
    everything else as it was."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.name.endswith(".gz"):
        plain = target.with_name(f"{target.name}.whole")
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        box(plain, target, rows, columns)
        plain.unlink()
    elif ".tif" in path.name:
        with rasterio.open(path) as source:
            window = rasterio.windows.Window.from_slices(rows, columns, height=source.height, width=source.width)
            profile = source.profile | {"height": window.height, "width": window.width}
            profile["transform"] = source.window_transform(window)
            with rasterio.open(target, "w", **profile) as copy:
                copy.write(source.read(window=window))
    else:
        _cut_netcdf(path, target, {"lat": rows, "latitude": rows, "lon": columns, "longitude": columns})
    return target


def _cut_netcdf(path: Path, target: Path, parts: dict[str, slice]) -> None:
    with netCDF4.Dataset(path) as source, netCDF4.Dataset(target, "w", format=source.data_model) as copy:
        source.set_auto_maskandscale(False)
        copy.setncatts({name: source.getncattr(name) for name in source.ncattrs()})
        for name, dim in source.dimensions.items():
            size = len(range(len(dim))[parts.get(name, slice(None))])
            copy.createDimension(name, None if dim.isunlimited() else size)
        for name, variable in source.variables.items():
            attributes = {key: variable.getncattr(key) for key in variable.ncattrs()}
            fill = attributes.pop("_FillValue", None)
            made = copy.createVariable(name, variable.dtype, variable.dimensions, fill_value=fill)
            made.set_auto_maskandscale(False)
            made.setncatts(attributes)
            made[...] = variable[tuple(parts.get(dim, slice(None)) for dim in variable.dimensions)]
