"""Study A from prepared cells to figures, through the scripts themselves: planted truth is found, null worlds stay
null, odd cells have a reason."""

import functools
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import assess_field_significance as field_significance
import assess_splice as splice_test
import attribute_variability
import average_seasons
import correlate_productivity
import draw_contributions
import draw_trends
import draw_trust
import fit_trends
import merge_variability
import plant_truth
import recover_truth_variability
import resample_years
import simulate_false_positives
import tabulate_variability
from printed import only_fit
from vadose.core import calendar, cells
from vadose.core.grid import Grid
from vadose.files import configuration, products
from vadose.statistics import landcover, quality
from vadose.synthetic import productivity, soil
from vadose.synthetic.blocks import variability_blocks
from vadose.synthetic.landcover import planted_class
from vadose.synthetic.settings import Settings

PERIODS = [(1948, 1999), (2000, 2024)]
TESTS = ["original", "hamed_rao", "3pw", "block_bootstrap"]
BOUNDS = {"layer_top": ("layer", [0.0, 0.1, 0.4, 1.0]), "layer_bottom": ("layer", [0.1, 0.4, 1.0, 2.0])}
SPACING = 10.0
SCHEMA = Path(__file__).parents[2] / "config/schema.yaml"
LOOK = configuration.complete({}, configuration.load_schema(SCHEMA))["figures"]
PNG = LOOK | {"formats": ["png"]}  # where it matters that a figure is drawn, and not how it is written


@pytest.fixture(autouse=True)
def fit_to_print(monkeypatch):
    """Every figure that a test draws has letters that are large enough, on the page and beside one another."""
    only_fit(monkeypatch)


def world(land_mask, **changes):
    natives = dict.fromkeys(
        ("gldas", "gosif_gpp", "mcd12c1", "gpcp_daily", "cru_ts", "cci_lst", "vodca2_gpp", "gleam", "era5_land"),
        SPACING,
    )
    section = {
        "seed": 11,
        "land_mask": land_mask,
        "variability": {"spacing": SPACING, "first_year": 1948, "last_year": 2024},
        "dependence": {"spacing": SPACING, "first_year": 2000, "last_year": 2004},
        "native": natives,
        "missing_months": 2,
    }
    return section | changes


def prepare(folder, section, years=(1948, 2024), layers=4):
    """Prepared products of a synthetic world, as the prepare stage would leave them, without product files in
    between."""
    settings = Settings.from_config(section)
    target = Grid.regular(SPACING, -60, 90, -180, 180)
    blocks, times = variability_blocks(settings), calendar.months(*years)
    lat, lon = np.meshgrid(target.lat, target.lon, indexing="ij")
    land = blocks.locate(lat.ravel(), lon.ravel()).reshape(lat.shape) >= 0
    axis = cells.locate(land, target)
    block = blocks.locate(axis["lat"].values, axis["lon"].values)
    gaps, absent = soil.gaps(settings), soil.missing_months(settings, "gldas", *years)
    values = np.full((axis.sizes["cell"], 4, times.size), np.nan, np.float32)
    for number, year in enumerate(range(years[0], years[1] + 1)):
        version = "2.1" if year >= 2000 else "2.0"
        month = soil.monthly(settings, year, version=version).transpose(2, 1, 0)[block]
        month[gaps[block, year - 1948], :, 3] = np.nan
        values[:, :, 12 * number : 12 * number + 12] = month
    values[:, :, np.isin(times.astype("datetime64[M]"), absent)] = np.nan
    values = quality.mask_soil_moisture(values, np.array([99.9, 299.9, 599.9, 999.0]))[:, :layers]
    coordinates = {name: (dim, part[:layers]) for name, (dim, part) in BOUNDS.items()}
    labelled = products.cell_coordinates(axis).assign_coords(time=times, layer=np.arange(1, layers + 1), **coordinates)
    paths = paths_of(folder)
    products.write(axis, paths.cells, "cells")
    products.write(
        labelled.assign(soil_moisture=(("cell", "layer", "time"), values)), paths.soil_moisture, "soil_moisture"
    )
    gpp_years, relative, _ = productivity.yearly(settings)
    annual = 1000.0 * relative[block]
    annual[:, gpp_years == 2000] = np.nan
    bare = products.cell_coordinates(axis)
    carbon = bare.assign_coords(year=gpp_years).assign(
        gross_primary_productivity=(("cell", "year"), annual.astype(np.float32))
    )
    products.write(carbon, paths.productivity, "annual_productivity")
    classes = landcover.regroup(planted_class(settings, 2010))[block]
    products.write(bare.assign(land_cover=("cell", classes)), paths.land_cover, "land_cover")
    plant_truth.main(
        land_mask=section["land_mask"],
        cells=paths.cells,
        truth=paths.truth,
        study="variability",
        settings=bare_section(section),
    )
    return paths


