"""Formulas of the driver models: what they mean, and own ones against planted truth and ordinary least squares."""

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr

import vadose
from vadose.core import formulas
from vadose.statistics import drivers
from vadose.statistics.drivers.terms import change_of_basis
from vadose.studies.drivers.rows import predictor_files


def names_of(formula):
    return list(drivers.Terms.of(formula).names)


@pytest.mark.parametrize(
    "formula, terms",
    [
        ("Ta*GPP * LST", list(drivers.TERMS)),
        ("Ta + snow", ["Ta", "snow"]),
        ("(Ta + GPP + LST)**2", ["Ta", "GPP", "LST", "Ta:GPP", "Ta:LST", "GPP:LST"]),
        ("Ta:GPP", ["Ta:GPP"]),
        ("Ta * GPP - Ta", ["GPP", "Ta:GPP"]),
        ("snow:Ta + Ta", ["Ta", "snow:Ta"]),
        ("I(Ta**2) + Ta:I(Ta ** 2)", ["Ta^2", "Ta^3"]),
        ("I(Ta * GPP**2) + I(GPP*GPP)", ["GPP^2", "Ta:GPP^2"]),
    ],
)
def test_a_formula_means_products_of_powers(formula, terms):
    assert names_of(formula) == terms
    again = drivers.Terms.named(terms)
    assert list(again.names) == terms


def test_the_published_formula_is_what_the_parser_reads():
    """Known without the parser, which would cost every job its import."""
    assert formulas.parse(formulas.PUBLISHED) == formulas.parse(f" {formulas.PUBLISHED}")


@pytest.mark.parametrize(
    "formula, sentence",
    [
        ("log(Ta) + GPP", r"dependence.driver_models.formula: expected products of powers .* found log\(Ta\)"),
        ("Ta + I(Ta + 1)", r"found I\(Ta \+ 1\)"),
        ("GPP:poly(Ta, 2)", r"found GPP:poly\(Ta, 2\)"),
        ("Ta**2", r"expected a power as I\(Ta\*\*2\), found Ta\*\*2"),
        ("0 + Ta", "expected the constant to stay"),
        ("SM ~ Ta", "found ~ in"),
        ("Ta * (", "which formulaic cannot read"),
        ("1", "at least one term"),
        ("a*b*c*d*e*f", "at most 31 products"),
        ("I(Ta**99999999)", "at most 31 products"),
    ],
)
def test_what_is_no_product_of_powers_is_refused(formula, sentence):
    with pytest.raises(ValueError, match=sentence):
        formulas.parse(formula)


@pytest.mark.parametrize("formula", ["Ta * GPP * LST", "Ta:GPP + I(LST**2)", "I(Ta**3) + GPP", "x:I(y**2) + y"])
def test_sums_of_raw_rows_are_those_of_z_scores(formula):
    """Also where a product stands without its factors: shifts bring these in, and they are taken out again."""
    random, terms = np.random.default_rng(0), drivers.Terms.of(formula)
    predictors = random.normal(280, 9, (500, len(terms.predictors)))
    responses = random.normal(5, 2, (500, 2))
    groups = np.repeat(np.arange(20), 25)
    rows = drivers.Accumulator(terms=terms)
    for part in (slice(0, 130), slice(130, 500)):
        rows.merge(drivers.Accumulator(terms=terms).add(predictors[part], responses[part], groups[part]))
    x, y = drivers.standardise(predictors, responses)
    plain = [np.prod(x ** np.array(powers), axis=1) for powers in terms.powers]
    m = np.column_stack([np.ones(500), *plain, y])
    np.testing.assert_allclose(drivers.design(x, terms), m[:, :-2], rtol=1e-12)
    for kind in ("pooled", "grouped"):
        total = rows.statistics(kind).total
        np.testing.assert_allclose(total, m.T @ m, rtol=1e-9, atol=1e-9 * 500)
    np.testing.assert_allclose(drivers.summarise(x, y, terms=terms).total, m.T @ m, rtol=1e-9, atol=1e-9)
    closed = terms.closure
    centre, scale = np.append(predictors.mean(axis=0), [1.0, 2.0]), np.append(predictors.std(axis=0), [3.0, 4.0])
    moved = np.column_stack([drivers.design(predictors, closed), responses]) @ change_of_basis(centre, scale, closed)
    expected = np.column_stack([drivers.design(x, closed), (responses - centre[-2:]) / scale[-2:]])
    np.testing.assert_allclose(moved, expected, rtol=0, atol=1e-7)


def test_open_terms_do_not_move():
    terms = drivers.Terms.of("Ta:GPP")
    random = np.random.default_rng(1)
    summed = drivers.summarise(random.normal(size=(50, 2)), random.normal(size=(50, 2)), terms=terms)
    with pytest.raises(ValueError, match="every product that Ta:GPP are multiples of"):
        summed.standardised()


PLANTED = {"Ta": (0.5, -0.4), "elevation": (-0.3, 0.6), "Ta:elevation": (0.2, 0.25), "snow^2": (0.0, -0.2)}
FORMULA = "Ta * elevation + I(snow**2)"


