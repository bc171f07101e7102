"""Maps put the right colour at the right place: cells, seams, coasts, dots."""

import base64
import io
import itertools
import json
import re
import struct
import zlib

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.text import Text

from vadose.core import cells
from vadose.core.grid import Grid
from vadose.figures import cartography, maps, pictures, style

SCALE = style.classes(["a", "b", "c"], ["#ff0000", "#00ff00", "#0000ff"])


def pixels(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def pixel_at(figure, axes, region, lon, lat):
    """Colour printed at a position on Earth."""
    picture = pixels(figure)
    x, y = axes.transData.transform(np.column_stack(cartography.project(region, np.array([lon]), np.array([lat]))))[0]
    return tuple(int(value) for value in picture[picture.shape[0] - 1 - int(y), int(x), :3])


@pytest.mark.parametrize("region", cartography.REGIONS)
@pytest.mark.parametrize("spacing", [5.0, 1.0])
@pytest.mark.parametrize("west", [-180.0, 0.0])
def test_the_cell_under_a_position_has_its_colour(region, spacing, west):
    grid = Grid.regular(spacing, west=west, east=west + 360)
    field = np.full(grid.shape, np.nan)
    spots = [
        (2.5 + spacing / 2, 42.5 + spacing / 2),
        (-117.5 + spacing / 2, 32.5 + spacing / 2),
        (177.5 - spacing / 2, 62.5 + spacing / 2),
    ]
    for value, (lon, lat) in enumerate(spots):
        row, column, inside = cartography.index(grid, np.array([lon]), np.array([lat]))
        assert inside.all()
        field[row, column] = value
    lon, lat = cartography.positions(region, 700)
    picture = maps.raster(field, grid, region, 700, SCALE, None)
    for value, (spot_lon, spot_lat) in enumerate(spots):
        shown = (picture[..., :3] == SCALE.colours(np.array([float(value)]))[0, :3]).all(-1) & (picture[..., 3] == 255)
        row, column, _ = cartography.index(grid, np.array([spot_lon]), np.array([spot_lat]))
        edges = (
            grid.lat_edges[row[0]],
            grid.lat_edges[row[0] + 1],
            grid.lon_edges[column[0]],
            grid.lon_edges[column[0] + 1],
        )
        folded = (lon - edges[2]) % 360 + edges[2]
        expected = (lat >= edges[0]) & (lat < edges[1]) & (folded < edges[3])
        assert expected.any()
        np.testing.assert_array_equal(shown, expected)
    assert (picture[..., 3] > 0).sum() == sum((picture[..., 3] > 0)[picture[..., k] == 255].sum() for k in range(3))


def test_positions_invert_the_projection():
    for region in cartography.REGIONS:
        lon, lat = np.broadcast_arrays(*cartography.positions(region, 300))
        known = np.isfinite(lon) & (np.abs(lon) < 179.9) & (lat < 89)
        x, y = cartography.project(region, lon[known], lat[known])
        border = cartography.outline(region)
        (west, south), (east, north) = border.min(0), border.max(0)
        rows, columns = np.nonzero(known)
        step = (east - west) / 300
        np.testing.assert_allclose(x, west + step * (columns + 0.5), atol=0.02 * step)
        np.testing.assert_allclose(y, north - (north - south) * (rows + 0.5) / lon.shape[0], atol=0.02 * step)
        assert cartography.REGIONS[region][0] == pytest.approx((east - west) / (north - south), rel=2e-4)


@pytest.mark.parametrize("region", ["global", "robinson", "north", "polar"])
def test_the_printed_figure_shows_the_colour_there(region):
    grid = Grid.regular(5.0)
    mask = np.zeros(grid.shape, dtype=bool)
    mask[27, 30:40] = True  # 45-50 N, 30-20 W ... 20 E
    where = cells.locate(mask, grid)
    drawn = maps.panels([maps.Panel(np.full(10, 1.0))], where, region=region, scale=SCALE, width="single")
    assert pixel_at(drawn.figure, drawn.axes[0], region, -17.5, 47.5) == (0, 255, 0)
    assert pixel_at(drawn.figure, drawn.axes[0], region, -17.5, 41.0) == (255, 255, 255)
    assert pixel_at(drawn.figure, drawn.axes[0], region, 100.0, 47.5) == (255, 255, 255)


def test_land_without_data_is_grey_and_sea_white():
    grid = Grid.regular(5.0)
    fraction = np.zeros(grid.shape)
    fraction[20:30, 30:50] = 1.0
    field = np.full(grid.shape, np.nan)
    field[24:26, 38:42] = 2.0
    drawn = maps.panels([maps.Panel(field)], grid, scale=SCALE, land=maps.Land.of(fraction, grid))
    assert pixel_at(drawn.figure, drawn.axes[0], "global", 12.5, 32.5) == (0, 0, 255)
    assert pixel_at(drawn.figure, drawn.axes[0], "global", 22.5, 47.5) == (219, 219, 219)
    assert pixel_at(drawn.figure, drawn.axes[0], "global", 100.0, 33.0) == (255, 255, 255)


def test_land_in_per_cent_is_refused():
    with pytest.raises(ValueError, match="0 to 1, found up to 100"):
        maps.Land.of(np.full((36, 72), 100.0), Grid.regular(5.0))


def test_red_green_blue_fields_are_drawn_as_they_are():
    grid = Grid.regular(5.0)
    mask = np.zeros(grid.shape, dtype=bool)
    mask[25, 10:13] = True
    colours = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [np.nan] * 3])
    where = cells.locate(mask, grid)
    picture = maps.raster(colours, where, "global", 800, None, None)
    lon, lat = cartography.positions("global", 800)
    row, column, inside = cartography.index(grid, lon, lat)
    for number, expected in enumerate([(0, 255, 255, 255), (255, 0, 255, 255), (0, 0, 0, 0)]):
        spot = inside & (row == 25) & (column == 10 + number)
        assert spot.any() and (picture[spot] == expected).all()


