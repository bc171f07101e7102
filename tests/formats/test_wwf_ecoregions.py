"""WWF ecoregions: reader against writer, the rasteriser against shapely, the genuine attribute table, and damage."""

import json
import shutil
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
import xarray as xr
from damage import cut, login_page
from hypothesis import given, settings
from hypothesis import strategies as st

from vadose.formats import wwf_ecoregions
from vadose.formats.opening import FormatError
from vadose.synthetic.writers.wwf_ecoregions import write

LAT, LON = np.arange(-87.5, 90, 5.0), np.arange(-177.5, 180, 5.0)


@pytest.fixture(scope="module")
def earth() -> xr.Dataset:
    """Blocks of 2 x 3 cells of a biome each, a hole within one, sea around."""
    rng = np.random.default_rng(5)
    blocks = rng.choice([np.nan, *wwf_ecoregions.BIOMES], (LAT.size // 2, LON.size // 3))
    codes = np.kron(blocks, np.ones((2, 3)))
    codes[10:15, 10:15] = 7
    codes[12, 12] = 98
    return xr.Dataset({"biome": (("lat", "lon"), codes.astype(np.float32))}, coords={"lat": LAT, "lon": LON})


@pytest.fixture(scope="module")
def archive(earth, tmp_path_factory) -> Path:
    return write(earth, tmp_path_factory.mktemp("wwf") / "6kcchn7e3u_official_teow.zip")


@pytest.fixture(scope="module")
def shapefile(earth, tmp_path_factory) -> Path:
    return write(earth, tmp_path_factory.mktemp("wwf") / "official")


@pytest.mark.parametrize("rule", ["centre", "majority"])
def test_round_trip_zip_and_shapefile(earth, archive, shapefile, rule):
    for path in (archive, shapefile):
        wwf_ecoregions.check(path)
        found = wwf_ecoregions.read(path, LAT, LON, rule=rule)
        np.testing.assert_array_equal(found["biome"].values, earth["biome"].values)
        assert found["biome"].attrs["skipped_features"] == 1 and found["biome"].attrs["repaired_features"] == 1


def test_traps_are_in_the_file(archive):
    table = geopandas.read_file(f"/vsizip/{archive}/official/wwf_terr_ecos.shp", encoding="ISO-8859-1")
    assert list(table.columns[:8]) == [
        "OBJECTID",
        "AREA",
        "PERIMETER",
        "ECO_NAME",
        "REALM",
        "BIOME",
        "ECO_NUM",
        "ECO_ID",
    ]
    assert table["BIOME"].dtype == float and table.geometry.isna().sum() == 1 and (~table.geometry.is_valid).sum() >= 1
    assert zipfile.ZipFile(archive).namelist()[0].startswith("official/")


def test_names_are_latin_1_and_geometries_valid(archive):
    table = wwf_ecoregions.features(archive)
    assert table["name"].str.startswith("Cordillera de Mérida páramo").all()
    assert table.geometry.is_valid.all() and set(table.geometry.geom_type) <= {"Polygon", "MultiPolygon"}
    assert table["biome"].dtype == int


def test_regions_of_a_finer_grid_keep_their_borders(earth, archive):
    lat, lon = np.arange(0.625, 60, 1.25), np.arange(-179.375, 0, 1.25)
    found = wwf_ecoregions.read(archive, lat, lon)["biome"]
    expected = earth["biome"].sel(lat=lat, lon=lon, method="nearest")
    np.testing.assert_array_equal(found.values, expected.values)


def by_shapely(table, lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Class at cell centres, later features over earlier ones."""
    x, y = np.meshgrid(lon, lat)
    codes = np.full(x.shape, np.nan)
    for geometry, code in zip(table.geometry, table["biome"]):
        shapely.prepare(geometry)
        codes[shapely.contains_xy(geometry, x, y)] = code
    return codes


def near_a_border(table, lat: np.ndarray, lon: np.ndarray, distance: float) -> np.ndarray:
    x, y = np.meshgrid(lon, lat)
    return (
        shapely.distance(shapely.union_all(shapely.boundary(table.geometry.to_numpy())), shapely.points(x, y))
        < distance
    )


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_centre_rule_equals_shapely(tmp_path_factory, seed):
    """Irregular overlapping polygons with holes: the class burnt is the class at the centre, wherever no border passes
    through it."""
    rng = np.random.default_rng(seed)
    polygons = []
    for _ in range(12):
        angles = np.sort(rng.uniform(0, 2 * np.pi, 14))
        radius, centre = rng.uniform(3, 25, 14), rng.uniform([-150, -60], [150, 60])
        ring = np.column_stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)])
        polygons.append(shapely.make_valid(shapely.Polygon(ring)).difference(shapely.Point(centre).buffer(2.0)))
    table = geopandas.GeoDataFrame(
        {"BIOME": rng.choice(wwf_ecoregions.BIOMES, 12).astype(float)}, geometry=polygons, crs=4326
    )
    folder = tmp_path_factory.mktemp("shapes")
    table.to_file(folder / "wwf_terr_ecos.shp", engine="pyogrio")
    lat, lon = np.arange(-89.25, 90, 1.5), np.arange(-179.25, 180, 1.5)
    found = wwf_ecoregions.read(folder / "wwf_terr_ecos.shp", lat, lon)["biome"].values
    read = wwf_ecoregions.features(folder / "wwf_terr_ecos.shp")
    clear = ~near_a_border(read, lat, lon, 1e-9)
    np.testing.assert_array_equal(found[clear], by_shapely(read, lat, lon)[clear])
    assert np.isfinite(found).sum() > 100


def test_majority_is_the_largest_part(tmp_path):
    """One cell of 1 degree: biome 3 has 0.45, biome 8 has 0.35 around the centre, the sea 0.2; a second cell is a
    tie."""
    boxes = [
        shapely.box(0, 0, 0.45, 1),
        shapely.box(0.45, 0, 0.8, 1),
        shapely.box(1, 0, 1.5, 1),
        shapely.box(1.5, 0, 2, 1),
    ]
    table = geopandas.GeoDataFrame({"BIOME": [3.0, 8.0, 9.0, 4.0]}, geometry=boxes, crs=4326)
    table.to_file(tmp_path / "wwf_terr_ecos.shp", engine="pyogrio")
    lat, lon = np.array([0.5, 1.5]), np.array([0.5, 1.5, 2.5])
    centre, majority = (
        wwf_ecoregions.read(tmp_path / "wwf_terr_ecos.shp", lat, lon, rule=rule)["biome"].values
        for rule in wwf_ecoregions.RULES
    )
    assert centre[0, 0] == 8 and majority[0, 0] == 3 and majority[0, 1] == 4
    assert np.isnan(majority[0, 2]) and np.all(np.isnan(majority[1]))


def test_bands_do_not_change_the_result(archive, monkeypatch):
    lat, lon = np.arange(-59.5, 60), np.arange(-179.5, 180)
    whole = wwf_ecoregions.read(archive, lat, lon, rule="majority")
    monkeypatch.setattr(wwf_ecoregions, "BAND", 7 * lon.size * wwf_ecoregions.SUBDIVISION**2)
    xr.testing.assert_identical(wwf_ecoregions.read(archive, lat, lon, rule="majority"), whole)


def both(path: Path, message: str) -> None:
    for call in (wwf_ecoregions.check, lambda path: wwf_ecoregions.read(path, LAT, LON)):
        with pytest.raises(FormatError, match=message) as caught:
            call(path)
        assert path.name in str(caught.value)


def test_login_page(tmp_path):
    both(login_page(tmp_path / "official_teow.zip"), "HTML page.*credentials")
    both(login_page(tmp_path / "wwf_terr_ecos.shp"), "HTML page.*credentials")


@pytest.mark.parametrize("share", [0.0, 0.2, 0.8, 0.999])
def test_cut_zip(archive, tmp_path, share):
    both(cut(archive, tmp_path / archive.name, share), "cut or corrupt|empty file")


def test_corrupt_member(archive, tmp_path):
    path = tmp_path / archive.name
    data = bytearray(archive.read_bytes())
    data[len(data) // 3 : len(data) // 3 + 200] = b"\x55" * 200
    path.write_bytes(bytes(data))
    both(path, "cut or corrupt")


@pytest.fixture
def copy(shapefile, tmp_path) -> Path:
    return Path(shutil.copytree(shapefile.parent, tmp_path / "official")) / shapefile.name


@pytest.mark.parametrize("suffix", [".shp", ".dbf"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_cut_shapefile(copy, suffix, share):
    part = copy.with_suffix(suffix)
    part.write_bytes(part.read_bytes()[: int(part.stat().st_size * share)])
    with pytest.raises(FormatError, match="cut or corrupt") as caught:
        wwf_ecoregions.read(copy, LAT, LON)
    assert copy.stem in str(caught.value)


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_missing_part(copy, suffix):
    copy.with_suffix(suffix).unlink()
    both(copy, f"expected its parts {suffix}")


def table_of(copy: Path):
    return geopandas.read_file(copy, encoding="ISO-8859-1").dropna(subset="geometry")


def test_missing_field_and_the_other_map(copy):
    table_of(copy).rename(columns={"BIOME": "BIOME_NUM"}).to_file(copy, engine="pyogrio")
    both(copy, "expected the field BIOME.*RESOLVE")


def test_other_codes(copy):
    table = table_of(copy)
    table.loc[table.index[0], "BIOME"] = 15.0
    table.to_file(copy, engine="pyogrio")
    with pytest.raises(FormatError, match="expected BIOME 1 to 14, 98 or 99, found 15"):
        wwf_ecoregions.read(copy, LAT, LON)


def test_wrong_unit_of_the_coordinates(copy):
    table_of(copy).to_crs(6933).to_file(copy, engine="pyogrio")
    with pytest.raises(FormatError, match="coordinates in degrees"):
        wwf_ecoregions.read(copy, LAT, LON)


def test_swapped_axes(copy):
    table = table_of(copy)
    table.geometry = shapely.transform(table.geometry.to_numpy(), lambda points: points[:, ::-1])
    table.to_file(copy, engine="pyogrio")
    with pytest.raises(FormatError, match="axes are swapped"):
        wwf_ecoregions.read(copy, LAT, LON)


def test_points_and_empty_files(tmp_path):
    points = geopandas.GeoDataFrame({"BIOME": [1.0]}, geometry=[shapely.Point(0, 0)], crs=4326)
    points.to_file(tmp_path / "wwf_terr_ecos.shp", engine="pyogrio")
    with pytest.raises(FormatError, match="expected polygons"):
        wwf_ecoregions.check(tmp_path / "wwf_terr_ecos.shp")


def test_zip_without_a_shapefile(tmp_path):
    path = tmp_path / "teow.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("readme.txt", "nothing here")
    both(path, "expected one shapefile")


def test_questions_are_checked(archive):
    with pytest.raises(ValueError, match="rule"):
        wwf_ecoregions.read(archive, LAT, LON, rule="nearest")
    with pytest.raises(ValueError, match="lat: expected at least two ascending"):
        wwf_ecoregions.read(archive, LAT[::-1], LON)


def test_writing_is_reproducible(earth, archive, tmp_path):
    assert write(earth, tmp_path / "a.zip").read_bytes() == archive.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.real
def test_real_subset_with_the_genuine_table(shared):
    path = shared / "real" / "ecoregions" / "tsammalex_test_ecoregions.json"
    wwf_ecoregions.check(path)
    records = json.loads(path.read_text(encoding="utf-8"))["features"]
    null = sum(record["geometry"] is None for record in records)
    table = wwf_ecoregions.features(path)
    assert len(records) == 116 and len(table) == 116 - null and table.attrs["skipped_features"] == null
    assert list(table["biome"]) == [
        int(record["properties"]["BIOME"]) for record in records if record["geometry"] is not None
    ]
    lat, lon = np.arange(-89.5, 90), np.arange(-179.5, 180)
    found = wwf_ecoregions.read(path, lat, lon)["biome"].values
    clear = ~near_a_border(table, lat, lon, 1e-9)
    np.testing.assert_array_equal(found[clear], by_shapely(table, lat, lon)[clear])
    assert np.isfinite(found).sum() > 50


def test_a_grid_across_the_date_line_and_polygons_drawn_past_it(tmp_path):
    """Both once gave empty cells, or a refusal."""
    boxes = [shapely.box(170, 0, 190, 40), shapely.box(-175, -40, -170, 0), shapely.box(0, 0, 40, 40)]
    path = tmp_path / "wwf_terr_ecos.shp"
    geopandas.GeoDataFrame({"BIOME": [1.0, 2.0, 3.0]}, geometry=boxes, crs=4326).to_file(path)
    pacific = wwf_ecoregions.read(path, np.arange(-37.5, 40, 5), np.arange(162.5, 200, 5))["biome"]
    assert pacific["lon"].values[[0, -1]].tolist() == [162.5, 197.5]
    np.testing.assert_array_equal(pacific.sel(lat=2.5).values, [np.nan, np.nan, 1, 1, 1, 1, np.nan, np.nan])
    np.testing.assert_array_equal(pacific.sel(lat=-2.5).values, [*[np.nan] * 5, 2, np.nan, np.nan])
    for lon in (LON, LON + 180):
        globe = wwf_ecoregions.read(path, LAT, lon)["biome"].sel(lat=2.5)
        east = (globe["lon"].values + 360) % 360
        np.testing.assert_array_equal(np.sort(east[globe.values == 1]), [172.5, 177.5, 182.5, 187.5])
        np.testing.assert_array_equal(np.sort(east[globe.values == 3]), np.arange(2.5, 40, 5))


def written_as(folder: Path, change, **columns) -> Path:
    """A shapefile of two boxes, its parts renamed."""
    folder.mkdir()
    path = folder / "wwf_terr_ecos.shp"
    boxes = [shapely.box(0, 0, 40, 40), shapely.box(50, 0, 90, 40)]
    columns = columns or {"BIOME": [1.0, 2.0], "ECO_NAME": ["Pará", "Ño"]}
    geopandas.GeoDataFrame(columns, geometry=boxes, crs=4326).to_file(path, encoding="UTF-8")
    for part in list(folder.iterdir()):
        part.rename(folder / change(part.name))
    return next(each for each in folder.iterdir() if each.suffix.lower() == ".shp")


@pytest.mark.parametrize(
    "change, columns",
    [
        (str.lower, {}),
        (str.upper, {}),
        (lambda name: name.replace(".dbf", ".DBF").replace(".shx", ".SHX"), {}),
        (str.lower, {"biome": [1.0, 2.0]}),
        (str.lower, {"Biome": ["1", "2"]}),
    ],
)
def test_parts_and_fields_in_any_case(change, columns, tmp_path):
    path = written_as(tmp_path / "case", change, **columns)
    wwf_ecoregions.check(path)
    found = wwf_ecoregions.read(path, LAT, LON)["biome"].values
    assert [(found == code).sum() for code in (1, 2)] == [64, 64] and np.isfinite(found).sum() == 128
    if not columns:
        assert wwf_ecoregions.features(path)["name"].tolist() == ["Pará", "Ño"]


def test_without_projection_and_with_polygons_of_several_parts(tmp_path):
    """One record for all pieces of an ecoregion, some of them on the other side of the date line, with a hole; without
    .prj the coordinates are taken for degrees."""
    parts = [shapely.box(170, 0, 180, 40), shapely.box(-180, 0, -170, 40)]
    ring = shapely.box(0, 0, 40, 40).difference(shapely.box(10, 10, 30, 30))
    path = tmp_path / "wwf_terr_ecos.shp"
    geometry = [shapely.MultiPolygon(parts), shapely.MultiPolygon([ring, shapely.box(60, 0, 80, 40)])]
    geopandas.GeoDataFrame({"BIOME": [1.0, 2.0]}, geometry=geometry, crs=4326).to_file(path)
    whole = wwf_ecoregions.read(path, LAT, LON)["biome"].values
    assert (whole == 1).sum() == 32 and (whole == 2).sum() == 64 - 16 + 32 and np.isfinite(whole).sum() == 112
    path.with_suffix(".prj").unlink()
    path.with_suffix(".cpg").unlink(missing_ok=True)
    wwf_ecoregions.check(path)
    np.testing.assert_array_equal(wwf_ecoregions.read(path, LAT, LON)["biome"].values, whole)
    packed = tmp_path / "copy.zip"
    with zipfile.ZipFile(packed, "w") as bundle:
        for part in (".shp", ".shx", ".dbf"):
            bundle.write(path.with_suffix(part), f"official/wwf_terr_ecos{part.upper()}")
    np.testing.assert_array_equal(wwf_ecoregions.read(packed, LAT, LON)["biome"].values, whole)
    plain = tmp_path / "regions.zip"
    geopandas.read_file(path).to_file(tmp_path / "regions.geojson")
    (tmp_path / "regions.geojson").rename(plain)
    with pytest.raises(FormatError, match="regions.zip: expected .* as .zip by the name, found GeoJSON. Name the file"):
        wwf_ecoregions.check(plain)


def test_biomes_without_lakes_rock_and_ice(earth, archive):
    codes = wwf_ecoregions.read(archive, LAT, LON, biomes=range(1, 15))["biome"].values
    expected = earth["biome"].values
    np.testing.assert_array_equal(codes, np.where(expected > 14, np.nan, expected))
