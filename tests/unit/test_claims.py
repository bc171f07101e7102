"""The table of claims: every published number is there, each way of computing one is well formed, and verdicts say what
they should."""

import csv
import shutil

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from vadose.core.cells import locate
from vadose.core.grid import Grid
from vadose.core.time_scales import SCALES
from vadose.files import products
from vadose.studies.claims import by_region, quantities
from vadose.studies.claims.ledger import ClaimsError, check, compare, holds, period_of


@pytest.fixture(scope="module")
def ledger(root):
    return yaml.safe_load((root / "config/claims.yaml").read_text(encoding="utf-8"))


def test_every_published_number_is_there_once(ledger, data):
    with (data / "published_numbers.csv").open(encoding="utf-8") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    claimed = [claim["id"] for claim in ledger["claims"]]
    assert len(claimed) == len(set(claimed)) >= 100
    assert set(claimed) | set(ledger["not_computed"]) == set(rows)
    assert not set(claimed) & set(ledger["not_computed"])
    for claim in ledger["claims"]:
        printed = rows[claim["id"]]["value"]
        assert str(claim["published"]) == printed or float(claim["published"]) == float(printed), claim["id"]


def test_ledger_keeps_to_its_vocabulary(ledger):
    check(ledger)


def test_every_product_of_the_ledger_has_what_is_taken(ledger):
    shared_names = products.specifications()["coordinates"]
    for claim in ledger["claims"]:
        how = claim["how"]
        product = ledger["files"].get(how["from"], {}).get("product")
        if product is None:
            continue
        variables = products.specification(product)["variables"]
        assert how["take"] in variables or how["take"] in shared_names, claim["id"]
        if how["take"] in variables:
            dims = set(variables[how["take"]]["dims"])
            selected = set(how.get("where", {})) | ({how["by"]} if "by" in how else set())
            assert selected <= dims | {"lat", "lon"}, claim["id"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"how": {"from": "shares", "take": "cell", "eval": "1+1"}}, "how"),
        ({"how": {"from": "nowhere", "take": "cell"}}, "nowhere"),
        ({"how": {"from": "shares", "take": "cell", "reduce": "mode"}}, "reduce"),
        ({"how": {"from": "shares", "take": "cell", "reduce": "share_below"}}, "bound"),
        ({"test": {"roughly": 1}}, "test"),
        ({"test": {"above": 1, "below": 2}}, "test"),
        ({"surprise": 1}, "keys"),
        ({"id": "A028"}, "again"),
    ],
)
def test_ledger_written_wrongly_is_named(ledger, change, words):
    wrong = {**ledger, "claims": [{**ledger["claims"][0], **change}] + list(ledger["claims"][1:])}
    with pytest.raises(ClaimsError, match=words):
        check(wrong)


@pytest.mark.parametrize(
    ("test", "published", "values", "outcome"),
    [
        ({"within": 0.05}, -0.87, {"": -0.91}, True),
        ({"within": 0.05}, -0.87, {"": -0.93}, False),
        ({"equals": [1948, 2024]}, 1948, {"": [1948, 2024]}, True),
        ({"equals": [1948, 2024]}, 1948, {"": [1948, 2023]}, False),
        ({"equals": "0;13"}, "0;13", {"": "0;13"}, True),
        ({"below": 1.0}, "<1", {"a": 0.9, "b": 1.0}, False),
        ({"above": 1.0}, ">1", {"a": 1.1, "b": 2.0}, True),
        ({"between": [0.28, 0.33]}, "0.28-0.33", {"a": 0.28, "b": 0.33}, True),
        ({"sign": "negative"}, "<0", {"a": -0.1, "b": 0.0}, False),
        ({"largest": 3}, "rank", {"1": 1.0, "3": 1.5}, True),
        ({"smallest": "forests"}, "rank", {"forests": 0.2, "other": 0.1}, False),
        ({"increasing": True}, "rank", {"a": 3.0, "b": 4.0, "c": 8.6}, True),
        ({"increasing": True}, "rank", {"a": 3.0, "b": 3.0}, False),
        ({"decreasing": True}, "rank", {"a": 3.0, "b": 2.0}, True),
        ({"each": {4: [2, 4], 6: 4}}, "II", {"4": 2.0, "6": 4.0, "9": 1.0}, True),
        ({"each": {4: 2, 5: 4}}, "II", {"4": 2.0}, False),
        ({"above": 0.0}, ">0", {"a": np.nan}, False),
    ],
)
def test_outcome_of_tests(test, published, values, outcome):
    assert holds(test, published, values) is outcome


