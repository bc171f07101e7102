"""Every job leaves a log that says what happened, and a run ends with what is there or with what failed and why."""

import shutil

import pytest
import running

pytestmark = pytest.mark.slow

STUDY = "results/small/variability"
TARGET = f"{STUDY}/trends.nc"


@pytest.fixture
def damaged(undisturbed, tmp_path):
    """A copy of the small world in which the first tile of the trends is to be made again, from a damaged input."""
    folder = tmp_path / "world"
    shutil.copytree(undisturbed, folder)
    for path in [*(folder / STUDY).glob("*.nc"), folder / STUDY / "tiles/trends_1of2.nc"]:
        path.unlink()
    (folder / STUDY / "tiles/attribution_1of2.nc").write_bytes(b"cut")
    return folder


def test_no_log_of_a_finished_job_is_empty_and_each_says_what_it_read_and_wrote(undisturbed):
    logs = {path.name: path.read_text(encoding="utf-8") for path in (undisturbed / "results/small/logs").glob("*.log")}
    assert len(logs) >= 14
    for name, text in logs.items():
        lines = text.splitlines()
        assert " INFO start: rule " in lines[0] and " INFO finished after " in lines[-1], name
        assert any(" INFO output " in line for line in lines), name
    trends = logs["fit_trends_1of2.log"]
    assert "start: rule fit_trends, tile=1of2" in trends and f"input seasonal: {STUDY}/tiles/" in trends
    assert "read results/small/variability/tiles/attribution_1of2.nc: attribution (cell " in trends
    assert "wrote results/small/variability/tiles/trends_1of2.nc: trends (cell " in trends and "missing: " in trends
    prepared = [text for name, text in logs.items() if name.startswith("prepare_soil_moisture")]
    assert any("WARNING months without data: " in text for text in prepared)


def test_a_failed_job_says_why_in_its_log_on_the_screen_and_at_the_end_of_the_run(damaged, root):
    text = running.run(damaged, root, TARGET, expect=1)
    log = "results/small/logs/fit_trends_1of2.log"
    said = (damaged / log).read_text(encoding="utf-8")
    sentence = said.splitlines()[-1].split(": ", 1)[1]
    assert sentence.startswith(f"{STUDY}/tiles/attribution_1of2.nc: expected the product attribution, found a damaged")
    assert sentence.endswith("Delete it and run again.") and "Traceback (most recent call last)" in said
    block = text[text.index("Run small is not done: one job failed.") :]
    assert f"  fit_trends, tile=1of2: {sentence}\n    log: {log}\n" in block
    assert sentence in text[: text.index("Run small is not done")]


def test_a_finished_run_says_where_its_products_are_and_which_months_lack(undisturbed, root, tmp_path):
    folder = tmp_path / "world"
    shutil.copytree(undisturbed, folder)
    (folder / TARGET).unlink()
    (folder / "results/small/report.html").write_text("<p>", encoding="utf-8")
    text = running.run(folder, root, TARGET)
    block = text[text.index("Run small is done.") :]
    assert "  report   results/small/report.html\n" in block and "  missing  " in block and "atlas" not in block
