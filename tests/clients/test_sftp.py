"""GLEAM through the real paramiko, from a stand-in SFTP server."""

import dataclasses
import hashlib
import logging
import time

import paramiko
import pytest
from stand_in_sftp import PASSWORD, USER, SftpArchive

from vadose.acquire.catalogue import load
from vadose.acquire.checksums import Checksum
from vadose.acquire.errors import FetchError
from vadose.acquire.fetch import Expected, fetch
from vadose.acquire.sftp import Sftp, fingerprint

FOLDER, NAME = "data/v3.8a/monthly", "E_1980-2022_GLEAM_v3.8a_MO.nc"
PATH = f"{FOLDER}/{NAME}"
BLOCK = 32768
HALF = 5 * BLOCK


@pytest.fixture(scope="session")
def host_key():
    return paramiko.ECDSAKey.generate()


@pytest.fixture
def archive(host_key, payload):
    server = SftpArchive(host_key)
    server.files[PATH] = payload
    yield server
    server.stop()


def trust(home, archive, key) -> None:
    """Enter a host key into known_hosts."""
    (home / ".ssh").mkdir(exist_ok=True)
    (home / ".ssh" / "known_hosts").write_text(
        f"[127.0.0.1]:{archive.port} {key.get_name()} {key.get_base64()}\n", encoding="utf-8"
    )


@pytest.fixture
def dataset(archive, host_key, root, clean_home, monkeypatch):
    """The catalogue's GLEAM pointed at the stand-in, its key trusted, user and password in the environment."""
    trust(clean_home, archive, host_key)
    monkeypatch.setenv("GLEAM_USER", USER)
    monkeypatch.setenv("GLEAM_PASSWORD", PASSWORD)
    entry = load(root / "config" / "datasets.yaml")["gleam"]
    return dataclasses.replace(
        entry, addresses={"host": "127.0.0.1", "port": archive.port, "file": entry.addresses["file"]}
    )


def get(dataset, policy, target, **expected):
    return fetch(
        target,
        Sftp(dataset, policy).source(dataset.addresses["file"].format(name=NAME)),
        Expected(**expected),
        policy,
    )


# name, faults by connection, what the sentence must say (None: a good file), bytes per connection
WHOLE = 300_008
CASES = [
    ("happy path", [], None, [WHOLE]),
    ("fewer bytes than asked for", [("short", 0)], None, [WHOLE]),
    ("connection refused", [("refuse", 0)], None, [0, WHOLE]),
    ("silent server", [("mute", 0)], None, [0, WHOLE]),
    ("silent for ever", [("mute", 0)] * 6, r"gave up after 6 failures", [0] * 6),
    ("cut in the middle", [("cut", HALF)], None, [HALF, WHOLE - HALF]),
    ("hung in the middle", [("hang", HALF)], None, [HALF, WHOLE - HALF]),
    ("same-size corruption", [("corrupt", 0)], None, [WHOLE, WHOLE]),
    ("same-size corruption for ever", [("corrupt", 0)] * 2, r"rejected each time.*sha256 published", [WHOLE] * 2),
    ("access denied", [("denied", 0)], r"access is refused.*gleam.eu", [0]),
]


@pytest.fixture
def calm(policy):
    """Waits that end only where the server is silent, not where this machine is slow."""
    return dataclasses.replace(policy, connect=30.0, read=30.0)


@pytest.mark.parametrize(("name", "faults", "sentence", "sent"), CASES, ids=[case[0] for case in CASES])
def test_cases(name, faults, sentence, sent, archive, dataset, policy, payload, tmp_path, caplog):
    """Each fault of the table; and nowhere the password."""
    caplog.set_level(logging.DEBUG)
    archive.faults = list(faults)
    silent = {kind for kind, _ in faults} & {"mute", "hang"}
    policy = dataclasses.replace(policy, read=(0.5 if sentence else 3.0) if silent else 30.0)
    checksum = Checksum("sha256", hashlib.sha256(payload).hexdigest())
    text = ""
    if sentence is None:
        assert get(dataset, policy, tmp_path / NAME, checksum=checksum).path.read_bytes() == payload
        assert [item.name for item in tmp_path.iterdir()] == [NAME]
    else:
        with pytest.raises(FetchError, match=sentence) as error:
            get(dataset, policy, tmp_path / NAME, checksum=checksum)
        text = str(error.getrepr(style="native"))
        assert not (tmp_path / NAME).exists()
    assert archive.faults == [] and archive.sent == sent
    assert PASSWORD not in caplog.text + text


def test_resumes_at_the_cut_and_not_before(archive, dataset, calm, tmp_path):
    """Each byte is asked for once: of the first connection all that arrived, of the second the rest."""
    archive.faults = [("cut", HALF)]
    get(dataset, calm, tmp_path / NAME)
    assert len(archive.sessions) == 2 and archive.sessions[1]["offsets"] == list(range(HALF, WHOLE, BLOCK))