def test_period_that_stands_for_a_published_one():
    assert period_of("2000-2024", ["1948-1999", "2000-2024"]) == "2000-2024"
    assert period_of("2000-2024", ["2012-2022", "2015-2016"]) == "2012-2022"
    assert period_of("1948-1999", ["2012-2022"]) is None
    assert period_of("2000-2024", ["1990-2024"]) is None


@pytest.fixture
def run_folder(tmp_path):
    (tmp_path / "tables").mkdir()
    rows = [
        ("season", "humid", "2000-2024", 0.243),
        ("season", "arid", "2000-2024", 0.249),
        ("season", "humid", "1948-1999", 0.5),
    ]
    pd.DataFrame(rows, columns=["quantity", "season", "period", "cell"]).to_csv(
        tmp_path / "tables/shares.csv", index=False
    )
    grid = Grid(np.arange(5.0, 70.0, 10.0), np.array([10.0, 20.0]))
    cells = locate(np.isin(grid.lat, [5.0, 15.0, 65.0])[:, None] & np.ones(2, bool), grid)
    share = np.full((6, 1, 1, 3), 0.2)
    share[:, 0, 0, 0] = [0.1, 0.3, 0.5, np.nan, 0.9, 0.7]
    missing = np.zeros((6, 1, 1))
    fitted = xr.Dataset(
        {
            "coefficient": (("cell", "time_scale", "layer", "predictor"), np.zeros((6, 1, 1, 4))),
            "penalty": (("cell", "time_scale", "layer"), missing),
            "share": (("cell", "time_scale", "layer", "control"), share),
            "rgb": (("cell", "time_scale", "layer", "channel"), 1 - share),
            **dict.fromkeys(("dominant", "strong", "reason", "n"), (("cell", "time_scale", "layer"), missing)),
        }
    ).assign_coords(products.cell_coordinates(cells.set_coords(["row", "column", "area"])).coords)
    fitted = fitted.assign_coords(
        time_scale=["monthly"], layer=[1], control=["frequency", "volume", "evapotranspiration"]
    )
    products.write(fitted, tmp_path / "controls.nc", "controls")
    return tmp_path, cells["area"].values


def _run(folder):
    files = {"shares": folder / "tables/shares.csv", "controls": folder / "controls.nc"}
    return quantities.Run(
        files,
        {"shares": None, "controls": "controls", "absent": None},
        {"dependence": {"ridge": {"strong_share": 0.75}}},
    )


def test_quantities_of_tables_and_products(run_folder):
    folder, area = run_folder
    run = _run(folder)
    take = {"from": "shares", "take": "cell"}
    where = {"quantity": "season", "period": "record"}
    found = quantities.evaluate({**take, "where": where, "by": "season", "times": 100}, run, "2000-2024")
    assert found == pytest.approx({"humid": 24.3, "arid": 24.9}, abs=1e-12)
    assert quantities.evaluate({**take, "reduce": "max"}, run)[""] == 0.5
    share = {"from": "controls", "take": "share", "where": {"control": "frequency", "lat": {"from": 0, "to": 20}}}
    assert quantities.evaluate({**share, "reduce": "mean"}, run)[""] == pytest.approx(0.3, abs=1e-15)
    expected = np.average([0.1, 0.3, 0.5], weights=area[:3])
    assert quantities.evaluate({**share, "reduce": "mean", "weight": "area"}, run)[""] == pytest.approx(
        expected, rel=1e-14
    )
    assert quantities.evaluate({**share, "reduce": "share_below", "bound": 0.3}, run)[""] == pytest.approx(
        1 / 3, abs=1e-15
    )
    assert (
        quantities.evaluate({"from": "configuration", "take": "dependence.ridge.strong_share", "times": 100}, run)[""]
        == 75.0
    )
    assert quantities.evaluate({"from": "constants", "take": "copula families"}, run)[""] == 40


