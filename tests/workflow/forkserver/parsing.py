"""What Snakemake makes of a file of rules, kept beside the server's socket: with the same text, name and count of the
rules before it, it is the same code, and making it is half of a start of Snakemake."""

import functools
import hashlib
import marshal
import os
from pathlib import Path

import snakemake.cli  # first: its modules import one another
import snakemake.workflow


def kept_in(folder: Path) -> None:
    """Let all forks look there before they parse."""
    snakemake.workflow.parse = functools.partial(parsed, snakemake.workflow.parse, folder)


def parsed(parse, folder, path, workflow, linemap, rulecount=0):
    """As `snakemake.parser.parse`, which is `parse`."""
    with workflow.sourcecache.open(path) as stream:
        asked = repr((path.get_path_or_uri(secret_free=True), stream.read(), rulecount))
    kept = folder / hashlib.sha256(asked.encode()).hexdigest()
    if kept.is_file():
        code, lines, rules = marshal.loads(kept.read_bytes())
        linemap.update(lines)
        return code, rules
    code, rules = parse(path, workflow, linemap, rulecount=rulecount)
    whole = kept.with_suffix(f".{os.getpid()}")
    whole.write_bytes(marshal.dumps((code, linemap, rules)))
    whole.replace(kept)
    return code, rules