def bare_section(section):
    return {key: value for key, value in section.items() if key != "land_mask"}


def paths_of(folder):
    names = (
        "cells",
        "soil_moisture",
        "productivity",
        "land_cover",
        "truth",
        "seasonal",
        "attribution",
        "trends",
        "fields",
        "splice",
    )
    tables = ("recovery", "correlation_table", "false_positives")
    found = {name: folder / f"{name}.nc" for name in (*names, "correlation", "summary")} | {
        name: folder / f"{name}.csv" for name in tables
    }
    tabulated = ["shares", "trends", "trend_tests", "reasons", "trend_shares", "splice_steps"]
    return SimpleNamespace(**found, tabulated=[folder / f"tables/{name}.csv" for name in tabulated], folder=folder)


def analyse(paths, *, periods=PERIODS, splice_year=2000, tests=TESTS, top_by="signed"):
    """Every statistical step, in two tiles that are merged."""
    parts = {name: [] for name in ("seasonal", "attribution", "trends")}
    for tile in cells.tiles(2):
        made = {name: paths.folder / f"{name}_{tile}.nc" for name in parts}
        common = {"soil_moisture": [paths.soil_moisture], "tile": tile}
        seasons = {"rank_on": "total", "basis": "year"}
        average_seasons.main(**common, seasonal=made["seasonal"], **seasons)
        limits = {"periods": periods, "min_months": 12, "min_year_share": 0.8, "top_by": top_by}
        attribute_variability.main(**common, **seasons, attribution=made["attribution"], **limits)
        fit_trends.main(
            **made, periods=periods, tests=tests, resamples=50, block_years=None, bootstrap_series="total", seed=1
        )
        for name, path in made.items():
            parts[name].append(path)
    merge_variability.main(**parts, merged={name: getattr(paths, name) for name in parts})
    field_significance.main(trends=paths.trends, fields=paths.fields, alpha=0.05, alpha_fdr=0.1)
    splice_test.main(
        seasonal=paths.seasonal,
        attribution=paths.attribution,
        splice=paths.splice,
        periods=periods,
        splice_year=splice_year,
        alpha_fdr=0.1,
        simulations=200,
        seed=1,
    )
    lengths = sorted({last - first + 1 for first, last in periods} | {77})
    paths.false_positives.write_bytes(false_positives(tuple(tests), tuple(lengths)))
    inputs = {
        name: getattr(paths, name)
        for name in ("attribution", "trends", "fields", "splice", "seasonal", "false_positives")
    }
    tabulate_variability.main(
        **inputs, soil_moisture=[paths.soil_moisture], tabulated=paths.tabulated, weight="cell", alpha=0.05
    )