def test_a_run_reads_its_tables_once_and_holds_one_product(run_folder):
    folder, _ = run_folder
    shutil.copy(folder / "controls.nc", folder / "others.nc")
    files = {"shares": folder / "tables/shares.csv"} | {name: folder / f"{name}.nc" for name in ("controls", "others")}
    run = quantities.Run(files, {"shares": None, "controls": "controls", "others": "controls"}, {})
    table, first = run.opened("shares", None), run.opened("controls", "controls")
    assert run.opened("controls", "controls") is first
    run.opened("others", "controls")
    assert run.opened("shares", None) is table and list(run.kept) == [files["shares"], files["others"]]


def test_quantities_that_a_run_lacks_or_that_are_written_wrongly(run_folder):
    run = _run(run_folder[0])
    with pytest.raises(quantities.NotMade, match="not part of this run"):
        quantities.evaluate({"from": "absent", "take": "x"}, run)
    with pytest.raises(quantities.NotMade, match="no row"):
        quantities.evaluate({"from": "shares", "take": "cell", "where": {"season": "wet"}}, run)
    with pytest.raises(quantities.Unknown, match="one row"):
        quantities.evaluate({"from": "shares", "take": "cell"}, run)
    with pytest.raises(quantities.NotMade, match="no row"):  # none is left for the second key
        where = {"season": "wet", "period": "2000-2024"}
        quantities.evaluate({"from": "shares", "take": "cell", "where": where}, run)
    with pytest.raises(quantities.Unknown, match="column volume"):
        quantities.evaluate({"from": "shares", "take": "volume"}, run)
    with pytest.raises(quantities.Unknown, match="coordinate"):
        quantities.evaluate({"from": "controls", "take": "share", "where": {"depth": 1}, "reduce": "mean"}, run)


def _record(source="local", periods=((2000, 2024),), spacing=1.0, used=("gldas_2_1",)):
    part = {"periods": [list(p) for p in periods], "grid": {"spacing": spacing}}
    configuration = {"source": source, "studies": ["variability"], "variability": part}
    return {"configuration": configuration, "provenance": {"sources": {"variability": [{"id": name} for name in used]}}}


@pytest.mark.parametrize(
    ("record", "published", "verdict"),
    [
        (_record(), 24.3, "agrees"),
        (_record(), 20.0, "differs"),
        (_record(source="synthetic"), 24.3, "not comparable: synthetic data"),
        (_record(spacing=5.0), 24.3, "not comparable: other grid (5 instead of 1 degrees)"),
        (_record(used=("own",)), 24.3, "not comparable: other product (no gldas_2_1)"),
        (_record(periods=((1948, 1999),)), 24.3, "not computed: the run has no years of 2000-2024"),
        (_record(periods=((2012, 2022),)), 24.3, "not computed: shares.csv has no row"),
    ],
)
def test_verdicts(ledger, run_folder, record, published, verdict):
    folder = run_folder[0]
    how = {"from": "shares", "take": "cell", "where": {"season": "humid", "period": "record"}, "times": 100}
    claim = {
        "id": "A045",
        "quantity": "q",
        "published": published,
        "unit": "%",
        "record": "2000-2024",
        "how": how,
        "test": {"within": 0.5},
    }
    small = {**ledger, "claims": [claim], "not_computed": {}}
    row = compare(small, {"shares": folder / "tables/shares.csv"}, record).iloc[0]
    assert row["verdict"].startswith(verdict)
    if not verdict.startswith("not computed"):
        assert row["difference"] == pytest.approx(24.3 - published, abs=1e-12)
        assert row["holds"] == ("yes" if published == 24.3 else "no")


