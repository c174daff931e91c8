"""Tables of websocket messages, payload fields and codes."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NotRequired, get_args, get_origin, get_type_hints

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
    rows = [(_format_field(name, hint), _find_description(hint)) for name, hint in hints.items()]
    return render_table(("field", "meaning"), rows)


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


def _find_description(hint: Any) -> str:
    if get_origin(hint) is NotRequired:
        hint = get_args(hint)[0]
    notes = hint.__metadata__ if get_origin(hint) is Annotated else ()
    return next((note for note in notes if isinstance(note, str)), "")
