"""When the jobs of a scenario would be done on a SLURM cluster: its graph of jobs as Snakemake works it out, the time
and memory of each, the nodes, a wait in the queue, and what profiles/slurm says of jobs, groups and status checks.

Used by scaling.py; nothing is submitted.
"""

import heapq
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PROFILE = ROOT / "profiles/slurm/config.yaml"
LONGEST_PAUSE, MORE_PAUSE = 180.0, 10.0  # s between status checks while nothing ends, as the executor has them


@dataclass(frozen=True)
class Graph:
    """Rule of each job and the jobs that it needs, by their places."""

    rules: list[str]
    needs: list[set[int]]


@dataclass(frozen=True)
class Job:
    """What one job of the queue takes: seconds, MB, cores; on the login node or not."""

    seconds: float
    megabytes: float
    cores: int = 1
    local: bool = False


@dataclass(frozen=True)
class Cluster:
    """Nodes of so many cores and MB; a job waits `queue` seconds before it may start, and starting it takes `start`
    seconds on the node; jobs are submitted one after another, `submit` seconds each."""

    nodes: int
    cores: int
    megabytes: float
    queue: float
    start: float
    submit: float
    most_jobs: int
    first_check: float
    login_cores: int


def rule_texts() -> dict[str, str]:
    """{rule: its text}."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").glob("*.smk")))
    parts = re.split(r"^\s*(?:use )?rule (?:\w+ as )?(\w+).*:$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def local_rules() -> set[str]:
    """Rules whose jobs run on the login node."""
    return {rule for rule, text in rule_texts().items() if re.search(r"^\s+localrule: (True|not)", text, re.M)}


def tiled_rules() -> set[str]:
    """Rules that have a job for each tile."""
    return {rule for rule, text in rule_texts().items() if re.search(r'log_of\("\w+", "\{tile\}"\)', text)}


def graph(scenarios: list[Path], *, leave: tuple[str, ...]) -> Graph:
    """Jobs of scenarios laid over one another and their dependencies, without the rules to leave out."""
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--cores", "2", "--dag", "dot"]
    with tempfile.TemporaryDirectory() as folder:
        command += ["--configfile", *map(str, scenarios), "--", "all"]
        text = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    rule_of = {int(number): name for number, name in re.findall(r'^\s*(\d+)\[label = "(\w+)', text, re.M)}
    kept = [number for number, name in rule_of.items() if name not in leave]
    place = {number: index for index, number in enumerate(kept)}
    needs: list[set[int]] = [set() for _ in kept]
    for before, after in re.findall(r"^\s*(\d+) -> (\d+)", text, re.M):
        if int(before) in place and int(after) in place:
            needs[place[int(after)]].add(place[int(before)])
    return Graph([rule_of[number] for number in kept], needs)


def grouped(parts: Graph, jobs: list[Job], profile: dict, start: float) -> tuple[list[Job], list[set[int]]]:
    """Jobs with those that the profile groups put together: what hangs together within a group is a component, and so
    many components share one job, whose parts run one after another and take `start` seconds each to begin."""
    group_of, most = profile["groups"], profile["group-components"]
    owner = list(range(len(jobs)))

    def root(job: int) -> int:
        while owner[job] != job:
            job = owner[job]
        return job

    for job, needed in enumerate(parts.needs):
        for other in needed:
            if group_of.get(parts.rules[job], 0) == group_of.get(parts.rules[other], 1):
                owner[root(other)] = root(job)
    components = defaultdict(list)
    for job in range(len(jobs)):
        components[root(job)].append(job)
    waiting, bundles = defaultdict(list), []
    for members in components.values():
        group = group_of.get(parts.rules[members[0]])
        if group is None:
            bundles.append([members])
            continue
        waiting[group].append(members)
        if len(waiting[group]) == most[group]:
            bundles.append(waiting.pop(group))
    bundles += waiting.values()
    bundle_of = {job: place for place, bundle in enumerate(bundles) for members in bundle for job in members}
    together = [_together([jobs[job] for members in bundle for job in members], start) for bundle in bundles]
    needs = [set() for _ in bundles]
    for job, needed in enumerate(parts.needs):
        needs[bundle_of[job]] |= {bundle_of[other] for other in needed} - {bundle_of[job]}
    return together, needs


def _together(members: list[Job], start: float) -> Job:
    """Jobs one after another; the first begins with the job that they share."""
    seconds = sum(job.seconds for job in members) + start * (len(members) - 1)
    return Job(seconds, max(job.megabytes for job in members), local=all(job.local for job in members))


def finished(jobs: list[Job], needs: list[set[int]], cluster: Cluster) -> float:
    """Seconds until the last job is known to be done.

    Notes
    -----
    Snakemake hands in whatever is ready while fewer than `most_jobs` are queued or running, in the order of the graph.
    SLURM starts what has waited for `queue` seconds and fits on a node, first come first served, smaller ones beside.
    Snakemake learns of an end at its next status check: `first_check` seconds after the last, ten more after each in
    which nothing had ended.
    """
    left = [set(needed) for needed in needs]
    followers = defaultdict(list)
    for job, needed in enumerate(needs):
        for other in needed:
            followers[other].append(job)
    ready = [job for job, needed in enumerate(left) if not needed]
    heapq.heapify(ready)
    free = [[cluster.cores, cluster.megabytes] for _ in range(cluster.nodes)]
    login, handed_in, submitted_until, pause = cluster.login_cores, 0, 0.0, cluster.first_check
    queue: list[int] = []
    ended: list[int] = []
    done, now = 0, 0.0
    events: list[tuple[float, int, str, int, int]] = [(cluster.first_check, 0, "check", -1, -1)]
    serial = 1

    def later(time: float, what: str, job: int, node: int = -1) -> None:
        nonlocal serial
        heapq.heappush(events, (time, serial, what, job, node))
        serial += 1

    def hand_in() -> None:
        nonlocal handed_in, login, submitted_until
        held = []
        while ready:
            job = heapq.heappop(ready)
            if jobs[job].local and login:
                login -= 1
                later(now + jobs[job].seconds, "local", job)
            elif not jobs[job].local and handed_in < cluster.most_jobs:
                handed_in += 1
                submitted_until = max(submitted_until, now) + cluster.submit
                later(submitted_until + cluster.queue, "waited", job)
            else:
                held.append(job)
        for job in held:
            heapq.heappush(ready, job)

    def start() -> None:
        for job in list(queue):
            for node, room in enumerate(free):
                if room[0] >= jobs[job].cores and room[1] >= jobs[job].megabytes:
                    room[0] -= jobs[job].cores
                    room[1] -= jobs[job].megabytes
                    queue.remove(job)
                    later(now + cluster.start + jobs[job].seconds, "end", job, node)
                    break

    def close(job: int) -> None:
        nonlocal done
        done += 1
        for follower in followers[job]:
            left[follower].discard(job)
            if not left[follower]:
                heapq.heappush(ready, follower)

    hand_in()
    while done < len(jobs):
        now, _, what, job, node = heapq.heappop(events)
        if what == "waited":
            queue.append(job)
        elif what == "end":
            free[node][0] += jobs[job].cores
            free[node][1] += jobs[job].megabytes
            ended.append(job)
        elif what == "local":
            login += 1
            close(job)
        else:
            pause = cluster.first_check if ended else min(pause + MORE_PAUSE, LONGEST_PAUSE)
            handed_in -= len(ended)
            for over in ended:
                close(over)
            ended.clear()
            later(now + pause, "check", -1)
        start()
        hand_in()
        if len(events) == 1 and not ended and done < len(jobs):
            if not queue:
                raise ValueError(
                    f"{len(jobs) - done} of {len(jobs)} jobs can never begin: they wait for one another, or the "
                    "cluster takes none"
                )
            waiting = jobs[queue[0]]
            raise ValueError(
                f"a job of {waiting.megabytes:.0f} MB and {waiting.cores} cores fits on no node of "
                f"{cluster.megabytes:.0f} MB and {cluster.cores} cores"
            )
    return now


def profile() -> dict:
    """What profiles/slurm says."""
    return yaml.safe_load(PROFILE.read_text(encoding="utf-8"))
