"""From the unit of a file to the canonical one: which numbers are amounts of a step, which are rates, which are states.

Nothing is guessed: a unit that the variable cannot have is refused, and so are values that no such variable takes.
"""

from typing import NamedTuple

import numpy as np

from vadose.core import units
from vadose.core.arrays import Array
from vadose.formats.canonical import ATTRIBUTES
from vadose.formats.generic.description import Description
from vadose.formats.opening import FormatError

DAY = 86400.0  # s
_DEPTH, _MASS, _FRACTION = (("m", 1),), (("kg", 1), ("m", -2)), (("m over m", 1),)
_MISPRINTED = (("m", -6),)  # "m-3 m-3", which MERRA-2 says of a volume fraction
_PER = {(): "step", ("s",): "second", ("month",): "month"}
PERCENT = ("%", "percent", "vol%", "vol %", "volume percent")
# What no value of the variable can leave, in the canonical unit (of a month, where it is an amount).
_POSSIBLE = {
    "precipitation": (-5.0, 2.0e4),
    "evapotranspiration": (-200.0, 1000.0),
    "air_temperature": (170.0, 345.0),
    "soil_temperature": (170.0, 345.0),
    "land_surface_temperature": (150.0, 380.0),
    "gross_primary_productivity": (-10.0, 60.0),
}
_FRACTIONS = (-0.05, 1.0 + 1e-6)
_CONTENT = (-5.0, 2.0e4)  # kg m-2
AMOUNTS = ("precipitation", "evapotranspiration")


class Conversion(NamedTuple):
    """value * scale + offset in `unit`; an amount of each step, a rate per second or an amount per month where `per`
    says so."""

    scale: float
    offset: float
    unit: str
    per: str  # "state", "step", "second", "month"


def conversion(variable: str, text: str, where: str) -> Conversion:
    """How values of a unit become canonical ones.

    Parameters
    ----------
    variable : str
        Canonical name.
    text : str
        The unit, in any usual spelling.
    where : str
        File and variable, for the message.

    Raises
    ------
    FormatError
        If the variable cannot have this unit.
    """
    if variable == "covariate":  # any quantity, as it is
        return Conversion(1.0, 0.0, text.strip() or "1", "state")
    meaning = units.meaning(text)
    if variable == "soil_moisture" and text.strip().lower() in PERCENT:
        return Conversion(0.01, 0.0, "m3 m-3", "state")
    if meaning is not None:
        scale, bases = meaning
        left = tuple(item for item in bases if item not in (("s", -1), ("month", -1)))
        time = tuple(name for name, power in bases if (name, power) in (("s", -1), ("month", -1)))
        per = _PER.get(time)
        mass = {_DEPTH: scale * units.WATER_DENSITY, _MASS: scale}.get(left)
        if variable == "soil_moisture" and per == "step":
            if left in (_FRACTION, _MISPRINTED):
                return Conversion(scale, 0.0, "m3 m-3", "state")
            if mass is not None:
                return Conversion(mass, 0.0, "kg m-2", "state")
        elif variable in AMOUNTS and mass is not None and per is not None:
            return Conversion(mass, 0.0, "kg m-2", per)
        elif variable.endswith("temperature") and bases in ((("K", 1),), (("degC", 1),)):
            return Conversion(scale, 0.0 if bases[0][0] == "K" else units.KELVIN_OF_ZERO_CELSIUS, "K", "state")
        elif variable == "gross_primary_productivity" and left == _MASS and per is not None:
            grams = 1000.0 * scale
            return (
                Conversion(grams * DAY, 0.0, "g m-2 d-1", "state")
                if per == "second"
                else Conversion(grams, 0.0, "g m-2 d-1", per)
            )
    wanted = {"soil_moisture": "m3 m-3 or kg m-2"}.get(variable) or ATTRIBUTES[variable]["units"]
    raise FormatError(
        f"{where}: expected {variable.replace('_', ' ')} in a unit that means {wanted}, found '{text}'. Check that "
        "this is the variable, and correct its unit in the file (ncatted) if it is wrong there."
    )


def unit_of(described: Description, in_file: str, where: str, variable: str) -> Conversion:
    """The conversion by the unit of the file or, where that says none, of the configuration.

    Parameters
    ----------
    described : Description
        What the configuration says.
    in_file : str
        Unit of the file; empty where it says none.
    where : str
        File and variable, for messages.
    variable : str
        Canonical name.

    Raises
    ------
    FormatError
        If both say one and they differ, or neither does.
    """
    silent = in_file.strip().lower() in ("", "1", "-", "none", "unitless", "dimensionless", *PERCENT)
    if described.units is None:
        if silent and variable != "covariate":
            raise FormatError(
                f"{where}: expected a unit, found {'none' if not in_file.strip() else repr(in_file)}. Give it as "
                f"{described.key}.units."
            )
        return conversion(variable, in_file, where)
    told = conversion(variable, described.units, f"{described.key}.units")
    if not silent and conversion(variable, in_file, where) != told:
        raise FormatError(
            f"{where}: expected the unit of {described.key}.units, '{described.units}', found '{in_file}'. Leave out "
            "the key if the file is right; correct the file (ncatted) if it is not."
        )
    return told


def expect_possible(values: Array, variable: str, unit: str, where: str, key: str) -> None:
    """Refuse values that the variable cannot take: an undeclared fill, another unit.

    Parameters
    ----------
    values : array
        In the canonical unit; NaN where missing.
    variable, unit : str
        Canonical name and unit.
    where : str
        File and variable, for the message.
    key : str
        Key of the configuration that describes the data set.

    Raises
    ------
    FormatError
        Naming the range that was found.
    """
    if variable == "covariate":
        return
    low, high = (_FRACTIONS if unit == "m3 m-3" else _CONTENT) if variable == "soil_moisture" else _POSSIBLE[variable]
    least, most = np.nanmin(values, initial=np.inf), np.nanmax(values, initial=-np.inf)
    if least < low or most > high:
        raise FormatError(
            f"{where}: expected {variable.replace('_', ' ')} between {low:g} and {high:g} {unit}, found {least:.6g} to "
            f"{most:.6g}. If a number stands for missing values, give it as {key}.missing; else check the unit."
        )
