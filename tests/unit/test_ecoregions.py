"""Rows of ecoregions: chunks against one table, labels of time and groups, and what cannot be modelled."""

import numpy as np
import pytest

from vadose.core import calendar, time_scales
from vadose.statistics import drivers
from vadose.statistics.drivers import coverage
from vadose.studies.drivers import statistics
from vadose.studies.drivers.rows import CODES, Chunk, gather, group_labels, step_labels, years_of_steps

TIMES = calendar.months(2000, 2004)


def chunk(seed=0, cells=12, layers=2):
    rng = np.random.default_rng(seed)
    fields = rng.normal(size=(3, cells, TIMES.size)) + np.array([285.0, 4.0, 290.0])[:, None, None]
    rain = 60 + 5 * (fields[0] - 285) + rng.normal(size=(cells, TIMES.size))
    soil = 20 + rng.normal(size=(cells, layers, TIMES.size)) + (fields[1] - 4)[:, None]
    ecoregion = np.array([1, 1, 1, 1, 1, 8, 8, 8, 8, 13, 13, 0])[:cells]
    return Chunk(
        np.arange(cells), np.linspace(2, 78, cells), np.linspace(-170, 170, cells), ecoregion, tuple(fields), rain, soil
    )


def part(whole, here):
    return Chunk(
        *(value[here] for value in whole[:4]),
        tuple(field[here] for field in whole.predictors),
        *(v[here] for v in whole[5:]),
    )


def gathered(chunks, wanted=("monthly",), group="none", layers=2):
    return gather(chunks, TIMES, wanted, layers, group=group, block_degrees=10.0)


@pytest.mark.parametrize("group", ["cell", "block", "year", "none"])
def test_chunks_in_any_cut_give_the_statistics_of_all_rows_at_once(group):
    whole = chunk()
    pieces = [part(whole, slice(0, 3)), part(whole, slice(3, 7)), part(whole, slice(7, 12))]
    found = gathered(pieces, group=group)["monthly", 1, 8].statistics(group)
    here = np.flatnonzero(whole.ecoregion == 8)
    predictors = np.stack([field[here] for field in whole.predictors], axis=2).reshape(-1, 3)
    responses = np.stack([whole.precipitation[here], whole.soil_moisture[here, 1]], axis=2).reshape(-1, 2)
    labels = group_labels("cell" if group == "none" else group, whole, calendar.year_of(TIMES), 10.0)[here].ravel()
    expected = drivers.summarise(*drivers.standardise(predictors, responses), None if group == "none" else labels)
    np.testing.assert_allclose(found.total, expected.total, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.degrees, expected.degrees)
    np.testing.assert_allclose(found.sscp, expected.sscp, rtol=1e-8, atol=1e-8)


def test_seasonal_and_annual_rows_are_means_and_sums_of_months():
    whole = chunk()
    whole.predictors[2][0, 5] = np.nan  # one June of the first cell
    for scale, rows in (("annual", 5 * 5 - 1), ("JJA", 5 * 5 - 1), ("SON", 5 * 5), ("DJF", 5 * 4)):
        assert gathered([whole], (scale,))[scale, 0, 1].by_cell.count == rows
    mean, _ = gathered([whole], ("annual",))["annual", 0, 13].by_cell.statistics("pooled", standardised=False).moments()
    here = whole.ecoregion == 13
    np.testing.assert_allclose(mean[0], whole.predictors[0][here].mean(), rtol=1e-12)
    np.testing.assert_allclose(mean[3], 12 * whole.precipitation[here].mean(), rtol=1e-12)


def test_labels_of_steps_are_consecutive_and_know_their_year():
    for scale in time_scales.SCALES:
        labels = step_labels(TIMES, scale)
        assert (np.diff(labels) == 1).all()
        expected = calendar.year_of(TIMES) if scale == "monthly" else time_scales.years_of(TIMES, scale)
        np.testing.assert_array_equal(years_of_steps(labels, scale), expected)


def test_every_model_is_listed_with_a_sentence_where_it_cannot_be_estimated():
    whole = chunk()
    whole.predictors[1][whole.ecoregion == 8] = 3.0
    found = statistics.describe(gathered([whole]), 2, group="none", min_cells=3).assign_coords(layer=[1, 2])
    at = {code: (0, 0, CODES.index(code)) for code in CODES}
    status = statistics.Status
    assert found["status"].values[at[1]] == status.CONVERGED and found["message"].values[at[1]] == ""
    assert found["status"].values[at[8]] == status.NOT_ESTIMABLE and "GPP: constant" in found["message"].values[at[8]]
    assert found["status"].values[at[13]] == status.TOO_FEW_CELLS and found["cells"].values[at[13]] == 2
    assert found["status"].values[at[99]] == status.NO_CELLS
    assert found["status"].size == 1 * 2 * 16 and np.isfinite(found["pooled"].values[at[1]]).all()


@pytest.mark.parametrize("group", ["cell", "none"])
def test_statistics_survive_the_product(group):
    models = gathered([chunk()], group=group)
    described = statistics.describe(models, 2, group=group, min_cells=3)
    back, direct = statistics.statistics_of(described, (0, 1, 0)), models["monthly", 1, 1].statistics(group)
    assert (back.kind, back.count) == (direct.kind, direct.count)
    for name in ("degrees", "group_size", "time_size", "sscp"):
        np.testing.assert_array_equal(getattr(back, name), getattr(direct, name))


@pytest.mark.one_python
def test_intervals_that_know_of_correlation_cover_and_the_others_do_not():
    table = coverage.coverage(20, 3, coverage.World(side=8)).set_index("interval")["coverage"]
    assert table["model, rows taken as independent"] < 0.6
    assert (table[["clustered by month", "Driscoll-Kraay, lag 4", "clustered by year"]] > 0.8).all()
    calm = coverage.coverage(20, 3, coverage.World(side=8, reach=1e-3, memory=0.0)).set_index("interval")["coverage"]
    assert calm["model, rows taken as independent"] > 0.88


def test_coverage_is_a_share_of_the_worlds():
    table = coverage.coverage(2, 3, coverage.World(side=4)).set_index("interval")
    held = table["coverage"] * 2 * coverage.TRUTH.size
    np.testing.assert_allclose(held, held.round(), atol=1e-9)
    assert (table["simulations"] == 2).all() and held["clustered by month"] > held["model, rows taken as independent"]
    assert coverage.coverage(0, 1).empty


def test_other_regions_have_models_and_names_of_their_own():
    """The models of a region are those of the ecoregion with the same cells."""
    whole = chunk()
    published = statistics.describe(gathered([whole]), 2, group="none", min_cells=3)
    renumbered = whole._replace(ecoregion=np.where(whole.ecoregion == 8, 300, np.where(whole.ecoregion == 1, 2, 0)))
    options = {"group": "none", "block_degrees": 10.0, "codes": (300, 2)}
    models = gather([renumbered], TIMES, ("monthly",), 2, **options)
    described = statistics.describe(models, 2, group="none", min_cells=3, names={2: "west", 300: "east"})
    assert described["ecoregion"].values.tolist() == [300, 2] and described["name"].values.tolist() == ["east", "west"]
    assert "name" not in published
    for code, region in ((8, 300), (1, 2)):
        np.testing.assert_array_equal(
            described["sscp"].sel(ecoregion=region).values, published["sscp"].sel(ecoregion=code).values
        )
