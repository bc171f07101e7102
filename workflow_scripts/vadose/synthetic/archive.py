"""The synthetic archive: each product in its true file format, year by year, through the writers of
`vadose.synthetic.writers`.

A file depends on the settings and its own month or year alone: jobs may make products and years in any order, and
always make the same bytes.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from vadose.core import calendar
from vadose.core.arrays import AnyArray, Array
from vadose.synthetic import dependence, ecoregions, landcover, other_soil_moisture, productivity, rain_days, soil
from vadose.synthetic.blocks import Native, native_grid, texture
from vadose.synthetic.settings import OTHER_SOIL_MOISTURE, PRODUCTS, Settings

ERA5_LAYERS = np.array([[0.0, 0.07], [0.07, 0.28], [0.28, 1.0]])  # m
PASS_DIFFERENCE = 4.0  # K, ascending (evening) above descending (morning)
TEXTURE = {
    "gpcp_daily": 0.03,
    "cru_ts": 0.8,
    "cci_lst": 0.8,
    "vodca2_gpp": 0.05,
    "gleam": 0.05,
}  # K, or share of the value
BESIDE_SOIL_MOISTURE = ("precipitation", "evapotranspiration", "air_temperature")  # in files of ERA5-Land
CELLS_OF_A_LONG_FILE = 300_000  # ERA5-Land grids above this size are written a month at a time
STEP = 8  # days, VODCA2 GPP


def years_of(product: str, settings: Settings) -> range:
    """Years that a product covers, all versions together.

    Raises
    ------
    ValueError
        If there is no such product.
    """
    names = (*PRODUCTS, *OTHER_SOIL_MOISTURE)
    if product not in names:
        raise ValueError(f"synthetic archive: expected a product among {', '.join(names)}, found {product!r}.")
    first, last = settings.dependence.first_year, settings.dependence.last_year
    if product in ("gldas", *OTHER_SOIL_MOISTURE):
        first, last = settings.variability.first_year, settings.variability.last_year
    elif product == "gosif_gpp":
        study = settings.variability
        first, last = max(study.first_year, study.productivity_first_year, 2000), study.last_year
    elif product == "mcd12c1":
        first, last = 2010, 2010
    return range(first, last + 1)


def write_product(product: str, settings: Settings, folder: Path, years: Iterable[int] | None = None) -> list[Path]:
    """Write a product, or some years of it, in its true file format.

    Parameters
    ----------
    product : str
        One of `settings.PRODUCTS` or `settings.OTHER_SOIL_MOISTURE`.
    settings : Settings
        The synthetic Earth.
    folder : Path
        Where the files go; made if absent. Each file is written under a temporary name and renamed.
    years : iterable of int, optional
        By default all of `years_of`; MCD12C1 then has 2010 alone. Products of one file (CRU, VODCA2 GPP, GLEAM) hold
        the years asked for.

    Returns
    -------
    list of Path
        The files written. GLDAS: V2.0 before the splice and to the end of its overlap, V2.1 from the splice on.

    Raises
    ------
    ValueError
        If the product is unknown or a year is outside its record.
    """
    record = years_of(product, settings)
    chosen = sorted(set(record if years is None else years))
    outside = [year for year in chosen if year not in record and product not in ("mcd12c1",)]
    if outside:
        raise ValueError(
            f"synthetic {product}: expected years within {record[0]} and {record[-1]}, found {outside[0]}. Change "
            "years or record."
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return _WRITERS[product](settings, folder, chosen)


def _gldas(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.gldas import write as write_gldas
    from vadose.synthetic.writers.series import Series

    study, paths, series = settings.variability, [], Series()
    for year in years:
        if year < study.splice_year or year <= study.overlap_last_year:
            paths += write_gldas(
                soil.soil_moisture(settings, year, version="2.0"), folder, version="2.0", series=series
            )
        if year >= study.splice_year:
            paths += write_gldas(
                soil.soil_moisture(settings, year, version="2.1"), folder, version="2.1", series=series
            )
    return paths


def _mcd12c1(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.mcd12c1 import write as write_mcd12c1

    return [write_mcd12c1(landcover.mcd12c1(settings, year).isel(time=0), folder, year=year) for year in years]


def _gosif_gpp(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.gosif_gpp import write as write_gosif_gpp

    paths = []
    for year in years:
        for month in range(3 if year == 2000 else 1, 13):
            dataset = productivity.gosif_gpp(settings, year, range(month, month + 1))
            paths += write_gosif_gpp(dataset[["gross_primary_productivity"]], folder, ice=dataset["snow_ice"].values)
    return paths


def _field(native: Native, times: AnyArray, **variables: Array) -> xr.Dataset:
    data = {name: (("time", "lat", "lon"), values) for name, values in variables.items()}
    return xr.Dataset(data, coords={"time": times, "lat": native.lat, "lon": native.lon})


def _months(years: Iterable[int]) -> list[int]:
    return [dependence.index_of(year, month) for year in years for month in range(1, 13)]


def _stamps(indices: list[int]) -> Array:
    return (np.array(indices) - 12 * 1970).astype("datetime64[M]").astype("datetime64[ns]")


def era5_land(settings: Settings, indices: list[int]) -> xr.Dataset:
    """Canonical fields of some months on the nodes, float32: soil_moisture(time, layer, lat, lon), m3 m-3, and what a
    reanalysis has beside it: precipitation and evapotranspiration, kg m-2, temperatures of air and soil, K.

    Nodes on a block's edge belong to the block north or east, so that a study cell at the south or west of an edge
    hears its neighbour: see `own_share` in the truth.
    """
    native = native_grid(settings, "era5_land")
    months = [dependence.fields(settings, index) for index in indices]

    def nodes(blocks: Iterable[Array]) -> Array:
        return np.stack([native.spread(values.astype(np.float32)) for values in blocks])

    fields = {name: nodes(getattr(month, name) for month in months) for name in BESIDE_SOIL_MOISTURE}
    # The soil follows the air of this month and the one before.
    before = (dependence.atmosphere(settings, index - 1).air_temperature for index in indices)
    both = zip(months, before, strict=True)
    fields["soil_temperature"] = nodes(0.5 * (month.air_temperature + air) for month, air in both)
    values = nodes(month.soil_moisture for month in months)
    metres = {"units": "m", "positive": "down"}
    return xr.Dataset(
        {"soil_moisture": (("time", "layer", "lat", "lon"), values, {"units": "m3 m-3"})}
        | {name: (("time", "lat", "lon"), field) for name, field in fields.items()},
        coords={
            "time": _stamps(indices),
            "layer": np.arange(1, 4),
            "layer_top": ("layer", ERA5_LAYERS[:, 0], metres),
            "layer_bottom": ("layer", ERA5_LAYERS[:, 1], metres),
            "lat": native.lat,
            "lon": native.lon,
        },
    )


def _era5_land(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.era5_land import write as write_era5_land

    native, paths = native_grid(settings, "era5_land"), []
    globe = native.lon.size == round(360.0 / settings.spacing("era5_land"))
    for year in years:
        indices = _months([year])
        pieces = {f"{year}{number:02d}": [index] for number, index in enumerate(indices, 1)}
        if native.valid.size <= CELLS_OF_A_LONG_FILE:
            pieces = {str(year): indices}
        for label, piece in pieces.items():
            # The store sends a ZIP under a plain name now and then: here in odd years.
            path = folder / f"era5_land_monthly_means_{label}.nc"
            paths.append(write_era5_land(era5_land(settings, piece), path, zipped=year % 2 == 1, east=globe))
    return paths


def gpcp_daily(settings: Settings, index: int) -> xr.Dataset:
    """Canonical daily precipitation of one month, kg m-2 a day, global: planted on the blocks of study B, zonal belts
    elsewhere."""
    native = native_grid(settings, "gpcp_daily")
    days = rain_days.daily(settings, index, *dependence.precipitation(settings, index))
    field = np.repeat(rain_days.elsewhere(native.lat, index, settings.seed)[:, :, None], native.lon.size, axis=2)
    field[:, native.valid] = days[:, native.block[native.valid]]
    # At most 3 %: no day crosses the wet-day threshold, which stands between 0.6 and 1.2.
    field *= 1.0 + TEXTURE["gpcp_daily"] * texture(settings, "gpcp_daily")
    first = _stamps([index])[0].astype("datetime64[D]")
    return _field(native, (first + np.arange(days.shape[0])).astype("datetime64[ns]"), precipitation=field)


def _gpcp_daily(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.gpcp_daily import write as write_gpcp_daily

    # Both netCDF forms occur in the archive; the classic one is written more than twice as fast.
    return [
        path
        for index in _months(years)
        for path in write_gpcp_daily(gpcp_daily(settings, index), folder, form="NETCDF3_CLASSIC")
    ]


def cru_ts(settings: Settings, years: Iterable[int]) -> xr.Dataset:
    """Canonical monthly air temperature, K, float32."""
    native, indices = native_grid(settings, "cru_ts"), _months(years)
    waves = (TEXTURE["cru_ts"] * texture(settings, "cru_ts")).astype(np.float32)
    values = [
        native.spread(dependence.atmosphere(settings, index).air_temperature.astype(np.float32)) + waves
        for index in indices
    ]
    return _field(native, _stamps(indices), air_temperature=np.stack(values))


def _cru_ts(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.cru_ts import write as write_cru_ts

    return write_cru_ts(cru_ts(settings, years), folder)


def cci_lst(settings: Settings, index: int, overpass: str) -> xr.Dataset:
    """Canonical LST of a month and pass ("ASC" evening, "DES" morning), K; the mean of both passes is the planted
    LST."""
    native = native_grid(settings, "cci_lst")
    values = native.spread(dependence.atmosphere(settings, index).land_surface_temperature) + TEXTURE[
        "cci_lst"
    ] * texture(settings, "cci_lst")
    values += {"ASC": 0.5, "DES": -0.5}[overpass] * PASS_DIFFERENCE
    return _field(native, _stamps([index]), land_surface_temperature=values[None])


def _cci_lst(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.cci_lst import write as write_cci_lst
    from vadose.synthetic.writers.series import Series

    absent = soil.missing_months(settings, "cci_lst", settings.dependence.first_year, settings.dependence.last_year)
    paths, series = [], Series()
    for overpass in ("ASC", "DES"):
        for index in _months(years):
            # The first missing month lacks both passes, the others the ascending one.
            lacking = absent if overpass == "ASC" else absent[:1]
            if _stamps([index]).astype("datetime64[M]")[0] not in lacking:
                paths += write_cci_lst(cci_lst(settings, index, overpass), folder, overpass=overpass, series=series)
    return paths


def vodca2_gpp(settings: Settings, years: Iterable[int]) -> xr.Dataset:
    """Canonical 8-day GPP, g m-2 d-1, float32; steps begin again each 1 January.

    Day-weighted monthly means are the planted ones: a step across two months has the smaller of their values, and the
    steps within a month make up for it.
    """
    native = native_grid(settings, "vodca2_gpp")
    steps, times = [], []
    shape = 1.0 + TEXTURE["vodca2_gpp"] * texture(settings, "vodca2_gpp")
    for year in years:
        planted = np.stack([dependence.atmosphere(settings, index).productivity for index in _months([year])])
        begins, values = eight_day_steps(year, planted)
        times.append(begins)
        steps.append((native.spread(values) * shape).astype(np.float32))
    return _field(native, np.concatenate(times), gross_primary_productivity=np.concatenate(steps))


def eight_day_steps(year: int, monthly: Array) -> tuple[Array, Array]:
    """First days (step,) and values (step, block) of the 8-day steps of a year whose day-weighted monthly means are
    `monthly` (12, block)."""
    first = np.datetime64(f"{year}-01-01")
    begins = np.arange(first, np.datetime64(f"{year + 1}-01-01"), STEP)
    ends = np.minimum(begins + STEP, np.datetime64(f"{year + 1}-01-01"))
    months = calendar.months(year, year).astype("datetime64[D]")
    nexts = np.append(months[1:], np.datetime64(f"{year + 1}-01-01"))
    overlap = (
        (np.minimum(ends[:, None], nexts) - np.maximum(begins[:, None], months)).astype(int).clip(0).astype(float)
    )  # (step, month)
    touches = overlap > 0
    across = touches.sum(axis=1) > 1
    smaller = np.array([monthly[row].min(axis=0) for row in touches])
    values = np.where(across[:, None], smaller, 0.0)
    borrowed = overlap.T @ values  # what the steps across give to each month
    inner = overlap[~across].sum(axis=0)
    within = (monthly * overlap.sum(axis=0)[:, None] - borrowed) / inner[:, None]
    values[~across] = within[touches[~across].argmax(axis=1)]
    return begins.astype("datetime64[ns]"), values


def _vodca2_gpp(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.vodca2_gpp import write as write_vodca2_gpp

    return write_vodca2_gpp((vodca2_gpp(settings, [year]) for year in years), folder)


def gleam(settings: Settings, years: Iterable[int]) -> xr.Dataset:
    """Canonical monthly evapotranspiration, kg m-2, float32."""
    native, indices = native_grid(settings, "gleam"), _months(years)
    shape = (1.0 + TEXTURE["gleam"] * texture(settings, "gleam")).astype(np.float32)
    values = [
        native.spread(dependence.atmosphere(settings, index).evapotranspiration.astype(np.float32)) * shape
        for index in indices
    ]
    return _field(native, _stamps(indices), evapotranspiration=np.stack(values))


def _gleam(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.gleam import write as write_gleam

    return write_gleam((gleam(settings, [year]) for year in years), folder, years=years)


def _wwf_ecoregions(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.wwf_ecoregions import write as write_wwf_ecoregions

    return [write_wwf_ecoregions(ecoregions.ecoregion_codes(settings), folder / "official_teow.zip")]


def _gleam_smroot(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.other_soil_moisture import write_gleam_smroot

    depths = {"SMroot": "root_zone", "SMsurf": "surface"}
    fields = {name: other_soil_moisture.values("gleam_smroot", settings, years, at) for name, at in depths.items()}
    return write_gleam_smroot(fields, folder)


def _cci_sm(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.other_soil_moisture import write_cci_sm

    return write_cci_sm(other_soil_moisture.values("cci_sm", settings, years, "surface"), folder)


def _merra_2(settings: Settings, folder: Path, years: list[int]) -> list[Path]:
    from vadose.synthetic.writers.other_soil_moisture import write_merra_2

    depths = {"SFMC": "surface", "RZMC": "root_zone"}
    return write_merra_2(
        {name: other_soil_moisture.values("merra_2", settings, years, at) for name, at in depths.items()}, folder
    )


_WRITERS: dict[str, Callable[[Settings, Path, list[int]], list[Path]]] = {
    "gldas": _gldas,
    "mcd12c1": _mcd12c1,
    "gosif_gpp": _gosif_gpp,
    "era5_land": _era5_land,
    "gpcp_daily": _gpcp_daily,
    "cru_ts": _cru_ts,
    "cci_lst": _cci_lst,
    "vodca2_gpp": _vodca2_gpp,
    "gleam": _gleam,
    "wwf_ecoregions": _wwf_ecoregions,
    "gleam_smroot": _gleam_smroot,
    "cci_sm": _cci_sm,
    "merra_2": _merra_2,
}
