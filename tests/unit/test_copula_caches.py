"""An edit of one file of the package reaches compiled code that calls it from another file."""

import shutil
import subprocess
import sys

import pytest

CALL = "import sys; sys.path.insert(0, sys.argv[1]); from vadose.copula import fastmath, lonely; print(lonely.twice(1.5))"


def write_package(folder, factor):
    package = folder / "vadose" / "copula"
    package.mkdir(parents=True, exist_ok=True)
    (folder / "vadose" / "__init__.py").write_text("")
    (package / "fastmath.py").write_text(
        f"from numba import njit\n\n\n@njit(cache=True)\ndef scaled(x):\n    return {factor} * x\n",
    )
    (package / "lonely.py").write_text(
        "from numba import njit\nfrom .fastmath import scaled\n\n\n@njit(cache=True)\ndef twice(x):\n    return scaled(x)\n",
    )
    (package / "__init__.py").write_text(
        "from . import fastmath, lonely\nfrom .caches import follow_sources\nfollow_sources('vadose.copula.fastmath', 'vadose.copula.lonely')\n"
    )


@pytest.mark.slow
def test_an_edit_of_a_callee_is_noticed_and_unchanged_code_is_reused(tmp_path, root):
    def call():
        command = [sys.executable, "-c", CALL, str(tmp_path)]
        return float(
            subprocess.run(command, capture_output=True, text=True, check=True, env={"NUMBA_CACHE_DIR": str(tmp_path / "cache")}).stdout
        )

    write_package(tmp_path, 2.0)
    shutil.copy(root / "workflow_scripts" / "vadose" / "copula" / "caches.py", tmp_path / "vadose" / "copula" / "caches.py")
    assert call() == 3.0
    saved = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.nbc")}
    assert call() == 3.0
    assert saved == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.nbc")}
    write_package(tmp_path, 4.0)
    assert call() == 6.0
