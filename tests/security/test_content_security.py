"""The Content-Security-Policy of every page."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from recognizer.models import User
from tests.fixtures.users import SignIn
from tests.security.permissions import load_rows

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAGES = [
    row.route
    for row in load_rows("route")
    if row.method == "GET" and "{" not in row.route and not row.route.endswith(".ico")
]
DIRECTIVES = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
    "connect-src": "'self'",
}
NONCE = re.compile(r"'nonce-([^']+)'")


def _policy(client: Client, path: str) -> dict[str, str]:
    header = client.get(path).headers["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_strict_policy(path: str, admin: User, sign_in: SignIn) -> None:
    for client in (Client(), sign_in(admin)):
        policy = _policy(client, path)
        assert DIRECTIVES.items() <= policy.items()
        for kind in ("script-src", "style-src"):
            sources = policy[kind].split()
            assert "'self'" in sources
            assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "data:"} & set(sources)


@pytest.mark.parametrize("path", PAGES)
def test_inline_scripts_have_the_nonce(path: str, admin: User, sign_in: SignIn) -> None:
    for client in (Client(), sign_in(admin)):
        response = client.get(path, follow=True)
        if not response.headers["Content-Type"].startswith("text/html"):
            continue
        nonces = set(NONCE.findall(response.headers["Content-Security-Policy"]))
        text = response.content.decode()
        for tag in re.findall(r"<(?:script|style)\b[^>]*>", text):
            nonces_of_tag = re.findall(r'nonce="([^"]+)"', tag)
            is_data = 'type="application/json"' in tag
            assert "src=" in tag or is_data or set(nonces_of_tag) == nonces, tag
        assert not re.findall(r"<[^>]+\son\w+=", text)
        assert not re.findall(r"<[^>]+\sstyle=", text)


def test_every_response_has_its_own_nonce() -> None:
    texts = [Client().get(reverse("draw")).headers["Content-Security-Policy"] for _ in range(2)]
    first, second = (set(NONCE.findall(text)) for text in texts)
    assert not first & second
    assert first or "nonce" not in texts[0]
