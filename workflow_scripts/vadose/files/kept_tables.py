"""Tables that depend on settings and code alone, on no data: made once, kept beside the compiled code, and taken from
there by later runs.

A table is kept under a hash of all that it depends on: its settings, the code that makes it, the versions of the
libraries and the processor, whose last bits may differ. A file that says something else, or is damaged, is made again.
"""

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vadose.core import compiled
from vadose.files import atomic

LOG = logging.getLogger(__name__)
Rows = list[dict[str, Any]]


def rows(kind: str, settings: Mapping[str, Any], code: Path, compute: Callable[[], Rows]) -> Rows:
    """Rows of a table, kept or computed: the same to the bit.

    Parameters
    ----------
    kind : str
        What the table is, in words.
    settings : mapping
        All that it depends on besides code; numbers, texts, None and lists of them.
    code : Path
        The module that makes it; the modules of this library that it imports, directly or not, count too.
    compute : callable
        Gives the rows: texts, whole numbers and floats by name.

    Returns
    -------
    list of dict
        Kept where the variable NUMBA_CACHE_DIR names a folder, as it does in every job; else computed.
    """
    depends = {"kind": kind, "settings": dict(settings), "code": compiled.stamp(code), "machine": compiled.machine()}
    key = _hash(depends)
    folder = os.environ.get("NUMBA_CACHE_DIR")
    path = Path(folder, "vadose", "tables", f"{key}.json") if folder else None
    if path is not None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # none yet, or damaged
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["hash"] == _hash([key, content["rows"]]):
                LOG.info("%s: taken from %s", kind, path)
                return content["rows"]
    computed = compute()
    LOG.info("%s: computed", kind)
    if path is not None:
        content = {"depends on": depends, "rows": computed, "hash": _hash([key, computed])}
        with contextlib.suppress(OSError), atomic.replacing(path, durable=False) as temporary:  # a full disk keeps none
            temporary.write_text(json.dumps(content), encoding="utf-8")
    return computed


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
