"""Tables of websocket messages and payload fields."""

import inspect
from collections.abc import Iterable
from typing import Any, NotRequired, get_args, get_origin, get_type_hints

from drf_spectacular.plumbing import ComponentRegistry

from recognizer.api.openapi.payload_schema import Schema, build_schema
from recognizer.reference_docs.markdown_tables import format_code, render_table


def render_messages(messages: Iterable[type]) -> str:
    rows = []
    for message in messages:
        hints = get_type_hints(message, include_extras=True)
        fields = [_format_field(name, hint) for name, hint in hints.items() if name != "type"]
        kind = format_code(get_args(hints["type"])[0])
        rows.append((kind, ", ".join(fields), inspect.getdoc(message)))
    return render_table(("type", "fields", "meaning"), rows)


def render_fields(payload: type) -> str:
    hints = get_type_hints(payload, include_extras=True)
    rows = [
        (_format_field(name, hint), *_format_schema(build_schema(hint, ComponentRegistry())))
        for name, hint in hints.items()
    ]
    return render_table(("field", "type", "meaning"), rows)


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