def test_what_came_before_a_cut_is_kept_where_requests_were_still_to_be_sent(
    archive, dataset, policy, payload, tmp_path, monkeypatch
):
    """A slow client learns of the cut while it still asks: what had arrived by then counts."""
    ask, asked = paramiko.SFTPClient._async_request, []

    def slow(session, *arguments):
        asked.append(arguments[1])
        reads = asked.count(paramiko.sftp.CMD_READ)
        if reads == 7 and arguments[1] == paramiko.sftp.CMD_READ:  # five pieces come; the sixth request meets the cut
            transport = session.get_channel().get_transport()
            for _ in range(500):
                if not transport.is_active():
                    break
                time.sleep(0.01)
        return ask(session, *arguments)

    monkeypatch.setattr(paramiko.SFTPClient, "_async_request", slow)
    archive.faults = [("cut", HALF)]
    got = get(dataset, policy, tmp_path / NAME, checksum=Checksum("sha256", hashlib.sha256(payload).hexdigest()))
    assert got.path.read_bytes() == payload and archive.sent == [HALF, len(payload) - HALF]


def test_resumes_after_a_reset_at_what_had_come(archive, dataset, calm, payload, tmp_path, monkeypatch):
    """A reset may destroy bytes on their way; what had been written is not asked for again, the rest once."""
    kept = []
    opened = Sftp.connect
    monkeypatch.setattr(
        Sftp, "connect", lambda self, stack: (kept.append(size_of(tmp_path / f"{NAME}.part")), opened(self, stack))[1]
    )
    archive.faults = [("reset", HALF)]
    assert get(dataset, calm, tmp_path / NAME).path.read_bytes() == payload
    assert len(archive.sessions) == 2 and kept[0] == 0 and kept[1] <= HALF
    assert archive.sessions[1]["offsets"] == list(range(kept[1], WHOLE, BLOCK)) and archive.sent[1] == WHOLE - kept[1]


def size_of(path):
    return path.stat().st_size if path.exists() else 0


def test_changed_remote_starts_again(archive, dataset, policy, payload, tmp_path):
    """The archive replaced the file between two runs (its date tells): the old half is not mixed with the new."""
    archive.faults = [("cut", HALF)] + [("refuse", 0)] * 6
    with pytest.raises(FetchError, match="gave up"):
        get(dataset, policy, tmp_path / NAME)
    archive.faults, archive.made = [], archive.made + 5
    archive.files[PATH] = payload[::-1]
    assert get(dataset, policy, tmp_path / NAME).path.read_bytes() == payload[::-1]


def test_unknown_host_key(archive, dataset, policy, host_key, tmp_path, clean_home):
    """Not in known_hosts: no password is sent; the sentence shows the key and the command."""
    (clean_home / ".ssh" / "known_hosts").unlink()
    with pytest.raises(
        FetchError, match=r"not in .*known_hosts; it shows the .* key SHA256:.*ssh-keyscan -p \d+ 127.0.0.1"
    ) as error:
        get(dataset, policy, tmp_path / NAME)
    assert fingerprint(host_key) in str(error.value)
    assert [session["user"] for session in archive.sessions] == [None]


def test_changed_host_key(archive, dataset, policy, host_key, tmp_path, clean_home):
    """Another key than the one we know: refused at once, with both fingerprints."""
    other = paramiko.ECDSAKey.generate()
    trust(clean_home, archive, other)
    with pytest.raises(FetchError, match="someone stands in between") as error:
        get(dataset, policy, tmp_path / NAME)
    assert fingerprint(host_key) in str(error.value) and fingerprint(other) in str(error.value)
    assert [session["user"] for session in archive.sessions] == [None]


def test_fingerprint_is_that_of_ssh(host_key):
    assert fingerprint(host_key) == host_key.fingerprint


def test_refused_and_missing_credentials(archive, dataset, policy, tmp_path, monkeypatch):
    monkeypatch.setenv("GLEAM_PASSWORD", "mysterious-wrong-password")
    with pytest.raises(FetchError, match=r"user name or password were refused.*Register on the page") as error:
        get(dataset, policy, tmp_path / NAME)
    assert "mysterious" not in str(error.getrepr(style="native"))
    monkeypatch.delenv("GLEAM_PASSWORD")
    with pytest.raises(FetchError, match="looked at environment GLEAM_USER and GLEAM_PASSWORD"):
        get(dataset, policy, tmp_path / NAME)


def test_withdrawn_file_and_folder(archive, dataset, policy, tmp_path):
    with pytest.raises(FetchError, match="the archive has no such file: it was moved or withdrawn"):
        fetch(tmp_path / NAME, Sftp(dataset, policy).source("data/v3.7/none.nc"), None, policy)
    with pytest.raises(FetchError, match="expected a file, found a folder"):
        fetch(tmp_path / NAME, Sftp(dataset, policy).source(FOLDER), None, policy)


def test_names_of_a_folder_are_checked(archive, dataset, policy):
    archive.files[f"{FOLDER}/README.txt"] = b"x"
    archive.files[f"{FOLDER}/..E_1980-2022_GLEAM_v3.8a_MO.nc"] = b"x"
    archive.faults = [("refuse", 0)]
    assert Sftp(dataset, policy).names(FOLDER) == [NAME]
