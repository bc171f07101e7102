"""Products with made-up values but true names, dimensions and ranges, for tests of what is made from finished runs."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from vadose.core import calendar
from vadose.core.cells import locate
from vadose.core.grid import Grid
from vadose.files import configuration, products
from vadose.statistics.copula import FAMILIES

YEARS = (2000, 2011)
LABELS = {
    "layer": [1, 2],
    "season": ["humid", "sub-humid", "semi-arid", "arid"],
    "dynamics": ["trend", "iav"],
    "period": ["2000-2005", "2006-2011"],
    "series": ["total", "layer 1", "layer 2", *(f"season {s}" for s in ("humid", "sub-humid", "semi-arid", "arid"))],
    "test": ["original", "hamed_rao"],
    "detrend": ["none", "linear"],
    "depth_range": ["10-40 cm"],
    "annual_cycle": ["kept", "removed"],
    "lag": list(range(4)),
    "time_scale": ["monthly", "annual"],
    "control": ["frequency", "volume", "evapotranspiration"],
    "predictor": ["precipitation_frequency", "precipitation_volume", "evapotranspiration", "air_temperature"],
    "channel": ["red", "green", "blue"],
    "year": list(range(YEARS[0], YEARS[1] + 1)),
    "time": calendar.months(*YEARS),
}
BOUNDS = {"layer_top": ("layer", [0.0, 0.1]), "layer_bottom": ("layer", [0.1, 0.4])}


def cells() -> xr.Dataset:
    """Land cells of a coarse Earth: about half of its grid."""
    grid = Grid(np.arange(5.0, 90.0, 10.0), np.arange(-175.0, 180.0, 10.0))
    mask = np.random.default_rng(7).random(grid.shape) < 0.5
    return locate(mask, grid).set_coords(["row", "column", "area"])


def product(name: str, where: xr.Dataset, seed: int) -> xr.Dataset:
    """A product as specified, with random values in its ranges and some cells missing."""
    random, made = np.random.default_rng(seed), {}
    used = set()
    for variable, known in products.specification(name)["variables"].items():
        if variable.endswith("_by_annual_cycle") or variable.startswith("gof") or variable == "cross":
            continue
        shape = tuple(where.sizes["cell"] if dim == "cell" else len(LABELS[dim]) for dim in known["dims"])
        used |= set(known["dims"])
        if "flags" in known:
            values = random.choice(np.array(list(known["flags"])), shape).astype(np.int8)
        elif "masks" in known:
            values = random.integers(0, 1 + sum(known["masks"]), shape).astype(np.int8)
        elif variable in ("family", "runner_up"):
            values = random.choice(np.array(list(FAMILIES)), shape)
        else:
            low, high = known.get("range", (-3.0, 3.0))
            values = random.uniform(low, min(high, 400.0), shape)
            if shape and shape[0] == where.sizes["cell"]:
                values[random.random(shape[0]) < 0.1] = np.nan
        made[variable] = (known["dims"], values)
    result = xr.Dataset(made).assign_coords(products.cell_coordinates(where).coords if "cell" in used else {})
    bounds = {key: value for key, value in BOUNDS.items() if "layer" in used}
    return result.assign_coords({dim: LABELS[dim] for dim in used - {"cell"}} | bounds)


def shaped(name: str, made: xr.Dataset) -> xr.Dataset:
    """Values that cannot be anything: terms are codes, shares sum to one, copulas are those of their family."""
    if name == "attribution":
        for rank in (1, 2):
            made[f"top{rank}_term"] = made[f"top{rank}_term"].copy(
                data=np.random.default_rng(rank).integers(-1, 16, made[f"top{rank}"].shape)
            )
    if name == "controls":
        made["share"] = made["share"] / made["share"].sum("control")
        made["dominant"] = made["share"].fillna(-1).argmax("control").astype(np.int8)
    if name == "copulas":
        made["family"] = made["family"].copy(data=np.where(made["family"].values % 2 == 0, 3, 5))
        made["par"] = made["par"].copy(
            data=np.where(np.isfinite(made["par"].values), 2.0 + np.abs(made["par"].values), 2.0)
        )
        made["reason"] = made["reason"].copy(data=np.where(np.isfinite(made["tau"].values), 0, 1).astype(np.int8))
        made["tail_class"] = made["tail_class"].copy(data=np.zeros(made["tau"].shape, np.int8))
    if name == "lags":
        made["optimal_lag"] = made["optimal_lag"].copy(data=np.round(made["optimal_lag"].values % 4))
    return made


def run(folder: Path) -> dict[str, Path]:
    """Files of a finished run of both studies."""
    where, written = cells(), {}
    stages = {
        "variability": (
            "attribution",
            "trends",
            "field_significance",
            "seasonal_soil_moisture",
            "productivity_correlation",
        ),
        "dependence": ("copulas", "lags", "dependence_tests"),
        "controls": ("controls",),
    }
    for stage, names in stages.items():
        for name in names:
            made = shaped(name, product(name, where, seed=sum(map(ord, name))))
            written[name] = folder / stage / f"{name}.nc"
            products.write(made, written[name], name)
    for name in ("soil_moisture", "precipitation"):
        written[name] = folder / "prepared" / f"{name}_{YEARS[0]}-{YEARS[1]}.nc"
        products.write(product(name, where, seed=len(name)), written[name], name)
    land = np.zeros((90, 180), np.uint8)
    land[45:, 40:120] = 100
    centres = {"lat": -90 + 2 * (np.arange(90) + 0.5), "lon": -180 + 2 * (np.arange(180) + 0.5)}
    written["land_mask"] = folder / "prepared" / "land_mask.nc"
    xr.Dataset({"land_fraction": (("lat", "lon"), land)}, coords=centres).to_netcdf(
        written["land_mask"], engine="h5netcdf"
    )
    return written


def record() -> dict:
    """The record of that run."""
    source = {
        "id": "gldas_2_1",
        "title": "Made up",
        "version": "2.1",
        "doi": "10.0/0",
        "licence": "none",
        "synthetic": True,
    }
    grid = {"spacing": 10.0, "south": 0, "north": 90, "west": -180, "east": 180}
    configured = {
        "run": "made_up",
        "seed": 1,
        "significance": {"alpha": 0.05},
        "source": "synthetic",
        "studies": ["variability", "dependence"],
        "variability": {
            "periods": [[2000, 2005], [2006, 2011]],
            "years": list(YEARS),
            "grid": grid,
            "productivity": True,
            "limits": [1, 2],
        },
        "dependence": {
            "years": list(YEARS),
            "grid": grid,
            "controls": True,
            "drivers": False,
            "ridge": {"strong_share": 0.75},
        },
    }
    schema = configuration.load_schema(Path(__file__).parents[2] / "config/schema.yaml")
    usual = configuration.complete({"run": "made_up"}, schema)
    for study in ("variability", "dependence"):
        configured[study] = usual[study] | configured[study]
    provenance = {"run": "made_up", "configuration_hash": "0" * 16, "library_version": "0", "revision": "0" * 12}
    return {
        "configuration": configured,
        "provenance": provenance | {"sources": {"variability": [source], "dependence": [source]}},
    }


def figure(folder: Path, study: str, name: str) -> Path:
    """A picture with its caption and data."""
    from matplotlib import image

    folder = folder / "figures" / study
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(len(name)).random((40, 60, 3))
    image.imsave(folder / f"{name}.png", pixels, metadata={"Software": None})
    (folder / f"{name}.md").write_text(f"Picture {name}. What it shows.\n\nData: `{name}.csv`.\n", encoding="utf-8")
    (folder / f"{name}.csv").write_text("a\n1\n", encoding="utf-8")
    return folder / f"{name}.png"


def table(folder: Path, study: str, name: str, frame: pd.DataFrame) -> Path:
    """A table with its title."""
    path = folder / "tables" / study / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False)
    path.with_suffix(".md").write_text(f"Title of {name}. And a note.\n\nrun: made_up\n", encoding="utf-8")
    return path
