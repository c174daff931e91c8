"""Tables of websocket messages, payload fields and codes."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, get_args, get_origin, get_type_hints

from drf_spectacular.plumbing import ComponentRegistry

from recognizer.api.openapi.payload_schema import Schema, build_schema
from recognizer.protocol import CLOSE_CODES
from recognizer.reference_docs.markdown import format_code, render_table


def render_messages(messages: Iterable[type]) -> str:
    rows = [
        (_format_type(message), _format_fields(message), inspect.getdoc(message))
        for message in messages
    ]
    return render_table(("type", "fields", "meaning"), rows)


def render_fields(payload: type) -> str:
    hints = get_type_hints(payload, include_extras=True)
    rows = [
        (_format_field(name, hint), _format_schema(build_schema(hint, ComponentRegistry())))
        for name, hint in hints.items()
    ]
    return render_table(("field", "type", "meaning"), [(name, *cells) for name, cells in rows])


def render_codes(codes: Mapping[str, str]) -> str:
    return render_table(("code", "meaning"), [(format_code(code), codes[code]) for code in codes])


def render_close_codes() -> str:
    return render_codes({str(code): text for code, text in CLOSE_CODES.items()})


def _format_type(message: type) -> str:
    hints = get_type_hints(message)
    return format_code(get_args(hints["type"])[0])


def _format_fields(message: type) -> str:
    hints = get_type_hints(message, include_extras=True)
    return ", ".join(_format_field(name, hint) for name, hint in hints.items() if name != "type")


def _format_field(name: str, hint: Any) -> str:
    return format_code(name) + ("?" if get_origin(hint) is NotRequired else "")


def _format_schema(schema: Schema) -> tuple[str, str]:
    """Return the type and the description of a field."""
    description = schema.get("description", "")
    if "enum" in schema:
        choices = ", ".join(format_code(value) for value in schema["enum"])
        return choices, "" if description.startswith("*") else description
    if "oneOf" in schema:
        types = [_format_schema(option)[0] for option in schema["oneOf"]]
        return " or ".join(types), description
    if "$ref" in schema:
        return "object", description
    names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    kind = f" ({schema['format']})" if schema.get("format") not in (None, "double") else ""
    if schema["type"] == "integer" and "maximum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}", description
    return " or ".join(names) + kind, description
