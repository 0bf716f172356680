"""Frozen values (dataclasses, named tuples) to and from plain JSON, strictly, with every fault of a file at once."""

import json
import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from hemoflow.domain.errors import InputError


def parse_object(text: str, source: str) -> dict[str, Any]:
    """The JSON object in a text; a key that is given twice is refused, as JSON would silently keep the last.

    Args:
        text: What the file holds.
        source: Name of the file in messages.

    Raises:
        InputError: It is not a JSON object.
    """
    repeated: list[str] = []

    def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        repeated.extend(sorted({key for key in keys if keys.count(key) > 1}))
        return dict(pairs)

    try:
        raw = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise InputError(f"{source} is not JSON: {error}.", remedy="Mend that place.") from error
    if not isinstance(raw, dict):
        raise InputError(f"{source} is not a JSON object.", remedy="Write one object with a field schema.")
    if repeated:
        raise InputError(f"{source} gives {', '.join(repeated)} twice.", remedy="Keep one of each.")
    return raw


def refuse(source: str, schema: str, problems: Sequence[str]) -> None:
    """Raise when a file has problems.

    Raises:
        InputError: There is one; all are in the message.
    """
    if problems:
        count = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
        raise InputError(f"{source} has {count}: {'; '.join(problems)}.", remedy=f"Mend them all: see {schema}.")


def encode(value: Any) -> Any:  # noqa: ANN401
    """A value as plain JSON; what is at its default is left out of a dataclass."""
    if is_dataclass(value) and not isinstance(value, type):
        given = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: encode(part) for name, part in given.items() if part != _default(type(value), name)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: encode(part) for name, part in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [encode(part) for part in value]
    if isinstance(value, Mapping):
        return {str(key): encode(part) for key, part in value.items()}
    return str(value) if isinstance(value, StrEnum) else value


def decode_rows(kind: type, raw: Any, where: str, problems: list[str]) -> tuple[Any, ...]:  # noqa: ANN401
    """A list of objects of one kind; what is wrong is added to ``problems`` with its place and value."""
    if not isinstance(raw, list):
        problems.append(f"{where} is {raw!r}, not a list")
        return ()
    return tuple(decode(kind, part, f"{where}[{number}]", problems) for number, part in enumerate(raw))


def decode(kind: Any, raw: Any, where: str, problems: list[str]) -> Any:  # noqa: ANN401
    """A value of ``kind`` from plain JSON; what is wrong is added to ``problems`` and None is returned for it."""
    if is_dataclass(kind) or hasattr(kind, "_fields"):
        return _decode_object(kind, raw, where, problems)
    if get_origin(kind) in {Union, types.UnionType}:
        options = [option for option in get_args(kind) if option is not types.NoneType]
        return None if raw is None else decode(options[0], raw, where, problems)
    if get_origin(kind) is tuple and isinstance(raw, list):
        return tuple(decode(get_args(kind)[0], part, f"{where}[{n}]", problems) for n, part in enumerate(raw))
    return _decode_plain(kind, raw, where, problems)


def _decode_plain(kind: Any, raw: Any, where: str, problems: list[str]) -> Any:  # noqa: ANN401
    is_choice = isinstance(kind, type) and issubclass(kind, StrEnum)
    if is_choice and isinstance(raw, str) and raw in list(kind):
        return kind(raw)
    if not is_choice and _is_a(raw, kind):
        return raw
    wanted = f"one of {', '.join(kind)}" if is_choice else WORDS.get(kind, "a list")
    problems.append(f"{where} is {raw!r}, not {wanted}")
    return None


WORDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def _decode_object(kind: Any, raw: Any, where: str, problems: list[str]) -> Any:  # noqa: ANN401
    hints = get_type_hints(kind)
    if not isinstance(raw, dict):
        problems.append(f"{where} is {raw!r}, not an object")
        return None
    before = len(problems)
    problems += [
        f"{where} has an unknown field {name!r}; known: {', '.join(hints)}" for name in raw if name not in hints
    ]
    problems += [f"{where} lacks {name}" for name in hints if name not in raw and _default(kind, name) is MISSING]
    parts = {name: decode(hints[name], raw[name], f"{where}.{name}", problems) for name in hints if name in raw}
    return kind(**parts) if len(problems) == before else None


def _default(kind: Any, name: str) -> Any:  # noqa: ANN401
    if hasattr(kind, "_fields"):
        return kind._field_defaults.get(name, MISSING)
    return next(field.default for field in fields(kind) if field.name == name)


def _is_a(raw: Any, kind: Any) -> bool:  # noqa: ANN401
    if kind is float:
        return isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw)
    return type(raw) is kind
