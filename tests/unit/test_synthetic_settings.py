"""The synthetic Earth's settings, random streams and land mask; and the small worlds that the other synthetic tests
share."""

import functools
import tempfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from vadose.files import land_mask
from vadose.synthetic.settings import Settings
from vadose.synthetic.streams import generator, smooth_field

COARSE = dict.fromkeys(("gldas", "gpcp_daily", "cru_ts", "cci_lst", "vodca2_gpp", "gleam"), 5.0)


@functools.cache
def reduced_mask() -> Path:
    """The land mask on 0.25 degree, made once per process."""
    return land_mask.reduce(Path(tempfile.mkdtemp(prefix="vadose_test_")) / "land_mask.nc", 0.25)


def section(**changes) -> dict:
    """Configuration section of a world of 5 degrees."""
    base = {
        "seed": 7,
        "world": "standard",
        "land_mask": reduced_mask(),
        "variability": {"spacing": 5.0, "first_year": 1948, "last_year": 2024},
        "dependence": {"spacing": 5.0, "first_year": 2000, "last_year": 2019, "region": [0, 90, -180, 180]},
        "native": COARSE | {"mcd12c1": 0.5, "gosif_gpp": 1.0, "era5_land": 0.5},
        "missing_months": 3,
    }
    return base | changes


def earth(**changes) -> Settings:
    """A world of 5 degrees."""
    return Settings.from_config(section(**changes))


def test_full_size_is_the_default():
    """Nothing named in `native`: the archives' own spacings."""
    full = earth(native=None, variability={"spacing": 1.0, "first_year": 1948, "last_year": 2024})
    assert (full.spacing("gldas"), full.spacing("mcd12c1"), full.spacing("era5_land"), full.spacing("vodca2_gpp")) == (
        1.0,
        0.05,
        0.1,
        0.25,
    )


