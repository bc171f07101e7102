"""Names for arrays in signatures; docstrings say shapes, units and what a missing value is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
AnyArray = NDArray[Any]  # times, codes, flags, or numbers of either precision
