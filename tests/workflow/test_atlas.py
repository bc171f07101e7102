"""The atlas in a browser: it asks nothing of the network, complains of nothing, and shows the numbers of the
products."""

import base64
import io
import json
import re
import time
import zlib

import browser
import made_up
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
import xarray as xr
from PIL import Image

import build_atlas
from vadose.core.cells import locate
from vadose.core.grid import Grid
from vadose.figures import style
from vadose.files import datasets, products
from vadose.formats import polygons
from vadose.pages.atlas import (
    alternatives,
    changes,
    dependence,
    drivers,
    mechanism,
    names,
    packing,
    page,
    places,
    variability,
)
from vadose.pages.atlas.content import Content
from vadose.statistics import seasons
from vadose.studies.dependence import tables

READY = "document.documentElement.dataset.ready !== undefined"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("atlas")
    files = made_up.run(folder)
    pages = [folder / "atlas.html", folder / "again.html"]
    for atlas in pages:
        build_atlas.main(
            merged=[
                path for name, path in files.items() if name not in ("soil_moisture", "precipitation", "land_mask")
            ],
            moisture=[files["soil_moisture"]],
            soil_moisture=[files["soil_moisture"]],
            precipitation=[files["precipitation"]],
            land_mask=files["land_mask"],
            regions=[],
            land_cover=[],
            again=[],
            atlas=atlas,
            parts=folder / "atlas_tiles",
            basis="year",
            record=made_up.record(),
        )
    return pages, files


@pytest.fixture
def shown(world, window):
    def show(fragment="", **size):
        window.window(size.pop("width", 1300), size.pop("height", 900), **size)
        window.open(world[0][0], fragment, READY)
        return window

    return show


def opened(files, name):
    return products.read(files[name], name)


def cell_of(dataset, number):
    return f"{dataset['lat'].values[number]:g},{dataset['lon'].values[number]:g}"


EQUAL_EARTH, SPHERE = pyproj.Proj("+proj=eqearth +R=1"), pyproj.Geod(a=1.0, b=1.0)


def pixel_of(seen, lat, lon):
    """Where a place of the northern hemisphere lies in the window when the whole map is shown."""
    left, top, wide, high = seen.value(
        "(({left, top, width, height}) => [left, top, width, height])"
        "(document.getElementById('map').getBoundingClientRect())"
    )
    half, north = EQUAL_EARTH(180, 0)[0], EQUAL_EARTH(0, 90)[1]
    x, y = EQUAL_EARTH(lon, lat)
    return left + wide / 2 * (1 + x / half), top + high * (1 - y / north)


def pixels_of(seen):
    url = seen.value("document.getElementById('map').toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))


# Chart, shape and colours of every mark of the panel: its fill and stroke, or those of the casing of a line.
MARKS = """[...document.querySelectorAll("#panel svg")].flatMap((svg) => [...svg.querySelectorAll(
    "circle, rect:not([opacity]):not(.axis), .colours path, line.ink, g line:not(.tick line)")].map((mark) => {
  const like = mark.tagName === "path" ? [...svg.querySelectorAll(".casing path")].filter((one) => one.getAttribute("d")
    === mark.getAttribute("d")) : [];
  const drawn = [mark, ...like].flatMap((one) => { const style = getComputedStyle(one);
    return [one.tagName === "path" ? "none" : style.fill, style.stroke]; });
  return [svg.getAttribute("aria-label"), mark.tagName, drawn.filter((colour) => colour !== "none")];
}))"""


# On how many lines the longest word of the families stands.
LINES_OF_A_WORD = """Math.max(...[...document.querySelectorAll(".family")].flatMap((cell) => [...cell.childNodes])
  .filter((node) => node.nodeType === Node.TEXT_NODE).flatMap((node) => [...node.data.matchAll(/\\S+/g)].map((word) => {
    const range = document.createRange();
    range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
    return range.getClientRects().length;
  })))"""


def rgb(text):
    """Red, green, blue of what a browser says that a colour is."""
    numbers = np.array(re.findall(r"[\d.]+", text)[:3], dtype=float)
    return numbers * 255 if text.startswith("color") else numbers


def contrast(one, other):
    """Ratio of WCAG 2."""
    shares = [(rgb(each) if isinstance(each, str) else each) / 255 for each in (one, other)]
    linear = [np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4) for share in shares]
    dark, light = sorted(float(each @ [0.2126, 0.7152, 0.0722]) for each in linear)
    return (light + 0.05) / (dark + 0.05)


def test_page_holds_the_parts_of_d3_that_it_uses_with_their_licence(world):
    """No more than it uses, none that it lacks."""
    folder = page.TEMPLATES / "vendor"
    parts = re.findall(r"^export \{ (.*) \} from", (folder / "d3_parts.js").read_text(encoding="utf-8"), re.M)
    scripts = "".join(path.read_text(encoding="utf-8") for path in page.TEMPLATES.glob("atlas*.js"))
    assert sorted(", ".join(parts).split(", ")) == sorted(set(re.findall(r"\bd3\.(\w+)", scripts)))
    library = (folder / "d3.min.js").read_text(encoding="utf-8")
    assert "d3-geo 3.1.2" in library and "Permission to use, copy, modify" in library and len(library) < 130_000
    assert library.strip() in world[0][0].read_text(encoding="utf-8")


def test_equal_runs_give_equal_pages(world):
    first, again = world[0]
    assert first.read_bytes() == again.read_bytes()


