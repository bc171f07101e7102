"""What rules ask for against what their jobs took, as the benchmarks of a demo run say."""

import csv
import re
from types import SimpleNamespace

import pytest

# Their memory is that of the archives' files (a daily or 0.05 degree field, a year of them), which the demo's small
# stand-ins do not have: for these only that the demo's jobs stay below. docs/scaling.md has their measurements at the
# true sizes.
OF_THE_ARCHIVES = re.compile(r"(reduce|synthesize|plant|locate|prepare|compare|download|fetch|list)_")
SAMPLED = (
    10.0  # s; Snakemake samples once a second for half a minute, then every 30 s: it misses the peak of shorter jobs
)
# In every request, for machines whose interpreter takes more; some take as much less. A cluster adds ENGINE_MB.
INTERPRETER_MB = 100
STARVED = (
    0.5  # of the wall time spent computing; below it a job waited for the machine, and samples are rare where it worked
)
SHARE = 1.3
# A job of the catalogue that rules with wildcards are asked about.
WILDCARDS = SimpleNamespace(
    dataset="gldas_2_1", group="2000", study="variability", years="2000-2009", tile="1of2", name="lags"
)


@pytest.fixture(scope="module")
def used(rules, root):
    """{rule: (peak resident memory in MB, CPU time in s, whether sampled well)} of the largest job of each rule."""
    folder = root / "results/demo/benchmarks"
    if not folder.is_dir():
        pytest.skip(f"no demo run to compare with: {folder} is not there (make demo)")
    found = {}
    for path in sorted(folder.glob("*.tsv")):
        rule = max(
            (name for name in rules if path.stem == name or path.stem.startswith(f"{name}_")), key=len, default=None
        )
        for row in csv.DictReader(path.open(encoding="utf-8"), delimiter="\t"):
            if rule and row["max_rss"] not in ("NA", "-"):
                wall = float(row["s"])
                busy = 0.0 if row["cpu_time"] in ("NA", "-") else float(row["cpu_time"])
                found[rule] = max(
                    found.get(rule, (0.0, 0.0, False)),
                    (float(row["max_rss"]), busy, wall >= SAMPLED and busy > STARVED * wall),
                )
    return found


def asked(rule, name, attempt=1):
    resource = rule.resources[name]
    if resource.is_evaluable():
        resource = resource.evaluate(WILDCARDS, attempt=attempt)
    return resource.value


def test_no_job_takes_more_than_its_rule_asks_for(rules, used):
    over = {
        name: (took, asked(rules[name], "mem_mb"))
        for name, (took, _, _) in used.items()
        if "mem_mb" in rules[name].resources and took > asked(rules[name], "mem_mb")
    }
    assert not over, f"(MB taken, MB asked for): {over}"
    late = {
        name: seconds
        for name, (_, seconds, _) in used.items()
        if "runtime" in rules[name].resources and seconds > 60 * asked(rules[name], "runtime")
    }
    assert not late, late


def test_rules_ask_for_at_most_a_third_more_than_their_jobs_take(rules, used):
    wide = {
        name: (took, asked(rules[name], "mem_mb"))
        for name, (took, _, well_sampled) in used.items()
        if well_sampled
        and "mem_mb" in rules[name].resources
        and not OF_THE_ARCHIVES.match(name)
        and asked(rules[name], "mem_mb") - 2 * INTERPRETER_MB > SHARE * took
    }
    assert not wide, f"(MB taken, MB asked for): {wide}"


def test_what_is_prepared_on_cells_asks_for_a_part_of_each(root):
    """A grid of 0.1 degree has 1.6 million cells."""
    text = (root / "rules/prepare.smk").read_text(encoding="utf-8")
    asking = {part.split(":")[0]: part for part in text.split("\nrule ")[1:] if re.search(r"cells=prepared\(", part)}
    assert len(asking) >= 8
    assert [name for name, part in asking.items() if "per_cell_kb=" not in part] == []


def test_every_attempt_asks_for_more(rules):
    for name, rule in rules.items():
        for resource in ("mem_mb", "runtime"):
            if resource in rule.resources and rule.resources[resource].is_evaluable():
                first, second, third = (asked(rule, resource, attempt) for attempt in (1, 2, 3))
                assert first < second < third, f"{name}: {resource} {first}, {second}, {third}"
