"""Compiled code on disk that notices every edit of this package.

numba renews a cached function when the function's own file changes, but not when a function it calls in another file does: the old code of the
callee stays compiled in. So all kernels that call each other get one stamp, made from the contents of all their files.
"""

import hashlib
import sys
from pathlib import Path

from numba.core.dispatcher import Dispatcher


def follow_sources(*module_names: str) -> None:
    """Give every cached kernel of these modules (already imported, not yet called) one stamp of the contents of this package and of their files."""
    modules = [sys.modules[name] for name in module_names]
    files = sorted({*Path(__file__).parent.glob("*.py"), *(Path(module.__file__) for module in modules)})
    stamp = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
    for module in modules:
        for kernel in vars(module).values():
            if isinstance(kernel, Dispatcher) and kernel.__module__ == module.__name__:
                kernel._cache._cache_file._source_stamp = stamp
