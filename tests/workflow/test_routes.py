"""Study B from files to copulas and tables by every way in which soil moisture of ERA5-Land comes: monthly means,
daily statistics and hours, one layer and two, one variable a file, files of one's own, fetched ones and both. The same
planted truth gives the same ranks, and so the same copulas, by all of them; what Kendall's tau must be, scipy says."""

import json
import sys
import threading
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
import pandas as pd
import pytest
import running
import xarray as xr
import yaml
from scipy.stats import kendalltau

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients"))

import earth

from vadose.core import calendar
from vadose.synthetic.writers import era5_land, gpcp_daily

YEAR = 2001
LAT, LON = np.arange(20.0, 50, 10), np.arange(0.0, 30, 10)  # a cell of the study for each of the product
CELLS = LAT.size * LON.size
AT_ZERO, BELOW_ZERO = 0, 4  # cells of the study: soil that is dry in two months, a value that is no soil water


class Route(NamedTuple):
    """A way through the rules: what the files hold, how they lie there, where they come from."""

    route: str
    layers: tuple
    arrangement: str  # "together", or "apart": one variable a file
    source: str  # local, archive, mixed: precipitation of one's own, soil moisture as far as it is there


# Monthly means from the archive alone run to copulas in test_archive.py. The archive sends hours as GRIB.
ROUTES = (
    Route("monthly_means", (1, 2), "together", "local"),
    Route("monthly_means", (1, 2), "apart", "local"),
    Route("monthly_means", (1,), "together", "mixed"),
    Route("daily_statistics", (1, 2), "apart", "local"),
    Route("daily_statistics", (1,), "together", "mixed"),
    Route("hourly", (1, 2), "apart", "local"),
    Route("hourly", (1,), "together", "archive"),
)


def settings(way):
    """A configuration of what differs from the defaults alone."""
    return {
        "run": "routes",
        "studies": ["dependence"],
        "source": "local" if way.source == "local" else "archive",
        "tiles": {"dependence": 1},
        "paths": {"raw": "raw"},
        "era5_land": {"route": way.route},
        "datasets": {},
        "dependence": {
            "grid": {"spacing": 10.0, "south": 15, "north": 45, "west": -5, "east": 25},
            "years": [YEAR, YEAR],
            "layers": list(way.layers),
            "controls": False,
            "drivers": False,
            "copula": {"bootstrap": 0, "compare_annual_cycle": False},
            "lags": {"max": 2, "null_distribution": "none"},
        },
        "synthetic": {"land_mask_spacing": 1.0},
    }


@pytest.fixture(scope="module")
def truth():
    """Soil moisture of two layers, which rises and falls with precipitation; and precipitation, everywhere alike."""
    random, months = np.random.default_rng(5), calendar.months(YEAR, YEAR)
    days = np.arange(f"{YEAR}-01-01", f"{YEAR + 1}-01-01", dtype="datetime64[D]")
    daily = random.gamma(0.4, 6.0, days.size)
    monthly = np.bincount(days.astype("datetime64[M]").astype(int) % 12, daily)
    shared = (monthly - monthly.mean()) / monthly.std()
    noise = random.standard_normal((months.size, 2, LAT.size, LON.size))
    values = 0.3 + 0.06 * (np.array([1.0, -0.7])[:, None, None] * shared[:, None, None, None] + noise)
    assert values.min() > 0.01 and values.max() < 0.6
    values.reshape(months.size, 2, CELLS)[[2, 7], 0, AT_ZERO] = 0.0
    soil_moisture = xr.Dataset(
        {"soil_moisture": (("time", "layer", "lat", "lon"), values)},
        coords={"time": months, "layer": [1, 2], "lat": LAT, "lon": LON},
    )
    lat, lon = np.arange(-85.0, 90, 10), np.arange(-175.0, 180, 10)
    everywhere = np.broadcast_to(daily[:, None, None], (days.size, lat.size, lon.size))
    precipitation = xr.Dataset(
        {"precipitation": (("time", "lat", "lon"), everywhere)},
        coords={"time": days.astype("datetime64[ns]"), "lat": lat, "lon": lon},
    )
    return soil_moisture, precipitation, monthly


