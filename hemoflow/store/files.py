"""Bytes on disk: whole or not at all, and known by their hash."""

import hashlib
import os
import tempfile
from collections.abc import Collection
from pathlib import Path

from hemoflow.domain.errors import UsageError


def write_bytes(data: bytes, path: Path) -> str:
    """Write a file so that a reader, or a crash, sees the old bytes or the new ones and nothing between.

    Returns:
        The SHA-256 of the bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return sha256_of_bytes(data)


def move_file(written: Path, path: Path) -> None:
    """Give a file that is wholly written its final name on the same disk; a power cut leaves it there or not at all."""
    with written.open("rb") as stream:
        os.fsync(stream.fileno())
    written.replace(path)
    _sync_folder(path.parent)


def sweep(folder: Path, keep: Collection[str]) -> None:
    """Remove every file of ``folder`` not named in ``keep``: what a killed process or an earlier attempt left there."""
    for path in sorted(folder.glob("*")):
        if path.is_file() and path.name not in keep:
            path.unlink()


def relative(path: Path, home: Path) -> str:
    """How a path under the home folder is recorded, so that the folder may be moved.

    Raises:
        UsageError: The path is elsewhere.
    """
    try:
        return path.resolve().relative_to(home).as_posix()
    except ValueError as error:
        raise UsageError(f"{path} is not under {home}.", remedy="Keep it in the home folder.") from error


def sha256_of_bytes(data: bytes) -> str:
    """SHA-256 as hexadecimal text."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str | None:
    """SHA-256 of a file's bytes, or None when there is no such file."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    # The new name itself must survive a power cut, not only the bytes behind it.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
