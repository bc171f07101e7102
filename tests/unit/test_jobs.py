"""Scripts get what their rules name, and every job leaves a log of what happened."""

import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from vadose.core.cells import Tile
from vadose.files import contents, jobs, run_summary
from vadose.files.job_log import sentence
from vadose.files.products import ProductError


def job(**parts):
    """What Snakemake gives to a script."""
    empty = {part: {} for part in jobs.PARTS} | {"threads": 3, "log": [], "rule": "measure"}
    return SimpleNamespace(**empty | parts)


def test_values_come_by_name_and_are_what_the_annotation_says():
    def main(*, files: list[Path], cells: Path, shift: Path | None, truth: Path | None, trends: Path, tile: Tile,
             years: tuple[int, int], limits: list[float] | None, periods: list[tuple[int, int]], cores: int,
             log: Path, settings: dict[str, int]): ...  # fmt: skip

    values = jobs.arguments(
        main,
        job(
            input={"files": ["a.nc", "b.nc"], "cells": "cells.nc", "shift": [], "truth": "truth.nc"},
            output={"trends": ["trends.nc"]},
            params={"limits": [], "periods": [[1990, 1999], [2000, 2009]], "settings": {"tune": 5}},
            wildcards={"tile": "03of16", "years": "1948-1967"},
            log=["job.log"],
        ),
    )
    assert values == {
        "files": [Path("a.nc"), Path("b.nc")],
        "cells": Path("cells.nc"),
        "shift": None,
        "truth": Path("truth.nc"),
        "trends": Path("trends.nc"),
        "tile": Tile(3, 16),
        "years": (1948, 1967),
        "limits": [],
        "periods": [(1990, 1999), (2000, 2009)],
        "cores": 3,
        "log": Path("job.log"),
        "settings": {"tune": 5},
    }


def test_one_file_serves_where_a_list_is_wanted_and_numbers_of_the_configuration_stay_as_they_are():
    def main(*, files: list[Path], alpha: float, year: int | str): ...

    values = jobs.arguments(main, job(input={"files": "only.nc"}, params={"alpha": 1, "year": "last"}))
    assert values == {"files": [Path("only.nc")], "alpha": 1, "year": "last"} and isinstance(values["alpha"], int)


def test_a_group_of_files_comes_by_the_beginning_of_its_names():
    def main(*, trends: list[Path], merged: dict[str, Path]): ...

    values = jobs.arguments(
        main, job(input={"trends": ["1.nc", "2.nc"]}, output={"merged_trends": "t.nc", "merged_seasonal": "s.nc"})
    )
    assert values["merged"] == {"trends": Path("t.nc"), "seasonal": Path("s.nc")}


@pytest.mark.parametrize(
    "parts, words",
    [
        ({}, "measure: expected lags of its script in one part of the rule, found it in none of input, output"),
        ({"input": {"lags": "a"}, "output": {"lags": "b"}}, "found it in input and in output. Name it once"),
        ({"input": {"lags": ["a", "b"]}}, r"measure: expected lags to be pathlib.*Path, found \['a', 'b'\] \(2 files"),
    ],
)
def test_a_rule_that_does_not_fit_its_script_is_told_so(parts, words):
    def main(*, lags: Path): ...

    with pytest.raises(jobs.InterfaceError, match=words):
        jobs.arguments(main, job(**parts))


def test_the_log_tells_start_files_warnings_and_duration(tmp_path):
    def main(*, lags: Path, trends: Path):
        logging.getLogger("vadose.files.products").info("read lags: 7 cells")
        logging.getLogger("matplotlib").info("chatter")
        warnings.warn("division by zero somewhere", stacklevel=1)
        trends.write_text("x" * 2000, encoding="utf-8")

    (tmp_path / "lags.nc").write_text("y" * 3000, encoding="utf-8")
    parts = {"input": {"lags": str(tmp_path / "lags.nc")}, "output": {"trends": str(tmp_path / "trends.nc")}}
    asked = {"mem_mb": 900, "runtime": 3, "tmpdir": "/tmp"}
    own = {"wildcards": {"tile": "1of2"}, "resources": asked, "log": [str(tmp_path / "logs/job.log")]}
    jobs.run(main, job(**parts, **own))
    text = (tmp_path / "logs/job.log").read_text(encoding="utf-8")
    assert "start: rule measure, tile=1of2" in text and "input lags: " in text and "lags.nc, 0.003 MB" in text
    assert "read lags: 7 cells" in text and "division by zero somewhere" in text and "chatter" not in text
    assert "output trends: " in text and text.splitlines()[-1].split(" INFO ")[1].startswith("finished after 0.")
    taken = run_summary.read_log(tmp_path / "logs/job.log")
    assert 0.0 < taken.processor <= sum(os.times()[:4]) + 0.1 and taken.memory > 30.0 and taken.asked_memory == 900.0
    assert not logging.getLogger().handlers or all(
        "job.log" not in str(handler) for handler in logging.getLogger().handlers
    )