def test_wrong_shapes_and_missing_scales_are_named():
    grid = Grid.regular(5.0)
    with pytest.raises(ValueError, match=r"grid \(36, 72\), found \(3, 4\)"):
        maps.unpacked(np.zeros((3, 4)), grid)
    with pytest.raises(ValueError, match="one value for each of 1 cells"):
        maps.unpacked(np.zeros(3), cells.locate(np.eye(36, 72, dtype=bool) & (np.arange(36) == 5)[:, None], grid))
    with pytest.raises(ValueError, match="expected a scale"):
        maps.raster(np.zeros(grid.shape), grid, "global", 60, None, None)
    with pytest.raises(ValueError, match="region of global"):
        cartography.projection("mars")


@given(st.floats(-179.9, 539.9), st.floats(-89.9, 89.9), st.booleans(), st.sampled_from([0.0, -180.0, -179.5]))
def test_index_finds_the_enclosing_cell_in_any_convention(lon, lat, descending, west):
    grid = Grid.regular(1.0, west=west, east=west + 360)
    if descending:
        grid = Grid(grid.lat[::-1], grid.lon)
    row, column, inside = cartography.index(grid, np.array([lon]), np.array([lat]))
    assert inside.all()
    low, high = sorted(grid.lat_edges[[row[0], row[0] + 1]])
    assert low <= lat <= high
    assert (lon - grid.lon_edges[column[0]]) % 360 <= 1.0 + 1e-9


def test_index_leaves_out_what_no_cell_encloses():
    north = Grid.regular(1.0, south=0.0, west=0.0, east=90.0)
    _, _, inside = cartography.index(
        north, np.array([10.0, 10.0, 200.0, np.nan, 10.0]), np.array([-5.0, 5.0, 5.0, 5.0, 90.0])
    )
    assert inside.tolist() == [False, True, False, False, True]


