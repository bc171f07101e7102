"""Risk of dry and of wet soil: averages over families, intervals over years and families in planted worlds, return
periods, sums over regions."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from vadose.core import calendar
from vadose.statistics import copula, year_blocks
from vadose.statistics.copula import averages, families, selection
from vadose.statistics.copula.pyvine import simulate, to_pyvinecopulib
from vadose.studies.dependence import pairs
from vadose.studies.risk import cells, product, regions

YEARS, MONTHS = 20, 12
YEAR = np.repeat(np.arange(YEARS), MONTHS)
WORLDS = ((0, 0.0), (1, 0.4), (1, -0.3), (2, 0.3), (3, 0.4), (13, 0.3), (4, 0.3), (5, 0.5), (23, -0.3), (9, 0.5))


def planted(code, tau, cell_count, steps=YEARS * MONTHS, seed=7):
    """u, v (cell, step) of a copula, and its true probabilities (event, precipitation, soil moisture)."""
    par, par2 = copula.parameters_for_tau(code, tau) if code else (0.0, 0.0)
    size = cell_count * steps
    drawn = simulate(code, par, par2, size, seed) if code else np.random.default_rng(seed).random((size, 2))
    levels = np.array(cells.SHARES)
    truth = [
        copula.risk(code, par, par2, first[:, None], first[None], wet=wet).conditional
        for wet, first in ((False, levels), (True, 1.0 - levels))
    ]
    return (*drawn.T.reshape(2, cell_count, steps), np.stack(truth))


def estimated(u, v, year=YEAR, **how):
    u, v = copula.pseudo_observations(u), copula.pseudo_observations(v)
    _, joint = copula.select_with_joint(u, v, cells.POINTS)
    return cells.of_pairs(u, v, joint, year, int(year[-1]) + 1, alike=True, **how)


def test_a_thousand_random_fits_of_all_families_equal_pyvinecopulib():
    """As the maps use them: joint and conditional probabilities at all thresholds, with averages over families."""
    rng, checked = np.random.default_rng(11), 0
    shape = (25, families.COUNT)
    par, par2 = np.zeros(shape), np.zeros(shape)
    for k, code in enumerate(families.CODES):
        low1, high1, low2, high2 = families.WIDEST[families.BASE[k]]
        sign = -1.0 if families.NEGATIVE[k] else 1.0
        par[:, k] = sign * rng.uniform(low1, min(high1, 8.0), 25) if code else 0.0
        second = rng.integers(3, 20, 25) if code == 2 else rng.uniform(low2, high2, 25)
        par2[:, k] = (sign if families.BB[k] else 1.0) * second
    for k, code in enumerate(families.CODES):
        only = np.where(np.arange(families.COUNT) == k, 0.0, np.inf) + np.zeros(shape)
        joint = averages.joint_averages(par, par2, only, cells.POINTS)
        for row in range(25):
            expected = to_pyvinecopulib(int(code), par[row, k], float(par2[row, k])).cdf(cells.POINTS)
            np.testing.assert_allclose(joint.average[row], expected, rtol=0, atol=1e-7)
            np.testing.assert_allclose(joint.selected[row], joint.average[row], rtol=0, atol=1e-15)
            one = copula.risk(code, par[row, k], par2[row, k], cells.GIVEN, cells.ALONE)
            np.testing.assert_allclose(one.conditional, expected[:9] / cells.GIVEN, rtol=0, atol=1e-6)
            checked += 1
    assert checked == 1000


def test_averages_weigh_each_family_and_say_how_far_families_lie_apart():
    u, v, _ = planted(4, 0.3, 5)
    u, v = copula.pseudo_observations(u), copula.pseudo_observations(v)
    fitted, joint = copula.select_with_joint(u, v, cells.POINTS)
    for one, other in zip(fitted, copula.select(u, v), strict=True):
        np.testing.assert_array_equal(one, other)
    fits = copula.fit_families(u, v, preselect=True)
    for cell in range(5):
        tried = np.flatnonzero(np.isfinite(fits.aic[cell]))
        weight = np.exp(-0.5 * (fits.aic[cell, tried] - fits.aic[cell, tried].min()))
        weight = np.where(weight / weight.sum() >= averages.LEAST_WEIGHT, weight, 0.0)
        weight /= weight.sum()
        each = np.array(
            [copula.distribution(fits.family[k], fits.par[cell, k], fits.par2[cell, k], *cells.POINTS.T) for k in tried]
        )
        mean = weight @ each
        np.testing.assert_allclose(joint.average[cell], mean, rtol=0, atol=1e-12)
        np.testing.assert_allclose(joint.spread[cell], np.sqrt(weight @ (each - mean) ** 2), rtol=0, atol=1e-9)
    assert selection.CELLS_AT_ONCE > 5


def test_parts_of_years_are_what_drawing_a_year_once_more_changes():
    u, v, _ = planted(1, 0.4, 30)
    u[3, :15] = np.nan
    parts = cells.year_parts(u, v, YEAR, YEARS)
    x, y = stats.norm.ppf(u), stats.norm.ppf(v)
    for cell in (0, 3):
        there = np.isfinite(x[cell])
        assert parts.correlation[cell] == pytest.approx(np.corrcoef(x[cell, there], y[cell, there])[0, 1], abs=1e-12)
    assert abs(parts.part.sum(axis=1)).max() < 1e-12 and parts.part[3, 0] == 0.0
    heavier, step = np.ones(YEARS), 1e-5
    heavier[4] += step
    weighed = np.cov(x[0], y[0], aweights=heavier[YEAR])
    change = weighed[0, 1] / np.sqrt(weighed[0, 0] * weighed[1, 1]) - parts.correlation[0]
    assert parts.part[0, 4] == pytest.approx(change / step, rel=1e-3)
    # The error is the limit of the spread over drawn years.
    draws = year_blocks.year_counts(YEARS, 4000, 1)[1:] - 1.0
    spread = (draws @ parts.part.T).std(axis=0, ddof=1) * np.sqrt(YEARS / (YEARS - 1))
    np.testing.assert_allclose(cells.drawn_error(parts.part, YEARS), spread, rtol=0.04)


@pytest.mark.one_python
@pytest.mark.parametrize(("steps", "least", "most"), [(240, 90.0, 98.0), (20, 90.0, 97.0)])
def test_intervals_hold_planted_probabilities(steps, least, most):
    """Mean over thresholds and worlds of families, monthly and annual series of 20 years."""
    year, rates = np.repeat(np.arange(YEARS), steps // YEARS), []
    for code, tau in WORLDS:
        u, v, truth = planted(code, tau, 60, steps)
        out = estimated(u, v, year)
        rates.append(100.0 * np.mean((out["low"] <= truth) & (truth <= out["high"])))
    assert min(rates) > 84.0 and least < np.mean(rates) < most, rates


@pytest.mark.one_python
def test_planted_probabilities_lie_within_two_standard_errors_in_blocks():
    """Blocks of nine cells, independent of one another, with one planted copula: the mean of each against its truth."""
    inside = []
    for number in range(8):
        for code, tau in WORLDS:
            u, v, truth = planted(code, tau, 9, seed=100 + number)
            error = regions_of(estimated(u, v))
            probability, standard_error = (error[name] for name in ("probability", "standard_error"))
            inside.append(np.abs(probability - truth) <= 2.0 * standard_error)
    assert np.mean(inside) >= 0.95


def as_product(out, area=None):
    """Arrays of one series as the product holds them, one layer."""
    size = out["correlation"].size
    variables = {}
    for name, values in out.items():
        dims = {"correlation": ("cell",), "year_part": ("cell", "year"), "events_per_year": ()}
        variables[name] = (dims.get(name, ("cell", *cells.DIMS)), values)
    return xr.Dataset(variables).assign_coords(area=("cell", np.full(size, 1e9) if area is None else area))


def regions_of(out):
    """Mean probability and its standard error at all thresholds, over all cells."""
    risks = as_product(out)
    total = regions.sums(risks, np.zeros(risks.sizes["cell"], dtype=int), 1)
    own = regions.Sums(*(part[0, 0] for part in total))
    rows = [regions.mean(own, where) for where in regions.THRESHOLDS]
    return {name: np.array([row[name] for row in rows]).reshape(2, 3, 3) for name in rows[0]}


def test_a_gain_is_one_without_dependence_and_not_with_it():
    u, v, _ = planted(0, 0.0, 200)
    none = regions_of(estimated(u, v))
    alone = np.array(cells.SHARES)
    assert ((none["low"] <= alone) & (alone <= none["high"])).all()
    u, v, _ = planted(4, 0.3, 200)
    strong = regions_of(estimated(u, v))
    assert (strong["low"] > alone).all()
    u, v, _ = planted(1, -0.3, 200)
    assert (regions_of(estimated(u, v))["high"] < alone).all()


def test_sums_over_cells_do_not_depend_on_tiles():
    u, v, _ = planted(3, 0.4, 40)
    out = estimated(u, v)
    risks = as_product(out, area=np.random.default_rng(1).uniform(1e8, 1e10, 40))
    where = np.arange(40) % 3
    whole = regions.sums(risks, where, 3)
    pieces = [regions.sums(risks.isel(cell=slice(*ends)), where[slice(*ends)], 3) for ends in ((0, 13), (13, 40))]
    for one, first, second in zip(whole, *pieces, strict=True):
        np.testing.assert_array_equal(one, first + second)


def test_series_layers_and_reasons_of_the_product():
    """Months with their annual cycle have no return periods, anomalies and years have; a cell without a copula has no
    risk; copulas do not change."""
    random = np.random.default_rng(2)
    precipitation = random.gamma(2.0, 30.0, (6, 240))
    moisture = 50.0 + precipitation[:, None] + random.normal(0, 40.0, (6, 2, 240))
    moisture[2, 1] = 7.0
    months, options = calendar.months(2000, 2019), pairs.Options()
    how = {"time_scales": ["monthly", "annual"], "configured": "kept", "compare": True}
    plain = pairs.copulas(precipitation, moisture, months, options=options, **how)
    fitted, risks = product.split(
        pairs.copulas(precipitation, moisture, months, options=options._replace(risk=True), **how)
    )
    xr.testing.assert_identical(fitted, plain)
    assert list(risks["time_scale"].values) == ["monthly", "annual", "monthly, annual cycle removed"]
    assert list(risks["period_reason"].values) == [1, 0, 0]
    np.testing.assert_array_equal(risks["events_per_year"].values, [np.nan, 1.0, 12.0])
    assert np.isnan(risks["both_period"].values[:, 0]).all()
    there = np.ones((6, 2), dtype=bool)
    there[2, 1] = False
    np.testing.assert_array_equal(np.isfinite(risks["probability"].values).all(axis=(1, 3, 4, 5)), there)
    both = risks["probability"] * risks["precipitation_share"]
    np.testing.assert_allclose(risks["both_period"].values[:, 2], 1.0 / (12.0 * both.values[:, 2]), rtol=1e-12)
    np.testing.assert_allclose(risks["gain"].values, (risks["probability"] / risks["soil_moisture_share"]).values)
    enough = np.isfinite(risks["counted"].values).any(axis=(0, 2))
    assert enough[1].sum() == 0 and enough[0, 0].sum() == 6  # n q q' >= 5: 20 years have too few, 240 months six pairs
    two = [
        product.split(
            pairs.copulas(precipitation[part], moisture[part], months, options=options._replace(risk=True), **how)
        )
        for part in (slice(0, 2), slice(2, 6))
    ]
    xr.testing.assert_identical(xr.concat([part for _, part in two], "cell", data_vars="minimal"), risks)
