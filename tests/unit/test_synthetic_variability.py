"""Study A of the synthetic Earth: what is planted is what stands in the canonical arrays, and what a perfect analysis
finds."""

import functools

import numpy as np
import pytest
from test_synthetic_settings import earth

from vadose.statistics import attribution, seasons
from vadose.statistics.trend import mann_kendall
from vadose.synthetic import landcover, productivity, soil
from vadose.synthetic.blocks import native_grid, texture, variability_blocks
from vadose.synthetic.truth import complete_years, periods, truth

YEARS = range(1948, 2025)


@functools.cache
def record(settings) -> np.ndarray:
    """All months of V2.1 (block, layer, year, 12), before missing values."""
    return np.stack([soil.monthly(settings, year) for year in YEARS], axis=0).transpose(3, 2, 0, 1)


@functools.cache
def known(settings):
    blocks = variability_blocks(settings)
    return truth(settings, blocks.lat, blocks.lon, "variability")


def ordinary(settings) -> np.ndarray:
    return ~soil.surface(settings).climate.ice


def test_months_do_not_depend_on_the_order_of_jobs():
    """A year made alone, after others, or after forgetting everything is the same to the bit."""
    settings = earth()
    alone = soil.soil_moisture(settings, 1990)["soil_moisture"].values.tobytes()
    soil.soil_moisture(settings, 1950)
    soil.planted.cache_clear()
    soil.gaps.cache_clear()
    soil.soil_moisture(settings, 2020)
    assert soil.soil_moisture(settings, 1990)["soil_moisture"].values.tobytes() == alone
    assert soil.soil_moisture(earth(seed=8), 1990)["soil_moisture"].values.tobytes() != alone


@pytest.mark.parametrize("changes", [{}, {"step": 15.0}, {"world": "null_trend"}])
def test_ranking_the_months_finds_the_planted_seasons_and_their_means(changes):
    settings = earth(**changes)
    use = ordinary(settings)
    months, signal = record(settings)[use], soil.planted(settings)
    found = seasons.rank_months(months.sum(axis=1))
    assert np.array_equal(found, np.broadcast_to(signal.season[use][:, None], found.shape))
    expected = signal.seasonal[use] + (np.array(YEARS) >= 2000)[:, None, None] * signal.step
    assert np.abs(seasons.seasonal_means(months, found) - expected).max() < 1e-10


def test_truth_is_what_a_perfect_analysis_finds():
    """Contributions and trends of the truth against the library's attribution and trend on the months with their
    gaps."""
    settings, planted = earth(step=10.0), known(earth(step=10.0))
    use = ordinary(settings)
    months = record(settings).copy()
    months[~np.broadcast_to(complete_years(settings)[:, None, :, None], months.shape)] = np.nan
    seasonal = seasons.seasonal_means(months, seasons.rank_months(months.sum(axis=1)))
    for position, (first, last) in enumerate(periods(settings).values()):
        part = (np.array(YEARS) >= first) & (np.array(YEARS) <= last)
        years = np.array(YEARS)[part].astype(float)
        rows = use & np.isfinite(planted.trend_sen.values[:, position])
        found = attribution.attribute(np.ascontiguousarray(seasonal[rows][:, part]), years)
        assert np.abs(found.contribution - planted.contribution.values[rows, position]).max() < 1e-10
        total = seasonal[rows][:, part].sum(axis=3).mean(axis=2)
        assert (
            np.abs(mann_kendall.mann_kendall(total, years).slope - planted.trend_sen.values[rows, position]).max()
            < 1e-10
        )
        assert np.abs(planted.contribution.values[rows, position].sum(axis=(1, 2, 3)) - 1.0).max() < 1e-11
        slopes = np.array(
            [np.polyfit(years[ok], series[ok], 1)[0] for series in total[:40] for ok in [np.isfinite(series)]]
        )
        assert np.abs(slopes - planted.trend_ols.values[rows, position][:40]).max() < 1e-8


def test_cells_with_too_many_gaps_have_no_truth():
    """Missing months and gaps: a period counts from 80 % of complete years on; a few cells fail, most do not."""
    settings, planted = earth(), known(earth())
    complete = complete_years(settings)
    late = complete[:, -25:].sum(axis=1) >= 20
    use = ordinary(settings)
    assert np.array_equal(np.isfinite(planted.trend_ols.values[use, 1]), late[use])
    assert 0 < (~late & use).sum() < 0.05 * use.sum()
    assert np.isnan(planted.contribution.values[~use]).all()
    lacking = soil.missing_months(settings, "gldas", 1948, 2024).astype("datetime64[Y]").astype(int) + 1970 - 1948
    assert lacking.size == 3 and not complete[:, lacking].any()