def test_nothing_is_asked_of_the_network_and_nothing_is_wrong(shown, world):
    seen = shown()
    assert seen.value("document.documentElement.dataset.ready") == "yes"
    assert seen.complaints == []
    assert [url for url in seen.requests if not url.startswith(("file:", "data:", "about:", "blob:"))] == []
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", world[0][0].read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("study", "layer", "product", "pick"),
    [
        ("variability", "trend-2006-2011-all-layers", "trends", lambda d: d["slope"].values[:, 1, 0]),
        ("variability", "trend-2000-2005-10-40-cm", "trends", lambda d: d["slope"].values[:, 0, 2]),
        (
            "variability",
            "contribution-2006-2011-interannual-variability",
            "attribution",
            lambda d: d["contribution"].values[:, 1, 1].sum((1, 2)),
        ),
        (
            "variability",
            "contribution-2000-2005-season-sa-s",
            "attribution",
            lambda d: d["contribution"].values[:, 0, :, 2].sum((1, 2)),
        ),
        (
            "variability",
            "terms-2000-2005-trend-a-s-10-40-cm",
            "attribution",
            lambda d: d["contribution"].values[:, 0, 0, 3, 1],
        ),
        ("variability", "omega-2006-2011-h-s-10-40-cm", "attribution", lambda d: d["omega"].values[:, 1, 0, 1]),
        (
            "variability",
            "largest-terms-2006-2011-value-of-the-second-largest-term",
            "attribution",
            lambda d: d["top2"].values[:, 1],
        ),
        (
            "variability",
            "correlation-with-gpp-detrended-sh-s-0-10-cm",
            "productivity_correlation",
            lambda d: d["r"].values[:, 1, 1, 0],
        ),
        (
            "variability",
            "correlation-with-gpp-annual-10-40-cm",
            "productivity_correlation",
            lambda d: d["r_range"].values[:, 0, 0],
        ),
        (
            "variability",
            "sensitivity-of-the-trend-tests-that-find-it-mann-kendall-hamed-and-rao-2000-2005",
            "trends",
            lambda d: np.where(
                np.isfinite(d["p"].values[:, 0, 0]).all(-1), (d["p"].values[:, 0, 0] <= 0.05).sum(-1), np.nan
            ),
        ),
        (
            "dependence",
            "kendall-s-tau-b-monthly-10-40-cm",
            "copulas",
            lambda d: d["kendall"].where(d["tau"].notnull()).values[:, 0, 1],
        ),
        ("dependence", "tau-of-the-copula-monthly-10-40-cm", "copulas", lambda d: d["tau"].values[:, 0, 1]),
        ("dependence", "upper-tail-dependence-annual-0-10-cm", "copulas", lambda d: d["upper"].values[:, 1, 0]),
        ("dependence", "optimal-lag-annual-cycle-removed-10-40-cm", "lags", lambda d: d["optimal_lag"].values[:, 1, 1]),
        (
            "dependence",
            "tau-at-the-optimal-lag-annual-cycle-kept-0-10-cm",
            "lags",
            lambda d: d["optimal_tau"].values[:, 0, 0],
        ),
        ("dependence", "share-of-volume-annual-10-40-cm", "controls", lambda d: d["share"].values[:, 1, 1, 1]),
    ],
)
def test_layers_show_the_numbers_of_the_products(shown, world, study, layer, product, pick):
    data = opened(world[1], product)
    expected = pick(data)
    numbers = np.r_[np.flatnonzero(np.isfinite(expected))[[0, 40, -1]], np.flatnonzero(~np.isfinite(expected))[:1]]
    seen = shown(f"study={study}&layer={layer}")
    for number in numbers:
        seen.value(f"location.hash = 'study={study}&layer={layer}&cell={cell_of(data, number)}'")
        seen.until(f"document.getElementById('readout').dataset.cell === '{cell_of(data, number)}'")
        assert seen.value("document.getElementById('layer').value") == layer
        found = seen.value("document.getElementById('readout').dataset.value")
        if np.isfinite(expected[number]):
            assert float(found) == pytest.approx(expected[number], abs=0.00101)
        else:
            assert found == "missing"
    assert seen.complaints == []


def test_click_on_a_cell_shows_what_lies_behind_it(shown, world):
    trends = opened(world[1], "trends")
    number = int(np.flatnonzero(np.isfinite(trends["slope"].values).all(axis=(1, 2)))[60])
    seen = shown("layer=trend-2000-2005-all-layers")
    lat, lon = trends["lat"].values[number], trends["lon"].values[number]
    seen.click(*pixel_of(seen, lat, lon))
    assert seen.value("document.getElementById('readout').dataset.cell") == cell_of(trends, number)
    seen.until(f"decodeURIComponent(location.hash).includes('cell={cell_of(trends, number)}')")
    for place, period in enumerate(trends["period"].values):
        shown_slope = seen.value(
            f"document.querySelector('#panel tr[data-period=\"{period}\"] [data-slope]').dataset.slope"
        )
        assert float(shown_slope) == pytest.approx(trends["slope"].values[number, place, 0], abs=0.000501)
    seasonal = opened(world[1], "seasonal_soil_moisture")["soil_moisture"].values[number].mean(axis=1)
    rows = seen.value(
        "[...document.querySelectorAll('#panel details')].find((d) => d.textContent.includes('kg m⁻²')).innerText || ''"
    )
    cells = seen.value(
        "[...[...document.querySelectorAll('#panel details')].find((d) => d.textContent.includes('kg "
        "m⁻²')).querySelectorAll('tbody tr')]"
        ".map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent))"
    )
    assert rows is not None and len(cells) == len(seasonal)
    found = np.array([[np.nan if text == "missing" else float(text) for text in row] for row in cells])
    np.testing.assert_allclose(found, seasonal, atol=0.0501)


def test_keys_move_the_cell_and_change_the_layer(shown, world):
    copulas = opened(world[1], "copulas")
    seen = shown(f"study=dependence&cell={cell_of(copulas, 50)}")
    first = seen.value("document.getElementById('layer').value")
    seen.value("document.getElementById('map').focus()")
    seen.press("ArrowRight")
    east = [n for n in range(copulas.sizes["cell"]) if copulas["lat"].values[n] == copulas["lat"].values[50]]
    following = east[(east.index(50) + 1) % len(east)]
    assert seen.value("document.getElementById('readout').dataset.cell") == cell_of(copulas, following)
    seen.press("]")
    assert seen.value("document.getElementById('layer').value") != first
    seen.press("[")
    assert seen.value("document.getElementById('layer').value") == first
    assert seen.complaints == []


def test_phone_shows_everything_without_sideways_scrolling(shown, world, tmp_path):
    copulas, lags = opened(world[1], "copulas"), opened(world[1], "lags")
    known = np.isfinite(lags["tau"].values).all(axis=(1, 2, 3)) & np.isfinite(copulas["tau"].values).all(axis=(1, 2))
    number = int(np.flatnonzero(known)[30])
    seen = shown(f"study=dependence&cell={cell_of(copulas, number)}", width=390, height=844, phone=True, dark=True)
    wide = (
        "[...document.querySelectorAll('#panel table')].filter((t) => t.getBoundingClientRect().right > "
        "t.closest('#panel').getBoundingClientRect().right)"
    )
    for width in (390, 1300):
        seen.window(width, 844, phone=width == 390, dark=True)
        assert seen.value("document.documentElement.scrollWidth") <= width and seen.value(f"{wide}.length") == 0
    seen.window(390, 844, phone=True, dark=True)
    assert seen.value(LINES_OF_A_WORD) == 1
    row = 'tr[data-scale="annual"][data-depth="2"] [data-tau]'
    shown_tau, tau = seen.value(f"document.querySelector('{row}').dataset.tau"), copulas["kendall"].values[number, 1, 1]
    assert float(shown_tau) == pytest.approx(tau, abs=0.000501)
    titles = " ".join(seen.value("[...document.querySelectorAll('#panel h3')].map((title) => title.textContent)"))
    for words in ("Copulas", "ranks", "by lag", "ridge"):
        assert words in titles
    seen.picture(tmp_path / "phone.png")
    assert (tmp_path / "phone.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("study", "product", "variable", "titles"),
    [
        (
            "dependence",
            "lags",
            "tau",
            ["Dependence by lag (months), annual cycle kept", "Dependence by lag (months), annual cycle removed"],
        ),
        ("dependence", "controls", "share", ["Shares of the ridge coefficients"]),
        (
            "variability",
            "attribution",
            "contribution",
            ["Contributions to the variance 2000–2005", "Contributions to the variance 2006–2011"],
        ),
    ],
)
def test_panel_says_what_was_not_analysed(shown, world, study, product, variable, titles):
    """A part of the panel never vanishes: where a product has nothing for a cell its title stays, and says so."""
    data = opened(world[1], product)
    missing = np.isnan(data[variable].values.reshape(data.sizes["cell"], -1)).all(axis=1)
    seen = shown(f"study={study}")
    said = {}
    for kind in (True, False):
        cell = cell_of(data, int(np.flatnonzero(missing == kind)[5]))
        seen.value(f"location.hash = 'study={study}&cell={cell}'")
        seen.until(f"document.getElementById('readout').dataset.cell === '{cell}'")
        said[kind] = seen.value(
            "[...document.querySelectorAll('#panel h3')].filter((h) => /^Not analysed here/.test((h.nextElementSibling "
            "|| h).textContent))"
            ".map((h) => h.textContent)"
        )
    assert set(titles) <= set(said[True]) and not set(titles) & set(said[False])
    assert seen.complaints == []


