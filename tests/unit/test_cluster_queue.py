"""The simulated queue of tests/benchmarks/cluster_queue.py against schedules that can be worked out by hand."""

import importlib.util
import sys
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[1] / "benchmarks/cluster_queue.py"
SPECIFICATION = importlib.util.spec_from_file_location(PLACE.stem, PLACE)
queue = importlib.util.module_from_spec(SPECIFICATION)
sys.modules[PLACE.stem] = queue  # dataclasses look their module up
SPECIFICATION.loader.exec_module(queue)


def cluster(**other):
    """Two nodes of two cores and 1000 MB, 30 s in the queue, looks after 40, 50, 60 ... s."""
    usual = {"nodes": 2, "cores": 2, "megabytes": 1000, "queue": 30, "start": 0, "submit": 0}
    return queue.Cluster(**usual | {"most_jobs": 100, "first_check": 40, "login_cores": 2} | other)


def test_jobs_wait_for_the_queue_for_cores_and_to_be_looked_at():
    # Four run from 30 to 130, four more to 230; looks at 40, 90, 150 (four ended), 190, 240.
    eight = [queue.Job(100, 10)] * 8
    assert queue.finished(eight, [set()] * 8, cluster()) == 240
    # Two at a time are handed in: ends at 130, 280, ... are seen at 150, 300, 450, 600.
    assert queue.finished(eight, [set()] * 8, cluster(most_jobs=2)) == 600
    # Two of 600 MB do not fit on a node.
    assert queue.finished([queue.Job(100, 600)] * 4, [set()] * 4, cluster()) == 240
    with pytest.raises(ValueError, match="6000 MB and 1 cores fits on no node of 1000 MB and 2 cores"):
        queue.finished([queue.Job(100, 6000)] * 4, [set()] * 4, cluster())
    with pytest.raises(ValueError, match="2 of 2 jobs can never begin: they wait for one another"):
        queue.finished([queue.Job(100, 10)] * 2, [{1}, {0}], cluster())
    with pytest.raises(ValueError, match="1 of 1 jobs can never begin"):
        queue.finished([queue.Job(5, 10, local=True)], [set()], cluster(login_cores=0))


def test_what_follows_waits_for_what_it_needs_and_local_jobs_wait_for_nothing_else():
    # Ends at 130, seen at 150; handed in, ends at 280, seen at 300; 5 s more on the login node.
    jobs = [queue.Job(100, 10), queue.Job(100, 10), queue.Job(5, 10, local=True)]
    assert queue.finished(jobs, [set(), {0}, {1}], cluster()) == 305


def test_tiles_of_a_group_share_a_job():
    parts = queue.Graph(["a", "b", "a", "b", "c"], [set(), {0}, set(), {2}, {1, 3}])
    profile = {"groups": {"a": "both", "b": "both"}, "group-components": {"both": 4}}
    jobs, needs = queue.grouped(parts, [queue.Job(10, 7)] * 5, profile, 3)
    assert jobs == [queue.Job(10, 7), queue.Job(49, 7)] and needs == [{1}, set()]


def test_local_and_tiled_rules_are_told_from_the_rules():
    assert {"list_files", "write_report"} <= queue.local_rules() and "fit_trends" not in queue.local_rules()
    assert {"fit_trends", "select_copulas"} <= queue.tiled_rules() and "merge_dependence" not in queue.tiled_rules()
