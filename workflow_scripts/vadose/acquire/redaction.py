"""No credential in messages and logs: every secret that is read is registered here and struck out wherever text leaves
the package."""

import base64
import logging
import re
import unicodedata
import urllib.parse

SECRETS: set[str] = set()
STRUCK = "[hidden]"
CONTROLS = ("Cc", "Cf", "Cs", "Zl", "Zp")  # categories of Unicode
SHORTEST = 3  # characters; striking out shorter strings would only garble messages
PATTERNS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=_.~-]{6,}"), r"\1 " + STRUCK),
    (re.compile(r"(?i)(://[^/\s:@]+:)[^/\s@]+@"), r"\1" + STRUCK + "@"),
    (
        re.compile(
            r"(?i)\b((?:x-amz-[a-z-]+|signature|key-pair-id|policy|token|access_token|key|password|code|state|a-userid)=)[^&\s'\"]+"
        ),
        r"\1" + STRUCK,
    ),
    (
        re.compile(
            r"(?i)(['\"]?(?:private-token|authorization|set-cookie|cookie|password|key)['\"]?\s*:\s*['\"])[^'\"]+"
        ),
        r"\1" + STRUCK,
    ),
)


def register(secret: str | None) -> None:
    """Remember a secret, with the forms in which libraries write it (percent-encoded, base64), and watch the logs from
    now on."""
    if not secret or len(secret) < SHORTEST:
        return
    SECRETS.update({secret, urllib.parse.quote(secret, safe=""), base64.b64encode(secret.encode()).decode()})
    watch_logs()


def register_pair(user: str, password: str) -> None:
    """Remember a password, and the pair as HTTP Basic authentication sends it. A user name alone is no secret."""
    register(password)
    register(f"{user}:{password}")


def redact(text: str) -> str:
    """The text with every registered secret, and everything that looks like one, struck out."""
    for secret in sorted(SECRETS, key=len, reverse=True):
        text = text.replace(secret, STRUCK)
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def printable(text: str, keep: str = "") -> str:
    """The text with control characters (of terminals, and those that turn the direction of writing) as their codes, but
    for those to `keep`."""
    return "".join(
        letter
        if letter in keep or unicodedata.category(letter) not in CONTROLS
        else letter.encode("unicode_escape").decode()
        for letter in text
    )


def watch_logs() -> None:
    """Make every log record of this process pass through `redact` (the libraries log requests and replies at their
    debug level)."""
    current = logging.getLogRecordFactory()
    if getattr(current, "redacts", False):
        return

    def factory(*args, **kwargs):
        record = current(*args, **kwargs)
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # a library's broken format string: leave it to logging's own complaint
            return record
        clean = printable(redact(message), keep="\n\t")
        if clean != message:
            record.msg, record.args = clean, ()
        return record

    factory.redacts = True
    logging.setLogRecordFactory(factory)
