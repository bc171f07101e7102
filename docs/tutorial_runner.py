"""Runs the python blocks of the tutorial and of the recipes, for the build (pictures) and for tests (printed
results)."""

import contextlib
import io
import os
import re
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


class Block(NamedTuple):
    """A python block, where it begins, and the output that the page prints below it (None where it prints none)."""

    line: int
    code: str
    output: str | None


def blocks(page: Path) -> list[Block]:
    """The python blocks of a page in their order; a block of `text` right after one is its output."""
    text, found = page.read_text(encoding="utf-8"), []
    fences = list(FENCE.finditer(text))
    for number, match in enumerate(fences):
        if match[1] != "python":
            continue
        after = fences[number + 1] if number + 1 < len(fences) else None
        follows = after is not None and after[1] == "text" and not text[match.end() : after.start()].strip()
        found.append(Block(text.count("\n", 0, match.start()) + 2, match[2], after[2] if follows else None))
    return found


def run(page: Path, folder: Path, *, apart: bool = False) -> list[tuple[Block, str]]:
    """Run all blocks one after the other, as in one notebook or each by itself (`apart`); files that they write go to
    `folder`.

    Returns
    -------
    list of (Block, str)
        What each of them printed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names, printed, before = {"__name__": "tutorial"}, [], Path.cwd()
    os.chdir(folder)
    try:
        for block in blocks(page):
            names = {"__name__": "tutorial"} if apart else names
            with contextlib.redirect_stdout(io.StringIO()) as stream:
                exec(compile("\n" * (block.line - 1) + block.code, str(page), "exec"), names)
            printed.append((block, stream.getvalue()))
    finally:
        os.chdir(before)
    return printed
