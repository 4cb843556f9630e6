"""Dataclasses as JSON and back: enums by value, instants in ISO UTC, bytes in base64; unknown fields are skipped."""

from __future__ import annotations

import types
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]

BODY = "body"


def encode(value: object) -> Any:
    """A value of our model as plain JSON values. ValueError for a naive instant, TypeError for a foreign type."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"un instante sin zona horaria no se guarda: {value.isoformat()}")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: encode(getattr(value, name)) for name in _readers(type(value))}
    raise TypeError(f"no se sabe guardar un valor de tipo {type(value).__name__}")


def decode(cls: type[T], data: Mapping[str, Any]) -> T:
    """The dataclass that `encode` made `data` from.

    Fields that this program does not know are passed over and fields that `data` lacks take their default, so that
    rows written by an older or newer version stay readable. ValueError or KeyError when that is not enough.
    """
    return cls(**_arguments(cls, data))


def pack(item: Any, columns: Collection[str]) -> dict[str, Any]:
    """A dataclass as one table row: fields with a column of their own go there, all others into the column `body`."""
    kind: Any = type(item)
    row: dict[str, Any] = {}
    body: dict[str, Any] = {}
    for name in _readers(kind):
        if name in columns:
            row[name] = getattr(item, name)
        else:
            body[name] = encode(getattr(item, name))
    if BODY in columns:
        row[BODY] = body
    elif body:
        raise TypeError(f"la tabla no tiene columna para {', '.join(body)} de {kind.__name__}")
    return row


def unpack(cls: type[T], row: Mapping[Any, Any]) -> T:
    """The dataclass that `pack` made this row from; columns that are none of its fields are passed over."""
    kind: Any = cls
    own = {name: row[name] for name in _readers(kind) if name in row}
    return cls(**(_arguments(cls, row.get(BODY) or {}) | own))


def _arguments(cls: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: read(data[name]) for name, read in _readers(cls).items() if name in data}


@cache
def _readers(cls: Any) -> dict[str, Reader]:
    """How each field of a dataclass is read back, by its name and in its order."""
    hints = get_type_hints(cls)
    names = (field.name for field in fields(cls) if field.init or field.default is not MISSING)
    return {name: _reader(hints[name]) for name in names}


@cache
def _reader(hint: Any) -> Reader:
    """How a value of this annotated type is made from JSON values."""
    if hint is Any:
        return lambda value: value
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        kinds = [kind for kind in inner if kind is not type(None)]
        if len(kinds) != 1:
            raise TypeError(f"no se sabe leer el tipo {hint}")
        return _optional(_reader(kinds[0]))
    if origin is tuple:
        return _sequence(inner)
    if origin is dict:
        item = _reader(inner[1])
        return lambda value: {key: item(each) for key, each in value.items()}
    if isinstance(hint, type):
        return _scalar(hint)
    raise TypeError(f"no se sabe leer el tipo {hint}")


def _scalar(kind: type) -> Reader:
    if is_dataclass(kind):
        return lambda value: decode(cast("type[Any]", kind), value)
    if issubclass(kind, Enum):
        return kind
    if kind is datetime:
        return lambda value: datetime.fromisoformat(value).astimezone(UTC)
    if kind is date:
        return date.fromisoformat
    if kind is bytes:
        return b64decode
    if kind in (str, int, float, bool):
        return kind
    raise TypeError(f"no se sabe leer el tipo {kind.__name__}")


def _optional(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _sequence(inner: tuple[Any, ...]) -> Reader:
    if len(inner) == 2 and inner[1] is Ellipsis:
        each = _reader(inner[0])
        return lambda value: tuple(each(item) for item in value)
    readers = [_reader(kind) for kind in inner]
    return lambda value: tuple(read(item) for read, item in zip(readers, value, strict=True))
