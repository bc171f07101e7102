"""The last lines of a run: where its pages are, or which jobs failed and why."""

import contextlib
import logging
import os
from types import SimpleNamespace

import pytest

from vadose.files import job_log, jobs, run_summary


def job(results, rule, main, **wildcards):
    """Run a script as the job of a rule."""
    log = results / "logs" / ("_".join([rule, *wildcards.values()]) + ".log")
    given = {part: {} for part in jobs.PARTS} | {"threads": 1, "log": [str(log)], "rule": rule, "wildcards": wildcards}
    with contextlib.suppress(ValueError):
        jobs.run(main, SimpleNamespace(**given))
    return log


def nothing():
    pass


def failing():
    raise ValueError("lags.nc: expected 7 cells,\nfound 8. Delete it.")


@pytest.fixture
def results(tmp_path):
    results = tmp_path / "results/demo"
    (results / "tables/variability").mkdir(parents=True)
    (results / "tables/variability/shares.csv").write_text("a\n", encoding="utf-8")
    (results / "report.html").write_text("<p>", encoding="utf-8")
    return results


def test_a_finished_run_says_where_things_are_and_only_what_is_there(results):
    job(results, "average_seasons", nothing, tile="1of2")
    text = run_summary.of_success(results, 0.0)
    assert text.splitlines() == [
        "Run demo is done.",
        f"  report   {results}/report.html",
        f"  tables   {results}/tables/ (1)",
    ]


def test_missing_months_and_warnings_are_named(results):
    def lacking():
        logging.getLogger("vadose.files.contents").warning(
            "%s%s in %s", job_log.MISSING_MONTHS, "1990-01 1990-02 1990-03 1990-04 1990-05", "water.nc"
        )

    def warned():
        logging.getLogger("vadose.statistics").warning("few pairs")

    job(results, "prepare", lacking)
    log = job(results, "select", warned)
    lines = run_summary.of_success(results, 0.0).splitlines()
    assert lines[-2:] == [
        "  missing  1990-01, 1990-02, 1990-03 ... (5 months) in water.nc",
        f"  warnings in {log}",
    ]


def test_a_failed_run_names_each_job_its_sentence_and_its_log(results):
    good = job(results, "average_seasons", nothing)
    bad = job(results, "measure_lags", failing, tile="1of2")
    lost = results / "logs/sample.log"
    first = good.read_text(encoding="utf-8").split("\n")[0]
    lost.write_text(first.replace("average_seasons", "sample_drivers") + "\n", encoding="utf-8")
    (results / "logs/download.log").write_text("the plan\n", encoding="utf-8")
    text = run_summary.of_failure(results, 0.0)
    assert text.startswith("Run demo is not done: 2 jobs failed.\n") and str(good) not in text
    sentence = "ValueError: lags.nc: expected 7 cells,\nfound 8. Delete it."
    assert f"  measure_lags, tile=1of2: {sentence}\n    log: {bad}\n" in text
    assert "  sample_drivers: it ended without a word, as jobs do that are killed" in text and str(lost) in text


def test_failures_of_earlier_runs_are_not_told_again(results):
    log = job(results, "measure_lags", failing)
    os.utime(log, (1000, 1000))
    assert "No log of a job says why" in run_summary.of_failure(results, 2000.0)
    assert "one job failed." in run_summary.of_failure(results, 500.0)
