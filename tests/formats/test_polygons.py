"""Regions as polygons: planted areas, the date line, holes, islands, borders, reference systems and damage; the shipped
ones against regionmask's masks."""

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon, box

from vadose.files import datasets
from vadose.formats import dateline, polygons
from vadose.formats.opening import FormatError

DATA = Path(__file__).parents[1] / "data"
SHIPPED = Path(polygons.__file__).parent / "shipped"


def centres(spacing: float, west: float = -180.0, east: float = 180.0) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(-90 + spacing / 2, 90, spacing), np.arange(west + spacing / 2, east, spacing)


def write(path: Path, names, geometry, crs=4326, **columns) -> Path:
    table = geopandas.GeoDataFrame({"region": names, **columns}, geometry=list(geometry), crs=crs)
    table.to_file(path, engine="pyogrio")
    return path


def codes(path: Path, spacing: float = 1.0, **options) -> np.ndarray:
    lat, lon = centres(spacing)
    return polygons.read(path, lat, lon, **options)["region"].values


@pytest.mark.parametrize("suffix", [".shp", ".gpkg", ".geojson", ".zip"])
def test_planted_boxes_keep_their_cells_whatever_the_kind_of_file(tmp_path, suffix):
    path = write(
        tmp_path / f"mine{'.shp' if suffix == '.zip' else suffix}", ["a", "b"], [box(0, 0, 10, 5), box(20, -7, 24, 5)]
    )
    if suffix == ".zip":
        import zipfile

        with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
            for part in tmp_path.glob("mine.*"):
                if part.suffix != ".zip":
                    archive.write(part, f"folder/{part.name}")
        path = tmp_path / "mine.zip"
    polygons.check(path)
    for rule in ("centre", "majority"):
        mapped = codes(path, rule=rule)
        assert [(mapped == code).sum() for code in (1, 2)] == [50, 48] and np.isfinite(mapped).sum() == 98
        assert mapped[90, 180] == 1 and mapped[83, 200] == 2


def test_a_shapefile_among_its_parts_is_the_one_file(tmp_path):
    write(tmp_path / "mine.shp", ["a"], [box(0, 0, 3, 3)])
    lat, lon = centres(1.0)
    (mapped,) = polygons.months(sorted(tmp_path.iterdir()), ("region",), (1, 9999), lat=lat, lon=lon)
    assert (mapped["region"] == 1).sum() == 9


def test_holes_multipolygons_and_features_of_one_name(tmp_path):
    ring = Polygon(box(0, 0, 10, 10).exterior, [box(3, 3, 6, 6).exterior])
    names, shapes = (
        ["ring", "twice", "twice"],
        [ring, MultiPolygon([box(20, 0, 22, 2), box(30, 0, 31, 1)]), box(40, 0, 41, 2)],
    )
    path = write(tmp_path / "mine.gpkg", names, shapes)
    mapped = codes(path)
    assert [(mapped == code).sum() for code in (1, 2)] == [100 - 9, 4 + 1 + 2]
    assert np.isnan(mapped[94, 184])


DATE_LINE = {
    "cut at 180": MultiPolygon([box(170, 0, 180, 5), box(-180, 0, -160, 5)]),
    "beyond 180": box(170, 0, 200, 5),
    "below -180": box(-190, 0, -160, 5),
    "jump": Polygon([(170, 0), (-160, 0), (-160, 5), (170, 5)]),
    "jump back": Polygon([(-160, 5), (170, 5), (170, 0), (-160, 0)]),
}


@pytest.mark.parametrize("kind", DATE_LINE)
def test_polygons_across_the_date_line(tmp_path, kind):
    path = write(tmp_path / "mine.geojson", ["a"], [DATE_LINE[kind]])
    for lon in (centres(1.0)[1], centres(1.0, 0.0, 360.0)[1], centres(1.0, 160.0, 220.0)[1]):
        lat = centres(1.0)[0]
        mapped = polygons.read(path, lat, lon)["region"]
        assert (mapped == 1).sum() == 30 * 5
        inside = mapped.notnull().any("lat")
        east = mapped["lon"].values[inside.values] % 360
        assert east.min() == 170.5 and east.max() == 199.5
    counted = polygons.load(path).counts["features_across_date_line"]
    assert counted == ("jump" in kind)