class Store(earth.Earth):
    """The archives of ERA5-Land and GPCP; the store makes what it is asked for, as it is asked."""

    soil_moisture: xr.Dataset

    def _cds(self, name, entry):
        self.asked, self.lock = [], threading.Lock()
        entry["addresses"] = {"api": f"{self.open.address}/api"}
        self.open.routes["/api/"] = self._store

    def _store(self, seen):
        if not seen.path.endswith("/execution"):
            return super()._store(seen)
        asked, collection = json.loads(seen.body)["inputs"], seen.path.split("/")[-2]
        (year,), layers = np.atleast_1d(asked["year"]), [int(text[-1]) for text in asked["variable"]]
        months = [f"{year}-{month}" for month in np.atleast_1d(asked["month"])]
        route = {"means": "monthly_means", "statistics": "daily_statistics"}.get(collection.split("-")[-1], "hourly")
        chosen = self.soil_moisture.sel(layer=layers, time=[np.datetime64(month, "ns") for month in months])
        with self.lock:
            number = f"{len(self.asked)}"
            self.asked.append((route, months, layers))
            layout = "grib" if route == "hourly" else "netcdf"
            # Every hour of one month; of the others each sixth, the sparsest that are a mean of a day.
            hours = 1 if months[0].endswith("-07") else 6
            with pytest.MonkeyPatch.context() as patch:
                patch.setitem(era5_land.STEP, "hourly", np.timedelta64(hours, "h"))
                path = era5_land.write(chosen, self.folder / f"{number}.nc", route=route, layout=layout, east=False)
        self.open.files[f"/cache/{number}.nc"] = path.read_bytes()
        link = {"rel": "monitor", "href": f"{self.open.address}/api/retrieve/v1/jobs/{number}"}
        answer = {"jobID": number, "status": "accepted", "links": [link]}
        return 201, {"Content-Type": "application/json"}, json.dumps(answer).encode()


