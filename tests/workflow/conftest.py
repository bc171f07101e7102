"""The workflow as Snakemake understands it, parsed once."""

import os

import pytest


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
