"""Thirty questions of somebody who is new here: the names of files alone answer them."""

import ast
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[2] / "workflow_scripts/vadose"

WHERE = [
    # core and files
    ("which months does a season or a year hold, and where is the anomaly taken", "core/time_scales.py", "anomalies"),
    ("where is a field remapped by area", "core/grid.py", "regrid"),
    ("how do cells get their order, and how are they cut into tiles", "core/cells.py", "tiles"),
    ("where is a packed product turned into maps", "core/maps.py", "unpacked"),
    ("where are maps for GIS written", "files/grids.py", "write_geotiffs"),
    ("where is volumetric soil moisture turned into kg m-2", "core/units.py", "soil_water"),
    ("which variables, units and ranges may a product have", "files/products.py", "check"),
    ("who says what a job depends on", "files/fingerprints.py", "fingerprint"),
    ("where is the configuration checked", "files/configuration.py", "validate"),
    ("what stands in the attributes of every file about its origin", "files/provenance.py", "of"),
    ("where is BibTeX read and written", "files/references.py", "parse"),
    # formats
    ("where is GLDAS read", "formats/gldas.py", "months"),
    ("what must a reader of a new product offer", "formats/protocol.py", "Reader"),
    ("which reader serves which product", "formats/registry.py", "READERS"),
    # statistics
    ("where are impossible values of soil moisture masked", "statistics/quality.py", "mask_soil_moisture"),
    ("where are months ranked into moisture seasons", "statistics/seasons.py", "moisture_seasons"),
    ("where is the variance split into trend and interannual variability", "statistics/attribution.py", "attribute"),
    ("where is the Mann-Kendall test", "statistics/trend/mann_kendall.py", "mann_kendall"),
    ("how much of a trend share is there without any trend", "statistics/trend/share_null.py", "null_shares"),
    ("where is the false discovery rate controlled", "statistics/significance.py", "field_significance"),
    ("where is a copula selected by AIC", "statistics/copula/selection.py", "select"),
    ("where does a fitted copula get its tail dependence", "statistics/copula/dependence.py", "tail_dependence"),
    ("where is Kendall's tau lagged", "statistics/lags.py", "kendall_lags"),
    ("where is the ridge penalty chosen", "statistics/ridge/solver.py", "fit_cells"),
    ("when may draws of a driver model be used", "statistics/drivers/convergence.py", "gates"),
    ("where do Driscoll-Kraay errors come from", "statistics/drivers/robust.py", "pooled"),
    ("where are ecoregions clustered", "statistics/clusters.py", "cluster"),
    ("where are the intervals of findings over the map", "statistics/numeric/block_interval.py", "block_interval"),
    # studies
    ("where are negative shares computed", "studies/dependence/tables.py", "negative_shares"),
    ("where is the tail class of a cell decided", "studies/dependence/pairs.py", "tail_class"),
    ("what computes the table trend_shares", "studies/variability/tables.py", "trend_shares"),
    ("where is the step between two versions of a product", "studies/variability/splice.py", "steps"),
    ("where is productivity correlated with soil moisture", "studies/variability/productivity.py", "correlate"),
    ("where are planted and recovered controls compared", "studies/controls/recovery.py", "recovered_controls"),
    ("where are planted and recovered drivers compared", "studies/drivers/recovery.py", "recovered_drivers"),
    ("which alternatives does the sensitivity analysis take up", "studies/sensitivity/plan.py", "plan"),
    ("where is a published claim held against a run", "studies/claims/ledger.py", "compare"),
    # figures and pages
    ("where are maps drawn", "figures/maps.py", "panels"),
    ("where are the colours and fonts of all figures", "figures/style.py", "figure"),
    ("what belongs to a figure on disk", "figures/bundle.py", "save"),
    ("where is the figure of contributions", "figures/variability/contributions.py", "marginals"),
    ("where are the findings of the report written", "pages/report/findings.py", "variability"),
    ("where is the atlas made", "pages/atlas/page.py", "render"),
    ("where is the RO-Crate written", "pages/crate/write.py", "assemble"),
]


def test_there_are_thirty_questions_and_no_place_answers_two_with_one_name():
    assert len(WHERE) >= 30 and len({(path, symbol) for _, path, symbol in WHERE}) == len(WHERE)


@pytest.mark.parametrize("question, path, symbol", WHERE)
def test_a_file_answers(question, path, symbol):
    tree = ast.parse((LIBRARY / path).read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            defined |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    assert symbol in defined, f"{question}? {path} defines no {symbol}"
