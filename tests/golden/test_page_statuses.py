"""Status and redirect of a GET of every page, for each role.

Path arguments have placeholders that do not exist: the status shows which roles have permission.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from tests.fixtures.users import SignIn
from tests.golden.conftest import Golden

ROLES = ("anonymous", "owner", "reviewer", "admin")
NEEDS_A_BROKER = {"readyz", "api-drawing-explanation", "api-example-explanation"}
MISSING_KEY = "987654321"
"""No user has it, also after many tests whose users have used up low ids."""
PLACEHOLDERS = {
    "uuid": "00000000-0000-0000-0000-000000000001",
    "int": "1",
    "path": MISSING_KEY,  # the key of an object in the admin
}


@pytest.mark.django_db
def test_every_page_has_the_recorded_status_for_each_role(
    golden: Golden, request: pytest.FixtureRequest, sign_in: SignIn, roles: dict[str, Group]
) -> None:
    statuses: dict[str, dict[str, str]] = {}
    for role in ROLES:
        for name, path in sorted(_find_paths()):
            user: Any = None if role == "anonymous" else request.getfixturevalue(role)
            client = sign_in(user) if user else Client()  # some pages sign out
            statuses.setdefault(name, {})[role] = _get(client, path)
    golden("page_statuses", statuses)


def _get(client: Client, path: str) -> str:
    response = client.get(path)
    if response.streaming:
        list(response)
    redirect = response.headers.get("Location", "").partition("?")[0]
    return f"{response.status_code} {redirect}".strip()


def _find_paths() -> set[tuple[str, str]]:
    """Return the name and a path of every named route."""
    paths = set()
    for name, pattern in _walk(get_resolver(), ""):
        default = MISSING_KEY if name.startswith("admin:") else "7"
        arguments = {
            key: PLACEHOLDERS.get(
                type(converter).__name__.removesuffix("Converter").lower(), default
            )
            for key, converter in pattern.pattern.converters.items()
        }
        if name.rpartition(":")[2] in NEEDS_A_BROKER:
            continue
        try:
            paths.add((name, reverse(name, kwargs=arguments)))
        except NoReverseMatch:
            continue  # its arguments are a regular expression
    return paths


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(
                pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            )
        elif pattern.name:
            yield prefix + pattern.name, pattern