def test_blocks_are_as_coarse_as_the_coarsest_product():
    """Rain known on 1 degree cannot differ between cells of 0.25 degree."""
    fine = earth(
        native={},
        dependence={"spacing": 0.25, "first_year": 2000, "last_year": 2019},
        variability=section()["variability"] | {"spacing": 1.0},
    )
    assert fine.block_spacing == 1.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"world": "flat"}, "synthetic.world"),
        ({"native": COARSE | {"gldas": 4.0}}, "synthetic.native.gldas"),
        ({"native": {"moon": 1.0}}, "moon"),
        ({"variability": {"spacing": 4.0, "first_year": 1948, "last_year": 2024}}, "synthetic.variability.spacing"),
        ({"dependence": {"spacing": 5.0, "first_year": 2019, "last_year": 2000}}, "synthetic.dependence"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_wrong_settings_are_named(changes, words):
    with pytest.raises(ValueError, match=words):
        earth(**changes)


def test_null_step_has_a_step_and_null_trend_has_none():
    assert earth(world="null_step").planted_step == 20.0
    assert earth(world="null_step", step=5.0).planted_step == 5.0
    assert earth(world="null_trend", step=5.0).planted_step == 0.0
    assert earth(step=5.0).planted_step == 5.0


def test_streams_depend_on_purpose_alone():
    """Equal keys, equal numbers, whatever was drawn between; another key, other numbers."""
    first = generator(1, "rain", 24000).random(5)
    generator(1, "soil", 3).random(1000)
    assert np.array_equal(first, generator(1, "rain", 24000).random(5))
    for other in (
        generator(2, "rain", 24000),
        generator(1, "soil", 24000),
        generator(1, "rain", 24001),
        generator(1, "rain", -5),
    ):
        assert not np.array_equal(first, other.random(5))


def test_smooth_fields_have_unit_variance_and_no_seam():
    lat = np.array([10.0, 10.0, 90.0, 90.0, -30.0])
    lon = np.array([180.0, -180.0, 0.0, 77.0, 12.0])
    many = np.array([smooth_field(seed, "test", lat, lon, size=20.0) for seed in range(800)])
    assert np.allclose(many[:, 0], many[:, 1], atol=1e-9) and np.allclose(many[:, 2], many[:, 3], atol=1e-9)
    assert np.abs(many.var(axis=0) - 1.0).max() < 4.0 * np.sqrt(2.0 / 800)
    # Covariance exp(-d^2 / 2 size^2) in chord length, between (10 N, 180) and 20 degrees of arc along the meridian.
    pair = np.array(
        [smooth_field(seed, "test", np.array([0.0, 20.0]), np.array([0.0, 0.0]), size=20.0) for seed in range(800)]
    )
    expected = np.exp(-0.5 * (2 * np.sin(np.deg2rad(10.0)) / np.deg2rad(20.0)) ** 2)
    assert abs((pair[:, 0] * pair[:, 1]).mean() - expected) < 4.0 / np.sqrt(800)


def test_land_is_where_it_is():
    """Known places, and the land share of the planet."""
    mask = reduced_mask()
    places = {
        (48.0, 2.0): 1,
        (0.0, 22.0): 1,
        (-25.0, 134.0): 1,
        (40.0, -100.0): 1,
        (0.0, -150.0): 0,
        (-45.0, 80.0): 0,
        (40.0, -40.0): 0,
    }
    for (lat, lon), land in places.items():
        assert land_mask.land_fraction(mask, np.array([lat, lat + 1]), np.array([lon, lon + 1]))[0, 0] == land
    whole = land_mask.land_fraction(mask, np.array([-90.0, 90.0]), np.array([-180.0, 180.0]))[0, 0]
    assert abs(whole - 0.292) < 0.006  # 29.2 % of the Earth, ice shelves aside


def test_land_fraction_is_conservative_and_periodic():
    mask = reduced_mask()
    lat_edges = np.sort(np.r_[-90.0, 90.0, np.random.default_rng(0).uniform(-90, 90, 17)])
    fine = land_mask.land_fraction(mask, lat_edges, np.arange(-180.0, 181.0, 7.5))
    weight = np.diff(np.sin(np.deg2rad(lat_edges)))[:, None]
    whole = land_mask.land_fraction(mask, np.array([-90.0, 90.0]), np.array([-180.0, 180.0]))[0, 0]
    assert abs((fine * weight).sum() / (weight.sum() * fine.shape[1]) - whole) < 1e-8
    east = land_mask.land_fraction(mask, lat_edges, np.arange(0.0, 361.0, 7.5))
    assert np.abs(np.roll(east, 24, axis=1) - fine).max() <= 1.1e-9


@pytest.mark.one_python
def test_reducing_again_gives_the_same_bytes(tmp_path):
    again = land_mask.reduce(tmp_path / "again.nc", 0.25)
    assert again.read_bytes() == reduced_mask().read_bytes()
    assert list(tmp_path.iterdir()) == [again]


def test_what_was_made_of_the_mask_is_kept_and_made_again_where_it_is_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    world, calls = np.random.default_rng(0).integers(0, 101, (720, 1440), dtype=np.uint8), []
    monkeypatch.setattr(land_mask, "_percent", lambda _, factor: calls.append(factor) or world)
    for damage in (None, None, b"", b"PK", "cut", "bit"):  # the first time there is none
        kept = list((tmp_path / "cache/vadose/land_mask").glob("*"))
        if damage is not None:
            content = kept[0].read_bytes()
            cut, flipped = content[: len(content) // 2], content[:5000] + bytes([content[5000] ^ 1]) + content[5001:]
            kept[0].write_bytes({"cut": cut, "bit": flipped}.get(damage, damage))
        with xr.open_dataset(land_mask.reduce(tmp_path / "mask.nc", 0.25)) as dataset:
            np.testing.assert_array_equal(dataset["land_fraction"].values[::-1], world)
    land_mask.reduce(tmp_path / "mask.nc", 0.5)
    assert calls == [30] * 5 + [60]  # the second time it was kept


def test_a_spacing_that_does_not_fit_is_refused(tmp_path):
    with pytest.raises(ValueError, match="1/120"):
        land_mask.reduce(tmp_path / "mask.nc", 0.013)