@pytest.fixture(scope="module")
def store(truth, root, tmp_path_factory):
    """The archives, serving; and the environment of a user in order."""
    folder = tmp_path_factory.mktemp("archives")
    soil_moisture, precipitation, _ = truth
    files = {"era5_land": [], "gpcp_daily": gpcp_daily.write(precipitation, folder / "gpcp")}
    Store.soil_moisture = soil_moisture
    made = Store(files, root, folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment().items():
            patch.setenv(name, value)
        yield made
    made.stop()


def write_own(way, soil_moisture, folder, months):
    """Files of one's own: a file for each layer, or one for all."""
    groups = [[layer] for layer in way.layers] if way.arrangement == "apart" else [list(way.layers)]
    part = soil_moisture.sel(time=soil_moisture["time"].dt.month.isin(months))
    for group in groups:
        path = folder / f"{'_'.join(f'swvl{layer}' for layer in group)}_{YEAR}.nc"
        era5_land.write(part.sel(layer=group), path, route=way.route, east=False, amplitude=0.2)
    return folder


def write_packed(soil_moisture, path):
    """Soil water as the archive packed it before 2024: zero lies just below zero, and a value is far below."""
    values = soil_moisture["soil_moisture"].values.copy()
    values.reshape(12, 2, CELLS)[5, 0, BELOW_ZERO] = -0.02
    packed = soil_moisture.assign(soil_moisture=(("time", "layer", "lat", "lon"), values))
    era5_land.write(packed, path, layout="legacy", east=False)
    with netCDF4.Dataset(path, "a") as file:
        stored = file["swvl1"]
        stored.set_auto_maskandscale(False)
        numbers = stored[:][:, ::-1].reshape(12, CELLS)  # from the south
        numbers[[2, 7], AT_ZERO] = np.floor(-stored.add_offset / stored.scale_factor)
        stored[:] = numbers.reshape(12, LAT.size, LON.size)[:, ::-1]


@pytest.fixture(scope="module")
def results(truth, store, root, tmp_path_factory):
    """What each way gives: prepared soil moisture, copulas, lags and the tables."""
    folder, soil_moisture = tmp_path_factory.mktemp("routes"), truth[0]
    own_gpcp = store.files["gpcp_daily"][0].parent
    made = {}
    for number, way in enumerate(ROUTES):
        chosen = settings(way)
        chosen["downloads"] = {"catalogue": str(store.catalogue), "checksums": str(folder / "sums")}
        own = folder / f"own_{number}"
        if way.source != "archive":
            chosen["datasets"]["gpcp_daily"] = {"folder": str(own_gpcp)}
        if way.source == "local":
            chosen["datasets"]["era5_land"] = {"folder": str(own), "pattern": "*.nc"}
            write_own(way, soil_moisture, own, range(1, 13))
        if way.route == "daily_statistics" and way.source == "mixed":  # months fetched before
            for month in range(1, 7):
                path = folder / f"raw/era5_land/era5_land_daily_statistics_{YEAR}_{month:02d}_swvl1.nc"
                part = soil_moisture.sel(layer=[1]).isel(time=[month - 1])
                era5_land.write(part, path, route=way.route, east=False)
        if number == 0:
            (path,) = own.iterdir()
            write_packed(soil_moisture, path)
        (folder / "small.yaml").write_text(yaml.safe_dump(chosen), encoding="utf-8")
        targets = ["dependence/copulas.nc"] + (["tables/dependence/copula_reasons.csv"] if number < 2 else [])
        text = running.run(folder, root, "--", *(f"results/routes/{target}" for target in targets))
        with xr.open_dataset(folder / "results/routes/dependence/copulas.nc", engine="h5netcdf") as opened:
            made[way] = opened.load(), running.jobs_of(text)
        if number == 0:
            made["tables"] = {path.stem: pd.read_csv(path) for path in folder.glob("results/routes/tables/*/*.csv")}
    return made


@pytest.mark.slow
@pytest.mark.parametrize("way", ROUTES, ids=lambda way: "-".join(map(str, (way.route, len(way.layers), *way[2:]))))
def test_every_way_gives_the_copulas_of_the_same_truth(results, truth, way):
    soil_moisture, _, monthly = truth
    fitted, _ = results[way]
    values = soil_moisture["soil_moisture"].values.reshape(12, 2, CELLS)
    found = fitted["kendall"].sel(time_scale="monthly").values
    for place, layer in enumerate(way.layers):
        for cell in range(CELLS):
            kept = np.ones(12, bool)
            kept[5] = not (way == ROUTES[0] and layer == 1 and cell == BELOW_ZERO)
            expected = kendalltau(monthly[kept], values[kept, layer - 1, cell]).statistic
            assert found[cell, place] == pytest.approx(expected, abs=1e-12), (cell, layer)
    assert (fitted["reason"].sel(time_scale="monthly") == 0).all()
    assert (fitted["reason"].sel(time_scale="annual") == 1).all()  # one year is no pair of ten


@pytest.mark.slow
@pytest.mark.parametrize("way", ROUTES[1:], ids=lambda way: "-".join(map(str, (way.route, len(way.layers), *way[2:]))))
def test_every_way_gives_equal_copulas(results, way):
    """To the bit: pseudo-observations are ranks, and no way changes a rank."""
    first, other = results[ROUTES[0]][0], results[way][0]
    first = first.sel(layer=list(way.layers))
    cells = np.arange(CELLS) != BELOW_ZERO
    for name in first.data_vars:
        if "cell" in first[name].dims:
            one, two = first[name].isel(cell=cells), other[name].isel(cell=cells)
            np.testing.assert_array_equal(one.values, two.values, err_msg=name)


@pytest.mark.slow
def test_what_lay_below_zero_is_counted_in_the_table_of_reasons(results):
    """Two zeros that packing put below zero stay ties; one value further below is missing; each stands in the table."""
    fitted, tables = results[ROUTES[0]][0], results["tables"]
    assert fitted["n"].sel(time_scale="monthly").values[[AT_ZERO, BELOW_ZERO], 0].tolist() == [12, 11]
    assert fitted["ties_v"].sel(time_scale="monthly").values[AT_ZERO, 0] == pytest.approx(2 / 12)
    reasons = tables["copula_reasons"]
    counted = reasons[reasons["time_scale"] == "all years"].set_index("reason")["values"]
    assert counted.filter(like="set to zero").tolist() == [2.0] and counted.filter(like="made missing").tolist() == [
        1.0
    ]
    cells = reasons[reasons["time_scale"] != "all years"].groupby(["time_scale", "layer"])["cells"].sum()
    assert (cells == CELLS).all() and {"monthly", "annual"} <= set(cells.index.get_level_values(0))


@pytest.mark.slow
def test_the_archives_were_asked_for_what_was_not_there(results, store):
    monthly, daily, hourly = (
        [(months, layers) for name, months, layers in store.asked if name == route]
        for route in ("monthly_means", "daily_statistics", "hourly")
    )
    assert [(len(months), layers) for months, layers in monthly] == [(12, [1])]
    assert sorted(months[0][-2:] for months, _ in daily) == [f"{month:02d}" for month in range(7, 13)]
    assert len(hourly) == 12 and all(layers == [1] for _, layers in hourly)
    assert len(store.open.requests("/gpcp_daily/2001/")) == 1
