"""Quality control of the fields of a product before they are remapped: limits in kg m-2 whatever the unit of the file,
and a count of what they remove."""

import collections
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from vadose.core import units
from vadose.core.arrays import Array
from vadose.files import products
from vadose.statistics import quality


class Limits:
    """`variability.limits`, as what `vadose.formats.months.monthly` does to each native field.

    Parameters
    ----------
    limits : sequence of float or None
        Largest possible soil moisture of each layer, kg m-2; None leaves all values as they are.
    """

    def __init__(self, limits: Sequence[float] | None) -> None:
        self.limits = None if limits is None else np.asarray(limits, dtype=float)
        self._counts = collections.Counter[str]() if limits is None else collections.Counter(outside_limits=0)
        self._kept = np.zeros(len(limits or ()), dtype=int)
        self._low, self._high = np.full(self._kept.size, np.inf), np.full(self._kept.size, -np.inf)
        self._depths: list[str] = []

    def __call__(self, field: xr.DataArray) -> Array:
        """Values of a field (time, layer, lat, lon) in its own unit, NaN where they are impossible.

        Raises
        ------
        ValueError
            If there are not as many limits as layers.
        """
        values = field.values
        if self.limits is None:
            return values
        top, bottom = field["layer_top"].values, field["layer_bottom"].values
        mass = units.soil_water(np.ones(top.size), field.attrs["units"], bottom - top)  # of one in the file's unit
        own = self.limits / mass if mass.size == self.limits.size else self.limits
        masked = quality.mask_soil_moisture(values, own)
        self._depths = [f"{100 * a:g}-{100 * b:g} cm" for a, b in zip(top, bottom, strict=True)]
        for layer in range(mass.size):
            there = values[:, layer][np.isfinite(values[:, layer])] * mass[layer]
            kept = int(np.isfinite(masked[:, layer]).sum())
            self._counts["outside_limits"] += there.size - kept
            self._kept[layer] += kept
            if there.size:
                self._low[layer] = min(self._low[layer], there.min())
                self._high[layer] = max(self._high[layer], there.max())
        return masked

    def add(self, attributes: Mapping[str, object]) -> None:
        """Add what the reader removed, as the attributes of its months tell."""
        self._counts.update(counts_of(attributes))

    def counts(self, where: str) -> dict[str, int]:
        """How many values of the files were removed or changed, by `vadose.files.products.REMOVED`.

        Parameters
        ----------
        where : str
            What was read, for the sentence.

        Raises
        ------
        ValueError
            If the limits left nothing of a layer that has values, naming the limit and the values.
        """
        for layer in np.flatnonzero((self._kept == 0) & np.isfinite(self._low)):
            raise ValueError(
                f"{where}: expected values of soil moisture within variability.limits, found none in layer {layer + 1} "
                f"({self._depths[layer]}): its limit is {self.limits[layer]:g} kg m-2, its values are "
                f"{self._low[layer]:.3g} to {self._high[layer]:.3g} kg m-2. Give one limit for each layer, from the "
                "surface down, in kg m-2 (1 mm of water)."
            )
        return dict(self._counts)


def counts_of(attributes: Mapping[str, object]) -> dict[str, int]:
    """Counts of removed values among the attributes of a product or of what a reader gives; no key where none is."""
    return {name: int(str(attributes[name])) for name in products.REMOVED if name in attributes}