def test_an_own_formula_with_a_static_covariate_finds_what_was_planted():
    random = np.random.default_rng(2)
    elevation = xr.DataArray(random.normal(800, 300, 40), dims="cell")
    ta, snow = (xr.DataArray(random.normal(size=(40, 120)), dims=("cell", "time")) for _ in range(2))
    flat = [np.broadcast_to(each.values.reshape(40, -1), (40, 120)).ravel() for each in (ta, elevation, snow)]
    z = dict(zip(("Ta", "elevation", "snow"), drivers.standardise(*flat), strict=True))
    x = np.column_stack([z["Ta"], z["elevation"], z["Ta"] * z["elevation"], z["snow"] ** 2])
    noise = random.multivariate_normal([0, 0], [[0.5, 0.2], [0.2, 0.4]], x.shape[0])
    y = x @ np.array(list(PLANTED.values())) + noise
    columns = {"Ta": ta, "snow": snow, "elevation": elevation}
    columns |= {name: xr.DataArray(y[:, r].reshape(40, 120), dims=("cell", "time")) for r, name in enumerate("PS")}
    columns["SM"] = columns.pop("S")
    sampler = {"chains": 2, "warmup": 300, "draws": 1500, "cores": 1, "seed": 5}
    fitted = vadose.drivers(columns, formula=FORMULA, group="none", **sampler)
    assert fitted["term"].values.tolist() == ["Ta", "elevation", "Ta:elevation", "snow^2"]
    assert fitted["passed"].item(), fitted["passed"].attrs["reasons"]
    fitted = fitted.sel(term=list(PLANTED))
    for r, response in enumerate(("P", "SM")):
        scale = y[:, r].std()
        ordinary = sm.OLS((y[:, r] - y[:, r].mean()) / scale, sm.add_constant(x)).fit()
        mean, sd = (fitted[name].sel(response=response).values for name in ("mean", "sd"))
        # The prior is worth a row among thousands, the draws leave a fiftieth of a deviation.
        np.testing.assert_allclose(mean, ordinary.params[1:], rtol=0, atol=0.1 * ordinary.bse.max())
        np.testing.assert_allclose(sd, ordinary.bse[1:], rtol=0.08)
        truth = np.array([pair[r] for pair in PLANTED.values()]) / scale
        assert (np.abs(mean - truth) < 3.5 * sd).all()
    held = {"terms": {"Ta:elevation": {"mean": 0.0, "scale": 1e-4}}}
    drawn = vadose.drivers(columns, formula=FORMULA, group="none", priors=held, **sampler)
    assert np.abs(drawn["mean"].sel(term="Ta:elevation")).max() < 2e-3
    assert np.abs(drawn["mean"].sel(term="Ta")).min() > 0.2
    with pytest.raises(ValueError, match="found elevation, which the intercept of each cell holds"):
        vadose.drivers(columns, formula=FORMULA)
    with pytest.raises(ValueError, match="found none named GPP"):
        vadose.drivers(columns, formula="Ta + GPP")
    with pytest.raises(ValueError, match="expected a dimension 'time' in each of P, SM"):
        vadose.drivers(columns | {"P": elevation}, formula=FORMULA)


def test_pooled_errors_and_inflation_follow_the_terms():
    """Least squares of statsmodels, and its variance inflation; predictors that are no terms have none of their own."""
    random, terms = np.random.default_rng(3), drivers.Terms.of("Ta + Ta:GPP")
    x, y = drivers.standardise(random.normal(size=(600, 2)), random.normal(size=(600, 2)))
    times = np.tile(np.arange(60), 10)
    summed = drivers.summarise(x, y, times=times, terms=terms)
    fitted = drivers.pooled(summed, np.arange(60) // 12)
    design = sm.add_constant(np.column_stack([x[:, 0], x[:, 0] * x[:, 1]]))
    for r in range(2):
        clustered = sm.OLS(y[:, r], design).fit(cov_type="cluster", cov_kwds={"groups": times // 12})
        np.testing.assert_allclose(fitted.coefficients[r], clustered.params[1:], rtol=1e-10)
        np.testing.assert_allclose(fitted.clustered[r], clustered.bse[1:], rtol=1e-9)
    among, alone = drivers.variance_inflation(summed)
    r_squared = np.corrcoef(design[:, 1], design[:, 2])[0, 1] ** 2
    np.testing.assert_allclose(among, 1 / (1 - r_squared), rtol=1e-10)
    np.testing.assert_allclose(alone, [1.0], rtol=1e-12)
    none = drivers.variance_inflation(drivers.summarise(x, y, terms=drivers.Terms.of("Ta:GPP")))
    assert none[1].size == 0


def test_priors_of_single_terms():
    terms = drivers.Terms.of("Ta * GPP")
    mean, scale = drivers.Priors.of({"terms": {"Ta:GPP": {"scale": 0.5}}, "coefficient_scale": 2.0}).coefficients(terms)
    np.testing.assert_array_equal(scale[:, 0], [1.0, 2.0, 2.0, 0.5])
    np.testing.assert_array_equal(mean, 0.0)
    with pytest.raises(ValueError, match="expected terms of Ta, GPP, Ta:GPP, found LST"):
        drivers.Priors.of({"terms": {"LST": {"scale": 0.5}}}).coefficients(terms)
    with pytest.raises(ValueError, match="priors.terms.Ta.scale: expected a positive number"):
        drivers.Priors.of({"terms": {"Ta": {"scale": 0.0}}})
    with pytest.raises(ValueError, match="expected mean and scale, found width"):
        drivers.Priors.of({"terms": {"Ta": {"width": 1.0}}})


def test_files_of_predictors_are_those_of_each():
    kinds = {"Ta": "air_temperature", "elevation": "static_covariate", "snow": "covariate"}
    held = predictor_files(kinds, ["t1", "t2", "e", "s1", "s2"])
    assert held == {
        "Ta": (["t1", "t2"], "air_temperature"),
        "elevation": (["e"], "static_covariate"),
        "snow": (["s1", "s2"], "covariate"),
    }