def test_claims_by_region_are_those_of_the_cells_and_rows_of_each_region(ledger, run_folder):
    """Six cells in two regions, one cell in none: means of products are those of the cells by hand, numbers of tables
    those of the rows of the region; what has neither cells nor rows is left out."""
    folder, area = run_folder
    prepared, tables = folder / "prepared/dependence", folder / "tables/dependence"
    prepared.mkdir(parents=True), tables.mkdir()
    axis = products.cell_coordinates(products.read(folder / "controls.nc", "controls"))
    coded = axis.assign(ecoregion=("cell", [1, 1, 1, 2, 2, 0]), name=("region", ["u", "v"]))
    products.write(coded, prepared / "ecoregions.nc", "ecoregions")
    shares = pd.DataFrame({"region": [1, 2], "region_name": ["u", "v"], "share_of_area": [0.25, 0.6]})
    shares.to_csv(tables / "negative_shares_by_region.csv", index=False)
    shares[:1].to_csv(tables / "negative_shares.csv", index=False)
    take = {"from": "controls", "take": "share", "where": {"control": "frequency"}, "reduce": "mean"}
    hows = {
        "B001": take,
        "B002": take | {"weight": "area"},
        "B003": {"from": "negative_shares", "take": "share_of_area", "times": 100},
        "B004": {"from": "controls", "take": "control", "reduce": "count"},
        "B005": {"from": "configuration", "take": "run"},
    }
    claims = [
        {"id": name, "quantity": "q", "published": 50, "unit": "%", "how": how, "test": {"above": 0.5}}
        for name, how in hows.items()
    ]
    record = {"configuration": {"dependence": {"years": [2000, 2019]}}}
    files = {"controls": folder / "controls.nc", "negative_shares": tables / "negative_shares.csv"}
    listed = {**ledger, "claims": claims, "not_computed": {}}
    table = by_region.compare_by_region(
        listed, files, record, [prepared / "ecoregions.nc", tables / "negative_shares_by_region.csv"]
    )
    assert table.columns.tolist() == by_region.COLUMNS and table["region_name"].tolist() == ["u", "v"] * 3
    assert table["id"].tolist() == ["B001", "B001", "B002", "B002", "B003", "B003"]
    weighted = np.average([0.1, 0.3, 0.5], weights=area[:3])
    expected = [0.3, 0.9, weighted, 0.9, 25.0, 60.0]
    np.testing.assert_allclose(table["of_region"].astype(float), expected, rtol=1e-5)
    assert table["holds"].tolist() == ["no", "yes", "no", "yes", "yes", "yes"]


def test_a_region_without_a_row_has_no_value():
    """Nothing chosen by one column leaves the others there to choose by."""
    table = pd.DataFrame({"period": ["a"], "layer": ["all"], "mean": [1.0]})
    how = {"take": "mean", "where": {"period": "b", "layer": "all"}}
    with pytest.raises(quantities.NotMade, match="has no row for"):
        quantities.taken(how, quantities.Opened("shares_by_region.csv", None, table))


def test_claims_on_terms_that_a_formula_lacks_are_not_computed(ledger):
    """Models of Ta and GPP alone have clusters of these terms: claims on products with LST find none, others
    find theirs."""
    shape, terms = ("time_scale", "layer", "term", "ecoregion"), ["Ta", "GPP", "Ta:GPP"]
    labels = {"time_scale": list(SCALES), "layer": [1, 2, 3], "term": terms, "ecoregion": np.arange(1, 15)}
    claims = [claim for claim in ledger["claims"] if "term" in claim["how"].get("where", {})]
    variables = {claim["how"]["take"]: (shape, np.full((len(SCALES), 3, 3, 14), 2)) for claim in claims}
    clusters = quantities.Opened("clusters.nc", "driver_clusters", xr.Dataset(variables, labels))
    assert {claim["how"]["where"]["term"] for claim in claims} == {"Ta", "LST", "Ta:GPP", "Ta:LST", "GPP:LST"}
    for claim in claims:
        term = claim["how"]["where"]["term"]
        if term in terms:
            assert quantities.taken(claim["how"], clusters)
            continue
        with pytest.raises(quantities.NotMade, match=f"clusters.nc has nothing for term {term}"):
            quantities.taken(claim["how"], clusters)
