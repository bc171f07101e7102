"""Which files a data set consists of: found behind links, by the archive's names and by a user's own pattern alike."""

import os

import pytest

from vadose.files import inventory


@pytest.fixture
def archive(tmp_path):
    """A folder of years; that of 2012 is a link, and one link leads in a circle."""
    store, folder = tmp_path / "store/2012", tmp_path / "archive"
    store.mkdir(parents=True)
    (folder / "2013").mkdir(parents=True)
    for month in ("01", "02", "03"):
        (store / f"GLDAS_2012{month}.nc4").touch()
    (folder / "2013/GLDAS_201301.nc4").touch()
    (folder / "2012").symlink_to(store)
    (folder / "2013/circle").symlink_to(folder / "2013")
    for hidden in (".GLDAS_201401.nc4", ".hidden/GLDAS_201402.nc4", "2013/GLDAS_201302.nc4.part"):
        path = folder / hidden
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return folder


@pytest.mark.parametrize(
    "pattern, glob, count",
    [
        (r"GLDAS_\d+\.nc4", False, 4),
        ("*.nc4", True, 4),
        ("2012/*.nc4", True, 3),
        ("**/*.nc4", True, 4),
        ("20*/**/*_2012??.nc4", True, 3),
        ("GLDAS_201[23]01.nc4", True, 2),
        ("*.nc", True, 0),
        ("archive/2012/*.nc4", True, 0),
    ],
)
def test_files_behind_links_are_found_with_every_kind_of_pattern(archive, pattern, glob, count):
    assert len(inventory.find(archive, pattern, glob=glob)) == count


def test_a_folder_that_is_not_there_has_no_files(tmp_path):
    assert inventory.find(tmp_path / "nothing", "*", glob=True) == []
    assert list(inventory.walk(tmp_path / "nothing")) == []


def test_the_state_tells_files_that_were_added_replaced_or_moved_but_not_a_folder_that_was(archive, tmp_path):
    (archive / "2013/circle").unlink()

    def state(folder):
        return inventory.state(folder, "*.nc4", glob=True)

    states = [state(archive)]
    (archive / "new.nc4").touch()
    states.append(state(archive))
    os.utime(archive / "new.nc4", ns=(1, 1))
    states.append(state(archive))
    (archive / "new.nc4").rename(archive / "2013/new.nc4")
    states.append(state(archive))
    assert len(set(states)) == 4
    archive.rename(tmp_path / "elsewhere")
    assert state(tmp_path / "elsewhere") == states[-1]


@pytest.mark.parametrize("name", [b"Gr\xf6\xdfe_2001.nc", "a\u2028b\x85c\x0bd.nc".encode(), b"a b'\"#$%.nc", b" .nc "])
def test_a_list_gives_back_any_name(tmp_path, name):
    """Names in Latin-1 from an older disk, and separators that are no line break."""
    folder = tmp_path / "raw"
    folder.mkdir()
    path = folder / os.fsdecode(name)
    path.write_bytes(b"x")
    assert inventory.find(folder, "*", glob=True) == [path] and inventory.state(folder, "*", glob=True)
    inventory.write([path], tmp_path / "list.txt", folder)
    assert inventory.read(tmp_path / "list.txt", folder) == [path]


def test_a_name_with_a_line_break_is_refused_by_name(tmp_path):
    path = tmp_path / "a\nb.nc"
    path.touch()
    with pytest.raises(ValueError, match=r"list.txt: expected names of files without line breaks, found '.*a\\nb.nc'"):
        inventory.write([path], tmp_path / "list.txt")
