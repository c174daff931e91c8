"""docs/access.md as data, and the site's routes in its words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "access.md"
ROLES = ("anonymous", "outsider", "reviewer", "admin", "owner")

# A converter, a named group, an unnamed group that may be missing.
PART = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|\(\?:(.*?)\)\?")
TABLE = re.compile(r"^/admin/(?:account|django_celery_beat|mfa|recognizer)/\w+/")


@dataclass(frozen=True)
class PermissionRow:
    """What is asked, and what each of WHO gets."""

    asked: str
    gets: dict[str, str]

    @property
    def method(self) -> str:
        return self.asked.split()[0]

    @property
    def route(self) -> str:
        return self.asked.split()[-1]


def read_rows(heading: str) -> list[PermissionRow]:
    """The table below this heading."""
    part = PAGE.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \|(.*)\|$", part, re.M)
    return [
        PermissionRow(asked, dict(zip(ROLES, map(str.strip, cells.split("|")), strict=True)))
        for asked, cells in rows
    ]


def list_routes() -> set[str]:
    """Every route of the resolver as the page writes it; the tables of the admin as one."""
    return {TABLE.sub("/admin/{table}/", path) for path, _ in walk_routes()}


def list_calls() -> set[tuple[str, str]]:
    """(method, route) of every view that says which methods it has."""
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
    for one in (resolver or get_resolver()).url_patterns:
        path = prefix + _format_pattern(str(one.pattern))
        if isinstance(one, URLResolver):
            yield from walk_routes(one, path)
        else:
            yield path, one


def _format_pattern(pattern: str) -> str:
    text = pattern.lstrip("^").removesuffix("$").removesuffix("\\Z")
    return PART.sub(lambda match: f"{{{match[1] or match[2] or 'anything'}}}", text)