def test_a_hole_across_the_date_line_stays_in_its_polygon(tmp_path):
    shell = [(160, 0), (-160, 0), (-160, 10), (160, 10)]
    hole = [(178, 3), (-178, 3), (-178, 6), (178, 6)]
    mapped = codes(write(tmp_path / "mine.geojson", ["a"], [Polygon(shell, [hole])]))
    assert np.nansum(mapped) == 40 * 10 - 4 * 3


def test_a_band_around_the_globe_and_a_ring_around_a_pole(tmp_path):
    band = box(-180, -10, 180, -5)
    cap = Polygon([(lon, 70.0) for lon in (-150, -90, -30, 30, 90, 150)])
    mapped = codes(write(tmp_path / "mine.geojson", ["band", "cap"], [band, cap]))
    assert (mapped[80:85] == 1).all() and (mapped[160:] == 2).all() and np.isfinite(mapped).sum() == 5 * 360 + 20 * 360


@pytest.mark.parametrize("crs", [3857, 3995, 4269, 32633])
def test_other_reference_systems(tmp_path, crs):
    fine = shapely.segmentize(box(10, 60, 16, 66), 0.05)
    table = geopandas.GeoDataFrame({"name": ["a"]}, geometry=[fine], crs=4326).to_crs(crs)
    table.to_file(tmp_path / "mine.gpkg", engine="pyogrio")
    assert np.argwhere(codes(tmp_path / "mine.gpkg") == 1).tolist() == [
        [r, c] for r in range(150, 156) for c in range(190, 196)
    ]


def test_a_polar_projection_across_the_date_line(tmp_path):
    fine = shapely.segmentize(box(170, 70, 190, 75), 0.05)
    table = geopandas.GeoDataFrame({"name": ["a"]}, geometry=[fine], crs=4326).to_crs(3995)
    table.to_file(tmp_path / "mine.gpkg", engine="pyogrio")
    mapped = codes(tmp_path / "mine.gpkg")
    assert (mapped[160:165, :10] == 1).all() and (mapped[160:165, 350:] == 1).all() and np.nansum(mapped) == 100


def test_an_island_smaller_than_a_cell_is_counted_by_centre_and_found_by_majority(tmp_path, caplog):
    path = write(tmp_path / "mine.gpkg", ["island", "land"], [box(0.1, 0.1, 0.4, 0.4), box(10, 0, 15, 5)])
    lat, lon = centres(1.0)
    with caplog.at_level("INFO"):
        by_centre, by_majority = (polygons.read(path, lat, lon, rule=rule) for rule in ("centre", "majority"))
    levels = [line.levelname for line in caplog.records if "regions without cells: 1" in line.getMessage()]
    assert levels == ["INFO"], "no warning: in a study of a part of the Earth most regions have none"
    assert by_centre["region"].attrs["regions_without_cells"] == 1 and (by_majority["region"] == 1).sum() == 1
    assert by_centre["name"].values.tolist() == ["island", "land"]


def test_where_regions_overlap_the_later_one_wins_and_cells_are_counted(tmp_path):
    path = write(tmp_path / "mine.gpkg", ["a", "b", "a"], [box(0, 0, 10, 10), box(5, 0, 15, 10), box(0, 0, 10, 10)])
    lat, lon = centres(1.0)
    mapped = polygons.read(path, lat, lon)["region"]
    assert mapped.attrs["overlapping_cells"] == 50 and [(mapped == code).sum() for code in (1, 2)] == [50, 100]


def test_invalid_geometries_are_mended_and_empty_ones_skipped(tmp_path):
    bow = Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])
    path = write(tmp_path / "mine.gpkg", ["bow", "none", None], [bow, None, box(0, 0, 1, 1)])
    regions = polygons.load(path)
    assert regions.names == ["bow"] and regions.counts["repaired_features"] == 1
    assert regions.counts["skipped_features"] == 2 and shapely.is_valid(regions.geometry).all()
    assert regions.geometry[0].area == pytest.approx(8.0)


