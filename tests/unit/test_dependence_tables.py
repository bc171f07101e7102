"""Tables of study B by hand, and planted against recovered dependence on made-up results."""

import numpy as np
import pytest
import xarray as xr

from vadose.figures.dependence.copulas import of_fitted
from vadose.pages.report import findings
from vadose.statistics import copula, significance
from vadose.studies.dependence import pairs, recovery, tables

LAYERS = {"layer": [1], "layer_top": ("layer", [0.0]), "layer_bottom": ("layer", [0.07])}


def fitted(tau, *, raw=None, high=None, reason=None, cycle="kept"):
    """A product of copulas of one layer from Gaussian copulas with given monthly tau."""
    tau = np.asarray(tau, dtype=float)
    family = np.where(np.isnan(tau), np.nan, 1.0)
    three = {
        "tau": tau,
        "lower": 0.0 * tau,
        "upper": 0.0 * tau,
        "family": family,
        "weight": np.full(tau.size, 0.4),
        "flags": np.full(tau.size, 4, dtype=np.int8),
    }
    three |= {"reason": np.where(np.isnan(tau), 2, 0) if reason is None else reason}
    three |= {"tail_class": pairs.tail_class(tau, 0.0 * tau, 0.0 * tau)}
    if high is not None:
        three |= {"tau_low": np.asarray(high) - 0.2, "tau_high": np.asarray(high)}
    out = {name: (("cell", "time_scale", "layer"), values[:, None, None]) for name, values in three.items()}
    both = np.stack([tau if raw is None else np.asarray(raw, float), tau], axis=1)[:, :, None]
    cases = {
        "tau": both,
        "family": np.where(np.isnan(both), np.nan, 1.0),
        "par": np.sin(0.5 * np.pi * both),
        "par2": 0.0 * both,
    }
    cases |= {"tail_class": pairs.tail_class(both, 0.0 * both, 0.0 * both), "lag": np.zeros(both.shape, int)}
    cases |= {"reason": np.where(np.isnan(both), 2, 0), "flags": np.full(both.shape, 4, dtype=np.int8)}
    if high is not None:
        cases |= {"tau_low": both - 0.1, "tau_high": both + 0.1}
    out |= {f"{name}_by_annual_cycle": (("cell", "annual_cycle", "layer"), values) for name, values in cases.items()}
    coords = {
        "time_scale": ["monthly"],
        "annual_cycle_of_time_scale": ("time_scale", [cycle]),
        "annual_cycle": list(pairs.CYCLES),
        **LAYERS,
    }
    area = np.array([1.0, 2.0, 4.0, 8.0, 16.0])[: tau.size]
    return xr.Dataset(out, coords=coords | {"area": ("cell", area)})