def test_numbers_in_print(shown, world):
    """As many places in every row, a true minus, years with a dash, and no p of exactly nothing."""
    trends, terms = opened(world[1], "trends"), opened(world[1], "attribution")["contribution"].values
    slope = trends["slope"].values
    known = np.flatnonzero(
        np.isfinite(slope).all(axis=(1, 2)) & (slope[:, 0, 0] < -0.1) & np.isfinite(terms).all(axis=(1, 2, 3, 4))
    )
    seen = shown(f"study=variability&cell={cell_of(trends, int(known[0]))}")
    rows = seen.value(
        "[...document.querySelectorAll('#panel tr[data-period]')].map((row) => [...row.children].map((cell) => "
        "cell.textContent))"
    )
    assert [row[0] for row in rows] == ["2000–2005", "2006–2011"]
    for row in rows:
        assert re.fullmatch(r"−?\d+\.\d{3}", row[1]) and re.fullmatch(r"< 0\.0001|\d\.\d{4}", row[3]), row
    assert rows[0][1].startswith("−")
    assert "–" in seen.value("document.getElementById('group').selectedOptions[0].textContent")
    after = seen.value(
        "[...document.querySelectorAll('#panel h3')].filter((h) => /^Contributions/.test(h.textContent))"
        ".map((h) => h.nextElementSibling.nextElementSibling.className)"
    )
    assert after == ["legend", "legend"]  # colours are named where they are used


def test_every_layer_can_be_drawn(shown):
    for study in ("variability", "dependence"):
        seen = shown(f"study={study}&mask=1")
        names = seen.value(
            """(() => {
            const drawn = [];
            const choose = (id, name) => {
              const box = document.getElementById(id); box.value = name; box.onchange({ target: box });
            };
            for (const group of [...document.getElementById('group').options].map((o) => o.value)) {
              choose('group', group);
              for (const layer of [...document.getElementById('layer').options].map((o) => o.value)) {
                choose('layer', layer);
                drawn.push(document.getElementById('layer').value);
              }
            }
            return drawn; })()"""
        )
        expected = seen.value(
            "JSON.parse(document.getElementById('index').textContent).studies"
            f".find((s) => s.id === '{study}').layers.map((layer) => layer.id)"
        )
        assert sorted(names) == sorted(expected) and len(names) > 30
        assert seen.complaints == []


@pytest.mark.parametrize(("width", "dark"), [(1400, False), (1400, True), (390, False), (390, True)])
def test_readers_with_other_eyes_and_hands(shown, width, dark):
    seen = shown("study=dependence&second=kendall-s-tau-b-annual-0-10-cm", width=width, phone=width == 390, dark=dark)
    assert seen.violations() == {}
    assert seen.value("document.documentElement.scrollWidth") <= width


def place_at(seen, x, y):
    """The cell that a click at a place of the window chooses."""
    seen.click(x, y)
    return seen.value("document.getElementById('readout').dataset.cell")


def zoom_of(seen, least):
    """Zoom in the address, which follows the gestures a moment later."""
    seen.until(f"Number((location.hash.match(/zoom=([0-9.]+)/) || [0, 0])[1]) > {least}")
    return float(re.search(r"zoom=([\d.]+)", seen.value("location.hash"))[1])


def test_two_fingers_and_the_wheel_zoom_about_what_is_under_them(shown, world):
    trends = opened(world[1], "trends")
    number = int(np.argmin(np.hypot(trends["lat"].values - 35, trends["lon"].values - 25)))
    cell = cell_of(trends, number)
    seen = shown("study=variability", width=700, phone=True)
    x, y = pixel_of(seen, trends["lat"].values[number], trends["lon"].values[number])
    seen.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    for kind, apart in (("touchStart", 20), ("touchMove", 40), ("touchMove", 60), ("touchEnd", None)):
        points = [] if apart is None else [{"x": x + side * apart, "y": y, "id": side} for side in (0, 1)]
        points = [point | {"x": point["x"] - (apart or 0) / 2} for point in points]
        seen.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    seen.call("Emulation.setTouchEmulationEnabled", enabled=False)
    assert zoom_of(seen, least=2.5) == pytest.approx(3.0, rel=0.1)
    assert place_at(seen, x, y) == cell
    seen = shown("study=variability")
    x, y = pixel_of(seen, trends["lat"].values[number], trends["lon"].values[number])
    for _ in range(4):
        seen.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=-100)
    seen.until("document.getElementById('map').style.touchAction === 'none'")
    assert zoom_of(seen, least=1.7) == pytest.approx(2**0.8, abs=0.01) and place_at(seen, x, y) == cell
    assert seen.complaints == []


def test_pointer_tells_the_value_and_the_address_holds_the_view(shown, world):
    trends = opened(world[1], "trends")
    slope = trends["slope"].values[:, 1, 0]
    number = int(np.flatnonzero(np.isfinite(slope))[40])
    seen = shown("study=variability")
    assert seen.value("document.getElementById('layer').value") == "trend-2006-2011-all-layers"
    assert seen.value("document.getElementById('readout').dataset.value") not in ("", "missing")  # a first cell
    x, y = pixel_of(seen, trends["lat"].values[number], trends["lon"].values[number])
    seen.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    said = seen.value("document.getElementById('tip').textContent").replace("−", "-")
    assert float(said.split(" ")[0]) == pytest.approx(slope[number], abs=0.000501)
    address = "study=variability&layer=annual-soil-moisture-10-40-cm&zoom=4&centre=40,170&year=2005"
    address += "&region=box&box=10,60,100,-100"
    seen = shown(address + f"&cell={cell_of(trends, number)}")
    seen.value("document.querySelector('[data-file=link]').click()")
    kept = dict(part.split("=") for part in seen.value("decodeURIComponent(location.hash.slice(1))").split("&"))
    assert kept | dict(part.split("=") for part in address.split("&")) == kept
    seasonal = opened(world[1], "seasonal_soil_moisture")["soil_moisture"].values
    expected = seasonal[number, 5, :, 1].mean()
    found = seen.value("document.getElementById('readout').dataset.value")
    assert found == "missing" if np.isnan(expected) else float(found) == pytest.approx(expected, abs=0.0501)