@functools.cache
def false_positives(tests, lengths):
    """The table of these tests and lengths, which depends on no world."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "false_positives.csv"
        simulate_false_positives.main(
            table=table,
            tests=list(tests),
            resamples=50,
            block_years=None,
            simulations=200,
            lengths=list(lengths),
            split=52 / 77,
            alpha=0.05,
            seed=1,
        )
        return table.read_bytes()


def correlate(paths):
    correlate_productivity.main(
        seasonal=paths.seasonal,
        attribution=paths.attribution,
        productivity=paths.productivity,
        land_cover=paths.land_cover,
        correlation=paths.correlation,
        summary=paths.summary,
        table=paths.correlation_table,
        alpha=0.05,
        alpha_fdr=0.1,
    )


def recover(paths, section, *, correlation=True):
    recover_truth_variability.main(
        truth=paths.truth,
        attribution=paths.attribution,
        trends=paths.trends,
        splice=paths.splice,
        correlation=paths.correlation if correlation else None,
        land_cover=paths.land_cover if correlation else None,
        table=paths.recovery,
        settings=bare_section(section),
        compared=True,
        step_kept=True,
        alpha=0.05,
    )
    return pd.read_csv(paths.recovery)


def table(paths, name):
    return pd.read_csv(paths.folder / f"tables/{name}.csv")


@pytest.fixture(scope="module")
def standard(land_mask, tmp_path_factory):
    section = world(land_mask)
    paths = prepare(tmp_path_factory.mktemp("standard"), section)
    analyse(paths)
    correlate(paths)
    return paths, section


@pytest.mark.slow
def test_what_was_planted_is_found(standard):
    paths, section = standard
    found = recover(paths, section)
    judged = found[found["within"].notna()]
    assert len(judged) >= 2 * (3 + 32) + 5
    assert judged["within"].astype(str).eq("True").all(), judged[judged["within"].astype(str) != "True"].to_string()


@pytest.mark.slow
@pytest.mark.parametrize("name, step", [("null_trend", 0.0), ("null_step", 20.0)])
def test_null_worlds(land_mask, tmp_path, name, step):
    """No trend: plain Mann-Kendall rejects as often as theory says for the planted memory; the planted step comes back,
    and only where it was planted."""
    section = world(land_mask, world=name, step=step)
    paths = prepare(tmp_path, section)
    analyse(paths, tests=["original", "hamed_rao", "3pw"])
    found = recover(paths, section, correlation=False)
    judged = found[found["within"].notna()]
    assert judged["within"].astype(str).eq("True").all(), judged[judged["within"].astype(str) != "True"].to_string()
    rates = found[found["quantity"].str.startswith("false positives")].set_index("case")["recovered"]
    assert len(rates) == 2 * 3
    for period in ("1948-1999", "2000-2024"):
        assert rates[f"{period}, 3pw"] < rates[f"{period}, original"]
    steps = found[found["quantity"].str.startswith("mean step")]
    assert steps["planted"].eq(step).all() and steps["within"].astype(str).eq("True").all()
    rejected = table(paths, "splice_steps").set_index("model")["significant_by_fdr"]
    assert rejected["level"] > 0.5 if step else rejected["level"] < 0.1


@pytest.mark.slow
def test_tables_agree_with_products(standard):
    paths, _ = standard
    attributed = products.read(paths.attribution, "attribution")
    shares = table(paths, "shares")
    for period in ("1948-1999", "2000-2024"):
        part = shares[shares["period"] == period]
        for quantity in ("term", "season", "layer", "dynamics"):
            sums = part[part["quantity"] == quantity][["mean_over_cells", "mean_by_area", "mean_by_variance"]].sum()
            assert np.allclose(sums, 1.0, atol=1e-9)
        terms = attributed["contribution"].sel(period=period).values
        known = np.isfinite(terms).all(axis=(1, 2, 3))
        trend = part[(part["quantity"] == "dynamics") & (part["dynamics"] == "trend")]
        assert trend["mean_over_cells"].item() == pytest.approx(terms[known, 0].sum(axis=(1, 2)).mean(), abs=1e-9)
    difference = shares[(shares["period"] == "difference") & (shares["quantity"] == "term")]
    assert abs(difference["mean_over_cells"].sum()) < 1e-9
    windows = table(paths, "trend_shares").set_index("window")
    both = np.isfinite(attributed["contribution"].values).all(axis=(1, 2, 3, 4))
    r2 = attributed["contribution"].sel(period="2000-2024", dynamics="trend").values.sum(axis=(1, 2))[both].mean()
    assert windows.loc["2000-2024", "trend_share"] == pytest.approx(r2, abs=1e-9)
    reasons = table(paths, "reasons").groupby("period")["cells"].sum()
    assert (reasons == attributed.sizes["cell"]).all()
    fields = products.read(paths.fields, "field_significance")
    assert "Tested domain" in fields.attrs["note"]
    trends = products.read(paths.trends, "trends")
    assert np.array_equal(fields["tested"].values, np.isfinite(trends["p"].values).sum(axis=0))
    assert ((fields["rejected"].values == 1) <= (fields["q"].fillna(1).values <= 0.1)).all()


@pytest.mark.slow
def test_supplementary_table_counts_both_denominators(standard):
    paths, _ = standard
    listed, summary = pd.read_csv(paths.correlation_table), products.read(paths.summary, "productivity_summary")
    cover = products.read(paths.land_cover, "land_cover")["land_cover"].values
    correlated = products.read(paths.correlation, "productivity_correlation")
    row = listed[
        (listed["class"] == "grasslands")
        & (listed["season"] == "arid")
        & (listed["layer"] == "2")
        & (listed["detrend"] == "none")
    ].iloc[0]
    r, p = (correlated[name].sel(detrend="none", season="arid", layer=2).values[cover == 3] for name in ("r", "p"))
    assert (
        row["r"] == pytest.approx(np.nanmean(r), abs=1e-9)
        and row["cells"] == r.size
        and row["valid"] == np.isfinite(r).sum()
    )
    assert row["significant"] == (p < 0.05).sum()
    assert row["share_of_valid"] == pytest.approx(row["significant"] / row["valid"])
    assert row["share_of_land_cells"] == pytest.approx(row["significant"] / cover.size)
    assert row["share_of_grid_cells"] == pytest.approx(row["significant"] / (15 * 36))
    same = summary["r"].sel({"class": "grasslands", "season": "arid", "layer": 2, "detrend": "none"}).item()
    assert same == pytest.approx(row["r"], abs=1e-9)
    assert set(listed["season"]) == {"humid", "sub-humid", "semi-arid", "arid", "annual"}
    assert set(listed[listed["season"] == "annual"]["layer"]) == {"10-100 cm", "100-200 cm"}


@pytest.mark.slow
def test_every_figure_has_its_picture_data_and_caption(standard, land_mask, tmp_path):
    paths, section = standard
    recover(paths, section)
    names = ["figure_1", "figure_s1", "figure_s2", "test_agreement", "trend_share_windows"]
    shared = {"trends": paths.trends, "land_mask": land_mask}
    draw_trends.main(
        **shared,
        fields=paths.fields,
        seasonal=paths.seasonal,
        trend_shares=paths.tabulated[4],
        look=LOOK,
        figures=[tmp_path / f"{name}.png" for name in names],
        test="3pw",
        alpha=0.05,
    )
    more = ["figure_2", "figure_3", "largest_terms", "figure_4"]
    draw_contributions.main(
        attribution=paths.attribution,
        correlation=paths.correlation,
        summary=paths.summary,
        land_mask=land_mask,
        look=LOOK,
        figures=[tmp_path / f"{name}.png" for name in more],
        weight="area",
        detrend="linear",
    )
    trust = ["false_positives", "recovery"]
    draw_trust.main(
        false_positives=paths.false_positives,
        recovery=paths.recovery,
        truth=paths.truth,
        trends=paths.trends,
        correlation=paths.correlation,
        look=LOOK,
        figures=[tmp_path / f"{name}.png" for name in trust],
        alpha=0.05,
    )
    for name in [*names, *more, *trust]:
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
        assert (tmp_path / f"{name}.pdf").read_bytes()[:5] == b"%PDF-"
        assert 10_000 < (tmp_path / f"{name}.svg").stat().st_size < 3_000_000
        assert len((tmp_path / f"{name}.md").read_text(encoding="utf-8")) > 100
        assert [path for ending in (".nc", ".csv") for path in tmp_path.glob(f"{name}*{ending}")], name


@pytest.mark.slow
def test_odd_cells_have_a_reason_and_no_noise(standard, land_mask, tmp_path):
    """Ice, a missing layer, 19 and 20 of 25 years, a constant cell, a single gap, a class without cells: counted,
    defined, and silent."""
    whole, paths = standard[0], paths_of(tmp_path)
    for name in ("soil_moisture", "productivity", "land_cover"):
        shutil.copy(getattr(whole, name), getattr(paths, name))
    before = products.read(whole.attribution, "attribution")["reason"].values
    ok = np.flatnonzero((before == 0).all(axis=1))[:6]
    monthly = products.read(paths.soil_moisture, "soil_moisture")
    values, times = monthly["soil_moisture"].values, monthly["time"].values
    years = calendar.year_of(times)
    complete = np.flatnonzero(np.isfinite(values[ok[3]]).all(axis=0).reshape(-1, 12).all(axis=1))
    recent = [1948 + int(number) for number in complete if 1948 + number >= 2000]
    values[ok[0]] = np.nan
    values[ok[1], 2] = np.nan
    values[ok[2]] = np.array([30.0, 90.0, 150.0, 300.0])[:, None] + (np.arange(times.size) % 12)
    for cell, kept in ((ok[3], 19), (ok[4], 20)):
        here = [year for year in recent if np.isfinite(values[cell][:, years == year]).all()][:kept]
        values[cell][:, (years >= 2000) & ~np.isin(years, here)] = np.nan
    products.write(
        monthly.assign(soil_moisture=(("cell", "layer", "time"), values)), paths.soil_moisture, "soil_moisture"
    )
    cover = products.read(paths.land_cover, "land_cover")
    classes = cover["land_cover"].values.copy()
    classes[classes == 4] = 0
    products.write(cover.assign(land_cover=("cell", classes)), paths.land_cover, "land_cover")
    analyse(paths, tests=["original", "hamed_rao", "3pw"], top_by="abs")
    correlate(paths)
    attributed, trends = products.read(paths.attribution, "attribution"), products.read(paths.trends, "trends")
    reason = attributed["reason"].values[:, 1]
    wanted = [
        quality.Reason.NO_DATA,
        quality.Reason.LAYER_MISSING,
        quality.Reason.CONSTANT,
        quality.Reason.TOO_FEW_YEARS,
        0,
        0,
    ]
    assert reason[ok].tolist() == [int(code) for code in wanted]
    left_out = reason != 0
    assert np.isnan(attributed["contribution"].values[left_out, 1]).all()
    assert np.allclose(attributed["contribution"].values[~left_out, 1].sum(axis=(1, 2, 3)), 1.0, atol=1e-11)
    assert trends["slope"].values[ok[2], 1, 0] == 0 and trends["p"].values[ok[2], 1, 0, 0] == 1
    assert np.isnan(trends["slope"].values[ok[3], 1]).all() and trends["years"].values[ok[4], 1] == 20
    counted = table(paths, "reasons")
    counts = counted[counted["period"] == "2000-2024"].set_index("code")["cells"]
    assert counts[4] == 1 and counts[2] == 1 and counts.sum() == reason.size and counts[3] >= 1
    listed = pd.read_csv(paths.correlation_table)
    empty = listed[listed["class"] == "croplands"]
    assert (empty["cells"] == 0).all() and empty["r"].isna().all() and (empty["share_of_grid_cells"] == 0).all()
    draw_contributions.main(
        attribution=paths.attribution,
        correlation=paths.correlation,
        summary=paths.summary,
        land_mask=land_mask,
        look=PNG,
        figures=[tmp_path / "figure_4.png"],
        weight="cell",
        detrend="none",
    )


@pytest.mark.slow
def test_one_period_and_other_layers(land_mask, tmp_path):
    """Three layers and one period: no difference, no step, every figure all the same."""
    paths = prepare(tmp_path, world(land_mask), years=(2000, 2024), layers=3)
    analyse(paths, periods=[(2001, 2024)], splice_year=None, tests=["hamed_rao"])
    shares = table(paths, "shares")
    assert set(shares["period"]) == {"2001-2024"} and (shares["quantity"] == "term").sum() == 2 * 4 * 3
    assert table(paths, "splice_steps").empty
    draw_trends.main(
        trends=paths.trends,
        fields=paths.fields,
        seasonal=paths.seasonal,
        trend_shares=paths.tabulated[4],
        land_mask=land_mask,
        look=PNG,
        figures=[
            tmp_path / f"{name}.png"
            for name in ("figure_1", "figure_s1", "figure_s2", "test_agreement", "trend_share_windows")
        ],
        test="hamed_rao",
        alpha=0.05,
    )
    draw_contributions.main(
        attribution=paths.attribution,
        correlation=None,
        summary=None,
        land_mask=land_mask,
        look=PNG,
        figures=[tmp_path / f"{name}.png" for name in ("figure_2", "figure_3", "largest_terms")],
        weight="median",
        detrend="none",
    )


def keep(whole, folder, cells, lost=()):
    """Only some cells of the prepared products, and none of their soil moisture in some years."""
    paths = paths_of(folder)
    for name, product in (
        ("soil_moisture", "soil_moisture"),
        ("productivity", "annual_productivity"),
        ("land_cover", "land_cover"),
    ):
        prepared = products.read(getattr(whole, name), product).isel(cell=cells)
        if lost and name == "soil_moisture":
            years = prepared["time"].dt.year
            prepared[name] = prepared[name].where((years < lost[0]) | (years > lost[1]))
        products.write(prepared, getattr(paths, name), product)
    return paths


@pytest.mark.slow
@pytest.mark.parametrize(("cells", "lost"), [(slice(40, 41), ()), (slice(40, 44), (2000, 2024))])
def test_one_cell_and_a_period_without_any(standard, land_mask, tmp_path, cells, lost):
    """A study of one cell, or with a period that no cell has: every table, figure and page, and no invented number."""
    paths = keep(standard[0], tmp_path, cells, lost)
    analyse(paths)
    correlate(paths)
    interval_table = tmp_path / "tables/year_intervals.csv"
    resample_years.main(
        seasonal=paths.seasonal, attribution=paths.attribution, table=interval_table, resamples=50, seed=1
    )
    shares, counted = table(paths, "shares"), table(paths, "reasons")
    late = shares[shares["period"] == "2000-2024"]
    if lost:
        assert (late["cells"] == 0).all() and late[["mean_over_cells", "headline"]].isna().all(axis=None)
        assert counted[counted["period"] == "2000-2024"].set_index("code")["cells"][1] == 4
        intervals = pd.read_csv(interval_table).set_index("period")
        assert intervals.loc[["2000-2024", "change"], ["estimate", "low", "high"]].isna().all(axis=None)
    else:
        assert (late["cells"] == 1).all() and late["mean_over_cells"].notna().all()
    draw_trends.main(
        trends=paths.trends,
        fields=paths.fields,
        seasonal=paths.seasonal,
        trend_shares=paths.tabulated[4],
        land_mask=land_mask,
        look=PNG,
        figures=[
            tmp_path / f"{name}.png"
            for name in ("figure_1", "figure_s1", "figure_s2", "test_agreement", "trend_share_windows")
        ],
        test="3pw",
        alpha=0.05,
    )
    draw_contributions.main(
        attribution=paths.attribution,
        correlation=paths.correlation,
        summary=paths.summary,
        land_mask=land_mask,
        look=PNG if lost else LOOK,
        figures=[tmp_path / f"{name}.png" for name in ("figure_2", "figure_3", "largest_terms", "figure_4")],
        weight="cell",
        detrend="none",
    )


@pytest.mark.slow
def test_a_study_without_any_cell_stops_with_a_sentence(standard, tmp_path):
    paths = keep(standard[0], tmp_path, slice(40, 44), (1948, 2024))
    with pytest.raises(
        ValueError, match=r"expected at least one cell to analyse, found none; .* no value in any layer"
    ):
        analyse(paths, tests=["original"])