def test_negative_shares_by_hand():
    copulas = fitted(
        [-0.3, -0.1, 0.0, 0.4, np.nan], raw=[0.3, 0.3, 0.3, -0.3, np.nan], high=[-0.2, 0.1, 0.2, 0.5, np.nan]
    )
    shares = tables.negative_shares(copulas, np.array([4, 4, 8, 0, 4]))
    assert shares["region"].values.tolist() == ["all", "4", "8"] and shares["time_scale"].values.tolist() == [
        "monthly",
        "monthly, annual cycle removed",
    ]
    whole = shares.sel(region="all", time_scale="monthly").isel(layer=0)
    assert [int(whole[name]) for name in ("cells", "fitted", "negative")] == [5, 4, 2]
    assert float(whole["share_of_cells"]) == 0.5 and float(whole["share_of_area"]) == pytest.approx(3 / 15)
    assert float(whole["certain_share_of_cells"]) == 0.25 and float(whole["certain_share_of_area"]) == pytest.approx(
        1 / 15
    )
    assert float(whole["mean_tau"]) == pytest.approx(0.0)
    # Independence selected where tau-b is negative: negative and certainly negative count tau-b, copula_ the family's.
    by_data = copulas.assign(kendall=copulas["tau"].copy(data=np.array([-0.3, -0.1, -0.2, 0.4, -0.5])[:, None, None]))
    whole = tables.negative_shares(by_data, None).sel(region="all", time_scale="monthly").isel(layer=0)
    assert [int(whole[name]) for name in ("fitted", "negative", "copula_negative")] == [4, 3, 2]
    assert float(whole["share_of_cells"]) == 0.75 and float(whole["copula_share_of_cells"]) == 0.5
    assert float(whole["share_of_area"]) == 7 / 15 and float(whole["copula_share_of_area"]) == 3 / 15
    drawn = of_fitted(by_data)["kendall"].values  # a map of tau-b counts the cells that the table counts
    assert np.mean(drawn[np.isfinite(drawn)] < 0.0) == float(whole["share_of_cells"])
    ecoregion = shares.sel(region="4", time_scale="monthly, annual cycle removed").isel(layer=0)
    assert int(ecoregion["cells"]) == 3 and int(ecoregion["fitted"]) == 2 and float(ecoregion["share_of_cells"]) == 1.0
    listed = tables.listed(shares, copulas, whole=False)
    assert listed["ecoregion"].tolist() == ["4", "4", "8", "8"] and set(listed["depth_cm"]) == {"0-7"}


def test_negative_and_certainly_negative_count_one_estimator():
    """Where independence is selected although the interval of tau-b lies below zero, both shares count the cell (by the
    copula's tau one of two cells would be negative and two certainly so)."""
    copulas = fitted([0.0, -0.3], high=[-0.2, -0.1])
    copulas = copulas.assign(kendall=copulas["tau"].copy(data=np.array([-0.4, -0.3])[:, None, None]))
    whole = tables.negative_shares(copulas, None).sel(region="all", time_scale="monthly").isel(layer=0)
    assert float(whole["share_of_cells"]) == float(whole["certain_share_of_cells"]) == 1.0
    assert float(whole["copula_share_of_cells"]) == 0.5


def test_shares_with_and_without_the_annual_cycle_are_of_the_same_cells():
    """Cells 0 to 2 have both: two and one of the three are negative, though half of each one's own cells are."""
    kept, removed = np.array([-0.3, -0.1, 0.2, np.nan, 0.4]), np.array([-0.3, 0.2, 0.1, -0.2, np.nan])
    copulas = fitted(kept)
    copulas["tau_by_annual_cycle"].values[:] = np.stack([kept, removed], axis=1)[:, :, None]
    shares = tables.negative_shares(copulas, None)
    whole = shares.sel(region="all").isel(layer=0)
    assert whole["share_of_cells"].values.tolist() == [0.5, 0.5] and whole["shared"].values.tolist() == [3, 3]
    assert whole["shared_share_of_cells"].values.tolist() == pytest.approx([2 / 3, 1 / 3])
    located = copulas.assign_coords(lat=("cell", np.arange(5.0)), lon=("cell", np.arange(5.0)))
    row = findings.dependence(located, tables.listed(shares, copulas, whole=True), seed=1)[0]
    assert row["estimate"] == 50.0
    assert "66.7 % and, once the annual cycle is removed, 33.3 % of the 3 cells that have both" in row["for judging it"]


def test_the_configured_series_is_not_listed_twice():
    assert list(tables.series_of(fitted([0.1, 0.2], cycle="removed"))) == ["monthly", "monthly, annual cycle removed"]


