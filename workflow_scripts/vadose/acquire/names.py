"""Names that come from servers: checked before any of them becomes a path."""

import re
import urllib.parse

from vadose.acquire.errors import FetchError

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+\-]{0,199}")


def safe_name(name: str, pattern: re.Pattern | None, source: str) -> str:
    """The name, if it is a plain file name of the expected pattern.

    Parameters
    ----------
    name : str
        As the server sent it.
    pattern : compiled pattern or None
        What names of this product look like (matched in full).
    source : str
        For the message.

    Raises
    ------
    FetchError
        If the name has separators, `..`, blanks, control characters, a leading dot, is too long, or does not fit the
        pattern.
    """
    quoted = repr(name[:80])
    if not PLAIN.fullmatch(name) or ".." in name or name.endswith((".part", ".lock", ".part.json")):
        raise FetchError(
            f"{source}: expected a plain file name, found {quoted}. The name is not used; tell the archive's help desk."
        )
    if pattern is not None and not pattern.fullmatch(name):
        raise FetchError(
            f"{source}: expected a file name like {pattern.pattern}, found {quoted}. Check the product and version in "
            "datasets.yaml."
        )
    return name


def last_part(address: str) -> str:
    """File name at the end of an address, decoded once, without its query."""
    try:
        path = urllib.parse.urlsplit(address).path
    except ValueError:
        return ""
    return urllib.parse.unquote(path.rsplit("/", 1)[-1])


def bare(address: str) -> str:
    """Address for messages and records: no user, no query (signed addresses carry keys there), no fragment."""
    try:
        parts = urllib.parse.urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "an address that cannot be read"
    if ":" in host:
        host = f"[{host}]"
    if port:
        host = f"{host}:{port}"
    return urllib.parse.urlunsplit((parts.scheme, host, parts.path, "", ""))


def host_allowed(address: str, allowed: list[str] | tuple[str, ...]) -> bool:
    """Whether the address is https (or plain http, where the catalogue says so) at one of the allowed hosts.

    An entry that begins with a dot admits the hosts below that domain; `http://127.0.0.1` admits plain http to that
    host.
    """
    try:
        parts = urllib.parse.urlsplit(address)
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    for entry in allowed:
        scheme, _, name = entry.rpartition("://")
        if parts.scheme != (scheme or "https"):
            continue
        name = name.lower()
        if host == name or (name.startswith(".") and host.endswith(name)):
            return True
    return False
