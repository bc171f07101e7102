"""Jobs that are forks of the test's server differ from started ones in nothing that a job can notice."""

import os
import subprocess
import sys

import pytest
import running

TOLD = "import os, sys; print(os.getcwd(), sys.argv, os.environ['PLACE'], 'vadose' in sys.modules, __name__)"


def ended(folder, root, text, *, forks):
    """Exit code, output, errors and path of the server's socket of a job with this script."""
    script = folder / ".snakemake/scripts/tmp.job.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(text, encoding="utf-8")
    surroundings = running.environment(root, forks=forks) | {"PLACE": "here"}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=folder, env=surroundings, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="forks for tests need Linux")
@pytest.mark.parametrize(
    "script, code",
    [
        (TOLD, 0),
        ("import sys; sys.exit(3)", 3),
        ("import sys; sys.exit('a sentence')", 1),
        ("def f():\n    raise ValueError('wrong')\nf()", 1),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("import atexit; atexit.register(print, 'at the end')", 0),
        ("import concurrent.futures as f\nf.ThreadPoolExecutor().submit(print, 'of a thread')", 0),
    ],
)
def test_a_fork_ends_and_prints_as_a_started_job(root, tmp_path, script, code):
    fork, started = (ended(tmp_path, root, script, forks=forks) for forks in (True, False))
    assert fork[:2] == started[:2] and fork[0] == code
    assert fork[2].splitlines()[-1:] == started[2].splitlines()[-1:]  # the sentence of an error, if any
    shared = ended(tmp_path, root, "import sys; print('numba' in sys.modules)", forks=True)
    assert shared[1] == "True\n"
