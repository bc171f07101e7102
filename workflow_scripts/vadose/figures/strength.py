"""The colour scale of correlations, Kendall's tau and tail dependence: one for figures and atlas."""

import numpy as np

from vadose.figures.rounding import stepped
from vadose.figures.style import AMOUNT, ASSOCIATION, Scale

STEPS = 0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0


def association(quantity: str, *, signed: bool = True) -> Scale:
    """Scale of a correlation, of Kendall's tau or of tail dependence, the same in each figure and in the atlas.

    Steps widen from zero to one, as most values are small: nothing lies beyond the scale, and small values differ.

    Parameters
    ----------
    quantity : str
        For the colour bar.
    signed : bool
        From -1 to 1; False from 0 to 1.
    """
    bounds = np.concatenate([-np.array(STEPS[:0:-1]), STEPS]) if signed else STEPS
    colormap, norm = stepped(ASSOCIATION if signed else AMOUNT, np.asarray(bounds))
    return Scale(colormap, norm, quantity, ticks=tuple(map(float, bounds)), centre=0.0)