def test_search_finds_countries_and_coordinates_and_a_region_is_summed_up(shown, world):
    trends = opened(world[1], "trends")
    slope, lat, lon = trends["slope"].values[:, 1, 0], trends["lat"].values, trends["lon"].values
    seen = shown("study=variability")
    search = "((box) => {{ box.value = '{}'; box.onchange({{ target: box }}); }})(document.getElementById('search'))"
    seen.value(search.format("55 N, 95 E"))
    all_of_95_east, all_of_55_north = np.full(lat.size, 95.0), np.full(lat.size, 55.0)
    near = int(np.argmin(SPHERE.inv(all_of_95_east, all_of_55_north, lon, lat)[2]))
    assert seen.value("document.getElementById('readout').dataset.cell") == cell_of(trends, near)
    seen.value(search.format("russia"))
    assert seen.value("document.getElementById('region').value") == "Country:Russia"
    assert "Country: Russia" in seen.value("document.getElementById('panel').innerText")
    for text, (city_lat, city_lon) in {"Osaka": (34.69, 135.50), "chisinau": (47.01, 28.86)}.items():
        seen.value(search.format(text))  # letters without their marks
        away = SPHERE.inv(np.full(lat.size, city_lon), np.full(lat.size, city_lat), lon, lat)[2]
        assert seen.value("document.getElementById('readout').dataset.cell") == cell_of(trends, int(np.argmin(away)))
        said = seen.value("document.getElementById('found').textContent")
        assert float(re.search(r"lies (\d+) km", said)[1]) == pytest.approx(6371 * away.min(), abs=1.5)
    offered = set(seen.value("[...document.getElementById('places').options].map((option) => option.value)"))
    assert {"Russia", "Ōsaka"} <= offered and "Wellington" not in offered  # no cell is near
    seen.value(search.format("Nowhere"))
    assert "No country or region" in seen.value("document.getElementById('found').textContent")
    seen.value("location.hash = 'study=variability&region=box&box=20,70,-10,60'")
    seen.until("document.getElementById('region').value === 'box'")
    inside = (lat >= 20) & (lat <= 70) & (lon >= -10) & (lon <= 60) & np.isfinite(slope)
    area = np.sin(np.radians(lat + 5)) - np.sin(np.radians(lat - 5))
    rows = dict(
        seen.value(
            "[...document.querySelectorAll('#region-panel tr')]"
            ".map((row) => [...row.children].map((one) => one.textContent))"
        )
    )
    number = {name: float(text.replace("−", "-").split(" ")[0]) for name, text in rows.items()}
    assert number["cells with a value"] == inside.sum()
    assert number["mean"] == pytest.approx(np.average(slope[inside], weights=area[inside]), abs=0.0011)
    assert number["largest"] == pytest.approx(slope[inside].max(), abs=0.000501)
    assert number["above 0"] == pytest.approx(100 * np.average(slope[inside] > 0, weights=area[inside]), abs=0.051)


def test_cities_lie_in_their_countries():
    """Names of the shipped file stand at their places, each once and whole."""
    places_of = {name: shapely.Point(lon, lat) for name, lat, lon in places.cities()}
    countries = polygons.load(places.SHIPPED / "countries.geojson", "name")
    expected = {"Nairobi": "Kenya", "Ōsaka": "Japan", "Chișinău": "Moldova", "Ürümqi": "China", "Sucre": "Bolivia"}
    for city, country in expected.items():
        assert countries.geometry[countries.names.index(country)].contains(places_of[city])
    assert len(places_of) == len(places.cities()) == 243 and not any("?" in name or "  " in name for name in places_of)


def test_borders_are_the_lines_that_two_countries_share(shown, world):
    """As long as what outlines of countries have twice; drawn where they are, and only when asked for."""
    packed = np.frombuffer(zlib.decompress(base64.b64decode(places.borders())), np.uint8).reshape(2, -1).astype(int)
    steps, at, lines = ((packed[0] | packed[1] << 8) + 32768) % 65536 - 32768, 0, []
    while at < steps.size:
        end = at + 1 + 2 * steps[at]
        lines.append(shapely.LineString(steps[at + 1 : end].reshape(2, -1).cumsum(axis=1).T / 100))
        at = end
    countries = polygons.load(places.SHIPPED / "countries.geojson", "name").geometry
    whole = shapely.length(shapely.boundary(countries)).sum()
    twice = whole - shapely.length(shapely.boundary(shapely.union_all(countries)))
    assert sum(line.length for line in lines) == pytest.approx(twice / 2, rel=0.003)
    trends = opened(world[1], "trends")
    drawn = []
    for asked in (0, 1):
        seen = shown(f"study=variability&cell={cell_of(trends, 0)}&borders={asked}")
        drawn.append(pixels_of(seen).astype(int))
    lon = np.arange(-120.0, -96.0, 2.0)  # Canada and the United States
    x, y = pixel_of(seen, np.full(lon.size, 49.0), lon)
    left, top = seen.value("(({left, top}) => [left, top])(document.getElementById('map').getBoundingClientRect())")
    row, column = np.floor(y - top).astype(int), np.floor(x - left).astype(int)
    changed = np.abs(drawn[1] - drawn[0]).sum(axis=2) > 0
    assert all(changed[r - 1 : r + 2, c].any() for r, c in zip(row, column, strict=True)) and changed.mean() < 0.1
    assert seen.value("document.getElementById('borders').checked")


@pytest.mark.parametrize("dark", [False, True])
def test_marks_of_the_charts_can_be_told_from_what_is_behind_them(shown, world, dark):
    """A contrast of three to one with the card, by colour or outline; of points also with the densest shade."""
    seen = shown("study=variability", dark=dark)
    worst = {}
    for study, product, variable in (("variability", "attribution", "top1"), ("dependence", "copulas", "tau")):
        dataset = opened(world[1], product)
        values = dataset[variable].values.reshape(dataset.sizes["cell"], -1)
        number = int(np.flatnonzero(np.isfinite(values).all(axis=1))[0])
        seen = shown(f"study={study}&cell={cell_of(dataset, number)}", dark=dark)
        seen.until(f"document.documentElement.dataset.panel === '{cell_of(dataset, number)}'")
        marks = seen.value(MARKS)
        ground = seen.value("getComputedStyle(document.getElementById('panel')).backgroundColor")
        for chart, shape, colours in marks:
            best = max(contrast(colour, ground) for colour in colours)
            worst[chart, shape] = min(best, worst.get((chart, shape), np.inf))
            if shape == "circle" and chart.startswith("Pseudo"):
                densest = 0.75 * rgb("rgb(224, 130, 20)") + 0.25 * rgb(ground)
                worst["point", "shade"] = contrast(colours[0], densest)
    assert len(worst) >= 8 and {key: value for key, value in worst.items() if value < 3.0} == {}