SCRIPT = """
import sys
from types import SimpleNamespace
import xarray
from vadose.files import jobs

def main() -> None:
    xarray.DataArray([1.0, 2.0], {'x': [0, 1]}, 'x').mean()

parts = dict.fromkeys(("input", "output", "params", "wildcards", "resources"), {})
jobs.run(main, SimpleNamespace(rule="rule", threads=1, log=[], **parts))
print([name for name, module in sys.modules.items() if name.startswith("dask") and module])
"""


@pytest.mark.one_python
def test_a_job_does_not_load_dask_unless_its_script_does(root):
    """xarray would, for no more than to ask whether an array is one of dask."""
    for first, loaded in ("", False), ("import dask.array", True):
        command = [sys.executable, "-c", f"{first}\n{SCRIPT}"]
        done = subprocess.run(command, cwd=root / "workflow_scripts", capture_output=True, text=True, check=True)
        assert ("dask.array" in done.stdout) == loaded, done.stdout + done.stderr


def test_the_log_of_a_failed_job_ends_with_its_sentence_and_holds_the_traceback(tmp_path, capsys):
    def main():
        raise ProductError("lags.nc: expected 7 cells, found 8. Delete it and run again.")

    log = tmp_path / "job.log"
    with pytest.raises(ProductError):
        jobs.run(main, job(log=[str(log)]))
    text = log.read_text(encoding="utf-8")
    assert text.rstrip().endswith(": lags.nc: expected 7 cells, found 8. Delete it and run again.")
    assert "Traceback (most recent call last)" in text and "test_jobs.py" in text and "finished" not in text


def test_a_rule_that_does_not_fit_is_told_in_the_log_too(tmp_path):
    def main(*, lags: Path): ...

    with pytest.raises(jobs.InterfaceError):
        jobs.run(main, job(log=[str(tmp_path / "job.log")]))
    assert (tmp_path / "job.log").read_text(encoding="utf-8").rstrip().endswith("Name it once in the rule.")


def test_without_a_log_nothing_is_changed(caplog):
    before = logging.getLogger("vadose").level, list(logging.getLogger().handlers)
    jobs.run(lambda: None, job())
    assert (logging.getLogger("vadose").level, list(logging.getLogger().handlers)) == before


@pytest.mark.parametrize(
    "error, words",
    [
        (KeyError("area"), "KeyError: 'area'"),
        (SystemExit("The archive refuses."), "The archive refuses."),
        (SystemExit(1), "the job ended itself with status 1"),
        (KeyboardInterrupt(), "interrupted from outside"),
        (ProductError("a sentence."), "a sentence."),
    ],
)
def test_every_kind_of_end_has_its_sentence(error, words):
    assert sentence(error) == words


def test_what_files_hold_is_logged_with_dimensions_missing_shares_and_progress(caplog):
    values = np.array([[1.0, np.nan, 3.0, 4.0]])
    dataset = xr.Dataset({"tau": (("cell", "lag"), values), "lag_days": ("lag", np.arange(4))})
    dataset.attrs["missing_months"] = "1990-03"
    with caplog.at_level(logging.INFO, logger="vadose"):
        contents.log_dataset("wrote", Path("lags.nc"), "lags", dataset)
        contents.log_months("gldas", "soil_moisture", np.array(["1990-03-01"], "datetime64[ns]"), values, 3, 120)
        contents.log_months("gleam", "et", np.array(["1990-01", "1990-12"], "datetime64[ns]"), values[:0], 12, 120)
    assert [record.getMessage() for record in caplog.records] == [
        "wrote lags.nc: lags (cell 1, lag 4); missing: tau 25.0%",
        "months without data: 1990-03 in lags.nc",
        "read soil_moisture of gldas, 1990-03, on 1 cells; missing: 25.0%; 3 of 120 months",
        "read et of gleam, 1990-01 to 1990-12, on 0 cells; missing: 0.0%; 12 of 120 months",
    ]


def test_missing_values_are_counted_in_pieces(monkeypatch):
    monkeypatch.setattr(contents, "VALUES_AT_ONCE", 3)
    assert contents.missing_share(np.array([[np.nan, 1.0], [2.0, np.nan], [np.nan, np.nan], [1.0, 2.0]])) == 0.5
    assert contents.missing_share(np.arange(4)) == 0.0
