"""What every reader offers: the same three functions, whatever the product and however its files are cut."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import xarray as xr


@runtime_checkable
class Reader(Protocol):
    """A module of `vadose.formats` that reads one product (`vadose.formats.registry` names them all).

    Options of a data set (the route and layers of ERA5-Land, the wet-day threshold of daily precipitation) are keyword
    arguments of `months` and of `check` alike; `vadose.formats.registry.options_of` takes them from the configuration
    for all callers, `BoundReader` keeps them with their reader.
    """

    PRODUCT: str  # name of the product in messages
    VARIABLES: tuple[str, ...]  # canonical names of what `months` can give

    def times_of(self, path: Path) -> np.ndarray:
        """Starts of the months (of the steps, where they are years or several days) that a file holds, ascending.

        Returns
        -------
        (time,) datetime64[ns] array
            Empty for a map without a time.

        Raises
        ------
        FormatError
            If the file is not of the product.
        """
        ...

    def months(
        self, paths: Sequence[Path], variables: Sequence[str], years: tuple[int, int], **options: Any
    ) -> Iterator[xr.Dataset]:
        """Canonical months of the years, from files in any order; each file is asked only for what it holds.

        Parameters
        ----------
        paths : sequence of Path
            Files of the product, also of other years; cut by month, year, decade or variable as people have them.
        variables : sequence of str
            Canonical names, of `VARIABLES`.
        years : (first, last)
            Calendar years, inclusive.
        **options
            Of the product; `allow_missing` (default False) is known to all: whether steps within a month may be absent,
            which makes the month a missing one. Months without any file are simply not given.

        Yields
        ------
        Dataset
            Some months (of yearly products: a year; of a map: the map), units and axes as in
            `vadose.formats.canonical`. Memory holds one of them at a time.

        Raises
        ------
        FormatError
            If a file is not of the product, is cut or contradicts another.
        """
        ...

    def check(self, path: Path, **options: Any) -> None:
        """Verify from its headers that a file is of the product and holds what the options ask for.

        Raises
        ------
        FormatError
            Saying what is wrong with it.
        """
        ...
