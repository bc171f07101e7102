"""What happens to product files on the way: cut downloads and login pages saved under the product's name."""

from pathlib import Path

LOGIN_PAGE = b"<!DOCTYPE html>\n<html><head><title>Earthdata Login</title></head><body>Please log in</body></html>\n"


def login_page(path: Path) -> Path:
    """A login page under the name `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(LOGIN_PAGE)
    return path


def cut(source: Path, target: Path, share: float) -> Path:
    """The first part of a file under the name `target`, as an interrupted download leaves it."""
    data = source.read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data[: int(len(data) * share)])
    return target