def test_cells_that_are_not_significant_are_pale_and_the_others_full():
    grid = Grid.regular(5.0)
    field, significant = np.ones(grid.shape), np.zeros(grid.shape, dtype=bool)
    significant[20, 30] = True
    panel = maps.Panel(field, "x", significant, note="1 of 2592 cells")
    drawn = maps.panels([panel], grid, scale=SCALE, dots="significant")
    spot = float(grid.lon[30]), float(grid.lat[20])
    assert pixel_at(drawn.figure, drawn.axes[0], "global", *spot) == (0, 255, 0)
    assert pixel_at(drawn.figure, drawn.axes[0], "global", spot[0] + 20.0, spot[1]) == (153, 255, 153)
    printed = {text.get_text() for text in drawn.figure.findobj(Text)}
    assert {"Pale colours: not significant", "1 of 2592 cells"} <= printed


def numbered(count):
    """Colours (cell, 3), each its own."""
    number = np.arange(1, count + 1)
    return np.stack([number // 65536, number // 256 % 256, number % 256], axis=1) / 255.0


def colours_in(pictures):
    dots = np.concatenate([picture[..., :3].reshape(-1, 3) for picture in pictures]).astype(np.int64)
    return set(np.unique(dots[:, 0] * 65536 + dots[:, 1] * 256 + dots[:, 2]).tolist())


@pytest.mark.one_python
@pytest.mark.parametrize(("spacing", "south", "step", "width"), [(0.25, 0.0, 12, "double"), (2.0, -60.0, 1, 60.0)])
def test_no_cell_is_lost_in_png_pdf_and_svg(tmp_path, spacing, south, step, width):
    """A field of 0.25 degrees with some 38 thousand cells to 83 degrees north: each has a colour of its own."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    grid = Grid.regular(spacing)
    mask = np.zeros(grid.shape, dtype=bool)
    mask[np.ix_((grid.lat > south) & (grid.lat < 83.0), np.arange(grid.lon.size) % step == 0)] = True
    where = cells.locate(mask, grid)
    count = where.sizes["cell"]
    assert step == 1 or count > 38_000
    view = cartography.view_of(where["lat"].values, where["lon"].values, spacing)
    drawn = maps.panels([maps.Panel(numbered(count))], where, region=view, width=width)
    drawn.axes[0].collections[0].remove()  # meridians and parallels, which cover dots
    drawn.axes[0].patches[0].set_visible(False)
    expected = set(range(1, count + 1))
    assert drawn.figure.dpi >= 300
    paths = [tmp_path / f"map.{ending}" for ending in ("png", "pdf", "svg")]
    for path in paths:
        drawn.figure.savefig(path, dpi=drawn.figure.dpi)
    assert expected <= colours_in([np.asarray(Image.open(paths[0]))])
    assert expected <= colours_in(pictures_of_pdf(paths[1]))
    embedded = re.findall(r"data:image/png;base64,\s*([^\"]+)", paths[2].read_text(encoding="utf-8"))
    assert expected <= colours_in([np.asarray(Image.open(io.BytesIO(base64.b64decode(part)))) for part in embedded])


def lines_of_svg(figure, path):
    """Corners (point, 2) of the lines of a map in the order of the file, how many lines, and in how many paths."""
    figure.savefig(path)
    groups = re.findall(r'<g id="Lines_\d+">(.*?)\n   </g>', path.read_text(encoding="utf-8"), re.DOTALL)
    paths = [drawn for group in groups for drawn in re.findall(r' d="([^"]+)"', group)]
    moved = [re.findall(r'<use [^>]*x="([-.\d]+)" y="([-.\d]+)"', group) for group in groups]
    corners = [np.array(re.findall(r"[ML] ([-.\d]+) ([-.\d]+)", drawn), dtype=float) for drawn in paths]
    if any(moved):
        corners = [points + np.array(place[0], dtype=float) for points, place in zip(corners, moved, strict=True)]
    return np.concatenate(corners), sum(drawn.count("M") for drawn in paths), len(paths)


def test_coasts_and_meridians_are_one_path_each_in_svg_at_the_same_places(tmp_path, monkeypatch):
    monkeypatch.setitem(matplotlib.rcParams, "path.simplify", False)  # which drops corners by the length of a path
    grid = Grid.regular(5.0)
    continents = np.cos(np.deg2rad(2 * grid.lon)) * np.cos(np.deg2rad(grid.lat))[:, None] > 0.3
    land = cartography.Land.of(continents.astype(float), grid)
    drawn = maps.panels([maps.Panel(np.ones(grid.shape))], grid, scale=SCALE, land=land)
    together, lines, paths = lines_of_svg(drawn.figure, tmp_path / "together.svg")
    dots = pixels(drawn.figure)
    monkeypatch.setattr(maps.Lines, "draw", LineCollection.draw)
    apart, other_lines, other_paths = lines_of_svg(drawn.figure, tmp_path / "apart.svg")
    assert paths == 2 and lines == other_lines == other_paths > 10
    assert together.shape == apart.shape
    np.testing.assert_allclose(together, apart, atol=2e-6)
    np.testing.assert_array_equal(dots, pixels(drawn.figure))


def pictures_of_pdf(path):
    """Pictures (row, column, 3) in a PDF of matplotlib: deflated, of three bytes or with a palette, with predictors of
    PNG."""
    content = path.read_bytes()
    for match in re.finditer(rb"<<([^<>]*/Subtype /Image[^>]*(?:<<[^>]*>>[^>]*)*)>>\s*stream\r?\n", content, re.DOTALL):
        head = match[1]
        if b"/DeviceGray" in head:
            continue
        size = {name: int(re.search(rb"/" + name.encode() + rb" (\d+)", head)[1]) for name in ("Width", "Height")}
        data = zlib.decompressobj().decompress(content[match.end() :])
        lines = np.frombuffer(data, dtype=np.uint8).reshape(size["Height"], -1)
        assert b"/Predictor 10" in head
        yield undone(lines).reshape(size["Height"], size["Width"], 3)


def undone(lines):
    """Bytes (row, byte) of a picture from lines with a filter of PNG before each."""
    from PIL import Image

    height, width = lines.shape[0], (lines.shape[1] - 1) // 3

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines.tobytes(), 1)) + chunk(b"IEND", b"")
    return np.asarray(Image.open(io.BytesIO(b"\x89PNG\r\n\x1a\n" + body)))


@pytest.mark.parametrize(
    ("lat", "lon", "south", "north", "west", "east"),
    [
        ([40.5, 59.5], [-9.5, 29.5], 38.0, 62.0, -12.0, 32.0),  # Europe
        ([-10.5, 9.5], [171.5, -171.5], -13.0, 12.0, -191.0, -169.0),  # across the date line
        ([0.5, 80.5], np.arange(-179.5, 180), -2.0, 83.0, -180.0, 180.0),
        ([45.5], [10.5], 39.5, 51.5, 4.5, 16.5),  # one cell
        ([], [], -60.0, 90.0, -180.0, 180.0),
    ],
)
def test_a_view_holds_what_is_analysed(lat, lon, south, north, west, east):
    lat, lon = (values.ravel() for values in np.meshgrid(np.array(lat, dtype=float), np.array(lon, dtype=float)))
    view = cartography.view_of(lat, lon, 1.0)
    found_box = np.array([view.south, view.north, view.west, view.east])
    np.testing.assert_allclose(found_box, [south, north, west, east], atol=3.5)
    assert found_box[0] <= south + 1e-9 and found_box[1] >= north - 1e-9
    if lat.size:
        x, y = cartography.project(view, lon, lat)
        border = cartography.outline(view)
        assert (x > border[:, 0].min()).all() and (x < border[:, 0].max()).all()
        lon_there, lat_there = cartography.positions(view, (x[:1], y[:1]))
        np.testing.assert_allclose(
            [(lon_there[0, 0] - lon[0] + 180) % 360 - 180, lat_there[0, 0] - lat[0]], 0, atol=1e-3
        )
    shape = cartography.frame(view)[0]
    assert 0.7 < shape < 5.0


@pytest.mark.parametrize("west", [-180.0, 0.0])
def test_coastline_of_a_disc_and_of_land_over_the_seam(west):
    grid = Grid.regular(0.5, west=west, east=west + 360)
    lon = (grid.lon + 180) % 360 - 180
    disc = (np.hypot(lon[None, :] - 20, grid.lat[:, None] - 10) < 15).astype(float)
    (line,) = cartography.coastlines(disc, grid)
    np.testing.assert_allclose(np.hypot(line[:, 0] - 20, line[:, 1] - 10), 15, atol=0.5)
    across = (np.hypot(np.abs(lon[None, :]) - 180, grid.lat[:, None]) < 8).astype(float)
    lines = cartography.coastlines(across, grid)
    ends = sorted(float(line[end, 0]) for line in lines for end in (0, -1))
    assert len(lines) == 2
    np.testing.assert_allclose(ends, [-180, -180, 180, 180])
    assert cartography.coastlines((np.hypot(lon[None, :] - 20, grid.lat[:, None] - 10) < 0.6).astype(float), grid) == []


def test_geojson_coastline_and_lines_cut_at_the_region_and_the_seam(tmp_path):
    path = tmp_path / "coast.json"
    features = [
        {"geometry": {"type": "LineString", "coordinates": [[0, 10], [5, 20], [10, 30]]}},
        {
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [[[[170, 40], [179, 45], [-179, 46], [-170, 50]]], [[[1, -50], [2, -60]]]],
            }
        },
        {"geometry": None},
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    lines = cartography.geojson_lines(path)
    assert [len(line) for line in lines] == [3, 4, 2]
    assert len(cartography.projected_lines("global", lines)) == 4  # the second is cut at the seam
    assert len(cartography.projected_lines("north", lines)) == 3  # and the last lies in the south
    land = maps.Land.of(np.zeros((36, 72)), Grid.regular(5.0), path)
    np.testing.assert_array_equal(land.lines[0], lines[0])


def test_colour_bars_are_as_few_as_the_scales_allow_and_nothing_is_cut_off():
    grid = Grid.regular(5.0)
    field = np.zeros(grid.shape)
    one = style.sequential([], "Lower tail dependence", "1", limits=(0, 1))
    two = style.diverging([], "Kendall's tau", "1", limit=1)
    shared = maps.panels([maps.Panel(field, f"map {k}") for k in range(6)], grid, scale=one, dots="significant")
    by_row = maps.panels(
        [maps.Panel(field, f"map {k}", scale=(one, two)[k // 3]) for k in range(6)], grid, region="north", columns=3
    )
    each = maps.panels([maps.Panel(field, "x", scale=scale) for scale in (one, two)], grid, columns=2, by_latitude=True)
    by_column = maps.panels(
        [maps.Panel(field, f"map {k}", scale=(one, two)[k % 2]) for k in range(8)], grid, region="north", columns=2
    )
    several_rows = maps.panels(
        [maps.Panel(field, f"map {k}", scale=(one, two)[k // 4]) for k in range(6)], grid, region="north", columns=2
    )
    figures = (shared, by_row, each, by_column, several_rows)
    assert [len(drawn.bars) for drawn in figures] == [1, 2, 2, 2, 2]
    beside, maps_beside = several_rows.bars[0].ax.get_position(), [axes.get_position() for axes in several_rows.axes]
    assert maps_beside[2].y0 < beside.y0 < maps_beside[2].y1 < maps_beside[0].y0 < beside.y1 < maps_beside[0].y1
    for drawn in figures:
        renderer = FigureCanvasAgg(drawn.figure).get_renderer()
        tight = drawn.figure.get_tightbbox(renderer)
        width, height = drawn.figure.get_size_inches()
        assert tight.x0 >= -0.01 and tight.y0 >= -0.01 and tight.x1 <= width + 0.01 and tight.y1 <= height + 0.01
        assert [axes.get_title(loc="left")[5] for axes in drawn.axes] == [
            style.letter(k) for k in range(len(drawn.axes))
        ]


def test_class_legend_names_every_class_without_overlap():
    grid = Grid.regular(5.0)
    ecoregions = style.ECOREGIONS.values()
    scale = style.classes(
        [name for _, name, _ in ecoregions], [colour for *_, colour in ecoregions], codes=list(style.ECOREGIONS)
    )
    names = scale.names
    drawn = maps.panels([maps.Panel(np.zeros(grid.shape))], grid, region="north", scale=scale)
    renderer = FigureCanvasAgg(drawn.figure).get_renderer()
    boxes = {text.get_text(): text.get_window_extent(renderer) for text in drawn.figure.texts}
    assert set(names) <= set(boxes)
    listed = list(boxes.values())
    assert not any(one.overlaps(other) for number, one in enumerate(listed) for other in listed[:number])
    assert all(box.x1 <= drawn.figure.bbox.x1 and box.y0 >= 0 for box in listed)


def test_a_map_among_other_plots_stands_where_it_is_told_and_keeps_its_shape():
    figure = style.figure("double", 70)
    grid = Grid.regular(5.0)
    axes = maps.place(
        figure,
        maps.Panel(np.ones(grid.shape), "title"),
        grid,
        left=10,
        top=6,
        width=80,
        mark="a",
        scale=SCALE,
        bar=False,
    )
    box = axes.get_window_extent()
    pixels_per_mm = figure.dpi / 25.4
    assert [box.x0, box.width] == pytest.approx([10 * pixels_per_mm, 80 * pixels_per_mm])
    assert figure.bbox.height - box.y1 == pytest.approx(6 * pixels_per_mm)
    assert box.width / box.height == pytest.approx(2.0546, rel=1e-3)
    assert pixel_at(figure, axes, "global", 12.5, 12.5) == (0, 255, 0)
    assert len(figure.axes) == 1


def test_the_key_can_be_left_to_the_caller_with_room_at_the_foot():
    grid = Grid.regular(5.0)
    drawn = maps.panels([maps.Panel(np.zeros(grid.shape), "x")] * 2, grid, scale=SCALE, foot=20.0, key=False)
    assert not drawn.bars and not drawn.figure.texts
    assert drawn.foot[3] * drawn.figure.get_figheight() * 25.4 == pytest.approx(20.0)
    assert min(axes.get_position().y0 for axes in drawn.axes) >= drawn.foot[3]


def test_a_map_without_any_value_is_drawn_without_noise():
    grid = Grid.regular(5.0)
    field = np.full(grid.shape, np.nan)
    drawn = maps.panels(
        [maps.Panel(field, "", field > 0)], grid, scale=style.diverging(field, "x", "1"), by_latitude=True
    )
    assert (pixels(drawn.figure)[..., 3] == 255).all()
    assert pixel_at(drawn.figure, drawn.axes[0], "global", 12.5, 32.5) == (255, 255, 255)


def test_the_line_by_latitude_is_the_mean_of_the_row_at_its_height():
    grid = Grid.regular(5.0)
    field = np.repeat(np.linspace(-1, 1, 36)[:, None], 72, axis=1) + np.linspace(-0.1, 0.1, 72)
    field[:4] = np.nan
    drawn = maps.panels([maps.Panel(field)], grid, scale=style.diverging(field, "x", "1", limit=2), by_latitude=True)
    side = next(axes for axes in drawn.figure.axes if len(axes.lines) == 2 and axes not in drawn.axes)
    x, y = side.lines[0].get_data()
    known = np.isfinite(x)
    assert known.tolist() == [False] * 4 + [True] * 32
    np.testing.assert_allclose(x[known], np.linspace(-1, 1, 36)[4:], atol=1e-12)
    height = [
        drawn.axes[0].transData.transform(np.column_stack(cartography.project("global", [0.0], [lat])))[0, 1]
        for lat in grid.lat
    ]
    np.testing.assert_allclose(side.transData.transform(np.column_stack([np.zeros(36), y]))[:, 1], height, atol=0.5)


LONG = (
    "Volumetric soil water of layer 1 from the reanalysis of the land component of the fifth generation of European "
    "reanalyses, 0-7 cm"
)
LONG_SCALE = style.diverging(np.array([-1.0, 1.0]), LONG, "kg m-2 yr-1")
OTHER_SCALE = style.diverging(np.array([-2.0, 2.0]), LONG, "kg m-2 yr-1")
LONG_CLASSES = style.classes([LONG, "b", f"{LONG}, {LONG}"], ["#ff0000", "#00ff00", "#0000ff"], LONG)


@pytest.mark.one_python
@pytest.mark.parametrize(
    ("scales", "options"),
    [
        ([LONG_SCALE], {"width": "single"}),
        ([LONG_SCALE] * 2, {"by_latitude": True}),
        ([LONG_SCALE] * 3, {"region": "polar"}),
        ([LONG_SCALE, OTHER_SCALE, LONG_SCALE], {}),
        ([LONG_SCALE, LONG_SCALE, OTHER_SCALE, OTHER_SCALE], {"columns": 2}),
        ([LONG_CLASSES], {"width": "single"}),
    ],
)
@pytest.mark.parametrize("name", [LONG, "W" * 150])
def test_long_names_stay_on_the_page_and_apart(name, scales, options):
    """Titles, labels of colour bars, names of classes and what dots mean, as products of one's own have them."""
    grid = Grid.regular(10.0)
    items = [maps.Panel(np.zeros(grid.shape), name, scale=scale) for scale in scales]
    figure = maps.panels(items, grid, dots=name, **options).figure
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    boxes = [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in texts]
    page = figure.bbox.padded(1.0)
    assert not [text for text, box in boxes if not (page.contains(*box.min) and page.contains(*box.max))]
    assert not [(one, other) for (one, a), (other, b) in itertools.combinations(boxes, 2) if a.overlaps(b)]
    printed = ["".join(text.split()) for text, _ in boxes]
    assert sum("".join(name.split()) in text for text in printed) >= len(items) + 1, "letters are lost"


@pytest.mark.parametrize(("field", "ink"), [(2.0, 255), (3.0, 0)])
def test_stripes_lie_on_their_cells_alone_and_stand_out(field, ink):
    """A third of the dots of a striped cell, white on dark and black on light colours, in slanting lines."""
    grid, scale = Grid.regular(90.0), style.classes(list("abcd"), ["#ff0000", "#00ff00", "#0000ff", "#ffffb5"])
    values, striped = np.full(grid.shape, field), np.zeros(grid.shape, bool)
    striped[1, 2] = True
    x, y = cartography.project("global", np.array([5.0, 25.0]), np.array([40.0, 20.0]))
    look = scale, None, None
    east, west = ((np.linspace(*x, 200) + shift, np.linspace(*y, 200)) for shift in (0.0, -5e6))
    plain, drawn = (maps.raster(values, grid, "global", east, *look, mask, 10.0) for mask in (None, striped))
    lines = (drawn != plain).any(-1)
    assert 0.28 < lines.mean() < 0.32 and (drawn[lines, :3] == ink).all()
    np.testing.assert_array_equal(lines[1:, :-1], lines[:-1, 1:])
    assert len(np.unique(maps.raster(values, grid, "global", west, *look, striped).reshape(-1, 4), axis=0)) == 1


@pytest.mark.parametrize("region", ["global", "polar"])
def test_a_picture_is_the_same_however_many_rows_are_worked_on_at_once(region, monkeypatch):
    rng, grid = np.random.default_rng(2), Grid.regular(5.0)
    values = np.where(rng.random(grid.shape) < 0.3, np.nan, rng.standard_normal(grid.shape))
    land = cartography.Land.of((rng.random(grid.shape) < 0.6).astype(float), grid)
    striped = rng.random(grid.shape) < 0.5
    drawn = []
    for rows in (7, 64, 10_000):
        monkeypatch.setattr(pictures, "ROWS", rows)
        drawn.append(pictures.raster(values, grid, region, 300, SCALE, land, values > 0, striped))
    assert len(np.unique(drawn[0].reshape(-1, 4), axis=0)) > 5
    for other in drawn[1:]:
        np.testing.assert_array_equal(other, drawn[0])