@pytest.mark.parametrize(
    "names, shapes, columns, options, words",
    [
        (["a"], [Point(0, 0)], {}, {}, "expected polygons .*, found Point"),
        (["a"], [box(0, 0, 1, 1)], {"other": ["x"]}, {}, "one column of text .*, found region, other. Say which"),
        (["a"], [box(0, 0, 1, 1)], {}, {"name": "NAME"}, "a column NAME .*, found region"),
        ([1], [box(0, 0, 1, 1)], {}, {}, "one column of text .*, found none"),
        (["a"], [box(0, 0, 4e5, 4e5)], {}, {}, "expected degrees within"),
        (["a"], [None], {}, {}, "found none"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(tmp_path, names, shapes, columns, options, words):
    path = write(tmp_path / "mine.gpkg", names, shapes, **columns)
    with pytest.raises(FormatError, match=words):
        codes(path, **options)


def test_numbers_may_name_regions(tmp_path):
    path = write(tmp_path / "mine.gpkg", ["a", "b"], [box(0, 0, 2, 2), box(4, 0, 6, 2)], basin=[17.0, 3.5], id=[7, 8])
    assert polygons.load(path, "basin").names == ["17", "3.5"] and polygons.load(path, "id").names == ["7", "8"]


def test_a_cut_file_and_several_files_are_refused(tmp_path):
    path = write(tmp_path / "mine.shp", ["a"], [box(0, 0, 1, 1)])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FormatError, match="where its header says"):
        codes(path)
    other = write(tmp_path / "other.gpkg", ["a"], [box(0, 0, 1, 1)])
    lat, lon = centres(1.0)
    with pytest.raises(FormatError, match="expected one file of polygons"):
        list(polygons.months([path, other], ("region",), (1, 2), lat=lat, lon=lon))


def test_a_ring_that_does_not_cross_is_left_as_it_is():
    shapes = np.array([box(-170, 0, 5, 5), box(-180, -90, 180, 90)], dtype=object)
    out, across = dateline.across(shapes)
    assert not across.any() and all(one is other for one, other in zip(out, shapes))


@pytest.mark.parametrize("spacing", ["1", "2", "5"])
def test_ar6_regions_are_those_of_regionmask(spacing):
    """tests/data/made_by/regions.py wrote its masks; at 2 degrees centres lie on borders."""
    expected = np.load(DATA / "ar6_masks.npz")[spacing]
    mapped = np.nan_to_num(codes(SHIPPED / "ar6.geojson", float(spacing), name="acronym"))
    np.testing.assert_array_equal(mapped, expected)


def test_ar6_regions_are_there_by_their_acronyms():
    regions = polygons.load(SHIPPED / "ar6.geojson", "acronym")
    assert len(regions.names) == 58 and {"WCE", "SAH", "TIB", "SOO"} <= set(regions.names)
    assert sum(regions.counts.values()) == 0
    assert sum(shape.area for shape in regions.geometry) == pytest.approx(360 * 180, rel=1e-4)


@pytest.mark.parametrize(
    "lat, lon, name",
    [
        (-25.5, 134.5, "Australia"),
        (62.5, 100.5, "Russia"),
        (66.5, -172.5, "Russia"),
        (46.5, 2.5, "France"),
        (4.5, -52.5, "France"),
        (-29.5, 28.5, "Lesotho"),
        (64.5, -150.5, "United States of America"),
        (0.5, -30.5, None),
    ],
)
def test_countries_where_they_are(lat, lon, name):
    mapped = polygons.read(SHIPPED / "countries.geojson", *centres(1.0), name="name")
    code = mapped["region"].sel(lat=lat, lon=lon).item()
    assert (None if np.isnan(code) else str(mapped["name"].sel(code=code).item())) == name
    assert mapped["region"].attrs["overlapping_cells"] == 0


def test_shipped_regions_say_their_licence():
    for name, entry in datasets.SHIPPED.items():
        head = (SHIPPED / f"{name}.geojson").read_text(encoding="utf-8")[:600]
        assert entry["licence"] in head
