"""Tables of HTTP requests, their parameters, problems and permissions."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.permissions import AllowAny

from recognizer.api.openapi.payload_schema import Schema
from recognizer.api.problem_codes import PROBLEM_CODES
from recognizer.api.role_permissions import IsAdmin, IsReviewer
from recognizer.reference_docs.markdown_tables import format_code, render_table
from recognizer.request_costs import KIND_MEANINGS

PREFIX = "/api/v1/"
PERMISSIONS_FILE = Path(settings.ROOT) / "tests" / "security" / "permissions.csv"
"""The expected results that the tests try by every role."""
ROLES = {AllowAny: "anonymous", IsAdmin: "admin", IsReviewer: "reviewer"}


def render_http_requests() -> str:
    document = _build_document()
    rows = [
        (
            format_code(f"{method.upper()} {path.removeprefix(PREFIX)}"),
            _find_role(path),
            operation["description"],
            _format_input(operation, document),
        )
        for path, method, operation in _iter_operations(document)
    ]
    return render_table(("request", "role", "effect", "parameters and body"), rows)


def render_parameters(operation_id: str) -> str:
    operations = _iter_operations(_build_document())
    found = {operation["operationId"]: operation for _, _, operation in operations}[operation_id]
    rows = [(format_code(one["name"]), one["description"]) for one in _query_parameters(found)]
    return render_table(("parameter", "value"), rows)


def render_problem_codes() -> str:
    rows = [(status, format_code(code), text) for (status, code), text in PROBLEM_CODES.items()]
    return render_table(("status", "code", "meaning"), rows)


def render_permissions(kind: str) -> str:
    """Return the rows of one kind: route, message or training_socket."""
    with PERMISSIONS_FILE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.pop("kind") == kind]
    cells = [[format_code(row.pop("request")), *row.values()] for row in rows]
    return render_table(("request", *rows[0]), cells)


def _build_document() -> Schema:
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]  # of drf-spectacular
    document: Schema = generator.get_schema(request=None, public=True)
    return document


def _iter_operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _query_parameters(operation: Schema) -> list[Schema]:
    return [one for one in operation.get("parameters", []) if one["in"] == "query"]


def _find_role(path: str) -> str:
    view: Any = get_resolver().resolve(path.replace("{", "").replace("}", "")).func
    roles = [ROLES[item] for item in view.cls.permission_classes if item in ROLES]
    return roles[0] if roles else "user"


def _format_input(operation: Schema, document: Schema) -> str:
    names = [
        format_code(f"?{parameter['name']}") + ("" if parameter.get("required") else "?")
        for parameter in _query_parameters(operation)
    ]
    content = operation.get("requestBody", {}).get("content", {})
    bodies = [_format_fields(body["schema"], document) for body in content.values()]
    return "; ".join([", ".join(names), *bodies] if names else bodies)


def _format_fields(schema: Schema, document: Schema) -> str:
    if schema.get("type") == "array":
        return f"a list of {{{_format_fields(schema['items'], document)}}}"
    component = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return ", ".join(
        format_code(name) + ("" if name in component.get("required", ()) else "?")
        for name in component["properties"]
    )


def render_costs() -> str:
    rows = [
        (meaning, f"{settings.REQUEST_COSTS[kind]:g}") for kind, meaning in KIND_MEANINGS.items()
    ]
    return render_table(("request or message", "cost"), rows)
