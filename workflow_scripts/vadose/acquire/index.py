"""Directory indexes: a page counts as one only if it looks like one."""

import html.parser
import zlib
from collections.abc import Callable, Mapping

from vadose.acquire.errors import FetchError, Interrupted, Refused
from vadose.acquire.names import PLAIN, last_part

LARGEST = 64 * 2**20  # bytes of an index page, also once decoded
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class _Page(html.parser.HTMLParser):
    """Collects targets of links, the title, and whether a password is asked for."""

    def __init__(self):
        super().__init__()
        self.links: list[str] = []
        self.title = ""
        self.login = self.ended = self._in_title = False

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        link = (values.get("href") or "").strip()
        if tag == "a" and link and not link.startswith(("?", "#")):
            self.links.append(link)
        self._in_title = tag == "title"
        self.login |= tag == "input" and (values.get("type") or "").strip().lower() == "password"

    def handle_endtag(self, tag):
        self._in_title = False
        self.ended |= tag == "html"

    def handle_data(self, data):
        if self._in_title:
            self.title = " ".join((self.title + data).split())[:80]


def text_of(body: bytes, headers: Mapping[str, str], place: str) -> str:
    """Text of a page, decoded as its headers and first bytes say.

    Raises
    ------
    Interrupted
        If it was cut: nothing said how long it is, and it has no end.
    FetchError
        If it is coded in a way that was not asked for and is not known.
    """
    listed = headers.get("Content-Encoding", "").lower().split(",")
    coding = ", ".join(name for name in map(str.strip, listed) if name not in ("identity", ""))
    if coding in ("gzip", "x-gzip", "deflate"):
        body = _unpacked(body, place)
    elif coding:
        raise FetchError(f"{place}: expected a directory index as it is, found it coded as {coding!r}.")
    charset = next((name for mark, name in MARKS if body.startswith(mark)), "")
    if not charset and body[:64].count(0) > 16:
        charset = "utf-16-le" if body[1:2] == b"\0" else "utf-16-be"
    text = body.decode(charset or "utf-8", errors="replace")
    told = "Content-Length" in headers or "chunked" in headers.get("Transfer-Encoding", "").lower()
    if not told and "</html" not in text.lower():
        raise Interrupted(f"{place}: the page has no end, and nothing says how long it is")
    return text


def _unpacked(body: bytes, place: str) -> bytes:
    """A page behind gzip (of one member or several, RFC 1952) or deflate (with its header, or without as some send
    it)."""
    try:
        return _members(body, zlib.MAX_WBITS | 32, place)
    except zlib.error:
        pass
    try:
        return _members(body, -zlib.MAX_WBITS, place)
    except zlib.error:
        raise Interrupted(f"{place}: the page is said to be compressed and cannot be unpacked") from None


def _members(body: bytes, form: int, place: str) -> bytes:
    plain, rest = b"", body
    while rest or not plain:
        unpacker = zlib.decompressobj(form)
        plain += unpacker.decompress(rest, LARGEST)
        if unpacker.unconsumed_tail or len(plain) > LARGEST:
            raise FetchError(f"{place}: expected a directory index, found a page of more than {LARGEST} bytes.")
        if not unpacker.eof:
            raise Interrupted(f"{place}: the compressed page was cut")
        rest = unpacker.unused_data.lstrip(b"\0")  # padding
        if not rest:
            break
    return plain


def names(text: str, fits: Callable[[str], bool], place: str) -> list[str]:
    """Plain file names among the links of an index, sorted.

    Raises
    ------
    Interrupted
        If the page is no index of files that fit; under maintenance an archive may send such a page for a while.
    """
    page = _Page()
    page.feed(text)
    plain = sorted({name for name in map(last_part, page.links) if PLAIN.fullmatch(name)})
    if "<html" in text.lower() and not page.ended:
        raise Interrupted(f"{place}: the page begins and does not end (no </html>)")
    if page.login and not any(fits(name) for name in plain):
        raise Refused(
            f"{place}: expected a directory index with files of this product, found {_kind(text, page)}. Open the "
            "address in a browser: if it wants an account now, fetch the files with it and put them into the raw folder"
        )
    if not any(fits(name) for name in plain):
        raise Interrupted(
            f"{place}: expected a directory index with files of this product, found {_kind(text, page)}. Nothing is "
            "known about which files the archive has. Open the address in a browser: it may ask for a login, be under "
            "maintenance, or have moved its files"
        )
    return plain


def _kind(text: str, page: _Page) -> str:
    """What a page is that is no index."""
    start = text.lstrip("\ufeff \t\r\n")[:200]
    titled = f" titled {page.title!r}" if page.title else ""
    if page.login:
        return f"a page that asks for a login{titled}"
    if "<ListBucketResult" in text[:2000]:
        return "the listing of an object store (XML)"
    if start.startswith(("{", "[")):
        return f"JSON: {' '.join(start.split())!r}"
    if page.links:
        return f"a page{titled} with {len(page.links)} links, none of them to such a file"
    return f"a page{titled} without links, beginning {' '.join(start.split())[:80]!r}"
