"""A page counts as a directory index only if it looks like one: otherwise nothing is known of what the archive has."""

import dataclasses
import json
import re
import zlib
from pathlib import Path

import pytest
from stand_in_raw import once, page, response, zipped

from vadose.acquire.catalogue import load
from vadose.acquire.download import manifest, run
from vadose.acquire.errors import FetchError
from vadose.acquire.http import Http
from vadose.acquire.plan import plan

DAY = "gpcp_v01r03_daily_d20180401_c20190101.nc"
FITS = re.compile(r"gpcp_v01r03_daily_d2018\d{4}_c\d{8}\.nc").fullmatch
INDEX = f'<html><body><a href="../">up</a><a href="{DAY}">{DAY}</a></body></html>'
HTML = {"Content-Type": "text/html"}

# name, answer of the index, what the sentence must say
NO_INDEX = [
    (
        "login page",
        page("<html><title>Log in</title><form><input type=password></form></html>"),
        r"found a page that asks for a login titled 'Log in'",
    ),
    (
        "login page in capitals",
        page("<HTML><TITLE>Log in</TITLE><FORM><INPUT TYPE='Password'></FORM></HTML>"),
        r"found a page that asks for a login titled 'Log in'",
    ),
    (
        "maintenance page",
        page("<html><title>Back soon</title>We are sorry.</html>"),
        r"found a page titled 'Back soon'",
    ),
    ("JSON", once(response("200 OK", {}, b'{"status": "maintenance"}')), r"found JSON: .*maintenance"),
    (
        "listing of an object store",
        once(response("200 OK", {}, f"<?xml?><ListBucketResult><Key>{DAY}</Key></ListBucketResult>".encode())),
        r"found the listing of an object store",
    ),
    ("index of another year", page(INDEX.replace("d2018", "d2017")), r"found a page with 2 links, none of them"),
    ("empty folder", page('<html><a href="../">up</a></html>'), r"found a page with 1 links, none of them"),
    ("empty body", page(""), r"found a page without links"),
    ("cut, and nothing says how long it is", once(response("200 OK", HTML, INDEX[:-20].encode(), None)), "has no end"),
    ("cut, with a length that was counted later", page(INDEX[:-20]), r"begins and does not end"),
    ("cut before its length", once(response("200 OK", HTML, INDEX.encode(), 5000)), r"ended after \d+ of 5000|broke"),
    ("brotli", page(INDEX, Content_Encoding="br"), r"found it coded as 'br'"),
    ("said to be gzip", page(INDEX, Content_Encoding="gzip"), r"said to be compressed and cannot be unpacked"),
    (
        "gzip that was cut",
        once(response("200 OK", HTML | {"Content-Encoding": "gzip"}, zipped(INDEX)[:-12])),
        r"compressed page was cut",
    ),
    (
        "gzip bomb",
        once(response("200 OK", HTML | {"Content-Encoding": "gzip"}, zipped(" " * (65 * 2**20)))),
        r"more than 67108864 bytes",
    ),
]


@pytest.fixture
def hasty(policy):
    """Two tries are enough to see that a page is none."""
    return dataclasses.replace(policy, tries=2, read=2.0)


@pytest.mark.parametrize(("name", "answer", "sentence"), NO_INDEX, ids=[case[0] for case in NO_INDEX])
def test_what_is_no_index_is_an_error_also_where_files_may_be_missing(
    name, answer, sentence, raw_server, hasty, root, tmp_path
):
    """With missing_files: keep a job would otherwise end well, with an empty list, and never ask again."""
    server = raw_server(answer)
    entry = load(root / "config" / "datasets.yaml")["gpcp_daily"]
    entry = dataclasses.replace(entry, addresses={"index": server.address + "/{year:04d}/"})
    (job,) = plan({entry.id: {"years": (2018, 2018)}}, {entry.id: entry}, tmp_path, (2018, 2018))
    with pytest.raises(FetchError, match=sentence):
        run(job, entry, tmp_path, policy=hasty, allow_missing=True)


# name, answer with a good index
INDEXES = [
    ("plain", page(INDEX)),
    ("without a length", once(response("200 OK", HTML, INDEX.encode(), None))),
    ("gzip", once(response("200 OK", HTML | {"Content-Encoding": "gzip"}, zipped(INDEX)))),
    (
        "gzip in two members",
        once(response("200 OK", HTML | {"Content-Encoding": "gzip"}, zipped(INDEX[:60]) + zipped(INDEX[60:]))),
    ),
    ("gzip over identity", once(response("200 OK", HTML | {"Content-Encoding": "identity, GZIP"}, zipped(INDEX)))),
    ("deflate", once(response("200 OK", HTML | {"Content-Encoding": "deflate"}, zlib.compress(INDEX.encode())))),
    (
        "deflate without its header",
        once(response("200 OK", HTML | {"Content-Encoding": "deflate"}, zlib.compress(INDEX.encode())[2:-4])),
    ),
    ("blanks around links", page(INDEX.replace('href="gpcp', 'href=" gpcp'))),
    ("UTF-16 with a mark", once(response("200 OK", HTML, INDEX.encode("utf-16")))),
    ("UTF-16 without a mark", once(response("200 OK", HTML, INDEX.encode("utf-16-le")))),
    ("UTF-8 with a mark", once(response("200 OK", HTML, INDEX.encode("utf-8-sig")))),
    ("a list of links with a length", page(f'<pre><a href="{DAY}">{DAY}</a></pre>')),
    ("after a page of maintenance", None),
]


@pytest.mark.parametrize(("name", "answer"), INDEXES, ids=[case[0] for case in INDEXES])
def test_indexes(name, answer, raw_server, hasty):
    answers = [answer] if answer else [page("<html><title>Back soon</title></html>"), page(INDEX)]
    server = raw_server(*answers)
    assert DAY in Http(hasty).names(server.address + "/2018/", FITS)


def test_what_is_left_out_stands_in_the_manifest(archive, root, policy, tmp_path):
    """Days that the archive does not list, and one that it has damaged for ever."""
    entry = load(root / "config" / "datasets.yaml")["gpcp_daily"]
    entry = dataclasses.replace(
        entry, addresses={"index": archive.address + "/{year:04d}/"}, files=entry.files | {"smallest": 1000}
    )
    days = [f"gpcp_v01r03_daily_d201801{day:02d}_c20190101.nc" for day in range(1, 30)]
    for number, name in enumerate(days):
        archive.files[f"/2018/{name}"] = b"CDF\x01" + bytes([number]) * (2000 if number != 2 else 20)
    archive.files["/2018/"] = "".join(f'<a href="{name}">{name}</a>' for name in days).encode()
    (job,) = plan({entry.id: {"years": (2018, 2018)}}, {entry.id: entry}, Path("/nonexistent"), (2018, 2018))
    job = dataclasses.replace(job, wanted=dict(list(job.wanted.items())[:31]))
    found = run(job, entry, tmp_path / "raw", policy=policy, allow_missing=True)
    written = manifest(job, entry, found)
    assert written["left_out"] == ["2018-01-03", "2018-01-30", "2018-01-31"] and len(written["files"]) == 28
    assert json.loads(json.dumps(written)) == written
