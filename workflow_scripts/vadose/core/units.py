"""Units: what a unit text means, however it is spelled, and the few conversions between archives and statistics."""

import functools
import re

import numpy as np

from vadose.core.arrays import Array

WATER_DENSITY = 1000.0  # kg m-3; 1 kg m-2 of water is 1 mm
KELVIN_OF_ZERO_CELSIUS = 273.15

# Spelling -> (scale, base). Months and years stay bases of their own: they have no fixed length.
_SPELLINGS = {
    ("kg", "Kg", "kilogram", "kilograms"): (1.0, "kg"),
    ("g", "gram", "grams", "gC"): (1e-3, "kg"),
    ("m", "metre", "metres", "meter", "meters"): (1.0, "m"),
    ("cm", "centimetre", "centimetres", "centimeter", "centimeters"): (1e-2, "m"),
    ("mm", "millimetre", "millimetres", "millimeter", "millimeters"): (1e-3, "m"),
    ("s", "sec", "second", "seconds"): (1.0, "s"),
    ("min", "minute", "minutes"): (60.0, "s"),
    ("h", "hr", "hour", "hours"): (3600.0, "s"),
    ("d", "day", "days"): (86400.0, "s"),
    ("month", "months", "mon", "mo"): (1.0, "month"),
    ("year", "years", "yr", "y", "a"): (1.0, "year"),
    ("K", "kelvin", "kelvins", "degK", "degree_K", "degrees_K", "degree_kelvin", "degrees_kelvin"): (1.0, "K"),
    (
        "degC",
        "deg_C",
        "degree_C",
        "degrees_C",
        "celsius",
        "degree_celsius",
        "degrees_celsius",
        "C",
    ): (1.0, "degC"),
    ("W", "watt", "watts"): (1.0, "W"),
    ("J", "joule", "joules"): (1.0, "J"),
}
_BASES = {name: base for names, base in _SPELLINGS.items() for name in names}
_BASES |= {form: base for name, base in _BASES.items() if len(name) > 3 for form in (name.capitalize(), name.upper())}
_NUMBER = {"", "1", "-", "none", "unitless", "dimensionless", "fraction", "n/a", "(0 - 1)", "0-1", "1.0"}
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−–µ", "-0123456789--u")
_TOKEN = re.compile(
    r"\s*(?P<divide>/|\bper\b)?\s*(?P<name>"
    + "|".join(sorted(map(re.escape, _BASES), key=len, reverse=True))
    + r")(?![A-Za-z]{2})(?:\*\*|\^)?(?P<power>[+-]?\d+)?",
)


@functools.cache
def meaning(text: str) -> tuple[float, tuple[tuple[str, int], ...]] | None:
    """Scale and powers of base units that a unit text stands for.

    Parameters
    ----------
    text : str
        In any of the usual spellings: "g C m-2 d-1", "gC/m2/day", "m**3 m**-3", "mm.day-1", "degrees Celsius".

    Returns
    -------
    (scale, ((base, power), ...)) or None
        None where the text is no unit that is known here. Carbon ("g C") counts as its mass, "water equivalent" as
        nothing.
    """
    plain = " ".join(re.sub(r"[${}]", "", str(text)).translate(_SUPERSCRIPTS).split())
    if plain.lower() in _NUMBER:
        return 1.0, ()
    plain = re.sub(r"\s*\b(of )?water( equivalent)?\b|\bw\.?e\.?\b", "", plain, flags=re.IGNORECASE)
    plain = re.sub(r"°\s*", "deg", plain)
    plain = re.sub(r"(?i)\b(deg(?:rees?)?)[ _]*(c(?:elsius)?|k(?:elvin)?)\b", _temperature, plain)
    plain = re.sub(r"(?<![A-Za-z])([kK]?g|[Gg]rams?)[ _.*]*\(?C\)?(?![a-z])", r"\1 ", plain)  # grams of carbon
    plain = re.sub(r"[·×]|(?<!\*)\*(?!\*)|\.(?!\d)|_", " ", plain).strip()
    powers: dict[str, int] = {}
    scale, place = 1.0, 0
    while place < len(plain):
        token = _TOKEN.match(plain, place)
        if token is None:
            return None
        unit, base = _BASES[token["name"]]
        power = int(token["power"] or 1) * (-1 if token["divide"] else 1)
        scale *= unit**power
        powers[base] = powers.get(base, 0) + power
        place = token.end() + len(plain[token.end() :]) - len(plain[token.end() :].lstrip())
    left = tuple(sorted((base, power) for base, power in powers.items() if power))
    # A volume fraction is no mass fraction and no bare number.
    return scale, left or tuple((f"{base} over {base}", 1) for base in sorted(powers))


def _temperature(match: re.Match) -> str:
    return "degC" if match[2][0] in "cC" else "K"


def same(text: str, other: str) -> bool:
    """Whether two unit texts mean the same, such as "gC/m2/day" and "g C m-2 d-1"."""
    one, two = meaning(text), meaning(other)
    if one is None or two is None:
        return " ".join(str(text).split()) == " ".join(str(other).split())
    return one[1] == two[1] and abs(one[0] - two[0]) <= 1e-9 * abs(two[0])


def soil_water(values: Array, unit: str, thickness: Array) -> Array:
    """Soil moisture of layers as mass, kg m-2.

    Parameters
    ----------
    values : (..., layer, ...) array broadcastable with `thickness`
        Soil moisture in `unit`.
    unit : {"kg m-2", "m3 m-3"}
        Mass per area or volume fraction.
    thickness : array
        Thickness of the layers, m.

    Raises
    ------
    ValueError
        If the unit is another one.
    """
    if same(unit, "kg m-2"):
        return np.asarray(values, dtype=float)
    if same(unit, "m3 m-3"):
        return np.asarray(values, dtype=float) * WATER_DENSITY * thickness
    raise ValueError(
        f"soil_water: expected soil moisture in kg m-2 or m3 m-3, found '{unit}'. Check the reader of the product."
    )