def test_paper_is_light_whatever_the_reader_prefers(shown):
    seen = shown("study=variability", dark=True)
    ink = "getComputedStyle(document.body).color"
    assert rgb(seen.value(ink)).min() > 200
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    seen.call("Emulation.setEmulatedMedia", media="print", features=features)
    printed = rgb(seen.value(ink))
    seen.call("Emulation.setEmulatedMedia", media="")
    assert printed.max() < 50


def test_downloads_equal_the_products(shown, world):
    trends = opened(world[1], "trends")
    slope, wanted = trends["slope"].values, "layer=trend-2006-2011-all-layers&second=trend-2000-2005-all-layers&how={}"
    for how, expected in (("beside", slope[:, 1, 0]), ("difference", slope[:, 1, 0] - slope[:, 0, 0])):
        seen = shown(wanted.format(how))
        table = pd.read_csv(io.StringIO(seen.value("atlas.layerTable()")))
        assert table["lat"].tolist() == trends["lat"].values.tolist()
        np.testing.assert_allclose(table.iloc[:, 2], expected, atol=0.00101)
        raw = seen.value("btoa(String.fromCharCode(...new Uint8Array(atlas.geoTiff())))")
        with rasterio.MemoryFile(base64.b64decode(raw)) as memory, memory.open() as tiff:
            sampled = [value[0] for value in tiff.sample(zip(trends["lon"].values, trends["lat"].values, strict=True))]
            assert tiff.crs.to_epsg() == 4326 and tiff.res == (10.0, 10.0) and np.isnan(tiff.nodata)
            assert np.isfinite(tiff.read(1)).sum() == np.isfinite(expected).sum()
        np.testing.assert_allclose(sampled, expected, atol=0.00101)
        cell = pd.read_csv(io.StringIO(seen.value("atlas.cellTable()")))
        number = [cell_of(trends, one) for one in range(len(slope))].index(
            seen.value("document.getElementById('readout').dataset.cell")
        )
        here = cell[(cell["group"] == "Trend 2006-2011") & (cell["layer"] == "all layers")]["value"].astype(float)
        assert here.item() == pytest.approx(slope[number, 1, 0], abs=0.000501)
    assert seen.complaints == []


@pytest.mark.parametrize("way", ["shift", "button", "finger"])
def test_box_is_drawn_by_dragging(shown, world, way):
    trends = opened(world[1], "trends")
    slope, lat, lon = trends["slope"].values[:, 1, 0], trends["lat"].values, trends["lon"].values
    seen = shown("study=variability")
    (left, top), (right, low) = pixel_of(seen, 61, 71), pixel_of(seen, 29, 131)
    if way != "shift":
        seen.value("document.getElementById('draw-box').click()")
    if way == "finger":
        seen.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
        for kind, points in (
            ("touchStart", [{"x": left, "y": top}]),
            ("touchMove", [{"x": right, "y": low}]),
            ("touchEnd", []),
        ):
            seen.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
        seen.call("Emulation.setTouchEmulationEnabled", enabled=False)
    else:
        for kind, x, y in (("mousePressed", left, top), ("mouseMoved", right, low), ("mouseReleased", right, low)):
            buttons = {"button": "left", "buttons": 1, "clickCount": 1, "modifiers": 8 if way == "shift" else 0}
            seen.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **buttons)
    seen.until("document.getElementById('region').value === 'box'")
    south, north, west, east = (float(side) for side in seen.value("document.getElementById('box').value").split(","))
    assert (south, north, west, east) == pytest.approx((29, 61, 71, 131), abs=0.5)
    inside = (lat > 29) & (lat < 61) & (lon > 71) & (lon < 131)
    said = seen.value("document.querySelector('#region-panel td').textContent")
    assert said == f"{(inside & np.isfinite(slope)).sum()} of {inside.sum()}"
    seen.until("location.hash.includes('region=box')")
    assert "zoom=" not in seen.value("location.hash")  # the Earth stays where it is
    assert seen.complaints == []


def colours_at(seen, data, numbers):
    """Colours of the map at the middles of cells."""
    pixels = pixels_of(seen)
    left, top = seen.value("(({left, top}) => [left, top])(document.getElementById('map').getBoundingClientRect())")
    x, y = pixel_of(seen, data["lat"].values[numbers] + 2, data["lon"].values[numbers] + 2)  # not on a line
    return x - left, pixels[np.floor(y - top).astype(int), np.floor(x - left).astype(int)]


def test_slider_wipes_between_two_layers(shown, world):
    """Left of it the map is that of the first layer, right of it that of the second."""
    trends = opened(world[1], "trends")
    numbers = np.flatnonzero(np.isfinite(trends["slope"].values).all(axis=(1, 2)))
    first, second = "trend-2006-2011-all-layers", "largest-terms-2006-2011-layer-of-the-largest-term"
    drawn = {}
    for name, address in {
        "first": f"layer={first}",
        "second": f"layer={second}",
        "both": f"layer={first}&second={second}&how=swipe&wipe=0.4",
    }.items():
        seen = shown(f"study=variability&cell={cell_of(trends, numbers[0])}&{address}")
        x, drawn[name] = colours_at(seen, trends, numbers)
    said = [seen.value(f"document.querySelector('#{name} .label').textContent") for name in ("bar", "second-bar")]
    assert said[0] == "Left of the slider: Trend 2006–2011, all layers"
    assert said[1] == "Right of the slider: Largest terms 2006–2011, layer of the largest term"
    at = 0.4 * seen.value("document.getElementById('map').clientWidth")
    left, right = x < at - 2, x > at + 2
    assert left.sum() > 5 and right.sum() > 5 and (drawn["first"] != drawn["second"]).any(axis=1).mean() > 0.9
    np.testing.assert_array_equal(drawn["both"][left], drawn["first"][left])
    np.testing.assert_array_equal(drawn["both"][right], drawn["second"][right])
    seen.value("((wipe) => { wipe.value = 0; wipe.oninput({ target: wipe }); })(document.getElementById('wipe'))")
    seen.until("location.hash.includes('wipe=0&') || location.hash.endsWith('wipe=0')")
    np.testing.assert_array_equal(colours_at(seen, trends, numbers)[1][right], drawn["second"][right])
    assert seen.violations() == {} and seen.complaints == []


