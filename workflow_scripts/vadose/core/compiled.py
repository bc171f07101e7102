"""Compiled functions, kept on disk between processes: the only way from this library to numba.

numba's own store has holes. It renews a function when the function's own file changes, but not when a function or
constant it takes from another file does: the old code stays compiled in. And two processes that compile the same
function for different types at the same time, as the jobs of a run do, may leave an index that gives one of them the
code of the other. Here every entry says what it is the code of; one that is not what was asked for, or that a crash cut
short, is compiled again.
"""

import contextlib
import functools
import hashlib
import logging
import re
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
from numba import types
from numba.core.caching import IndexDataCacheFile
from numba.core.dispatcher import Dispatcher
from numba.extending import overload
from numba.np import arrayobj

LOG = logging.getLogger(__name__)
LIBRARY = Path(__file__).parents[1]
IMPORT = re.compile(r"^\s*from (\.*)([\w.]*) import (\([^)]*\)|[^\n]*)", re.M)


def _expect_same_shape(source, target):
    """What compiled code calls where an array is assigned to a slice of another shape."""


def _refuse_shape(source, target):
    def refuse(source, target):
        raise ValueError("cannot assign an array to a slice of another shape")

    return refuse


# numba's own writes both shapes into the message: compiling that takes each process one to three seconds.
if hasattr(arrayobj, "raise_with_shape_context"):
    overload(_expect_same_shape)(_refuse_shape)
    arrayobj.raise_with_shape_context = _expect_same_shape


def kernel(function: Callable | None = None, **options) -> Callable:
    """Compile a function at its first call, as `numba.njit` with numpy's rules of division, and keep the code for other
    processes.

    Parameters
    ----------
    function : callable
        In the subset of Python that numba compiles.
    **options
        Further options of `numba.njit`, such as `fastmath`.

    Returns
    -------
    callable
        The compiled function; the function itself where NUMBA_DISABLE_JIT is set. Compiled code can call it, not take
        it as a pointer; of constants that it is given, it knows the types alone.
    """
    if function is None:
        return functools.partial(kernel, **options)
    # no function of C for it: nothing hands a kernel on as a pointer, and each takes its share of compilation
    compiled = numba.njit(cache=True, error_model="numpy", no_cfunc_wrapper=True, **options)(function)
    if isinstance(compiled, Dispatcher):
        of_types = functools.partial(_for_any_value, compiled.get_call_template)
        compiled.get_call_template = of_types  # type: ignore[method-assign]
        cache = compiled._cache  # type: ignore[attr-defined]  # of numba, which does not declare it
        source = Path(function.__code__.co_filename)
        cache._cache_file = _Store(str(_folder(source, cache.cache_path)), cache._impl.filename_base, stamp(source))
    return compiled


def _for_any_value(resolve, args, kws):
    """What compiled code calls for arguments of these types: one copy for all values. numba makes one more for each
    constant, which was a sixth of all compilation."""
    return resolve(tuple(map(types.unliteral, args)), {name: types.unliteral(kind) for name, kind in kws.items()})


def _folder(source: Path, otherwise: str) -> Path:
    """Where code of a module is kept: by its place in the library, not by that of the library, which copies share."""
    if not numba.config.CACHE_DIR or LIBRARY not in source.parents:
        return Path(otherwise)
    return Path(numba.config.CACHE_DIR, LIBRARY.name, source.relative_to(LIBRARY).with_suffix(""))


class _Store(IndexDataCacheFile):
    """The compiled code of one function for several types, each entry with the sources and types it belongs to."""

    def save(self, key, data):
        with contextlib.suppress(
            OSError
        ):  # what a full disk keeps from being kept is compiled again by the next process
            Path(self._cache_path).mkdir(parents=True, exist_ok=True)
            super().save(key, (self._source_stamp, key, data))

    def _load_index(self):
        try:
            return super()._load_index()
        except Exception:  # a file that a crash cut short can make pickle raise anything; it is as good as none
            return {}

    def load(self, key):
        try:
            kept = super().load(key)
        except Exception:  # as above
            kept = None
        if kept is not None and kept[:2] == (self._source_stamp, key):
            return kept[2]
        _say_that_it_compiles(self._cache_path)
        return None


_said: list[str] = []


def _say_that_it_compiles(folder: str) -> None:
    """One line at the first compilation of a process: on the screen of a notebook or a script, and in the log where
    someone keeps one, as jobs do."""
    if not _said:
        _said.append(folder)
        LOG.log(
            logging.INFO if LOG.hasHandlers() else logging.WARNING,
            "Vadose compiles its loops at their first use, which takes seconds, of copulas up to a minute; the code is "
            "kept in %s for the next time.",
            folder,
        )


@functools.cache
def stamp(path: Path) -> str:
    """Hash of the contents of a file and of all files of this library that it imports, directly or not."""
    return hashlib.sha256(b"\0".join(_content(source) for source in sorted(_reached(path)))).hexdigest()


@functools.cache
def machine() -> str:
    """What compiled code and its last bits depend on besides sources: versions and processor."""
    import scipy

    target = numba.core.registry.cpu_target.target_context.codegen().magic_tuple()
    return " ".join(map(str, (numba.__version__, np.__version__, scipy.__version__, *target)))


@functools.cache
def _content(path: Path) -> bytes:
    return path.read_bytes()


def _reached(path: Path) -> set[Path]:
    reached, pending = set(), {path.resolve()}
    while pending:
        source = pending.pop()
        reached.add(source)
        pending |= _imported(source) - reached
    return reached


@functools.cache
def _imported(path: Path) -> set[Path]:
    modules = set()
    for dots, module, names in IMPORT.findall(_content(path).decode()):
        if not dots and module.split(".")[0] != LIBRARY.name:
            continue
        parts = module.split(".") if module else []
        source = path.parents[len(dots) - 1].joinpath(*parts) if dots else LIBRARY.parent.joinpath(*parts)
        candidates = [source, *(source / name.split()[0] for name in names.strip("() \n").split(",") if name.strip())]
        modules |= {
            file for one in candidates for file in (one.with_suffix(".py"), one / "__init__.py") if file.is_file()
        }
    return modules
