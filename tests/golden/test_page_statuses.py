"""What a GET of every address answers to each role.

Addresses with arguments get stand-ins that name nothing: they show who gets past the permissions.
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
STAND_INS = {"uuid": "00000000-0000-0000-0000-000000000001", "int": "1", "str": "7"}


@pytest.mark.django_db
def test_every_address_answers_each_role_as_before(
    golden: Golden, request: pytest.FixtureRequest, sign_in: SignIn, roles: dict[str, Group]
) -> None:
    found: dict[str, dict[str, str]] = {}
    for role in ROLES:
        for name, path in sorted(_find_paths()):
            user: Any = None if role == "anonymous" else request.getfixturevalue(role)
            client = sign_in(user) if user else Client()  # a fresh one: some addresses sign out
            found.setdefault(name, {})[role] = _get(client, path)
    golden("page_statuses", found)


def _get(client: Client, path: str) -> str:
    response = client.get(path)
    if response.streaming:
        list(response)
    place = response.headers.get("Location", "").partition("?")[0]
    return f"{response.status_code} {place}".strip()


def _find_paths() -> set[tuple[str, str]]:
    """The name and an address of every named route."""
    paths = set()
    for name, pattern in _walk(get_resolver(), ""):
        arguments = {
            key: STAND_INS.get(type(converter).__name__.removesuffix("Converter").lower(), "7")
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
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _walk(one, f"{prefix}{one.namespace}:" if one.namespace else prefix)
        elif one.name:
            yield prefix + one.name, one
