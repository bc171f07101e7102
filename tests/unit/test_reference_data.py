"""The results of other tools in tests/data: described, and what can be made again here comes out as it stands."""

import importlib.util
import re

import numpy as np
import pytest


def script(data, name):
    """A script of tests/data/made_by as a module."""
    specification = importlib.util.spec_from_file_location(f"made_by_{name}", data / f"made_by/{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_every_file_is_described_and_every_script_is_there(data):
    described = set(re.findall(r"`([\w.*/]+)`", (data / "README.md").read_text(encoding="utf-8")))
    files = {path.name for path in data.iterdir() if path.is_file() and path.name != "README.md"}
    assert {name for name in files if not name.endswith("_grid.txt")} <= described
    named = {name for name in described if name.startswith("made_by/")}
    assert named == {f"made_by/{path.name}" for path in (data / "made_by").iterdir() if path.is_file()}


def test_nothing_is_larger_than_it_must_be(data):
    assert sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) < 2_000_000


@pytest.mark.one_python
def test_pymannkendall_gives_its_file_again(data):
    again = script(data, "mann_kendall").remake(data / "mann_kendall.npz")
    with np.load(data / "mann_kendall.npz") as kept:
        assert set(again) == set(kept.files)
        for name in kept.files:
            np.testing.assert_array_equal(again[name], kept[name], err_msg=name)


@pytest.mark.parametrize("name", ["ridge_n20", "ridge_n240"])
def test_scikit_learn_gives_its_columns_again(data, name):
    with np.load(data / f"{name}.npz") as kept:
        again = script(data, "ridge").leave_one_out(kept["X"], kept["y"])
        np.testing.assert_allclose(again, kept["sklearn_loo"], rtol=0, atol=1e-12)