def test_missing_months_are_left_out_and_gaps_are_missing():
    settings = earth()
    month = soil.missing_months(settings, "gldas", 1948, 2024)[0]
    year = int(str(month)[:4])
    dataset = soil.soil_moisture(settings, year)
    assert dataset.sizes["time"] == 11 and month not in dataset.time.values.astype("datetime64[M]")
    holes, blocks = soil.gaps(settings), variability_blocks(settings)
    year = int(np.flatnonzero(holes.any(axis=0) & complete_years(settings).any(axis=0))[0])
    values = soil.soil_moisture(settings, 1948 + year)["soil_moisture"].values[:, :, blocks.number >= 0]
    assert np.array_equal(np.isnan(values).any(axis=(0, 1)), holes[:, year])
    assert (np.isnan(values).sum(axis=0) <= 1).all()


def test_ice_is_saturated_deserts_stand_on_the_floor_and_all_else_passes_quality_control():
    settings = earth(step=20.0)
    months, local = record(settings), soil.surface(settings).climate
    assert local.ice.sum() > 10 and local.hyper_arid.sum() > 5
    assert (months[local.ice] == soil.THICKNESS[:, None, None]).all()
    before = months[local.hyper_arid][:, 0, :52]
    assert (before == soil.FLOOR).all()
    use = months[~local.ice]
    assert use.min() > 0.5
    assert (use.max(axis=(0, 2, 3)) < 0.9 * np.array([99.9, 299.9, 599.9, 999.0])).all()


def test_frozen_months_stand_nearly_still():
    """Where it freezes for five months, the total changes less in those months than by the seasons' spacing alone, far
    less than in the others."""
    settings = earth()
    local, months = soil.surface(settings).climate, record(settings)[:, :, 40].sum(axis=1)
    cold = (local.frozen.sum(axis=1) >= 5) & (local.frozen.sum(axis=1) <= 8) & ~local.ice
    assert cold.sum() > 50
    winter = np.where(local.frozen, months, np.nan)[cold]
    width = (np.nanmax(winter, axis=1) - np.nanmin(winter, axis=1)) / np.nanmean(winter, axis=1)
    year = (months.max(axis=1) - months.min(axis=1))[cold] / months[cold].mean(axis=1)
    assert np.median(width) < 0.08 and np.median(width / year) < 0.6


def test_step_is_in_version_2_1_from_the_splice_on_and_nowhere_else():
    settings = earth(step=12.0)
    use = ordinary(settings)
    for year in (1999, 2000, 2014):
        old, new = soil.monthly(settings, year, version="2.0"), soil.monthly(settings, year)
        step = (new - old).sum(axis=1)
        assert np.abs(step[:, use] - (12.0 if year >= 2000 else 0.0)).max() < 1e-10
        assert (step[:, ~use] == 0.0).all()


def test_null_worlds_have_no_trend():
    """No planted slope; OLS slopes of all blocks scatter around 0 as AR(1) noise does, in both null worlds; the
    standard world's do not."""
    for world in ("null_trend", "null_step"):
        settings = earth(world=world)
        assert (soil.planted(settings).slopes == 0.0).all()
        use = ordinary(settings)
        total = soil.planted(settings).seasonal[use].sum(axis=3).mean(axis=2)[:, 52:]
        years = np.arange(25.0) - 12.0
        slope = total @ years / (years @ years)
        relative = slope / total.std(axis=1)
        assert abs(relative.mean()) < 4.0 * relative.std() / np.sqrt(relative.size)
        assert abs((slope > 0).mean() - 0.5) < 4.0 * 0.5 / np.sqrt(slope.size)
    settings = earth()
    assert np.abs(soil.planted(settings).slopes[ordinary(settings)].sum(axis=(2, 3)) / 4).mean() > 0.3


def test_yearly_anomalies_have_the_planted_persistence():
    """Lag-1 autocorrelation of the shared part over all blocks, against the planted one, in bins of it (null world: no
    trend in the way)."""
    study = {"spacing": 2.5, "first_year": 1948, "last_year": 2024}
    settings = earth(world="null_trend", missing_months=0, variability=study, native={
        "gldas": 2.5, "mcd12c1": 2.5, "gosif_gpp": 2.5, "era5_land": 0.5,
        "gpcp_daily": 5.0, "cru_ts": 5.0, "cci_lst": 5.0, "vodca2_gpp": 5.0, "gleam": 5.0,
    })  # fmt: skip
    signal, use = soil.planted(settings), ordinary(settings)
    total = signal.seasonal[use].sum(axis=(2, 3))
    z = total - total.mean(axis=1, keepdims=True)
    planted = signal.persistence[use]
    assert planted.min() >= 0.0 and planted.max() <= 0.5
    lag = (z[:, 1:] * z[:, :-1]).sum(axis=1) / (z**2).sum(axis=1)
    for low, high in ((0.0, 0.1), (0.2, 0.3), (0.4, 0.51)):
        inside = (planted >= low) & (planted < high)
        # Small-sample bias of the estimator is -(1 + 3 rho) / n (Marriott and Pope 1954).
        expected = planted[inside] - (1.0 + 3.0 * planted[inside]) / 77.0
        assert inside.sum() > 100
        assert abs((lag[inside] - expected).mean()) < 0.02


