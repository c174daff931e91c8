"""Expected results by role (permissions.csv), and the routes of the site."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

EXPECTATIONS = Path(__file__).parent / "permissions.csv"
ROLES = ("anonymous", "outsider", "reviewer", "admin", "owner")

# A converter, a named group, an unnamed group that may be missing.
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|\(\?:(.*?)\)\?")
ADMIN_TABLE = re.compile(r"^/admin/(?:account|django_celery_beat|mfa|recognizer)/\w+/")


@dataclass(frozen=True)
class PermissionRow:
    """A request or message, and the expected result of each role."""

    request: str
    results: dict[str, str]

    @property
    def method(self) -> str:
        return self.request.split()[0]

    @property
    def route(self) -> str:
        return self.request.split()[-1]


def load_rows(kind: str) -> list[PermissionRow]:
    """Return the rows of a kind: route, message or training_socket."""
    with EXPECTATIONS.open(encoding="utf-8", newline="") as file:
        return [
            PermissionRow(row["request"], {role: row[role] for role in ROLES})
            for row in csv.DictReader(file)
            if row["kind"] == kind
        ]


def list_routes() -> set[str]:
    """Return every route of the resolver; the tables of the admin are one route."""
    return {ADMIN_TABLE.sub("/admin/{table}/", path) for path, _ in walk_routes()}


def list_api_requests() -> set[tuple[str, str]]:
    """Return (method, route) of every API view."""
    found = set()
    for path, pattern in walk_routes():
        view: Any = getattr(pattern.callback, "cls", None)
        for method in view.http_method_names if view else ():
            if hasattr(view, method) and method not in ("options", "head"):
                found.add((method.upper(), path))
    return found


def walk_routes(
    resolver: URLResolver | None = None, prefix: str = "/"
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + _format_pattern(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from walk_routes(pattern, path)
        else:
            yield path, pattern


def _format_pattern(pattern: str) -> str:
    text = pattern.lstrip("^").removesuffix("$").removesuffix("\\Z")
    return PARAMETER.sub(lambda match: f"{{{match[1] or match[2] or 'anything'}}}", text)
