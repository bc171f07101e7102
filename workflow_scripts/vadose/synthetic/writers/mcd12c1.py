"""Writes MCD12C1 files as true HDF4-EOS grids: StructMetadata.0, grid groups, rows from the north, decoys beside the
class."""

from pathlib import Path

import numpy as np
import xarray as xr

from vadose.files.atomic import replacing
from vadose.formats.mcd12c1 import FILL, GRID, VARIABLE

STAMP = "2022165213124"  # production stamps differ from file to file; a fixed one keeps the bytes equal
CORNERS = "UpperLeftPointMtrs=({west:.6f},{north:.6f})\n\t\tLowerRightMtrs=({east:.6f},{south:.6f})"


def write(dataset: xr.Dataset, folder: Path, *, year: int) -> Path:
    """One file MCD12C1.A{year}001.061.{stamp}.hdf from a canonical land cover.

    Parameters
    ----------
    dataset : Dataset
        land_cover(lat, lon), IGBP 0..16, NaN where missing; any even global grid.
    folder : Path
        Where the file goes; made if absent.
    year : int
        Year of the map.
    """
    from pyhdf.SD import SD, SDC

    cover = dataset["land_cover"].transpose("lat", "lon").sortby("lat", ascending=False)
    codes = np.where(np.isnan(cover.values), FILL, cover.values).astype(np.uint8)
    path = Path(folder) / f"MCD12C1.A{year}001.061.{STAMP}.hdf"
    missing = codes == FILL
    share = (codes[..., None] == np.arange(17)).astype(np.uint8) * 100
    share[missing] = FILL
    # Other legends: forests 1..8 and water 0, as types 2 and 3 are coarser; they must never be taken for type 1.
    fields = {
        VARIABLE: codes,
        f"{VARIABLE}_Assessment": np.where(missing, FILL, 90).astype(np.uint8),
        "Land_Cover_Type_1_Percent": share,
        "Majority_Land_Cover_Type_2": np.where(missing, FILL, codes % 16).astype(np.uint8),
        "Majority_Land_Cover_Type_3": np.where(missing, FILL, codes % 11).astype(np.uint8),
    }
    with replacing(path, durable=False) as part:
        spelled = _spelled(part)
        file = SD(spelled, SDC.WRITE | SDC.CREATE | SDC.TRUNC)
        file.attr("HDFEOSVersion").set(SDC.CHAR, "HDFEOS_V2.19")
        file.attr("StructMetadata.0").set(SDC.CHAR, _structure(cover, fields))
        for name, values in fields.items():
            variable = file.create(name, SDC.UINT8, values.shape)
            variable.attr("long_name").set(SDC.CHAR, name)
            variable.setfillvalue(FILL)
            dims = (f"YDim:{GRID}", f"XDim:{GRID}", f"Num_IGBP_Classes:{GRID}")
            for index in range(values.ndim):
                variable.dim(index).setname(dims[index])
            variable[:] = values
            variable.endaccess()
        file.end()
        _group(part, list(fields))
        part.write_bytes(part.read_bytes().replace(spelled.encode(), path.name.encode().ljust(len(spelled.encode()))))
    return path


def _spelled(path: Path) -> str:
    """The path with leading slashes up to a fixed length: HDF4 writes it into the file, where it is overwritten
    afterwards."""
    plain = str(path.absolute())
    return "/" * max(0, 200 - len(plain.encode())) + plain


def _group(path: Path, names: list[str]) -> None:
    """The groups /MOD12C1/Data Fields and /MOD12C1/Grid Attributes, which make the file an HDF-EOS grid."""
    import pyhdf.V  # noqa: F401  (vgstart needs it loaded)
    from pyhdf.HDF import HC, HDF
    from pyhdf.SD import SD, SDC

    arrays = SD(str(path), SDC.READ)
    references = []
    for name in names:
        variable = arrays.select(name)
        references.append(variable.ref())
        variable.endaccess()
    arrays.end()
    file = HDF(str(path), HC.WRITE)
    groups = file.vgstart()
    grid, fields, attributes = groups.create(GRID), groups.create("Data Fields"), groups.create("Grid Attributes")
    grid._class, fields._class, attributes._class = "GRID", "GRID Vgroup", "GRID Vgroup"
    for reference in references:
        fields.add(HC.DFTAG_NDG, reference)
    grid.insert(fields)
    grid.insert(attributes)
    for group in (fields, attributes, grid):
        group.detach()
    groups.end()
    file.close()


def _structure(cover: xr.DataArray, fields: dict[str, np.ndarray]) -> str:
    """The text of StructMetadata.0."""
    lat, lon = cover["lat"].values, cover["lon"].values
    dy, dx = abs(lat[1] - lat[0]), lon[1] - lon[0]
    north, south, west, east = lat[0] + dy / 2, lat[-1] - dy / 2, lon[0] - dx / 2, lon[-1] + dx / 2
    corners = CORNERS.format(west=_packed(west), north=_packed(north), east=_packed(east), south=_packed(south))
    objects = []
    for number, (name, values) in enumerate(fields.items(), 1):
        dims = ",".join(f'"{dim}"' for dim in ("YDim", "XDim", "Num_IGBP_Classes")[: values.ndim])
        objects.append(
            f'\t\t\tOBJECT=DataField_{number}\n\t\t\t\tDataFieldName="{name}"\n\t\t\t\tDataType=DFNT_UINT8\n'
            f"\t\t\t\tDimList=({dims})\n\t\t\tEND_OBJECT=DataField_{number}\n"
        )
    return (
        "GROUP=SwathStructure\nEND_GROUP=SwathStructure\nGROUP=GridStructure\n\tGROUP=GRID_1\n"
        f'\t\tGridName="{GRID}"\n\t\tXDim={lon.size}\n\t\tYDim={lat.size}\n\t\t{corners}\n\t\tProjection=GCTP_GEO\n'
        "\t\tGridOrigin=HDFE_GD_UL\n"
        '\t\tGROUP=Dimension\n\t\t\tOBJECT=Dimension_1\n\t\t\t\tDimensionName="Num_IGBP_Classes"\n\t\t\t\tSize=17\n'
        "\t\t\tEND_OBJECT=Dimension_1\n\t\tEND_GROUP=Dimension\n\t\tGROUP=DataField\n"
        + "".join(objects)
        + "\t\tEND_GROUP=DataField\n\t\tGROUP=MergedFields\n\t\tEND_GROUP=MergedFields\n"
        "\tEND_GROUP=GRID_1\nEND_GROUP=GridStructure\n"
        "GROUP=PointStructure\nEND_GROUP=PointStructure\nEND\n"
    )


def _packed(degrees: float) -> float:
    """Degrees as GCTP's packed angle DDDMMMSSS.SS."""
    seconds = round(abs(degrees) * 3600, 2)
    whole, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return float(np.copysign(whole * 1e6 + minutes * 1e3 + seconds, degrees))
