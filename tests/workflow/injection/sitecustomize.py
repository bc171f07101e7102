"""Faults from outside: Python imports this module at start-up where its folder stands in PYTHONPATH. No library code
knows of it.

VADOSE_FAULT = "script kind flag": the first process that runs `script` suffers `kind`, and the file `flag` says that it
did.
  killed   SIGKILL at the moment when the temporary file is whole and not yet renamed
  paused   there it stops until the file `flag`.go exists
  memory   an address space too small for the job
  size     a limit on the size of files, as a full quota
"""

import os
import resource
import runpy
import signal
import sys
import time


def strike(script: str, kind: str, flag: str) -> bool:
    """Whether this process suffers the fault."""
    if not any(argument.endswith(f".{script}.py") for argument in sys.orig_argv):
        return False
    try:
        os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False  # a later attempt, or another tile
    if kind == "memory":
        resource.setrlimit(resource.RLIMIT_AS, (150 * 2**20, 150 * 2**20))
    elif kind == "size":
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))
    else:
        sys.addaudithook(lambda event, arguments: stop(kind, flag, event, arguments))
    return True


def stop(kind: str, flag: str, event: str, arguments: tuple) -> None:
    if event != "os.rename" or not str(arguments[0]).endswith(".part"):
        return
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    with open(f"{flag}.reached", "w", encoding="utf-8"):
        pass
    while not os.path.exists(f"{flag}.go"):
        time.sleep(0.05)


# Who is spared is a fork as in the other tests (forkserver/sitecustomize.py, next in the path).
if not strike(*os.environ["VADOSE_FAULT"].split(" ")):
    for folder in os.environ["PYTHONPATH"].split(os.pathsep)[1:]:
        runpy.run_path(os.path.join(folder, "sitecustomize.py"))
