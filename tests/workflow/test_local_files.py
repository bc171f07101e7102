"""Files of one's own, `source: local`: looked for before any job, listed so that they may be moved."""

import pytest
import running
import yaml


def local(folder, **keys):
    """A working folder whose configuration takes files that lie there."""
    running.folder_for(folder)
    settings = running.SMALL | {"source": "local", "paths": {"raw": "archive", "results": "results"}} | keys
    settings["variability"] = settings["variability"] | {"productivity": True, "productivity_years": [2000, 2009]}
    (folder / "small.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return folder


@pytest.mark.parametrize("arguments", [("-n",), ()])
def test_all_data_sets_that_are_not_there_are_named_before_any_job(root, tmp_path, arguments):
    folder = local(tmp_path / "mine")
    for name, file in (("gldas_2_1", "GLDAS_NOAH10_M.A200001.021.nc4"), ("mcd12c1", "other.hdf")):
        (folder / "archive" / name).mkdir(parents=True)
        (folder / "archive" / name / file).touch()
    text = " ".join(running.run(folder, root, *arguments, "prepare", expect=1).split())
    for name, state in (
        ("gldas_2_0", "no such folder"),
        ("gosif_gpp", "no such folder"),
        ("mcd12c1", "no file of that name"),
    ):
        assert f"{name}: {state} (archive/{name}, files that match" in text, text[-3000:]
    assert "gldas_2_1: no" not in text and "found none of" in text
    assert not list(folder.rglob("results/**/*.txt")) and "Finished job" not in text
    logs = list(folder.rglob("results/**/list_files_*.log"))
    assert bool(logs) == (not arguments) and all("found none of" in log.read_text(encoding="utf-8") for log in logs)


@pytest.mark.slow
def test_lists_are_relative_to_the_raw_folder_which_may_be_moved(root, tmp_path):
    folder = local(tmp_path / "mine", datasets={"gldas_2_0": {"folder": str(tmp_path / "elsewhere")}})
    archive, other = folder / "archive/gldas_2_1/2000", tmp_path / "elsewhere"
    archive.mkdir(parents=True)
    other.mkdir()
    (archive / "GLDAS_NOAH10_M.A200001.021.nc4").touch()
    (other / "GLDAS_NOAH10_M.A194801.020.nc4").touch()
    lists = [f"results/small/prepared/files_gldas_2_{version}.txt" for version in (0, 1)]
    running.run(folder, root, *lists)
    assert (folder / lists[0]).read_text(encoding="utf-8") == f"{other}/GLDAS_NOAH10_M.A194801.020.nc4\n"
    assert (folder / lists[1]).read_text(encoding="utf-8") == "gldas_2_1/2000/GLDAS_NOAH10_M.A200001.021.nc4\n"
    (folder / "archive").rename(tmp_path / "moved")
    settings = yaml.safe_load((folder / "small.yaml").read_text(encoding="utf-8"))
    settings["paths"]["raw"] = str(tmp_path / "moved")
    (folder / "small.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    assert "Nothing to be done" in running.run(folder, root, "-n", *lists)
    (tmp_path / "moved/gldas_2_1/GLDAS_NOAH10_M.A200002.021.nc4").touch()
    assert "list_files" in running.run(folder, root, "-n", *lists)