def test_clicks_save_the_files_that_they_name(shown, world, tmp_path):
    trends = opened(world[1], "trends")
    seen = shown("study=variability&layer=trend-2006-2011-all-layers")
    seen.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    names = {"csv": "trend-2006-2011-all-layers.csv", "tif": "trend-2006-2011-all-layers.tif"}
    names |= {"png": "trend-2006-2011-all-layers.png", "cell": "cell_{}_{}.csv"}
    cell = seen.value("document.getElementById('readout').dataset.cell").split(",")
    for kind, name in names.items():
        seen.value(f"document.querySelector('[data-file={kind}]').click()")
        wanted = tmp_path / f"made_up_{name.format(*cell)}"
        end = time.monotonic() + browser.LONGEST_WAIT
        while not wanted.is_file():
            assert time.monotonic() < end, f"{wanted.name} was not saved; there is {sorted(tmp_path.iterdir())}"
            time.sleep(0.02)
    url = seen.value("document.getElementById('map').toDataURL()")
    saved = np.asarray(Image.open(tmp_path / f"made_up_{names['png']}"))
    np.testing.assert_array_equal(saved, np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))))
    table = pd.read_csv(tmp_path / f"made_up_{names['csv']}")
    np.testing.assert_allclose(table.iloc[:, 2], trends["slope"].values[:, 1, 0], atol=0.000501)
    assert seen.complaints == []


def test_tau_b_is_shown_of_the_cells_that_the_tables_count():
    """Of cells without a copula tau-b may be there; shares of negative ones are of cells that have one."""
    where, rng = made_up.cells(), np.random.default_rng(5)
    shape = (where.sizes["cell"], 1, 2)
    tau = rng.uniform(-0.5, 0.5, shape)
    kendall, low, high = tau + 0.01, tau - 0.2, tau + 0.2
    tau[:3] = np.nan
    absent = np.isnan(tau)
    values = {"tau": tau, "lower": 0.0 * tau, "upper": 0.0 * tau, "kendall": kendall, "tau_low": low, "tau_high": high}
    values |= {"family": np.where(absent, np.nan, 1.0), "reason": np.where(absent, 2, 0), "flags": np.zeros(shape, int)}
    labels = {"time_scale": ["monthly"], "layer": [1, 2]}
    copulas = xr.Dataset({name: (("cell", *labels), of) for name, of in values.items()}, labels)
    copulas = copulas.assign_coords(made_up.BOUNDS)
    listed = Content("dependence", "", where)
    dependence._copulas(listed, copulas, np.ones(shape), ["monthly"], ["0-10 cm", "10-40 cm"])
    whole = copulas.assign_coords(where.coords).assign(annual_cycle_of_time_scale=("time_scale", ["kept"]))
    counted = tables.negative_shares(whole, None)["fitted"].values.ravel()
    for name, columns in (("tau_b", 2), ("tau_width", 2), ("tau_interval", 4), ("copula", 6)):
        there = listed.arrays[name].values.reshape(columns, -1) != packing.MISSING
        np.testing.assert_array_equal(there.sum(axis=1), counted[0], name)


def test_dependence_of_frozen_months_is_a_layer_for_each_set():
    where = made_up.cells()
    values = np.random.default_rng(2).uniform(-1, 1, (where.sizes["cell"], 3, 2, 2))
    labels = {"month_set": ["all", "thawed", "frozen"], "annual_cycle": ["kept", "removed"], "layer": [1, 2]}
    measured = xr.Dataset({"kendall": (("cell", *labels), values)}, labels).assign_coords(made_up.BOUNDS)
    listed = Content("dependence", "", where)
    mechanism.frozen_months(listed, measured)
    layer = next(one for one in listed.layers if one["id"] == "tau-b-of-frozen-months-annual-cycle-kept-10-40-cm")
    packed = listed.arrays[layer["array"]]
    np.testing.assert_allclose(packed.values[layer["column"]] * packed.step, values[:, 2, 0, 1], atol=0.000501)
    assert len(listed.layers) == 12


def test_step_at_the_splice_is_a_layer_for_each_model():
    where, rng = made_up.cells(), np.random.default_rng(4)
    steps = rng.normal(0, 20, (where.sizes["cell"], 2))
    labels = {"model": ["level", "level and trend"]}
    rejected = (np.abs(steps) > 15).astype(np.int8)
    measured = xr.Dataset({"step": (("cell", "model"), steps), "step_rejected": (("cell", "model"), rejected)}, labels)
    listed = Content("variability", "", where)
    changes.at_the_splice(listed, measured)
    assert [one["name"] for one in listed.layers] == ["model: level", "model: level and trend"]
    for layer in listed.layers:
        packed, column = listed.arrays[layer["array"]], layer["column"]
        np.testing.assert_allclose(packed.values[column] * packed.step, steps[:, column], atol=0.0501)
        assert layer["mask"] == ["splice_rejected", column]
    np.testing.assert_array_equal(listed.arrays["splice_rejected"].values, rejected.T)


@pytest.mark.parametrize(
    ("regions", "title"),
    [
        ("wwf_ecoregions", "Ecoregion"),
        ("wwf_biomes", "Biome"),
        ("countries", "Countries of Natural Earth, 1:110 million"),
        ("mcd12c1", "MODIS land cover"),
        ("halves", "halves"),
    ],
)
def test_regions_are_called_after_their_data_set(regions, title):
    listed = {
        "wwf_ecoregions": "WWF terrestrial ecoregions of the world",
        "mcd12c1": "MODIS land cover",
        "countries": datasets.SHIPPED["countries"]["title"],
        "halves": datasets.NOT_CATALOGUED,
    }
    sources = {"dependence": [{"id": name, "title": text} for name, text in listed.items()]}
    record = {"configuration": {"dependence": {"regions": regions}}, "provenance": {"sources": sources}}
    assert names.title_of_regions(record, "dependence") == title


def test_alternatives_that_change_the_sign_are_counted_cell_by_cell():
    """Of those with months; a cell without a value under an alternative is not changed by it, and one without a copula
    is not counted."""
    tau = np.random.default_rng(8).uniform(-1, 1, (3, made_up.cells().sizes["cell"], 2, 2))
    tau[0, 0], tau[1, 1] = np.nan, np.nan
    labels = {"time_scale": ["monthly", "annual"], "layer": [1, 2]}
    run, *again = (
        xr.Dataset({"kendall": (("cell", "time_scale", "layer"), each)}, labels).assign_coords(made_up.BOUNDS)
        for each in tau
    )
    within = run.assign_coords(time_scale=["MAM", "annual"])
    run = run.assign(tau=run["kendall"].where(run["cell"] != 2))
    listed = Content("dependence", "", made_up.cells())
    alternatives.signs(listed, run, {"thawed_months": again[0], "within_seasons": within, "optimal_lag": again[1]})
    assert [layer["name"] for layer in listed.layers] == ["0–10 cm", "10–40 cm"]
    assert listed.layers[0]["group"].endswith("change its sign (thawed months, optimal lag)")
    assert listed.layers[0]["scale"]["names"] == [f"{number} of 2 alternatives" for number in range(3)]
    values = listed.arrays["sign_changes"].values.astype(float)
    signs = np.sign(tau[:, :, 0])  # of the months
    expected = (signs[1] == -signs[0]).astype(int) + (signs[2] == -signs[0])
    assert (values[:, [0, 2]] == packing.MISSING).all() and expected[3:].max() == 2
    np.testing.assert_array_equal(np.delete(values, [0, 2], axis=1), np.delete(expected, [0, 2], axis=0).T)