def test_productivity_follows_soil_moisture_as_planted():
    """Correlations over the yearly series, averaged by class, within Monte Carlo error of the planted ones; no GPP over
    ice."""
    settings = earth()
    years, relative, planted = productivity.yearly(settings)
    total = soil.planted(settings).seasonal[:, -25:].sum(axis=3).mean(axis=2)
    assert years[0] == 2000 and years[-1] == 2024
    for value in (0.15, 0.55, 0.75, -0.35):
        inside = planted == value
        found = np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(relative[inside], total[inside])])
        assert abs(found.mean() - value) < 4.0 * (1.0 - value**2) / np.sqrt(24.0 * inside.sum()) + 0.02
    dataset = productivity.gosif_gpp(settings, 2000)
    assert dataset.sizes["time"] == 10
    assert np.isnan(dataset.gross_primary_productivity.values[:, dataset.snow_ice.values]).all()
    truth_ = known(settings)
    cover = truth_.land_cover.values
    rows = (cover == 10) & np.isfinite(truth_.trend_ols.values[:, 1])
    whole = complete_years(settings)[:, -24:]
    cell = np.flatnonzero(rows)[0]
    expected = np.corrcoef(
        relative[cell, 1:][whole[cell]], soil.planted(settings).seasonal[cell, -24:, 2, 3][whole[cell]]
    )[0, 1]
    assert abs(truth_.gpp_correlation.values[cell, 2, 3] - expected) < 1e-9


def test_texture_leaves_block_means_alone():
    settings = earth()
    native, blocks = native_grid(settings, "gosif_gpp"), variability_blocks(settings)
    field = texture(settings, "gosif_gpp")
    weight = np.broadcast_to(np.cos(np.deg2rad(native.lat))[:, None], field.shape)[native.valid]
    block = native.block[native.valid]
    mean = np.bincount(block, weight * field[native.valid], blocks.size) / np.bincount(block, weight, blocks.size)
    assert np.abs(mean).max() < 1e-12 and field.std() > 0.05
    year = productivity.monthly(settings, 2005)
    spread = productivity.gosif_gpp(settings, 2005).gross_primary_productivity.values[6][native.valid]
    found = np.bincount(block, weight * spread, blocks.size) / np.bincount(block, weight, blocks.size)
    use = np.isfinite(found)
    assert np.abs(found[use] - year[6, use]).max() < 1e-12


def test_land_cover_is_mixed_yet_its_mode_is_the_planted_class():
    """Each block's planted class holds more than half of the analysed pixels, in every year; codes 0, 13, 15, 16
    occur."""
    settings = earth()
    native, blocks = native_grid(settings, "mcd12c1"), variability_blocks(settings)
    planted = landcover.planted_class(settings, 2010)
    for year in (2001, 2010):
        codes = landcover.pixels(settings, year)
        assert set(np.unique(codes[native.valid])) >= {1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
        assert (codes[~native.valid] == 0).all()
        counted = native.valid & ~np.isin(codes, (0, 13, 15, 16))
        block, own = native.block[counted], codes[counted]
        total = np.bincount(block, minlength=blocks.size)
        share = np.bincount(block, own == planted[block], blocks.size) / np.maximum(total, 1)
        assert (share[planted != 255] > 0.5).all() and (total[planted == 255] == 0).all()
        assert ((share < 0.95) & (planted != 255)).mean() > 0.5
    assert (landcover.pixels(settings, 2001) != landcover.pixels(settings, 2010)).any()
    barren = soil.surface(settings).land_cover == 16
    assert barren.any() and set(planted[barren]) <= {7, 255}


def test_truth_outside_the_planted_blocks_is_missing():
    settings = earth()
    outside = truth(settings, np.array([0.0, -80.0]), np.array([-150.0, 0.0]), "variability")
    assert (
        np.isnan(outside.trend_ols.values).all()
        and (outside.kind.values == -1).all()
        and (outside.land_cover.values == 255).all()
    )
    with pytest.raises(ValueError, match="study"):
        truth(settings, np.array([0.0]), np.array([0.0]), "weather")
