"""GLEAM over SFTP (paramiko): the host key is checked, nothing is guessed, and a cut file is resumed."""

import base64
import collections
import contextlib
import hashlib
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from vadose.acquire.accounts import Account
from vadose.acquire.catalogue import Dataset
from vadose.acquire.credentials import find
from vadose.acquire.errors import FetchError, Gone, Interrupted, Refused
from vadose.acquire.locks import host_slot
from vadose.acquire.pace import bounded
from vadose.acquire.partial import Remote, Stream
from vadose.acquire.retry_policy import RetryPolicy, persist

PIECE = 2**15  # bytes; what every server gives at a time
SYSTEM_KNOWN_HOSTS = Path("/etc/ssh/ssh_known_hosts")
AHEAD = 64  # requests of 32 kB under way at a time: without them each 32 kB would cost a round trip


class Sftp:
    """Client of one SFTP archive.

    Parameters
    ----------
    dataset : Dataset
        The catalogue's entry: host, port and file in its addresses.
    policy : RetryPolicy
        Waiting times and bounds.
    known_hosts : Path or None
        Host keys that are trusted; by default ~/.ssh/known_hosts.
    slots : Path or None
        Folder in which all processes of this machine share the connections to a host.
    account : Account or None
        See `Http`.
    """

    def __init__(
        self,
        dataset: Dataset,
        policy: RetryPolicy | None = None,
        *,
        known_hosts: Path | None = None,
        slots: Path | None = None,
        account: Account | None = None,
    ):
        self.dataset = dataset
        self.policy = policy or RetryPolicy()
        self.known_hosts = known_hosts or Path.home() / ".ssh" / "known_hosts"
        self.slots = slots
        self.account = account or Account("sftp")
        self.host = str(dataset.addresses["host"])
        self.port = int(dataset.addresses["port"])

    def source(self, path: str) -> "SftpSource":
        """The remote file at a path, for `fetch`."""
        return SftpSource(self, path)

    def names(self, folder: str) -> list[str]:
        """Names of the regular files in a remote folder that are of this product; others are not looked at."""

        def look() -> list[str]:
            with contextlib.ExitStack() as stack:
                session = self.connect(stack)
                with self.sentences(folder):
                    entries = session.listdir_attr(folder)
            return sorted(
                entry.filename
                for entry in entries
                if stat.S_ISREG(entry.st_mode or 0) and self.dataset.pattern.fullmatch(entry.filename)
            )

        return persist(look, self.policy, f"the list of {self.host}:{folder}")

    def connect(self, stack: contextlib.ExitStack):
        """An SFTP session that ends with the stack."""
        import paramiko

        credential = find(self.dataset.access).require(self.dataset.label, self.dataset.hint())
        user, password = (credential.values[name] for name in self.dataset.access["environment"][0])
        stack.enter_context(host_slot(self.slots, self.host, 1, self.policy))
        client = paramiko.SSHClient()
        trusted = self._load_keys(client)
        client.set_missing_host_key_policy(_refusal(self, trusted))
        stack.callback(client.close)
        with self.account.attempt(self.host), self.sentences("the login"), bounded(self.policy.answer, client.close):
            client.connect(
                self.host,
                port=self.port,
                username=user,
                password=password,
                allow_agent=False,
                look_for_keys=False,
                timeout=self.policy.connect,
                banner_timeout=self.policy.read,
                auth_timeout=self.policy.read,
                channel_timeout=self.policy.read,
            )
            session = client.open_sftp()
            session.get_channel().settimeout(self.policy.read)
        return session

    def greet(self) -> str:
        """Say what the server answers to a greeting, without a login.

        Raises
        ------
        FetchError
            If it does not answer, is no SSH server, or shows a key that is not trusted.
        """
        import paramiko

        client = paramiko.SSHClient()
        policy = _refusal(self, self._load_keys(client))
        with self.sentences("the greeting"), contextlib.ExitStack() as stack:
            connection = socket.create_connection((self.host, self.port), timeout=self.policy.connect)
            stack.callback(connection.close)
            transport = paramiko.Transport(connection)
            stack.callback(transport.close)
            transport.banner_timeout = self.policy.read
            transport.start_client(timeout=self.policy.read)
            key = transport.get_remote_server_key()
            name = self.host if self.port == 22 else f"[{self.host}]:{self.port}"
            trusted = client.get_host_keys().lookup(name)
            if not trusted:
                policy.missing_host_key(client, name, key)
            if trusted.get(key.get_name()) not in (None, key):
                raise paramiko.BadHostKeyException(name, key, trusted[key.get_name()])
        return "answers as an SSH server that is trusted"

    def _load_keys(self, client) -> list[Path]:
        """Give the client the host keys of the user's file and of the computer's, and return the files that are there.

        Only lines about this host count: others may be of kinds (@cert-authority, @revoked) that paramiko cannot read.
        """
        import paramiko

        trusted = [path for path in (self.known_hosts, SYSTEM_KNOWN_HOSTS) if path.is_file()]
        name = self.host if self.port == 22 else f"[{self.host}]:{self.port}"
        for path in trusted:
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if not line.strip() or line.lstrip().startswith(("#", "@cert-authority")):
                    continue
                marked = line.lstrip().startswith("@revoked")
                try:
                    entry = paramiko.hostkeys.HostKeyEntry.from_line(line.strip().removeprefix("@revoked").strip())
                except (paramiko.hostkeys.InvalidHostKey, paramiko.SSHException, ValueError):
                    entry = None
                names = entry.hostnames if entry else line.split(maxsplit=1)[0].split(",")
                keys = paramiko.HostKeys()
                mine = name in names
                if entry is not None:
                    for each in names:
                        keys.add(each, entry.key.get_name(), entry.key)
                    mine = keys.lookup(name) is not None
                if mine and (entry is None or marked):
                    why = "is revoked" if marked else "is no host key that can be read"
                    raise FetchError(
                        f"{path}, line {number}: the key of {name} {why}. Ask the archive, then mend the line."
                    )
                if mine:
                    client.get_host_keys().add(name, entry.key.get_name(), entry.key)
        return trusted

    @contextlib.contextmanager
    def sentences(self, what: str) -> Iterator[None]:
        """Errors of paramiko and of the network as ours."""
        import paramiko

        place = f"{self.host}:{self.port}, {what}"
        try:
            yield
        except paramiko.BadHostKeyException as error:
            raise FetchError(
                f"{place}: the server's key {fingerprint(error.key)} is not the {fingerprint(error.expected_key)} of "
                f"{self.known_hosts}. Either the "
                "archive changed it or someone stands in between: ask the archive before you change the file."
            ) from None
        except paramiko.AuthenticationException:
            raise Refused(f"{place}: user name or password were refused. {self.dataset.hint()}") from None
        except FileNotFoundError:
            raise Gone(
                f"{place}: the archive has no such file: it was moved or withdrawn. {self.dataset.hint()}"
            ) from None
        except PermissionError:
            raise FetchError(f"{place}: access is refused. {self.dataset.hint()}") from None
        except socket.gaierror:
            raise Interrupted(f"{place}: the name of the host is not known here (no network?)") from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise Interrupted(f"{place}: the connection failed or broke ({type(error).__name__})") from None