@pytest.mark.parametrize(
    ("labels", "colours"),
    [
        ({4: "Temperate broadleaf and mixed forests", 11: "Tundra"}, ["#8ccca4", "#bee1f5"]),  # as in the figures
        ({4: "Rhine", 11: "Danube"}, ["#1f77b4", "#aec7e8"]),
    ],
)
def test_biomes_have_the_colours_of_the_figures(labels, colours):
    listed = Content("dependence", "", made_up.cells())
    codes = np.where(np.arange(listed.cells.sizes["cell"]) < 3, 4, 11)
    names.classes(listed, "Regions", codes, labels, names.region_colours(labels))
    assert listed.layers[0]["scale"] == {"codes": [4, 11], "names": list(labels.values()), "colours": colours}


def test_panel_tells_the_drivers_of_the_region_of_a_cell(world, window, tmp_path):
    """Posterior means and intervals as in the product; a region without a converged model says so."""
    mean = np.random.default_rng(6).normal(0, 0.3, (1, 2, 2, 2, 3))
    order = ("time_scale", "layer", "ecoregion", "response", "term")
    parts = {name: (order, mean + shift) for name, shift in (("mean", 0.0), ("q5", -0.1), ("q95", 0.2))}
    status = (order[:3], np.array([[[0, 1], [0, 1]]], np.int8))
    labels = {"time_scale": ["monthly"], "ecoregion": [4, 11], "response": ["P", "SM"], "term": ["Ta", "GPP", "Ta:GPP"]}
    estimates = xr.Dataset(parts | {"status": status}, labels | {"layer": [1, 2]}).assign_coords(made_up.BOUNDS)
    listed = Content("dependence", "", made_up.cells())
    drivers.of_regions(listed, estimates, "Ecoregion")
    index = index_of(world[0][0])
    study = next(one for one in index["studies"] if one["id"] == "dependence")
    study["facts"] |= listed.facts
    codes = next(names for names in study["names"] if names["title"] == "AR6 region")
    named = {"Temperate broadleaf and mixed forests": [*codes["labels"]][0], "Tundra": [*codes["labels"]][1]}
    codes |= {"title": "Ecoregion", "labels": {code: name for name, code in named.items()}}
    text = (
        world[0][0].read_text(encoding="utf-8").replace(json_of(world[0][0]), json.dumps(index).replace("<", "\\u003c"))
    )
    (tmp_path / "atlas.html").write_text(text, encoding="utf-8")
    window.window(1300, 900)
    said = {}
    for name in named:
        window.open(tmp_path / "atlas.html", f"study=dependence&region=Ecoregion:{name.replace(' ', '%20')}", READY)
        box = "document.getElementById('search')"
        window.value(f"((box) => {{ box.value = '{name}'; box.onchange({{ target: box }}); }})({box})")
        window.until(f"document.getElementById('panel').innerText.includes('Ecoregion: {name}')")
        said[name] = window.value(
            "[...document.querySelectorAll('#panel h3')].filter((one) => one.textContent.startsWith('Drivers in'))"
            ".map((one) => one.textContent + '|' + one.nextElementSibling.textContent)"
        )
        if name != "Tundra":
            tables = window.value(
                "[...document.querySelectorAll('#panel details')].filter((one) => /^Numbers, monthly/.test("
                "one.textContent)).map((one) => [...one.querySelectorAll('td')].map((cell) => cell.textContent))"
            )
    assert said["Tundra"] == ["Drivers in Tundra|Not analysed here."]
    (title,) = said["Temperate broadleaf and mixed forests"]
    assert title.startswith("Drivers in Temperate broadleaf and mixed forests, monthly, 0–10 cm")
    shown = [[float(x) for x in re.findall(r"-?[0-9.]+", cell.replace("−", "-"))] for layer in tables for cell in layer]
    first = mean[0, :, 0].transpose(0, 2, 1).reshape(-1)  # layer, term, response
    np.testing.assert_allclose(shown, np.stack([first, first - 0.1, first + 0.2], axis=-1), atol=0.000501)
    assert window.complaints == []


def json_of(path):
    """The index of a page as it stands in it."""
    text = path.read_text(encoding="utf-8")
    return re.search(r'<script type="application/json" id="index">(.*?)</script>', text, re.S)[1]


def index_of(path):
    return json.loads(json_of(path))


def test_layers_have_names_of_their_own(world):
    for study in index_of(world[0][0])["studies"]:
        names = [layer["id"] for layer in study["layers"]]
        assert len(names) == len(set(names))


def test_steps_hold_what_they_promise():
    values = np.random.default_rng(3).normal(0.0, 40.0, (500, 3))
    values[::7] = np.nan
    packed = packing.quantise(values, 0.001)
    assert packed.step == pytest.approx(0.005) and np.abs(values[np.isfinite(values)]).max() > 65.0
    back = np.where(packed.values.T == packing.MISSING, np.nan, packed.values.T * packed.step)
    np.testing.assert_allclose(back, values, atol=packed.step / 2 * (1 + 1e-9))
    share = packing.quantise_share(np.array([[0.0, 0.5, 1.0, np.nan]]))
    assert share.values[:, 0].tolist() == [0, 125, 250, 255]


def content_of(world, **more):
    seasonal = opened(world[1], "seasonal_soil_moisture")
    names = ("attribution", "trends", "field_significance")
    frequency = np.full((seasonal.sizes["cell"], 12, 4), 0.25)
    attributed, *others = (opened(world[1], name) for name in names)
    return variability.content(attributed.assign(more), *others, seasonal, None, None, frequency)


