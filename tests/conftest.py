"""What all tests share: where the reference material lies, and how hypothesis behaves on a noisy machine."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from vadose.studies.drivers import models

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

# PyTensor keeps what it compiles in one folder of the user's, with the same index as numba's: two test processes that
# fill it at once may be given each other's code. Each has a folder of its own, as each job has.
models.compile_below(ROOT / ".numba_cache" / f"pytensor_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")

settings.register_profile(
    "vadose", deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("vadose")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material beside the project; a test that needs it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no reference material at {SHARED}")
    return SHARED


def pytest_collection_modifyitems(items):
    """Whole runs of the workflow first: on two processes the longest files must not be left to the end."""
    items.sort(key=lambda item: not {"workflow", "cluster", "real"} & set(item.path.relative_to(ROOT).parts))
