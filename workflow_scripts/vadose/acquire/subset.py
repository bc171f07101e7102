"""Some variables of a file instead of the whole: the address at which GES DISC cuts them out."""

import urllib.parse
from collections.abc import Sequence

from vadose.acquire.catalogue import Dataset

NETCDF = "bmM0Lw"  # "nc4/" as the service wants it, in base64
WHOLE_GRID = "-60,-180,90,180"  # south, west, north, east: all of the product's land
SUFFIX = ".SUB.nc4"


def address(dataset: Dataset, name: str, whole: str, variables: Sequence[str]) -> str:
    """Address of a subset, in the form of the lists that GES DISC's own page makes.

    Parameters
    ----------
    dataset : Dataset
        The catalogue's entry, with the address and the name of the service.
    name : str
        Of the whole file.
    whole : str
        Its address, whose path the service asks for.
    variables : sequence of str
        Canonical names.
    """
    natives = [str(entry["native"]) for entry in dataset.variables if entry["canonical"] in variables]
    asked = {
        "FILENAME": urllib.parse.unquote(urllib.parse.urlsplit(whole).path),
        "FORMAT": NETCDF,
        "BBOX": WHOLE_GRID,
        "LABEL": name + SUFFIX,
        "SHORTNAME": dataset.short_name,
        "SERVICE": dataset.addresses["service"],
        "VERSION": "1.02",
        "DATASET_VERSION": dataset.version,
        "VARIABLES": ",".join(natives),
    }
    return f"{dataset.addresses['subset']}?{urllib.parse.urlencode(asked)}"
