"""Bytes at the border: files plain or gzipped, unpacked in a stream and metered, cut into blocks of whole lines."""

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from hemoflow.connectors.masking import shown_file
from hemoflow.domain.errors import InputError

BLOCK_BYTES = 2**22
LONGEST_LINE = 2**24
EXPANSION_LIMIT = 100
EXPANSION_FLOOR = 64 * 2**20
"""A gzip file may unpack to 64 MiB or 100 times its size, whichever is more; beyond it is taken for a zip bomb."""

MARK = b"\xef\xbb\xbf"
"""Byte order mark of UTF-8."""


TOO_LONG = b"\0 line over 16 MiB"
"""Stands for a line beyond all measure, so that it costs only itself."""

UNSEEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
"""Zero-width characters: exports break long names with them."""


class UnusableFileError(InputError):
    """A file that cannot be used at all.

    Args:
        file: Its name relative to the source's folder.
        reason: What is wrong with it.
        remedy: What to do.
    """

    def __init__(self, file: str, reason: str, remedy: str) -> None:
        super().__init__(f"{file} {reason}.", remedy=remedy)
        self.file, self.reason, self.remedy = file, reason, remedy


@dataclass(slots=True)
class Stream:
    """Bytes of a file, unpacked and metered.

    Attributes:
        name: Name relative to the source's folder, fit to be shown.
        handle: Open file.
        size: Its size in bytes.
        is_cut: Turns true where a gzip file breaks off.
    """

    name: str
    handle: IO[bytes]
    size: int
    is_cut: bool = field(default=False, init=False)

    def blocks(self) -> Iterator[bytes]:
        """Blocks of whole lines; the torn last line of a damaged file is left out, and so is a byte order mark.

        A line beyond all measure is replaced by :data:`TOO_LONG`.

        Raises:
            UnusableFileError: The file is a zip bomb.
        """
        rest, is_first = b"", True
        for block in self._lined():
            whole, newline, tail = block.rpartition(b"\n")
            if not newline:
                rest = rest + block if len(rest) + len(block) <= LONGEST_LINE else TOO_LONG + b" " * LONGEST_LINE
                continue
            if rest.startswith(TOO_LONG):
                rest, whole = TOO_LONG, whole[whole.find(b"\n") :] if b"\n" in whole else b""
            lines = rest + whole + newline
            yield lines.removeprefix(MARK) if is_first else lines
            rest, is_first = tail, False
        if rest and not self.is_cut:
            rest = TOO_LONG if rest.startswith(TOO_LONG) else rest
            yield rest.removeprefix(MARK) if is_first else rest

    def _lined(self) -> Iterator[bytes]:
        """Pieces whose lines end with a newline, also where the file ends them with a carriage return alone."""
        is_bare = None
        for piece in self._pieces():
            if is_bare is None:
                is_bare = b"\r" in piece and b"\n" not in piece
            yield piece.replace(b"\r", b"\n") if is_bare else piece

    def _pieces(self) -> Iterator[bytes]:
        if not self.name.lower().endswith(".gz"):
            yield from iter(lambda: self.handle.read(BLOCK_BYTES), b"")
            return
        left = max(EXPANSION_FLOOR, EXPANSION_LIMIT * self.size)
        with gzip.GzipFile(fileobj=self.handle) as unpacked:
            while block := self._next(unpacked):
                left -= len(block)
                if left < 0:
                    raise UnusableFileError(
                        self.name,
                        f"unpacks to over {EXPANSION_LIMIT} times its size",
                        "Unpack it yourself and deliver the unpacked file if it is genuine.",
                    )
                yield block

    def _next(self, unpacked: gzip.GzipFile) -> bytes:
        """The next block; where the file is damaged, what could be unpacked before."""
        pieces: list[bytes] = []
        left = 0 if self.is_cut else BLOCK_BYTES
        while left > 0:
            try:
                piece = unpacked.read1(left)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                self.is_cut = True
                break
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)


@contextmanager
def open_stream(folder: Path, path: Path) -> Iterator[Stream]:
    """Open a file of a source.

    Raises:
        UnusableFileError: It is a folder, or the machine does not let it be read.
    """
    name = shown_file(folder, path)
    if path.is_dir():
        raise UnusableFileError(name, "is a folder and no file", "Deliver the file itself under this name.")
    try:
        with path.open("rb") as handle:
            yield Stream(name, handle, path.stat().st_size)
    except OSError as error:
        raise UnusableFileError(name, f"cannot be read ({error.strerror})", "See that it may be read.") from error


def split_lines(block: bytes) -> tuple[list[str], bool]:
    """The lines of a block as text, and whether any byte was not UTF-8.

    Bytes that are not UTF-8 survive as lone surrogates, so that only their own lines are lost.
    """
    try:
        text, is_foul = block.decode("utf-8"), False
    except UnicodeDecodeError:
        text, is_foul = block.decode("utf-8", errors="surrogateescape"), True
    lines = text.split("\n")
    return (lines[:-1] if text.endswith("\n") else lines), is_foul


def is_foul_line(line: str) -> bool:
    """Whether a line holds bytes that are not UTF-8."""
    return any("\ud800" <= letter <= "\udfff" for letter in line)
