"""What the client tests share: impatient waiting times, stand-in archives, and a home without the user's
credentials."""

import dataclasses
import random

import pytest
import trustme
from stand_in import Archive, tls_context
from stand_in_raw import RawServer

from vadose.acquire import redaction
from vadose.acquire.retry_policy import RetryPolicy

PAYLOAD = b"\x89HDF\r\n\x1a\n" + random.Random(7).randbytes(300_000)


@pytest.fixture(autouse=True)
def clean_home(tmp_path_factory, monkeypatch):
    """A home of our own, no credentials in the environment, nothing registered as secret before the test."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in (
        "EARTHDATA_TOKEN",
        "EARTHDATA_USERNAME",
        "EARTHDATA_PASSWORD",
        "CDSAPI_KEY",
        "CDSAPI_URL",
        "CDSAPI_RC",
        "NETRC",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in (
        "GLEAM_USER",
        "GLEAM_PASSWORD",
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(redaction, "SECRETS", set())
    return home


@pytest.fixture
def policy() -> RetryPolicy:
    """The defaults with shorter waiting times; the bounds on tries stay as they are. Only a server that is silent on
    purpose is to be given up (`patience`): a machine that stands still for a second would be asked again too."""
    return RetryPolicy(
        connect=2.0,
        answer=10.0,
        read=20.0,
        first_wait=0.01,
        longest_wait=0.05,
        longest_server_wait=2.0,
        lock_wait=20.0,
        queue_wait=10.0,
        poll=0.05,
        round_wait=0.05,
    )


@pytest.fixture
def patience(policy):
    """The policy for a server with these faults: soon it gives up one that falls silent, and not so soon where a good
    answer is to follow, after which nothing may be asked again."""

    def of(faults, *, then_good: bool) -> RetryPolicy:
        if {fault.kind for fault in faults} & {"hang", "mute", "drip"}:
            return dataclasses.replace(policy, read=2.0 if then_good else 0.5)
        return policy

    return of


@pytest.fixture
def payload() -> bytes:
    """A file's bytes: HDF5 magic, then noise."""
    return PAYLOAD


@pytest.fixture
def archive():
    """A stand-in over plain http."""
    server = Archive()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def authority():
    """A certificate authority of our own."""
    return trustme.CA()


@pytest.fixture
def secure_archive(authority, tmp_path, monkeypatch):
    """A stand-in over https, its authority trusted through REQUESTS_CA_BUNDLE."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    server = Archive(tls_context(authority, "127.0.0.1", "localhost"))
    yield server
    server.stop()


@pytest.fixture
def raw_server():
    """Makes stand-ins that send exactly what they are told; all are stopped at the end."""
    servers = []

    def make(*answers):
        servers.append(RawServer(*answers))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()
