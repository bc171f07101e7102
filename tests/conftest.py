"""What all tests share: where the results of other tools lie, how hypothesis behaves on a noisy machine, and how often
memory is searched for garbage."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

settings.register_profile(
    "vadose", deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("vadose")


def pytest_configure(config):
    """PyTensor keeps what it compiles in one folder of the user's, with the same index as numba's: two test processes
    that fill it at once may be given each other's code. Each has a folder of its own, as each job has; the process that
    only hands out tests imports nothing for it.

    And no search for garbage among what is imported, which stays: with those below it took a tenth of all processor
    time."""
    gc.disable()
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker or not config.getoption("numprocesses", default=None):
        from vadose.studies.drivers import models

        models.compile_below(ROOT / ".numba_cache" / f"pytensor_{worker or 'alone'}")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


def pytest_sessionfinish():
    gc.freeze()  # pytest's last searches, five of all that is left


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def data() -> Path:
    """Results of other tools that tests compare with (tests/data/README.md)."""
    return ROOT / "tests/data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the project whose `real` holds genuine files of archives, which may not be passed on; a test
    that reads them is skipped where they are absent."""
    if not (SHARED / "real").is_dir():
        pytest.skip(f"no genuine product files at {SHARED / 'real'}")
    return SHARED


def pytest_collection_modifyitems(items):
    """Whole runs of the workflow first, then files with slow tests: on two processes long files must not be left to the
    end. Among equals the order stays as given."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    whole = {"workflow", "cluster", "real"}
    items.sort(key=lambda item: (not whole & set(item.path.relative_to(ROOT).parts), item.path not in slow))