class SftpSource:
    """One remote file, for `fetch`; size and modification time identify its state."""

    def __init__(self, sftp: Sftp, path: str):
        self.sftp = sftp
        self.path = path
        self.label = f"sftp://{sftp.host}:{sftp.port}/{path.lstrip('/')}"

    def open(self, offset: int, previous: Remote | None, *, blind: bool = False) -> Stream:
        """Start receiving: from `offset` if the remote file is still `previous`, from 0 otherwise."""
        stack = contextlib.ExitStack()
        try:
            session = self.sftp.connect(stack)
            with self.sftp.sentences(self.path):
                remote, size = self._state(session)
                if previous is not None and not previous.same(remote):
                    offset = 0
                remote_file = session.open(self.path, "rb")
            return Stream(offset, remote, self._pieces(session, remote_file, offset, size), lambda: _close(stack))
        except BaseException:
            _close(stack)
            raise

    def _state(self, session) -> tuple[Remote, int]:
        """The remote file as the server describes it, and its size; servers may leave out permissions and times."""
        status = session.stat(self.path)
        if status.st_mode is not None and not stat.S_ISREG(status.st_mode):
            raise FetchError(
                f"{self.label}: expected a file, found a folder or something else. Correct the path in datasets.yaml."
            )
        if status.st_size is None:
            raise FetchError(
                f"{self.label}: the server does not say how large the file is. Tell the archive's help desk."
            )
        modified = None if status.st_mtime is None else str(status.st_mtime)
        return Remote(self.label, status.st_size, None, modified), status.st_size

    def rejected(self, times: int) -> None:
        """Nothing to do: the next try starts from the first byte."""

    def _pieces(self, session, remote_file, offset: int, size: int) -> Iterator[bytes]:
        """The file from `offset`, in order, with AHEAD requests under way.

        paramiko's own `prefetch` asks from a second thread. Where that thread is slow, all requests sent so far are
        answered before it sends the next, paramiko takes the file for read, and fetches the rest twice: once piece by
        piece, once into memory.
        """
        from paramiko import SSHException
        from paramiko.sftp import CMD_READ, CMD_STATUS, int64

        answers = _Answers()
        pending = collections.deque()  # (number of the request, first byte, bytes)
        lost: Exception | None = None  # the connection; what has come before is still to be read

        def ask(first: int, length: int) -> tuple[int, int, int]:
            return session._async_request(answers, CMD_READ, remote_file.handle, int64(first), length), first, length

        with self.sftp.sentences(self.path):
            while pending or offset < size:
                while not lost and offset < size and len(pending) < AHEAD:
                    try:
                        pending.append(ask(offset, min(PIECE, size - offset)))
                        offset += pending[-1][2]
                    except (EOFError, OSError, SSHException) as error:
                        lost = error
                if lost and not pending:
                    raise lost
                number, first, length = pending.popleft()
                with bounded(self.sftp.policy.read, session.get_channel().close):  # a block that drips
                    while number not in answers.come:
                        session._read_response()
                kind, message = answers.come.pop(number)
                if kind == CMD_STATUS:
                    with contextlib.suppress(EOFError):  # shorter than it was said to be: `Part` tells
                        session._convert_status(message)  # raises what the server says
                    return
                piece = message.get_string()
                if not piece or len(piece) > length:
                    raise Interrupted(f"{self.label}: the server sent {len(piece)} bytes where {length} were asked for")
                yield piece
                if len(piece) < length:  # servers may send less than asked
                    pending.appendleft(ask(first + len(piece), length - len(piece)))


class _Answers:
    """What the server answered, by number of the request; paramiko hands it on."""

    def __init__(self):
        self.come: dict[int, tuple] = {}

    def _async_response(self, kind, message, number: int) -> None:
        self.come[number] = kind, message


def _close(stack: contextlib.ExitStack) -> None:
    """Let go of a session that may be dead already."""
    import paramiko

    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        stack.close()


def _refusal(sftp: Sftp, trusted: list[Path]):
    """What to do about a server that known_hosts does not have: refuse it, and say how to let it in."""
    import paramiko

    places = " or ".join(map(str, trusted or [sftp.known_hosts]))

    class Refuse(paramiko.MissingHostKeyPolicy):
        def missing_host_key(self, client, hostname, key):
            raise FetchError(
                f"{sftp.host}:{sftp.port}: the server is not in {places}; it shows the {key.get_name()} key "
                f"{fingerprint(key)}. Compare that "
                f"with what the archive publishes, then run: ssh-keyscan -p {sftp.port} {sftp.host} >> "
                f"{sftp.known_hosts}"
            )

    return Refuse()


def fingerprint(key) -> str:
    """Fingerprint of a host key as ssh prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
