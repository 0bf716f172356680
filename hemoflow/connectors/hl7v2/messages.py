"""Messages at the border: segments as rows, one for each OBX of an analyte that is read."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from hemoflow.connectors.blocks import BrokenLine, text_frame
from hemoflow.connectors.masking import shown_file
from hemoflow.connectors.reading import RawRows, no_rows
from hemoflow.connectors.streams import UNSEEN, UnusableFileError, open_stream

COLUMNS = (
    "patient", "sex", "born", "race", "order", "code", "part", "value", "unit", "status", "observed", "collected",
    "reported", "sent",
)  # fmt: skip
ENVELOPE = "\x0b\x1c"
"""Bytes that frame a message on the wire (MLLP)."""
SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}(?:[^A-Za-z0-9]|$)")
RESULT_SEGMENTS = {"PID", "OBR", "OBX"}
RESULT_MESSAGE = re.compile(r"MSH(.)(?:[^\r]*?\1)?ORU\b")
ESCAPED = re.compile(r"\\([FSTRE])\\")
"""How a text field writes the separators themselves."""
SEPARATORS = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\"}
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
        segments = list(_segments(folder, path, broken))
        frame = text_frame(_results(segments, is_read, broken), list(COLUMNS), list(COLUMNS))
    except UnusableFileError as error:
        return no_rows(error.file, COLUMNS, BrokenLine(1, error.reason, error.remedy))
    broken += _empty_handed([segment for _, segment in segments])
    return RawRows(shown_file(folder, path), frame, tuple(broken))


def _segments(folder: Path, path: Path, broken: list[BrokenLine]) -> Iterator[tuple[int, str]]:
    """Segments end with a carriage return; files from editors end them with a newline.

    A line that is not UTF-8 is read as Latin-1, which version 2 sends where it does not say what it sends.
    """
    with open_stream(folder, path) as stream:
        data = b"".join(stream.blocks())
    lines = data.replace(b"\r\n", b"\r").replace(b"\n", b"\r").split(b"\r")
    for number, line in enumerate(lines, start=1):
        segment = UNSEEN.sub("", _decoded(line)).strip(ENVELOPE + " ")
        if segment and not SEGMENT.match(segment):
            broken.append(BrokenLine(number, "no segment of a message", "Send whole messages, in UTF-8."))
        elif segment:
            yield number, segment
    if stream.is_cut:
        broken.append(BrokenLine(len(lines) + 1, "the file is damaged: nothing from here on", "Fetch it again."))


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _empty_handed(segments: Sequence[str]) -> list[BrokenLine]:
    """What is wrong with a file that holds no message, or result messages without a result."""
    names = {segment[:3] for segment in segments}
    if "MSH" not in names and not names & RESULT_SEGMENTS:
        return [BrokenLine(1, "holds no message (MSH)", "Send whole messages, in UTF-8.")]
    if "OBX" not in names and any(RESULT_MESSAGE.match(segment) for segment in segments):
        return [BrokenLine(1, "holds no result (OBX)", "Send whole messages; this one may be cut.")]
    return []


def _results(
    segments: Iterable[tuple[int, str]], is_read: Callable[[str], bool], broken: list[BrokenLine]
) -> Iterator[tuple[int, list[str | None]]]:
    about: dict[str, str | None] = {}
    bar, caret = "|", "^"
    for number, segment in segments:
        name = segment[:3]
        if name == "MSH" and len(segment) > len("MSH|^"):
            bar, caret = segment[3], segment[4]
            about = {"sent": _field(segment.split(bar), 6)}
        elif name in RESULT_SEGMENTS and not about:
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
        known = {"patient": _field(fields, 3, caret), "born": _field(fields, 7), "sex": _field(fields, 8)}
        return known | {"race": _field(fields, 10, caret)}
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
    first = first.split(caret)[0] if caret else first
    return ESCAPED.sub(lambda mark: SEPARATORS[mark[1]], first).strip() or None
