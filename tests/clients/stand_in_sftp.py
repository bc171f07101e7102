"""A stand-in SFTP archive on 127.0.0.1, made of paramiko's own server parts, that misbehaves as it is told."""

import contextlib
import socket
import struct
import threading
import time

import paramiko

USER, PASSWORD = "gleamuser", "mysterious-gleam-password"
MADE = 1_600_000_000


class SftpArchive:
    """The stand-in. `files` maps paths to bytes; `faults` is a list of (kind, after) consumed one per connection."""

    def __init__(self, key: paramiko.PKey):
        self.files: dict[str, bytes] = {}
        self.made = MADE
        self.faults: list[tuple[str, int]] = []
        self.sessions: list[dict] = []
        self.key = key
        self.release = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.port = self.socket.getsockname()[1]
        self.transports: list[paramiko.Transport] = []
        self.stopping = False
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        while not self.stopping:
            try:
                connection, _ = self.socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        fault = self.faults.pop(0) if self.faults else ("", 0)
        session = {"fault": fault, "sent": 0, "offsets": [], "user": None}
        self.sessions.append(session)
        if fault[0] == "mute":
            self.release.wait(10)
            return connection.close()
        if fault[0] == "refuse":
            return connection.close()
        transport = paramiko.Transport(connection)
        session["transport"] = transport
        self.transports.append(transport)
        transport.add_server_key(self.key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _files(self, session))
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            transport.start_server(server=_Server(session))

    @property
    def sent(self) -> list[int]:
        """Bytes read from each connection."""
        return [session["sent"] for session in self.sessions]

    def stop(self) -> None:
        """Close everything."""
        self.stopping = True
        self.release.set()
        self.socket.close()
        for transport in self.transports:
            transport.close()
        self.thread.join(5)


class _Server(paramiko.ServerInterface):
    def __init__(self, session: dict):
        self.session = session

    def get_allowed_auths(self, username):
        return "password"

    def check_auth_password(self, username, password):
        self.session["user"] = username
        good = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, number):
        return paramiko.OPEN_SUCCEEDED


class _Handle(paramiko.SFTPHandle):
    """An open file, with the fault of its connection."""

    def __init__(self, archive: SftpArchive, session: dict, path: str):
        super().__init__()
        self.archive, self.session, self.data = archive, session, archive.files[path]

    def read(self, offset, length):
        self.session["offsets"].append(offset)
        kind, after = self.session["fault"]
        if kind in ("cut", "reset", "hang") and offset + length > after:
            if kind == "cut":
                # All that was sent arrives. To close with requests unread would be a reset, which may destroy bytes on
                # their way.
                with contextlib.suppress(OSError):
                    self.session["transport"].sock.shutdown(socket.SHUT_WR)
            elif kind == "reset":
                self.session["transport"].sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.session["transport"].close()
            else:
                self.archive.release.wait(10)
            return paramiko.SFTP_FAILURE
        if kind == "crawl":
            time.sleep(0.25)
            length = min(length, 5)
        if kind == "slow":
            time.sleep(0.02)
        piece = self.data[offset : offset + (min(length, 5000) if kind == "short" else length)]
        if kind == "corrupt" and offset == 0:
            piece = piece[:-1] + bytes([255 - piece[-1]])
        self.session["sent"] += len(piece)
        return piece or paramiko.SFTP_EOF


def _files(archive: SftpArchive, session: dict):
    """The file side of one connection."""
    kind = session["fault"][0]

    def attributes(path: str) -> paramiko.SFTPAttributes:
        found = paramiko.SFTPAttributes()
        found.filename = path.rsplit("/", 1)[-1]
        found.st_mode = 0o100644 if path in archive.files else 0o040755
        found.st_size = len(archive.files.get(path, b""))
        found.st_mtime = found.st_atime = archive.made
        if kind == "no modes":
            found.st_mode = found.st_mtime = found.st_atime = None
        if kind == "too large":
            found.st_size += 1000
        return found

    class Files(paramiko.SFTPServerInterface):
        def _path(self, path):
            return path.lstrip("/")

        def stat(self, path):
            path = self._path(path)
            if kind == "denied":
                return paramiko.SFTP_PERMISSION_DENIED
            known = path in archive.files or any(name.startswith(path + "/") for name in archive.files)
            return attributes(path) if known else paramiko.SFTP_NO_SUCH_FILE

        lstat = stat

        def list_folder(self, path):
            folder = self._path(path)
            return [attributes(name) for name in archive.files if name.rsplit("/", 1)[0] == folder]

        def open(self, path, flags, attr):
            path = self._path(path)
            return _Handle(archive, session, path) if path in archive.files else paramiko.SFTP_NO_SUCH_FILE

    return Files
