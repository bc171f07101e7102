"""Jobs that are forks of the test's server differ from started ones in nothing that a job can notice."""

import signal
import subprocess
import sys

import pytest
import running

pytestmark = pytest.mark.skipif(not running.forks_work(), reason="no fork server on this system or in this TMPDIR")
TOLD = "import os, sys; print(os.getcwd(), sys.argv, os.environ['PLACE'], 'vadose' in sys.modules, __name__)"


def started(folder, root, text, *, forks):
    """A job with this script."""
    script = folder / ".snakemake/scripts/tmp.job.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(text, encoding="utf-8")
    surroundings = running.environment(root, forks=forks) | {"PLACE": "here"}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, str(script)], cwd=folder, env=surroundings, text=True, **streams)


def ended(job):
    """Exit code, output and errors of a job."""
    try:
        printed = job.communicate(timeout=60)
    finally:
        job.kill()
    return job.returncode, *printed


@pytest.mark.parametrize(
    "script, code",
    [
        (TOLD, 0),
        ("import sys; sys.exit(3)", 3),
        ("import sys; sys.exit('a sentence')", 1),
        ("def f():\n    raise ValueError('wrong')\nf()", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("import os; print('once', flush=True); os.kill(os.getpid(), 15)", -15),  # SIGTERM, which the starter passes on
        ("import atexit; atexit.register(print, 'at the end')", 0),
        ("import concurrent.futures as f\nf.ThreadPoolExecutor().submit(print, 'of a thread')", 0),
    ],
)
def test_a_fork_ends_and_prints_as_a_started_job(root, tmp_path, script, code):
    fork, other = (ended(started(tmp_path, root, script, forks=forks)) for forks in (True, False))
    assert fork[:2] == other[:2] and fork[0] == code
    assert fork[2].splitlines()[-1:] == other[2].splitlines()[-1:]  # the sentence of an error, if any


def test_a_fork_has_the_libraries(root, tmp_path):
    assert ended(started(tmp_path, root, "import sys; print('numba' in sys.modules)", forks=True))[1] == "True\n"


@pytest.mark.parametrize("forks", [True, False])
def test_a_job_that_is_stopped_ends_and_is_not_run_again(root, tmp_path, forks):
    job = started(tmp_path, root, "import time; print('begun', flush=True); time.sleep(50); print('over')", forks=forks)
    assert job.stdout.readline() == "begun\n"
    job.send_signal(signal.SIGTERM)
    assert ended(job)[:2] == (-signal.SIGTERM, "")


def test_rules_are_parsed_once_and_again_where_they_were_edited(root, tmp_path):
    """What a fork prints of rules, of their lines and of their errors is what a started Snakemake prints."""

    def told(forks):
        command = [sys.executable, "-m", "snakemake", "--cores", "1", "-n"]
        surroundings = running.environment(root, forks=forks)
        done = subprocess.run(command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, timeout=60)
        lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith(("  ", "["))]
        return done.returncode, lines

    rules = "# a comment\nrule all:\n    output: 'a'\n    shell: 'x'\n\nrule:\n    output: 'b'\n    run:\n        0\n"
    texts = {}
    for text in (rules, rules, rules.replace("all", "ALL"), f"{rules}rule: rule\n", f"{rules}\n1 / 0\n"):
        (tmp_path / "Snakefile").write_text(text, encoding="utf-8")
        texts[text] = told(True)
        assert texts[text] == told(False)
    assert len(set(map(str, texts.values()))) == len(texts) == 4


def test_without_its_server_a_job_fails_with_a_sentence(root, tmp_path, monkeypatch):
    gone = {"PYTHONPATH": str(running.FORK_SERVER), "VADOSE_FORK_SERVER": f"{tmp_path / 'gone'}:{sys.prefix}"}
    monkeypatch.setattr(running, "fork_server", lambda: gone)
    code, printed, errors = ended(started(tmp_path, root, "print('run')", forks=True))
    assert (code, printed) == (1, "") and "expected the fork server of the tests to answer" in errors
