"""Credentials: from the environment, ~/.netrc and ~/.cdsapirc alone. Found or not, and where; never their value."""

import base64
import json
import logging
import netrc
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vadose.acquire import redaction
from vadose.acquire.errors import FetchError, Refused

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Credential:
    """What was found for one archive.

    Parameters
    ----------
    kind : str
        "earthdata", "cds", "edh", "sftp" or "none".
    available : bool
        Whether it is complete ("none" needs nothing and is always found).
    where : str
        Where it was found, in words.
    looked : tuple of str
        All places looked at.
    values : mapping
        The values, kept out of every representation.
    """

    kind: str
    available: bool
    where: str
    looked: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def require(self, what: str, hint: str) -> "Credential":
        """Itself if found.

        Raises
        ------
        Refused
            Otherwise, with the places looked at and what to do.
        """
        if not self.available:
            raise Refused(f"{what}: no credentials found (looked at {'; '.join(self.looked)}). {hint}")
        return self


def find(access: Mapping) -> Credential:
    """Look for the credentials that an entry of the catalogue asks for.

    Parameters
    ----------
    access : mapping
        `access` of the entry: kind, environment, netrc, file.
    """
    kind = access["kind"]
    if kind == "none":
        return Credential(kind, True, "none needed", ())
    looked = []
    for group in access.get("environment", ()):
        looked.append("environment " + " and ".join(group))
        values = {name: os.environ.get(name, "") for name in group}
        if all(values.values()):
            _register(values)
            for name, value in values.items():
                _expect_clean(f"environment {name}", value)
            return Credential(kind, True, looked[-1], tuple(looked), values)
    if "netrc" in access:
        path = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
        looked.append(f"{path} for machine {access['netrc']}")
        values = _netrc(path, access["netrc"], token=kind == "edh")
        if values:
            return Credential(kind, True, looked[-1], tuple(looked), values)
    if "file" in access:
        path = Path(os.environ.get("CDSAPI_RC") or Path(access["file"]).expanduser())
        looked.append(f"{path} for key")
        values = _cdsapirc(path)
        if values:
            return Credential(kind, True, looked[-1], tuple(looked), values)
    return Credential(kind, False, "not found", tuple(looked))


def _expect_clean(place: str, value: str) -> None:
    """Refuse a value that no header can carry, in words that name its place and not the value."""
    if value != value.strip() or not value.isprintable():
        raise Refused(
            f"{place}: begins or ends with a blank or a line end, or has a control character (a file with line ends of "
            "Windows?). Take it out."
        )
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise Refused(
            f"{place}: has a letter that a login over the web cannot carry (outside Latin-1). Change the password, or "
            "use a token."
        ) from None


def expired(token: str) -> str:
    """Day (YYYY-MM-DD) on which a token ended, as it says itself (JSON Web Token, RFC 7519); empty if it has not, or
    does not say."""
    try:
        payload = token.split(".")[1]
        end = float(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"])
        return time.strftime("%Y-%m-%d", time.gmtime(end)) if end < time.time() else ""
    except (IndexError, ValueError, KeyError, TypeError, OverflowError, OSError):
        return ""


def _warn_of_readers(path: Path) -> None:
    """Say that others may read a file with a password."""
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        LOG.warning("%s: other users of this computer may read it. Run: chmod 600 %s", path, path)


def _register(values: Mapping[str, str]) -> None:
    """Strike these values out of all text from now on; user names are no secrets."""
    secret = [value for name, value in values.items() if not name.endswith(("_USER", "_USERNAME"))]
    names = [value for name, value in values.items() if name.endswith(("_USER", "_USERNAME"))]
    for value in secret:
        redaction.register(value)
        for name in names:
            redaction.register_pair(name, value)


def _netrc(path: Path, machine: str, *, token: bool = False) -> dict[str, str]:
    """User and password of a machine; of one that takes a token, the password alone is enough."""
    if not path.is_file():
        return {}
    try:
        entry = netrc.netrc(str(path)).authenticators(machine)  # the entry `default` where no other fits
    except (netrc.NetrcParseError, OSError, UnicodeDecodeError):
        # the parser's own message may quote the word it stumbled on, which may be a password
        raise FetchError(
            f"{path}: expected lines 'machine NAME login USER password WORD', found something that cannot be read. "
            "Mend the file."
        ) from None
    if entry is None or not (entry[2] and (entry[0] or token)):
        return {}
    redaction.register_pair(entry[0], entry[2])
    for value in (entry[0], entry[2]):
        _expect_clean(f"{path} for machine {machine}", value)
    _warn_of_readers(path)
    return {"user": entry[0], "password": entry[2]}


def _cdsapirc(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise FetchError(
            f"{path}: expected a line 'key: TOKEN', but the file cannot be read. Check its permissions."
        ) from None
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "key" and value.strip():
            redaction.register(value.strip())
            _expect_clean(f"{path}, key", value.strip())
            _warn_of_readers(path)
            return {"CDSAPI_KEY": value.strip()}
    return {}
