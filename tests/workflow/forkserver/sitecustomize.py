"""Python imports this module at start-up where its folder stands in PYTHONPATH. Snakemake and the Python scripts of its
jobs then go on as a fork of a process that has imported their libraries (serve.py); this one lends them its streams and
takes over how they end. Any other Python goes on as ever."""

import os
import sys


def handed_over(place: str) -> int:
    """Let the fork server run this command; its exit code, or minus the signal that ended it."""
    import marshal
    import signal
    import socket

    with socket.socket(socket.AF_UNIX) as server:
        server.connect(place)
        told = marshal.dumps((sys.orig_argv, os.getcwd(), dict(os.environ)))
        socket.send_fds(server, [len(told).to_bytes(8, "big")], [0, 1, 2])
        server.sendall(told)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, frame: server.sendall(bytes([number])))
        told = server.recv(2)
    code = int.from_bytes(told, "big", signed=True) if told else 1  # no server, no success
    if code < 0:
        if code != -signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)  # it is to end this process too, no longer to be passed on
        os.kill(os.getpid(), -code)
    return code


def of_snakemake(command: list[str]) -> bool:
    return command[1:3] == ["-m", "snakemake"] or (len(command) > 1 and "/.snakemake/scripts/" in command[1])


server, _, prefix = os.environ.get("VADOSE_FORK_SERVER", "").rpartition(os.pathsep)
if prefix == sys.prefix and of_snakemake(sys.orig_argv):
    code = 1
    try:
        code = handed_over(server)
    except OSError as error:
        print(f"expected the fork server of the tests to answer at {server}, found: {error}", file=sys.stderr)
    finally:  # after an error Python would go on, and run the command a second time
        os._exit(code)