def test_reasons_sum_to_all_cells():
    copulas = fitted([0.1, np.nan, 0.2, np.nan, 0.3], reason=np.array([0, 2, 0, 3, 0]))
    copulas["flags"].values[:, 0, 0] = [1, 0, 6, 0, 7]
    table = tables.reasons(copulas)
    of_months = table["time_scale"] == "monthly"
    flags = table.loc[of_months, ["tied", "at_bound", "undetermined"]]
    assert flags.values.tolist() == [[2, 2, 2], [0, 0, 0], [0, 0, 0]]
    # Without the annual cycle two cells lack a copula for a reason of their own.
    removed = table.loc[table["time_scale"] == tables.WITHOUT_ANNUAL_CYCLE]
    assert removed["cells"].tolist() == [3, 2] and removed["code"].tolist() == [0, 2]
    assert removed["area_m2"].sum() == 31.0 and removed["undetermined"].tolist() == [3, 2]
    table = tables.reasons(fitted([0.1, np.nan, 0.2, np.nan, 0.3], reason=np.array([0, 2, 0, 3, 0])))
    table = table[table["time_scale"] == "monthly"]
    assert (
        table["cells"].tolist() == [3, 1, 1] and table["code"].tolist() == [0, 2, 3] and table["area_m2"].sum() == 31.0
    )


def test_families_and_tails_sum_to_one():
    copulas = fitted([0.1, -0.2, 0.3, np.nan])
    families, tails = tables.families(copulas), tables.tails(copulas)
    assert families["undetermined"].tolist() == [1.0] and families["tied"].tolist() == [0.0]
    assert families["share"].sum() == pytest.approx(1.0) and families["name"].tolist() == ["Gaussian"]
    assert dict(zip(tails["name"], tails["share"])) == {"none": pytest.approx(2 / 3), "negative": pytest.approx(1 / 3)}


def test_fields_are_tested_one_by_one_over_all_cells():
    random = np.random.default_rng(2)
    p = xr.DataArray(
        random.random((400, 2, 1)),
        dims=("cell", "annual_cycle", "layer"),
        coords={"annual_cycle": ["kept", "removed"], **LAYERS},
    )
    p[:40, 0] = 1e-6
    p[0, 1] = np.nan
    tested = tables.field_tests(p, None, 0.1)
    assert tested["lag_rejected"].values[:40, 0].all() and tested["lag_rejected"].values[40:, 0].mean() < 0.05
    assert tested["lag_rejected"].values[:, 1].sum() == 0 and tested["lag_tested"].values[:, 0].tolist() == [400, 399]
    assert "gof_q" not in tested


def test_families_are_named_only_where_independence_is_rejected():
    """Published shares count every fitted cell and stay; `named` gives cells without dependence a row of their own."""
    copulas = fitted([0.4, -0.2, 0.3, np.nan, 0.01])
    dependent = np.array([1, 0, 1, 0, 0])[:, None, None]
    table = tables.tails(copulas, dependent).set_index("name")
    assert table["cells"].to_dict() == {"none": 3, "negative": 1, "no dependence": 2}
    assert table["share"].tolist()[:2] == [0.75, 0.25] and np.isnan(table["share"]["no dependence"])
    assert table["named"].to_dict() == {"none": 0.5, "negative": 0.0, "no dependence": 0.5}


def test_independence_is_one_field_of_all_layers_and_bounds_enter_no_field_of_fit():
    random = np.random.default_rng(4)
    layers = {"layer": [1, 2], "layer_top": ("layer", [0.0, 0.1]), "layer_bottom": ("layer", [0.1, 0.3])}
    p = xr.DataArray(
        random.random((300, 2, 2)), dims=("cell", "time_scale", "layer"), coords={"time_scale": ["a", "b"], **layers}
    )
    p[:30, 0, 0] = 1e-5
    lag_p = p.rename(time_scale="annual_cycle")
    flags = xr.zeros_like(p, dtype=np.int8)
    flags[:5] = 6
    gof_p = tables.testable_goodness(xr.Dataset({"gof_p": p, "flags": flags}))
    tested = tables.field_tests(lag_p, gof_p, 0.1, p)
    q, rejected = significance.field_significance(p.values[:, 0], 0.1)
    np.testing.assert_array_equal(tested["independence_q"].values[:, 0], q)
    np.testing.assert_array_equal(tested["independence_rejected"].values[:, 0], rejected)
    assert (tested["independence_tested"] == 300).all() and (tested["gof_tested"] == 295).all()
    assert tested["time_scale"].values.tolist() == ["a", "b"]
    assert tables.testable_goodness(xr.Dataset({"flags": flags})) is None


