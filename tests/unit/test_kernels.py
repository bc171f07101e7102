"""Kept compiled code is that of the sources and types asked for, whatever is edited and whoever compiles at the same
time."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from numba.core.caching import IndexDataCacheFile

from vadose.core import compiled

CALLS = """
import os, sys
import numba  # for all calls, each of which is a process of its own without the package
for folder in sys.stdin:
    if os.fork() == 0:
        sys.path.insert(0, folder.strip())
        from vadose.room import lonely
        print(lonely.twice(1.5), flush=True)
        os._exit(0)
    os.wait()
"""


def write_package(folder, factor, offset=0.0):
    room = folder / "vadose" / "room"
    core = folder / "vadose" / "core"
    for package in (folder / "vadose", room, core):
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text("", encoding="utf-8")
    (folder / "vadose" / "constants.py").write_text(f"OFFSET = {offset}\n", encoding="utf-8")
    (room / "scaling.py").write_text(
        f"from ..core.compiled import kernel\n\n\n@kernel\ndef scaled(x):\n    return {factor} * x\n", encoding="utf-8"
    )
    (room / "lonely.py").write_text(
        "from vadose import constants\nfrom ..core.compiled import kernel\nfrom .scaling import (\n    scaled as "
        "larger,\n)\n\n\n"
        "@kernel\ndef twice(x):\n    return larger(x) + constants.OFFSET\n",
        encoding="utf-8",
    )


@pytest.mark.slow
def test_an_edit_of_a_callee_or_constant_is_noticed_and_unchanged_code_is_reused(tmp_path, root):
    def call():
        calls.stdin.write(f"{tmp_path}\n")
        calls.stdin.flush()
        return float(calls.stdout.readline())

    def kept():
        return {path.name: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.nbc")}

    write_package(tmp_path, 2.0)
    shutil.copy(root / "workflow_scripts/vadose/core/compiled.py", tmp_path / "vadose/core/compiled.py")
    environment = {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", CALLS], env=environment, **pipes) as calls:
        assert call() == 3.0
        saved = kept()
        write_package(tmp_path, 2.0)  # newer files of the same content
        assert call() == 3.0 and saved == kept() and len(saved) == 2
        write_package(tmp_path, 4.0)
        assert call() == 6.0
        write_package(tmp_path, 4.0, offset=1.0)
        assert call() == 7.0


@pytest.mark.parametrize("kind", [IndexDataCacheFile, compiled._Store])
def test_two_processes_that_compile_for_different_types_at_once(kind, tmp_path, monkeypatch):
    """numba's own store then gives one of them the code of the other; ours finds nothing, and compiles."""
    first, second = (kind(str(tmp_path), "some", "stamp") for _ in range(2))
    with monkeypatch.context() as both_have_looked:
        both_have_looked.setattr(kind, "_load_index", lambda self: {})
        second.save("integer", "code for integer")
        both_have_looked.setattr(
            first, "_save_index", lambda overloads: None
        )  # it was earlier, and the second's lies over it
        first.save("float", "code for float")
    assert second.load("integer") == ("code for float" if kind is IndexDataCacheFile else None)
    second.save("integer", "code for integer")
    first.save("float", "code for float")
    assert second.load("float") == "code for float" and first.load("integer") == "code for integer"


def test_code_of_other_sources_is_not_taken(tmp_path):
    """A process that began before an edit may write last: its entry carries the old stamp."""
    old, new = compiled._Store(str(tmp_path), "some", "before"), compiled._Store(str(tmp_path), "some", "after")
    new.save("float", "new code")
    old._save_data(old._data_name(1), ("before", "float", "old code"))
    assert new.load("float") is None
    new.save("float", "new code")
    assert new.load("float") == "new code"


@pytest.mark.parametrize("part", ["some.nbi", "some.1.nbc"])
def test_a_file_that_a_crash_cut_short_is_compiled_again(part, tmp_path):
    store = compiled._Store(str(tmp_path), "some", "stamp")
    store.save("float", "code")
    whole = (tmp_path / part).read_bytes()
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        (tmp_path / part).write_bytes(whole[:length])
        assert store.load("float") is None
        store.save("float", "code")
        assert store.load("float") == "code"


def test_a_full_disk_costs_the_keeping_only(tmp_path, monkeypatch):
    def full(self, name, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(IndexDataCacheFile, "_save_data", full)
    store = compiled._Store(str(tmp_path), "some", "stamp")
    store.save("float", "code")
    assert store.load("float") is None


def test_a_stamp_follows_what_a_file_imports(root):
    library = root / "workflow_scripts" / "vadose"
    reached = {path.relative_to(library).as_posix() for path in compiled._reached(library / "statistics/lags.py")}
    assert {
        "statistics/lags.py",
        "core/compiled.py",
        "statistics/numeric/concordance.py",
    } <= reached and "statistics/trend/mann_kendall.py" not in reached
    assert compiled.stamp(library / "statistics/lags.py") != compiled.stamp(library / "statistics/ridge/solver.py")


def test_kernels_divide_as_numpy_does():
    @compiled.kernel
    def inverse(x):
        return 1.0 / x

    assert inverse(0.0) == np.inf


def test_constants_share_the_code_of_other_values():
    @compiled.kernel
    def power(base, exponent, twice):
        total = base**exponent
        return total * total if twice else total

    @compiled.kernel
    def powers(n, twice):
        return (
            power(2.0, 1, True),
            power(2.0, 2, twice=False),
            power(2.0, n, twice),
            power(2.0, twice=twice, exponent=3),
        )

    assert powers(4, True) == (4.0, 4.0, 256.0, 64.0)
    assert len(power.signatures) == 1


def test_an_array_of_another_shape_is_refused_in_one_sentence():
    @compiled.kernel
    def assign(out, values):
        out[:] = values

    with pytest.raises(ValueError, match="^cannot assign an array to a slice of another shape$"):
        assign(np.zeros(3), np.zeros(2))


def test_all_compiled_functions_come_from_here(root):
    for path in (root / "workflow_scripts").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "cache=True" not in text or path.name == "compiled.py", (
            f"{path}: expected vadose.core.compiled.kernel, found a store of its own"
        )
