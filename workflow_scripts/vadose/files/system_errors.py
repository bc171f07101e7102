"""What the operating system says of the machine and not of the file."""

import errno
import os
import re

# What happened, what to do.
_SYSTEM = {
    errno.ENOENT: ("there is no such file", "Check the path, and whether the file system is there on this machine"),
    errno.ENOTDIR: ("there is no such file", "Check the path"),
    errno.EISDIR: ("it is a folder", "Name the file, or a pattern of files in the folder"),
    errno.EACCES: ("you may not read it", "Ask its owner for the right to read (chmod), or use a copy of your own"),
    errno.EPERM: ("you may not read it", "Ask its owner for the right to read (chmod), or use a copy of your own"),
    errno.ENOSPC: (
        "the disk for temporary files is full",
        "The file itself may be sound: set TMPDIR to a disk with room for the unpacked data",
    ),
    errno.EDQUOT: (
        "your quota on the disk for temporary files is used up",
        "The file itself may be sound: free space, or set TMPDIR to another disk",
    ),
    errno.EROFS: (
        "the folder for temporary files is read-only",
        "The file itself may be sound: set TMPDIR to a folder that you can write to",
    ),
    errno.EMFILE: (
        "this process has too many files open",
        "The file itself may be sound: raise the limit (ulimit -n) or use fewer cores",
    ),
    errno.ENFILE: ("the machine has too many files open", "The file itself may be sound: try again later"),
    errno.EAGAIN: (
        "another process has locked it, or its file system knows no locks",
        "The file itself may be sound: wait until no program writes to it, or set HDF5_USE_FILE_LOCKING=FALSE",
    ),
    errno.ESTALE: (
        "its handle on the network file system is stale",
        "The file itself may be sound: it was replaced or the server restarted while it was read; try again",
    ),
    errno.EIO: (
        "the disk or the network failed while it was read",
        "The file itself may be sound: try again, and tell the administrator if it stays so",
    ),
    errno.ETIMEDOUT: ("the file system did not answer in time", "The file itself may be sound: try again"),
    errno.ENOMEM: ("memory is used up", "Ask for more memory, or read fewer years at a time"),
}
_ERRNO = re.compile(r"errno = (\d+)|\[Errno (\d+)\]")


def system_reason(error: BaseException) -> tuple[str, str] | None:
    """What the operating system refused and what to do, where that is what an error says; None where it is about the
    bytes of the file."""
    if isinstance(error, MemoryError):
        return _SYSTEM[errno.ENOMEM]
    number = getattr(error, "errno", None)
    if not isinstance(number, int) or number not in errno.errorcode:
        named = _ERRNO.search(str(error))  # HDF5 writes the number into its text
        number = int(named[1] or named[2]) if named else None
    if number is None and "unable to lock file" in str(error):
        number = errno.EAGAIN
    if number in _SYSTEM:
        return _SYSTEM[number]
    from vadose.files.hdf5_files import OTHER_LOCKING  # where files or memory are used up, nothing can be imported

    if OTHER_LOCKING in str(error):
        return "this process has it open with other settings of locks", "Close it where it is open"
    if isinstance(error, OSError) and number in errno.errorcode:
        return os.strerror(number), "The file itself may be sound: ask the administrator of the machine"
    return None
