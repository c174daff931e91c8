"""Conversion of JSON to dataclasses, with a check of every type."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, get_args, get_origin


class MalformedJson(Exception):
    """A value does not have the expected type. The message contains its path."""


def decode_json(kind: Any, value: object, place: str) -> Any:
    """Return a JSON value as `kind`.

    `kind` is a dataclass, a scalar, datetime (ISO 8601), list, dict, tuple, a union of one of
    these with None, or Any. Absent keys of a dataclass take the field's default, unknown keys are
    ignored. A dataclass may check more in `__post_init__`. Raises MalformedJson.
    """
    origin, args = get_origin(kind), get_args(kind)
    if origin is types.UnionType or origin is typing.Union:
        return None if value is None else decode_json(args[0], value, place)
    if kind is Any:
        return value
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(kind, _expect(dict, value, place), place)
    if origin is dict:
        items = _expect(dict, value, place).items()
        return {key: decode_json(args[1], item, f"{place}.{key}") for key, item in items}
    if origin is list:
        items = enumerate(_expect(list, value, place))
        return [decode_json(args[0], item, f"{place}[{index}]") for index, item in items]
    if origin is tuple:
        items = _expect(list, value, place)
        if len(items) != len(args):
            raise MalformedJson(f"{place} has {len(items)} items, not {len(args)}")
        return tuple(decode_json(kind, item, place) for kind, item in zip(args, items, strict=True))
    return _decode_scalar(kind, value, place)


def _decode_dataclass(kind: Any, value: Mapping[str, Any], place: str) -> Any:
    hints, found = _type_hints(kind), {}
    for field in dataclasses.fields(kind):
        if field.name in value:
            found[field.name] = decode_json(
                hints[field.name], value[field.name], f"{place}.{field.name}"
            )
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise MalformedJson(f"{place}.{field.name} is missing")
    return kind(**found)


def _decode_scalar(kind: Any, value: object, place: str) -> Any:
    if kind is datetime:
        try:
            return datetime.fromisoformat(_expect(str, value, place))
        except ValueError:
            raise MalformedJson(f"{place} is not a time") from None
    if kind is float:
        return float(_expect((int, float), value, place))
    return _expect(kind, value, place)


def _expect(kind: Any, value: object, place: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise MalformedJson(f"{place} is {type(value).__name__}")
    return value


@cache
def _type_hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)
