"""How the job of a rule starts: the parameters of a script's `main` are the names that the rule gives."""

import gc
import importlib.util
import inspect
import os
import sys
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vadose.files import job_log, source_copy

PARTS = ("input", "output", "params", "wildcards", "resources")


class InterfaceError(TypeError):
    """A script and its rule do not speak of the same names; the message says which."""


def run(main: Callable[..., None], snakemake: Any) -> None:
    """Run a script as the job of a rule, and keep its log.

    Parameters
    ----------
    main : callable
        The script's `main`, whose parameters are keywords with annotations.
    snakemake : object
        What Snakemake gives to a script: `input`, `output`, `params`, `wildcards`, `resources` with `items()`,
        `threads`, `log`, `rule`.
    """
    with job_log.kept(snakemake):
        if main.__module__ == "__main__":
            _leave_out_dask()
            gc.freeze()  # what is imported stays: a search for garbage among it takes a twentieth of a short job
        main = _as_the_run_began(main)
        main(**arguments(main, snakemake))


def _leave_out_dask() -> None:
    """Keep xarray from loading dask for no more than to ask whether an array is one of dask, which takes as long as all
    of xarray. A script that works with dask has imported it by now."""
    if "dask" in sys.modules:
        return
    sys.modules["dask"] = None  # an import of it fails, as where it is not installed
    if "xarray" in sys.modules:
        try:
            from xarray.namedarray import utils

            utils.module_available.cache_clear()  # it remembers that dask is installed
            utils.is_dask_collection(0)
        except (AttributeError, ImportError):  # another xarray: it loads dask, as it would have
            del sys.modules["dask"]


def _as_the_run_began(main: Callable[..., None]) -> Callable[..., None]:
    """The `main` of the same script in the copy that the run works with; Snakemake starts the script as it is now."""
    copy = os.environ.get(source_copy.VARIABLE)
    script = Path(copy or "", Path(main.__globals__.get("__file__", "")).name)
    if not copy or not script.is_file():
        return main
    specification = importlib.util.spec_from_file_location(f"copy_of_{script.stem}", script)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.main


def arguments(main: Callable[..., None], snakemake: Any) -> dict[str, Any]:
    """Arguments of a script's `main`, found by name in what the rule gives and converted by annotation.

    Parameters
    ----------
    main, snakemake
        As in `run`. `cores` is the rule's number of threads, `log` its log file. A parameter of type `dict[str, Path]`
        may take several files: those whose names begin with its own, `merged_trends` as `merged["trends"]`.

    Returns
    -------
    dict
        Value of each parameter. A `Path | None` is None where the rule gives no file.

    Raises
    ------
    InterfaceError
        If a parameter is given by no part of the rule or by two, or a file is not one.
    """
    named = {part: dict(getattr(snakemake, part).items()) for part in PARTS}
    named["threads"] = {"cores": snakemake.threads}
    named["log"] = {"log": list(snakemake.log)}
    values = {}
    for name, parameter in inspect.signature(main, eval_str=True).parameters.items():
        candidates = {part: given[name] for part, given in named.items() if name in given}
        if not candidates and typing.get_origin(parameter.annotation) is dict:
            candidates = _groups(named, f"{name}_")
        if len(candidates) != 1:
            where = " and in ".join(candidates) or "none of " + ", ".join(named)
            raise InterfaceError(
                f"{snakemake.rule}: expected {name} of its script in one part of the rule, found it in {where}. Name "
                "it once in the rule."
            )
        (value,) = candidates.values()
        try:
            values[name] = _converted(value, parameter.annotation)
        except (TypeError, ValueError) as error:
            raise InterfaceError(
                f"{snakemake.rule}: expected {name} to be {inspect.formatannotation(parameter.annotation)}, found "
                f"{value!r} ({error}). Change the rule or its script."
            ) from None
    return values


def _groups(named: Mapping[str, Mapping[str, Any]], prefix: str) -> dict[str, dict[str, Any]]:
    """Part of the rule -> files whose names begin with the prefix, under the rest of their names."""
    groups = {
        part: {name.removeprefix(prefix): value for name, value in named[part].items() if name.startswith(prefix)}
        for part in ("input", "output")
    }
    return {part: group for part, group in groups.items() if group}


def _converted(value: Any, annotation: Any) -> Any:
    """Files become paths, text of wildcards becomes what the annotation says, other values stay as the rule gives
    them."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        (kind, *others) = [kind for kind in inner if kind is not type(None)]
        if value is None or (kind is Path and not value):
            return None
        return value if others else _converted(value, kind)
    if annotation is Path:
        return Path(_single(value))
    if hasattr(annotation, "parse"):
        return annotation.parse(value)
    if origin is list:
        items = [value] if isinstance(value, str | Path) else value
        return [_converted(item, inner[0]) for item in items]
    if origin is tuple:
        items = value.split("-") if isinstance(value, str) else value
        return tuple(_converted(item, kind) for item, kind in zip(items, inner, strict=True))
    if origin is dict:
        return {key: _converted(item, inner[1]) for key, item in value.items()}
    return annotation(value) if annotation in (int, float) and isinstance(value, str) else value


def _single(value: Any) -> str:
    if isinstance(value, str | Path):
        return str(value)
    if len(value) != 1:
        raise ValueError(f"{len(value)} files where one is expected")
    return str(value[0])
