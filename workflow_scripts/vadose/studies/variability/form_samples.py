"""Resampled years of study A where the trend of the attribution is no straight line (docs/methods.md#a3)."""

import numpy as np
from numpy.typing import NDArray

from vadose.core.arrays import Array
from vadose.statistics import attribution, trend_forms, year_intervals
from vadose.studies.variability import number_sums, year_samples


def sample_of_form(
    sample: year_samples.Sample, seasonal: Array, years: Array, form: trend_forms.Form
) -> year_samples.Sample:
    """A sample with the attribution to a trend of another form.

    Parameters
    ----------
    sample : Sample
    seasonal : (cell, year, season, layer) array, kg m-2
    years : (year,) array
    form : Form
    """
    fitted = trend_forms.attribute(seasonal, years, form)
    return sample._replace(fitted=attribution.Attribution(fitted.contribution, fitted.omega, fitted.variance))


def terms_of_form(
    record: year_samples.Record,
    drawn: NDArray[np.int64],
    years: Array,
    area: Array,
    inside: NDArray[np.bool_],
    form: trend_forms.Form,
    strong: float,
) -> Array:
    """`number_sums.Means.terms` of some resamples.

    Parameters
    ----------
    record : year_samples.Record
    drawn : (resample, BURN_IN + year) int array
    years : (year,) array
    area : (cell,) array, m2
    inside : (cell, set) bool array
    form : Form
    strong : float
        As in `number_sums.of_record`.

    Notes
    -----
    ASSUME: whatever the trend is, years are a line and memory, of which a curve is part: the same resamples for every
    form, so that forms can be compared.
    """
    shape, rows = record.sample.fitted.omega.shape[1:], []
    for row in drawn:
        again = year_intervals.resample(record.parts[0], row).reshape(area.size, years.size, *shape)
        sample = sample_of_form(record.sample, again, years, form)
        rows.append(number_sums.of_record(sample, area, inside, strong).terms)
    return np.concatenate(rows)
