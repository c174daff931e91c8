"""The generated sections of each page in docs/."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.conf import settings

from recognizer import protocol
from recognizer.protocol.client_websocket_messages import CLIENT_MESSAGES, SERVER_MESSAGES
from recognizer.protocol.drawing_json_payloads import DrawingStatePayload, PredictionPayload
from recognizer.protocol.server_websocket_messages import ErrorMessage, ResumedMessage
from recognizer.reference_docs.http_api_tables import (
    render_costs,
    render_http_requests,
    render_parameters,
    render_permissions,
    render_problem_codes,
)
from recognizer.reference_docs.markdown_tables import render_codes, replace_sections
from recognizer.reference_docs.settings_and_command_tables import (
    render_commands,
    render_metrics,
    render_settings,
)
from recognizer.reference_docs.websocket_tables import render_fields, render_messages
from recognizer.training.run_errors import RUN_ERRORS
from recognizer.training.run_payloads import (
    RunHelloMessage,
    RunMessage,
    TrainingRunEventPayload,
    TrainingRunPayload,
)

DOCS = Path(settings.ROOT) / "docs"
TRAINING_MESSAGES = (RunHelloMessage, RunMessage, ResumedMessage, ErrorMessage)
PAGES: dict[str, dict[str, Callable[[], str]]] = {
    "reference.md": {
        "settings": render_settings,
        "metrics": render_metrics,
        "commands": render_commands,
    },
    "http-api.md": {
        "costs": render_costs,
        "requests": render_http_requests,
        "drawing-parameters": partial(render_parameters, "drawings_list"),
        "review-parameters": partial(render_parameters, "review_search"),
        "problems": render_problem_codes,
    },
    "websocket.md": {
        "client-messages": partial(render_messages, CLIENT_MESSAGES),
        "server-messages": partial(render_messages, SERVER_MESSAGES),
        "training-messages": partial(render_messages, TRAINING_MESSAGES),
        "drawing": partial(render_fields, DrawingStatePayload),
        "prediction": partial(render_fields, PredictionPayload),
        "run": partial(render_fields, TrainingRunPayload),
        "run-event": partial(render_fields, TrainingRunEventPayload),
        "errors": partial(render_codes, protocol.ERRORS),
        "failures": partial(render_codes, protocol.RECOGNITION_FAILURES),
        "side-by-side-failures": partial(render_codes, protocol.SIDE_BY_SIDE_FAILURES),
        "run-errors": partial(render_codes, RUN_ERRORS),
        "close-codes": partial(render_codes, protocol.CLOSE_CODES),
    },
    "permissions.md": {
        "routes": partial(render_permissions, "route"),
        "messages": partial(render_permissions, "message"),
        "training-socket": partial(render_permissions, "training_socket"),
    },
}


def iter_changes() -> Iterator[tuple[Path, str]]:
    """Yield each page whose generated sections are not current, and its new text."""
    for name, sections in PAGES.items():
        page = DOCS / name
        text = page.read_text(encoding="utf-8")
        current = replace_sections(text, {key: render() for key, render in sections.items()})
        if current != text:
            yield page, current
