"""What attributes say: units that are checked, and codes with their meanings."""

import re
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from vadose.core import units

MASS = ("kg m-2", "mm")  # of which layers can be added up; 1 kg m-2 of water is 1 mm
FRACTION = "m3 m-3"
DEGREES = ("degrees_north", "degrees_east", "degrees", "degree")


def flags(meanings: Mapping[int, str], dtype: Any = float, **attrs: str) -> dict[str, Any]:
    """Attributes of a variable of codes, by CF: values of the variable's own type, and their meanings."""
    words = (re.sub(r"[^\w\-+.]+", "_", text).strip("_") for text in meanings.values())
    return {**attrs, "flag_values": np.array(list(meanings), dtype=dtype), "flag_meanings": " ".join(words)}


def refuse_other_than_mass(name: str, array: xr.DataArray, layer: Hashable | None) -> None:
    """Refuse soil moisture of several layers in a unit of which they cannot be added up, by its attribute `units`."""
    unit = str(array.attrs.get("units", ""))
    if not unit or any(units.same(unit, mass) for mass in MASS):
        return
    if units.same(unit, FRACTION) and (layer is None or array.sizes[layer] == 1):
        return
    raise ValueError(
        f"{name}: expected kg m-2, of which layers add up, found {unit}: multiply by thickness and density."
    )


def squared(unit: str) -> str:
    """The unit of a variance."""
    if not unit or any(units.same(unit, mass) for mass in MASS):
        return "kg2 m-4"
    return "m6 m-6"


def refuse_other_than_share(name: str, array: xr.DataArray) -> None:
    """Refuse p-values whose attribute says that they are no numbers from 0 to 1."""
    unit = str(array.attrs.get("units", "1"))
    if not units.same(unit, "1"):
        raise ValueError(f"{name}: expected p-values from 0 to 1 (units 1), found {unit}: divide them first.")


def refuse_other_than_degrees(axis: xr.DataArray) -> None:
    """Refuse coordinates of a map projection, by their attribute `units`."""
    unit = str(axis.attrs.get("units", "degrees"))
    if unit.lower() not in (*DEGREES, "degree_north", "degree_east"):
        raise ValueError(
            f"{axis.name}: expected degrees of latitude or longitude, found {unit}: regrid takes regular "
            "latitude-longitude grids; reproject the field first."
        )