PLANTED = (
    (0, 0.0, "none"),
    (1, 0.4, "none"),
    (2, 0.4, "both"),
    (3, 0.4, "lower"),
    (4, 0.4, "upper"),
    (13, 0.4, "upper"),
    (14, 0.4, "lower"),
    (23, -0.3, "negative"),
)


@pytest.mark.parametrize(("family", "tau", "name"), PLANTED)
def test_tails_of_planted_families(family, tau, name):
    assert pairs.TAILS[recovery.planted_tail(family, tau)] == name


def test_recovery_tells_found_from_missed():
    cells = 8
    tau = np.array([0.4] * 4 + [-0.3] * 4)
    truth = xr.Dataset(
        {
            "scheme": ("cell", np.array([1] * 7 + [2])),
            "block": ("cell", np.array([0, 0, 1, 1, 2, 2, 2, 3])),
            "own_share": ("cell", np.ones(cells)),
            "family": ("cell", np.array([1] * 4 + [5] * 4)),
            "lag": ("cell", np.array([0] * 4 + [1] * 4)),
            "shared_season": ("cell", np.zeros(cells, int)),
            "tau": (("cell", "layer"), tau[:, None]),
        }
    )
    found = np.zeros((cells, 2, 1, 3))
    found[:4, 1, 0, 0] = 0.41
    found[4:, 1, 0, 1] = 0.0  # missed
    best = np.zeros((cells, 2, 1))
    best[3, 1, 0] = 2.0
    coords = {"annual_cycle": list(pairs.CYCLES), "lag": [0, 1, 2], **LAYERS}
    lags = xr.Dataset(
        {
            "tau": (("cell", "annual_cycle", "layer", "lag"), found),
            "optimal_lag": (("cell", "annual_cycle", "layer"), best),
        },
        coords=coords,
    )
    copulas = fitted(np.full(5, 0.4))
    copulas = copulas.isel(cell=[0, 1, 2, 3, 4, 4, 4, 4]).assign(
        n=(("cell", "time_scale", "layer"), np.full((cells, 1, 1), 240))
    )
    table, confusion, classes = recovery.compare(truth, lags, copulas)
    assert table["tau_within"].tolist() == [True, False] and table["cells"].tolist() == [4, 3]
    assert table["lag_found"].tolist() == [0.75, 0.0]
    assert confusion.tolist() == [[3, 0, 1], [3, 0, 0], [0, 0, 0]]
    assert classes[0, 0] == 4 and classes.sum() == 4, (
        "copulas fitted at another lag than the planted one say nothing of the planted tail"
    )
    error = float(
        np.sqrt(2 * 485 / (9 * 240 * 239) / 2)
    )  # four cells, but two blocks: cells of a block share their series
    assert table["blocks"].tolist() == [2, 1]
    assert table["tolerance"][0] == pytest.approx(3 * error + recovery.TAU_BIAS)
    assert copula.FAMILIES[1] == table["name"][0]


def test_intervals_are_taken_for_those_of_the_exact_normal_quantile():
    """Half-widths of 1.9599639845 standard errors of 0.05, between cells whose variance is 0.02."""
    half = 1.959963984540054 * 0.05
    kendall = np.array([0.1, 0.3])
    part = xr.Dataset(
        {
            name: ("cell", values)
            for name, values in (("kendall", kendall), ("tau_low", kendall - half), ("tau_high", kendall + half))
        }
    )
    reliability = tables._reliability(part, np.ones(2, dtype=bool))["reliability"]
    assert reliability == pytest.approx(1.0 - 0.05**2 / 0.02, rel=1e-12)