def test_values_beyond_a_colour_bar_have_its_arrow_and_a_bar_without_them_has_none(world):
    listed, beyond, arrows = content_of(world), {}, {}
    for entry in listed.layers:
        if "bounds" not in entry["scale"]:
            continue
        packed, bounds = listed.arrays[entry["array"]], entry["scale"]["bounds"]
        column = packed.values.T[:, entry["column"]]
        values = column[column != (packing.MISSING if packed.values.dtype.itemsize > 1 else 255)] * packed.step
        scale = (*bounds, *entry["scale"]["colours"], entry["label"])
        sides = beyond.setdefault(scale, np.zeros(2, bool))
        sides |= [(values < bounds[0] - packed.step).any(), (values > bounds[-1] + packed.step).any()]
        arrows[scale] = entry["scale"]["arrows"]
    assert any(any(sides) for sides in arrows.values()) and not all(all(sides) for sides in arrows.values())
    for scale, sides in beyond.items():
        assert all(arrow or not side for arrow, side in zip(arrows[scale], sides, strict=True)), scale[-1]


def test_covariance_of_a_curved_trend_and_the_rest_is_a_layer_where_there_is_some(world):
    contribution = opened(world[1], "attribution")["contribution"]
    cross = 0.1 * contribution - 0.002
    listed, without = content_of(world, cross=cross), content_of(world)
    group = [one for one in listed.layers if one["group"] == "Trend and variability together 2006-2011"]
    assert len(group) == 1 + cross.sizes["season"] * cross.sizes["layer"]
    assert len(listed.layers) == len(without.layers) + 2 * len(group)
    packed = listed.arrays["cross"]
    both = cross.sum("dynamics", skipna=False).sel(period="2006-2011")
    for entry, expected in (
        (group[0], both.sum(["season", "layer"], skipna=False)),
        (group[2], both.isel(season=0, layer=1)),
        (group[-1], both.isel(season=-1, layer=-1)),
    ):
        column = packed.values.T[:, entry["column"]]
        back = np.where(column == packing.MISSING, np.nan, column * packed.step)
        np.testing.assert_allclose(back, expected.values, atol=packed.step / 2 * (1 + 1e-9))
    assert group[2]["name"].endswith("H-S, 10–40 cm")


def test_page_that_would_be_too_large_leaves_cells_out(world):
    cells, listed = made_up.cells().sizes["cell"], content_of(world)
    whole = page.render(made_up.record(), [listed], np.zeros((360, 720), bool))
    smaller = page.render(made_up.record(), [listed], np.zeros((360, 720), bool), limit=len(whole) - 20_000)
    assert len(smaller) <= len(whole) - 20_000 and '"every":2' in smaller and f'"all":{cells}' in smaller


def test_large_page_with_files_beside_it_keeps_every_cell_and_shows_the_same(world, window, tmp_path):
    files, listed = {}, content_of(world)
    whole = page.render(made_up.record(), [listed], np.zeros((360, 720), bool))
    small = page.render(made_up.record(), [listed], np.zeros((360, 720), bool), limit=len(whole) - 40_000, tiles=files)
    assert len(small) <= len(whole) - 40_000 and files
    for name, text in (("whole", whole), ("small", small)):
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
    page.write_tiles(files, tmp_path / "atlas_tiles")
    trends, said = opened(world[1], "trends"), {}
    cells = [cell_of(trends, number) for number in (3, 75, trends.sizes["cell"] - 1)]
    for name in ("whole", "small"):
        window.window(1300, 900)
        window.open(tmp_path / f"{name}.html", f"layer=trend-2000-2005-all-layers&cell={cells[0]}", READY)
        for cell in cells:
            window.value(f"location.hash = 'layer=omega-2006-2011-h-s-10-40-cm&cell={cell}'")
            window.until(f"document.documentElement.dataset.panel === '{cell}'")
            window.until("document.getElementById('readout').textContent.startsWith('Omega')")  # from a file: later
            shows = "document.getElementById('panel').innerHTML + document.getElementById('readout').textContent"
            said[name, cell] = window.value(shows)
    assert [said["small", cell] for cell in cells] == [said["whole", cell] for cell in cells]
    assert window.complaints == []
    requested = {url.rsplit("/", 1)[-1] for url in window.requests if "atlas_tiles" in url}
    assert requested and requested <= set(files)


def test_every_cell_of_a_quarter_degree_is_on_the_map(window, tmp_path):
    """Counted from the pixels: 86,400 cells, each with the colour of its value at the pixel of its middle."""
    grid = Grid(np.arange(0.125, 30.0, 0.25), np.arange(-179.875, 180.0, 0.25))
    mask = np.zeros(grid.shape, bool)
    mask[:, ::4], mask[:, 1::4] = True, True
    where = locate(mask, grid)
    shades = [f"#{red:02x}{green:02x}80" for red in range(0, 256, 17) for green in range(0, 256, 17)]
    codes = np.random.default_rng(5).integers(0, len(shades), where.sizes["cell"])
    listed = Content("variability", "Codes", where)
    listed.store("code", codes.astype(float), 1.0)
    listed.layer("Codes", "code", style.classes([str(code) for code in range(len(shades))], shades), "code", 0)
    record, files = made_up.record(), {}
    text = page.render(record, [listed], np.zeros((720, 1440), bool), limit=700_000, tiles=files)
    (tmp_path / "atlas.html").write_text(text, encoding="utf-8")
    page.write_tiles(files, tmp_path / "atlas_tiles")
    window.window(3600, 1200)
    window.open(tmp_path / "atlas.html", "", "document.documentElement.dataset.drawn === 'yes'")
    assert f"All {where.sizes['cell']} cells." in window.value("document.getElementById('cells').textContent")
    url = window.value("document.getElementById('map').toDataURL()")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))
    left, top = window.value("(({left, top}) => [left, top])(document.getElementById('map').getBoundingClientRect())")
    x, y = pixel_of(window, where["lat"].values, where["lon"].values)
    drawn = pixels[np.floor(y - top).astype(int), np.floor(x - left).astype(int)]
    expected = np.array([tuple(bytes.fromhex(shades[code][1:])) for code in codes])
    chosen = window.value("document.getElementById('readout').dataset.cell").split(",")
    lat, lon = where["lat"].values, where["lon"].values
    marked = np.hypot(lat - float(chosen[0]), lon - float(chosen[1])) < 2
    lined = (np.abs(lon - 30 * np.round(lon / 30)) < 0.5) | (np.abs(lat - 30 * np.round(lat / 30)) < 0.5)
    free = ~marked & ~lined  # of the mark of the chosen cell and of meridians and parallels, which tint what they cross
    assert where.sizes["cell"] == 86_400 and free.sum() > 80_000
    assert (drawn == expected).all(axis=1)[free].all()


def test_calendar_counts_the_months_of_complete_years():
    months = made_up.LABELS["time"][:36]
    water = np.tile(np.arange(12.0), 3)[None, None] + np.array([1.0, 2.0])[None, :, None]
    water[0, 1, 30] = np.nan
    found = variability.season_frequency(water, months, "year")
    expected = np.zeros((12, len(seasons.SEASONS)))
    expected[np.arange(12), 3 - np.arange(12) // 3] = 1.0
    np.testing.assert_array_equal(found[0], expected)
    assert isinstance(made_up.cells(), xr.Dataset)
