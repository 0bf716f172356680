"""Messages at the border: segments as rows, one for each OBX of an analyte that is read."""

from collections.abc import Callable, Iterator
from pathlib import Path

from hemoflow.connectors.blocks import BrokenLine, text_frame
from hemoflow.connectors.reading import RawRows
from hemoflow.connectors.streams import Stream, UnusableFileError, is_foul_line

COLUMNS = (
    "patient", "sex", "born", "order", "code", "part", "value", "unit", "status", "observed", "collected", "reported",
    "sent",
)  # fmt: skip
ENVELOPE = "\x0b\x1c"
"""Bytes that frame a message on the wire (MLLP)."""
NO_HEADER = "a segment before any message header (MSH)"


def read_messages(folder: Path, path: Path, is_read: Callable[[str], bool]) -> RawRows:
    """The results of a file under the number of their segment.

    Args:
        folder: The source's folder.
        path: The file.
        is_read: Whether a LOINC code is read.
    """
    broken: list[BrokenLine] = []
    try:
        frame = text_frame(_results(_segments(folder, path, broken), is_read, broken), list(COLUMNS), list(COLUMNS))
    except UnusableFileError as error:
        frame = text_frame(iter(()), list(COLUMNS), list(COLUMNS))
        broken = [BrokenLine(1, error.reason, error.remedy)]
    return RawRows(path.relative_to(folder).as_posix(), frame, tuple(broken))


def _segments(folder: Path, path: Path, broken: list[BrokenLine]) -> Iterator[tuple[int, str]]:
    """Segments end with a carriage return; files from editors end them with a newline."""
    with path.open("rb") as handle:
        stream = Stream(path.relative_to(folder).as_posix(), handle, path.stat().st_size)
        data = b"".join(stream.blocks()).decode("utf-8", errors="surrogateescape")
        lines = data.replace("\r\n", "\r").replace("\n", "\r").split("\r")
        for number, line in enumerate(lines, start=1):
            segment = line.strip(ENVELOPE + " ")
            if is_foul_line(segment):
                broken.append(BrokenLine(number, "not UTF-8", "Send messages in UTF-8."))
            elif segment:
                yield number, segment
        if stream.is_cut:
            broken.append(BrokenLine(len(lines) + 1, "the file is damaged: nothing from here on", "Fetch it again."))


def _results(
    segments: Iterator[tuple[int, str]], is_read: Callable[[str], bool], broken: list[BrokenLine]
) -> Iterator[tuple[int, list[str | None]]]:
    about: dict[str, str | None] = {}
    bar, caret = "|", "^"
    for number, segment in segments:
        name = segment[:3]
        if name == "MSH" and len(segment) > len("MSH|^"):
            bar, caret = segment[3], segment[4]
            about = {"sent": _field(segment.split(bar), 6)}
        elif name in {"PID", "OBR", "OBX"} and not about:
            broken.append(BrokenLine(number, NO_HEADER, "Send whole messages."))
        elif name in {"PID", "OBR"}:
            about |= _told(name, segment.split(bar), caret)
        elif name == "OBX":
            found = _result(segment.split(bar), caret)
            if is_read(found["code"] or ""):
                row = {**about, **found}
                yield number, [row.get(column) for column in COLUMNS]


def _told(name: str, fields: list[str], caret: str) -> dict[str, str | None]:
    if name == "PID":
        return {"patient": _field(fields, 3, caret), "born": _field(fields, 7), "sex": _field(fields, 8)}
    order = _field(fields, 3, caret) or _field(fields, 2, caret)
    return {"order": order, "collected": _field(fields, 7), "reported": _field(fields, 22)}


def _result(fields: list[str], caret: str) -> dict[str, str | None]:
    """A result. The code is LOINC in the first or the alternative triplet of OBX-3."""
    triplets = (fields[3] if len(fields) > 3 else "").split(caret)  # noqa: PLR2004
    places = [place for place in (2, 5) if len(triplets) > place and triplets[place] in {"LN", "LOINC"}]
    code = triplets[places[0] - 2] if places else triplets[0]
    return {
        "code": code.strip() or None, "part": _field(fields, 4), "value": _field(fields, 5),
        "unit": _field(fields, 6, caret), "status": _field(fields, 11), "observed": _field(fields, 14),
    }  # fmt: skip


def _field(fields: list[str], place: int, caret: str = "") -> str | None:
    text = fields[place] if len(fields) > place else ""
    first = text.split("~")[0]
    return (first.split(caret)[0] if caret else first).strip() or None
