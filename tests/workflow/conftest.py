"""The workflow as Snakemake understands it, parsed once."""

import os
import runpy
import sys

import browser
import pytest
import running
from filelock import FileLock

from vadose.files.land_mask import reduce


@pytest.fixture(scope="session")
def rules(root):
    """Rules of the default configuration, by name."""
    from snakemake.api import OutputSettings, ResourceSettings, SnakemakeApi
    from snakemake.settings.types import Quietness

    before = os.getcwd(), dict(os.environ)
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        flow = api.workflow(resource_settings=ResourceSettings(cores=1), snakefile=root / "Snakefile", workdir=root)
        found = {rule.name: rule for rule in flow._workflow.rules}
    os.chdir(before[0])
    for name in set(os.environ) - set(before[1]):
        del os.environ[name]
    os.environ.update(before[1])
    return found


@pytest.fixture(scope="module", autouse=True)
def look_of_figures():
    """Scripts called in this process set the look of all its figures: the next file finds it as it was."""
    yield
    journal = sys.modules.get("vadose.figures.journal")
    if journal:
        fresh = runpy.run_path(journal.__file__)
        for name in ("JOURNAL", "LOOK", "WIDTHS"):
            getattr(journal, name).clear()
            getattr(journal, name).update(fresh[name])


def shared_folder(tmp_path_factory):
    """A folder that all processes of these tests share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def undisturbed(root, tmp_path_factory):
    """The small world after one complete run, tiles kept: made once, whatever process comes first, and only read
    afterwards."""
    base = shared_folder(tmp_path_factory)
    folder, done = base / "undisturbed", base / "undisturbed.done"
    with FileLock(base / "undisturbed.lock"):
        if not done.exists():
            running.run(running.folder_for(folder), root, "--notemp", *running.TARGETS)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def land_mask(tmp_path_factory):
    """The continents on a grid of one degree: made once, whatever process comes first, and only read afterwards."""
    base = shared_folder(tmp_path_factory)
    with FileLock(base / "land_mask.lock"):
        if not (base / "land_mask.nc").exists():
            reduce(base / "land_mask.nc", 1.0)
    return base / "land_mask.nc"


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    """A headless Chromium."""
    if browser.program() is None:
        pytest.skip("no Chromium here (apt-get install chromium)")
    opened = browser.Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()
