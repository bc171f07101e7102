"""A mean web server, case by case from RFC 9110 (semantics), 9112 (messages), 9530 (digests): each answer ends in the
right bytes or in a sentence, within a bounded number of requests; nothing wrong is kept, and no error but ours gets
out."""

import base64
import dataclasses
import email.utils
import hashlib
import itertools
import random
import re
import time

import pytest
from stand_in import Fault
from stand_in_raw import once, response

from vadose.acquire.errors import FetchError
from vadose.acquire.fetch import Expected, fetch
from vadose.acquire.http import Http
from vadose.acquire.session import GuardedSession

DATA = b"\x89HDF\r\n\x1a\n" + random.Random(3).randbytes(200_000)
OTHER = b"\x89HDF\r\n\x1a\n" + random.Random(4).randbytes(200_000)
HALF = 100_000
SIZE = len(DATA)
TAG = {"ETag": '"1"'}
MOST = 7  # requests: six tries of one start, and one more


def raw(text: str, body: bytes = b"") -> bytes:
    """An answer written out line by line."""
    return text.strip().replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body


def chunks(data: bytes, size: int = 30_000, end: bytes = b"0\r\n\r\n") -> bytes:
    parts = (data[start : start + size] for start in range(0, len(data), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


def chunked(body: bytes, headers: str = 'ETag: "1"', status: str = "200 OK") -> bytes:
    return raw(f"HTTP/1.1 {status}\nTransfer-Encoding: chunked\nConnection: close\n{headers}", body)


GOOD = once(response("200 OK", TAG, DATA))
CUT = once(response("200 OK", TAG, DATA[:HALF], SIZE))  # with a validator: the next request has a Range


def rest(status="206 Partial Content", body=DATA[HALF:], first=HALF, last=SIZE - 1, whole=SIZE, **headers):
    """The answer to a Range, as it should be but for what is said."""
    named = TAG | {"Content-Range": f"bytes {first}-{last}/{whole}"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return once(response(status, {name: value for name, value in named.items() if value is not None}, body))


def later(seconds: float) -> str:
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


def coded(data: bytes, algorithm: str) -> str:
    return base64.b64encode(hashlib.new(algorithm, data).digest()).decode()


def stated(**headers: str):
    return once(response("200 OK", TAG | {name.replace("_", "-"): value for name, value in headers.items()}, DATA))


ENDLESS = [lambda head: itertools.cycle([raw("HTTP/1.1 103 Early Hints\nLink: </a>"), 0.05])]
# What of the section it breaks, answers in order (the last stays), None for the right bytes or what the sentence says,
# requests at most. Where both ends are right, the pattern admits either: (?:) with GOOD last.
MESSAGES = {  # RFC 9112
    "7.1 chunked, whole": ([once(chunked(chunks(DATA)))], None, 1),
    "7.1 chunks of one byte at the end": ([once(chunked(chunks(DATA[:-3])[:-5] + chunks(DATA[-3:], 1)))], None, 1),
    "7.1 capital letters, leading zeros": (
        [once(chunked(b"0000%X\r\n" % SIZE + DATA + b"\r\n000\r\n\r\n"))],
        None,
        1,
    ),
    "7.1.1 chunk extensions": (
        [once(chunked(b'%x;name=value;quoted="a;b"\r\n' % SIZE + DATA + b"\r\n0;last\r\n\r\n"))],
        None,
        1,
    ),
    "7.1.2 trailers": (
        [once(chunked(chunks(DATA, end=b"0\r\nContent-Length: 5\r\nX-End: yes\r\n\r\n")))],
        None,
        1,
    ),
    "7.1 chunk size that is no number": ([once(chunked(b"zz\r\n" + DATA + b"\r\n0\r\n\r\n")), GOOD], None, 2),
    "7.1 chunk size below zero": ([once(chunked(b"-5\r\n" + DATA + b"\r\n0\r\n\r\n")), GOOD], None, 2),
    "7.1 chunk size that is huge": ([once(chunked(b"f" * 40 + b"\r\n" + DATA)), GOOD], None, 3),
    "7.1 chunk larger than what comes": ([once(chunked(b"%x\r\n" % (SIZE + 9) + DATA)), GOOD], None, 3),
    "7.1 no last chunk": ([once(chunked(chunks(DATA, end=b""))), GOOD], None, 3),
    "7.1 cut inside a chunk": ([once(chunked(chunks(DATA)[:HALF])), GOOD], None, 3),
    "7.1 cut inside a chunk, for ever": ([once(chunked(chunks(DATA)[:HALF]))], r"gave up after \d+", 14),
    "7.1 no end of line after a chunk": ([once(chunked(b"%x\r\n" % 9 + DATA[:9] + b"XX0\r\n\r\n")), GOOD], None, 3),
    "6.3 chunked with a length": (
        [once(raw("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Length: 12\nConnection: close", chunks(DATA)))],
        None,
        1,
    ),
    "15.2 early hints without end": (
        ENDLESS,
        r"gave up after 6",
        6,
    ),
    "6.1 an unknown transfer coding": (
        [once(raw("HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\nConnection: close", chunks(DATA)))],
        r"coded as 'gzip'|unpacked|coding",
        7,
    ),
    "6.3 two lengths that differ": (
        [once(raw(f"HTTP/1.1 200 OK\nContent-Length: {SIZE}\nContent-Length: 9\nConnection: close", DATA))],
        r"headers cannot be read",
        7,
    ),
    "6.3 two lengths that agree": (
        [once(raw(f"HTTP/1.1 200 OK\nContent-Length: {SIZE}\nContent-Length: {SIZE}\nConnection: close", DATA))],
        None,
        1,
    ),
    "6.2 a length that is no number": (
        [once(raw("HTTP/1.1 200 OK\nContent-Length: many\nConnection: close", DATA))],
        None,
        1,
    ),
    "6.2 a length below zero": ([once(raw("HTTP/1.1 200 OK\nContent-Length: -1\nConnection: close", DATA))], None, 1),
    "6.2 a length too short is believed": ([once(response("200 OK", TAG, DATA, HALF))], DATA[:HALF], 1),
    "6.2 nothing, though a length is said": ([once(response("200 OK", TAG, b"", SIZE)), GOOD], None, 2),
    "6.2 a length of zero": ([once(response("200 OK", TAG, b""))], r"found 0: a stump|before the first byte", 7),
    "5.2 obsolete line folding": (
        [once(raw(f"HTTP/1.1 200 OK\nX-Old: a\n  b\n\tc\nContent-Length: {SIZE}\nConnection: close", DATA))],
        None,
        1,
    ),
    "5.1 a blank before the colon": (
        [once(raw(f"HTTP/1.1 200 OK\nContent-Length : {SIZE}\nConnection: close", DATA))],
        None,
        7,
    ),
    "5 a header line without a colon": (
        [once(raw(f"HTTP/1.1 200 OK\nnonsense\nContent-Length: {SIZE}\nConnection: close", DATA)), GOOD],
        None,
        2,
    ),
    "5 a header of a megabyte": (
        [once(raw(f"HTTP/1.1 200 OK\nX-Long: {'a' * 2**20}\nContent-Length: {SIZE}", DATA))],
        r"gave up after 6",
        6,
    ),
    "5 a thousand headers": (
        [once(raw("HTTP/1.1 200 OK\n" + "\n".join(f"X-{n}: 1" for n in range(1000)), DATA))],
        r"gave up after 6",
        6,
    ),
    "4 a status line of another version": (
        [once(raw(f"HTTP/3.9 200 OK\nContent-Length: {SIZE}", DATA))],
        r"gave up after 6",
        6,
    ),
    "4 a status that is no number": ([once(raw("HTTP/1.1 OK 200\nContent-Length: 5", DATA))], r"gave up after 6", 6),
    "4 a status of four digits": ([once(raw("HTTP/1.1 2000 OK\nContent-Length: 5", DATA))], r"gave up|2000", 6),
    "4 no reason phrase": ([once(raw(f"HTTP/1.1 200\nContent-Length: {SIZE}\nConnection: close", DATA))], None, 1),
    "2.2 line ends without carriage return": (
        [once(f"HTTP/1.1 200 OK\nContent-Length: {SIZE}\nConnection: close\n\n".encode() + DATA)],
        None,
        1,
    ),
    "2.2 an empty line before the answer": ([once(b"\r\n" + response("200 OK", TAG, DATA)), GOOD], None, 2),
    "9.8 HTTP/1.0 that closes": ([once(raw("HTTP/1.0 200 OK\nContent-Type: x/y", DATA))], None, 1),
}
SEMANTICS = {  # RFC 9110
    "15.2 three informational answers": (
        [
            once(
                raw("HTTP/1.1 103 Early Hints\nLink: </a>; rel=preload"),
                raw("HTTP/1.1 102 Processing"),
                raw("HTTP/1.1 100 Continue"),
                response("200 OK", TAG, DATA),
            )
        ],
        None,
        1,
    ),
    "15.2.2 101 unasked": ([once(raw("HTTP/1.1 101 Switching Protocols\nUpgrade: x"))], r"answered 101", 1),
    "15.3.3 202 accepted": ([once(response("202 Accepted", {}, b"come back later"))], r"answered 202", 7),
    "15.3.4 203 from a proxy": ([once(response("203 Non-Authoritative Information", TAG, OTHER))], r"answered 203", 1),
    "15.3.5 204": ([once(response("204 No Content", {}, b"", None))], r"answered 204", 1),
    "15.3.7 206 unasked, whole": (
        [once(response("206 Partial Content", TAG | {"Content-Range": f"bytes 0-{SIZE - 1}/{SIZE}"}, DATA))],
        None,
        1,
    ),
    "15.3.7 206 unasked, of the middle": (
        [once(response("206 Partial Content", TAG | {"Content-Range": f"bytes 9-{SIZE - 1}/{SIZE}"}, DATA[9:]))],
        r"asked for bytes from 0, was sent 'bytes 9-",
        7,
    ),
    "15.3.7 206 unasked, without a range": ([once(response("206 Partial Content", TAG, DATA))], r"no Content-Range", 7),
    "15.4.5 304 unasked": ([once(response("304 Not Modified", TAG, b"", None))], r"answered 304", 1),
    "15.4.1 300": ([once(response("300 Multiple Choices", {}, b"a or b"))], r"answered 300", 1),
    "15.4 redirects in a circle of two": (
        [once(response("302 Found", {"Location": "/b"})), once(response("302 Found", {"Location": "/a"}))] * 6
        + [once(response("302 Found", {"Location": "/a"}))],
        r"redirects in a circle",
        12,
    ),
    "15.4 a redirect to nothing": ([once(response("302 Found", {"Location": ""}))], r"answered 302", 1),
    "15.4 a redirect to another scheme": ([once(response("302 Found", {"Location": "ftp://x/y"}))], r"redirects to", 1),
    "15.4 a redirect with control characters": (
        [once(response("302 Found", {"Location": "/\x1b[2Jx"})), GOOD],
        None,
        2,
    ),
    "15.5.13 412": ([once(response("412 Precondition Failed", {}))], r"412", 1),
    "15.5.17 416 unasked": (
        [once(response("416 Range Not Satisfiable", {"Content-Range": f"bytes */{SIZE}"}))],
        r"no byte 0",
        3,
    ),
    "10.2.3 Retry-After: a date gone by": (
        [once(response("503 Busy", {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"})), GOOD],
        None,
        2,
    ),
    "10.2.3 Retry-After: a date to come": ([once(response("503 Busy", {"Retry-After": later(1)})), GOOD], None, 2),
    "10.2.3 Retry-After: a year": (
        [once(response("503 Busy", {"Retry-After": later(3e7)}))],
        r"asks to wait \d{8} s",
        1,
    ),
    "10.2.3 Retry-After: below zero": ([once(response("429 Slow", {"Retry-After": "-5"})), GOOD], None, 2),
    "10.2.3 Retry-After: beyond all numbers": (
        [once(response("429 Slow", {"Retry-After": "9" * 400}))],
        r"asks to wait|gave up",
        6,
    ),
    "10.2.3 Retry-After: half a second": ([once(response("429 Slow", {"Retry-After": "0.5"})), GOOD], None, 2),
    "10.2.3 Retry-After: not in ASCII": ([once(response("429 Slow", {"Retry-After": "\xb2"})), GOOD], None, 2),
    "8.4 coded as gzip": ([once(response("200 OK", {"Content-Encoding": "gzip"}, DATA))], r"coded as 'gzip'", 1),
    "8.4 coded twice": ([once(response("200 OK", {"Content-Encoding": "gzip, br"}, DATA))], r"coded as 'gzip, br'", 1),
    "8.8 a date in the future": (
        [once(response("200 OK", {"Last-Modified": later(1e6)}, DATA[:HALF], SIZE)), GOOD],
        None,
        3,
    ),
}
RANGES = {  # RFC 9110, 14 and 15.3.7: after a body that was cut in the middle
    "the rest": ([CUT, rest()], None, 2),
    "the rest and more than asked": ([CUT, rest(body=DATA[HALF:] + b"more"), GOOD], None, 4),
    "from the first byte, as 206": ([CUT, rest(body=DATA, first=0), GOOD], None, 3),
    "one byte late": ([CUT, rest(body=DATA[HALF + 1 :], first=HALF + 1), GOOD], None, 3),
    "one byte early": ([CUT, rest(body=DATA[HALF - 1 :], first=HALF - 1), GOOD], None, 3),
    "of another whole": ([CUT, rest(whole=SIZE + 5), GOOD], None, 3),
    "of an unknown whole": ([CUT, rest(whole="*")], None, 2),
    "in other units": ([CUT, rest(Content_Range=f"lines {HALF}-{SIZE - 1}/{SIZE}"), GOOD], None, 3),
    "with its unit in capitals": ([CUT, rest(Content_Range=f"BYTES {HALF}-{SIZE - 1}/{SIZE}")], None, 2),
    "the end before the beginning": ([CUT, rest(first=HALF, last=9), GOOD], None, 4),
    "with numbers beyond all files": ([CUT, rest(last="9" * 50), GOOD], None, 4),
    "several parts at once": (
        [
            CUT,
            rest(
                body=b"--x\r\n\r\n" + DATA[HALF:] + b"\r\n--x--",
                Content_Range=None,
                Content_Type="multipart/byteranges; boundary=x",
            ),
            GOOD,
        ],
        None,
        3,
    ),
    "with another ETag": ([CUT, rest(ETag='"2"', body=OTHER[HALF:]), GOOD], None, 3),
    "without an ETag": ([CUT, rest(ETag=None, body=OTHER[HALF:]), GOOD], None, 3),
    "the whole of another edition": ([CUT, once(response("200 OK", {"ETag": '"2"'}, OTHER))], OTHER, 2),
    "a part at a time": (
        [CUT, rest(body=DATA[HALF:180_000], last=179_999), rest(body=DATA[180_000:], first=180_000)],
        None,
        3,
    ),
    "416 with the size of another edition": (
        [CUT, once(response("416 No", {"Content-Range": "bytes */5"})), GOOD],
        None,
        3,
    ),
    "304 to a Range": ([CUT, once(response("304 Not Modified", TAG, b"", None))], r"answered 304", 2),
    "a page to a Range": (
        [
            CUT,
            once(
                response(
                    "206 Partial Content",
                    TAG | {"Content-Range": f"bytes {HALF}-{SIZE - 1}/{SIZE}"},
                    b"<html>busy</html>",
                )
            ),
            GOOD,
        ],
        None,
        9,
    ),
}
DIGESTS = {  # RFC 9530, and the older Digest (3230) and Content-MD5 (1864)
    "Repr-Digest that agrees": ([stated(Repr_Digest=f"sha-256=:{coded(DATA, 'sha256')}:")], None, 1),
    "Repr-Digest that does not": ([stated(Repr_Digest=f"sha-256=:{coded(OTHER, 'sha256')}:")], r"sha256", 2),
    "Repr-Digest of several kinds": (
        [stated(Repr_Digest=f"unixsum=:AAA=:, sha-512=:{coded(DATA, 'sha512')}:")],
        None,
        1,
    ),
    "Content-Digest that does not agree": (
        [stated(Content_Digest=f"sha-256=:{coded(OTHER, 'sha256')}:")],
        r"sha256",
        2,
    ),
    "Digest that does not agree": ([stated(Digest=f"SHA-256={coded(OTHER, 'sha256')}")], r"sha256", 2),
    "Content-MD5 that agrees": ([stated(Content_MD5=coded(DATA, "md5"))], None, 1),
    "Content-MD5 that does not": ([stated(Content_MD5=coded(OTHER, "md5")), GOOD], None, 2),
    "a digest that is none": ([stated(Repr_Digest="sha-256=:???:", Digest="md5", Content_MD5="\xe4")], None, 1),
    "Repr-Digest of a file that came in two parts": (
        [
            once(response("200 OK", TAG | {"Repr-Digest": f"sha-256=:{coded(DATA, 'sha256')}:"}, DATA[:HALF], SIZE)),
            rest(body=OTHER[HALF:]),
            GOOD,
        ],
        None,
        4,
    ),
    "Content-MD5 of a part is not that of the file": (
        [CUT, rest(Content_MD5=coded(DATA[HALF:], "md5"))],
        None,
        2,
    ),
}
CASES = [
    pytest.param(*case, id=f"{group}: {name}")
    for group, table in (("9112", MESSAGES), ("9110", SEMANTICS), ("ranges", RANGES), ("digests", DIGESTS))
    for name, case in table.items()
]  # fmt: skip


@pytest.mark.parametrize(("answers", "end", "most"), CASES)
def test_a_mean_server(answers, end, most, raw_server, policy, tmp_path):
    """The right bytes or a sentence; never more requests than said; a bad file is not kept."""
    server = raw_server(*answers)
    policy = dataclasses.replace(policy, answer=0.25) if answers == ENDLESS else policy
    target = tmp_path / "file.nc4"
    source = Http(policy, hint="Read the page.").source(f"{server.address}/file.nc4")
    try:
        fetch(target, source, Expected(smallest=1000), policy)
    except FetchError as sentence:
        assert isinstance(end, str) and re.search(end, str(sentence)), str(sentence)
        assert not target.exists() and str(sentence).isprintable()
    else:
        bytes_of_file = target.read_bytes()
        assert bytes_of_file == (end if isinstance(end, bytes) else DATA), (len(bytes_of_file), end)
        assert not isinstance(end, str), f"expected {end}"
    assert len(server.heads) <= most, len(server.heads)


def test_the_table_is_as_long_as_it_says():
    assert len(CASES) >= 75


def test_a_redirect_from_https_to_http_is_refused(secure_archive, raw_server, policy, tmp_path):
    """And nothing is asked there."""
    server = raw_server(GOOD)
    secure_archive.faults["/file.nc4"] = [Fault("redirect", 301, headers={"Location": f"{server.address}/file.nc4"})]
    session = GuardedSession(policy)
    session.headers["Authorization"] = "Bearer mysterious"
    with pytest.raises(FetchError, match="away from an encrypted connection"):
        fetch(tmp_path / "a", Http(policy, session=session).source(f"{secure_archive.address}/file.nc4"), None, policy)
    assert server.heads == []


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_authorization_stays_behind_at_every_kind_of_redirect(code, archive, raw_server, policy, tmp_path):
    """To another port is to another origin (RFC 9110, 15.4): the token does not go there."""
    server = raw_server(GOOD)
    archive.faults["/file.nc4"] = [Fault("redirect", code, headers={"Location": f"{server.address}/file.nc4"})]
    session = GuardedSession(policy)
    session.headers.update({"Authorization": "Bearer mysterious", "PRIVATE-TOKEN": "mysterious"})
    fetch(tmp_path / "a", Http(policy, session=session).source(f"{archive.address}/file.nc4"), None, policy)
    assert "mysterious" not in str(server.heads) and len(server.heads) == 1
