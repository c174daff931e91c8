"""docs/protocol.md, the HTTP part, held against the code."""

import re
from collections.abc import Iterator
from pathlib import Path

from recognizer.api import health
from recognizer.api.urls import urlpatterns
from recognizer.drawings.filters import FILTER_PARSERS
from recognizer.errors import DomainError

ROOT = Path(__file__).resolve().parent.parent.parent
SOCKET_CODES = {"binary", "unknown_type", "bad_message"}
API_CODE = re.compile(r'(?:ApiProblem\(\s*\d+, |ParseError\([^)]*, )"([a-z_]+)"')


def _subclasses(base: type[DomainError]) -> Iterator[type[DomainError]]:
    for one in base.__subclasses__():
        yield one
        yield from _subclasses(one)


def _page() -> str:
    return (ROOT / "docs" / "protocol.md").read_text().partition("## HTTP\n")[2]


def _named() -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", _page()))


def test_it_lists_every_route() -> None:
    routes = {
        str(route.pattern).replace("<str:", "{").replace(">", "}")
        for route in urlpatterns
        if route.name
    }
    named = set(re.findall(r"`(?:[A-Z]+ )?([a-z./{}-]+)`", _page()))
    assert routes <= named


def test_it_lists_every_filter() -> None:
    assert set(FILTER_PARSERS) <= _named()


def test_it_lists_every_code() -> None:
    sources = (ROOT / "recognizer" / "api").rglob("*.py")
    codes = {code for source in sources for code in API_CODE.findall(source.read_text())}
    for error in _subclasses(DomainError):
        codes |= {error.code, *getattr(error, "statuses", ()), *getattr(error, "messages", ())}
    assert {"too_late", "unsupported", "invalid", "bad_json"} <= codes
    assert codes - SOCKET_CODES <= _named()


def test_it_lists_what_readiness_may_miss() -> None:
    assert set(health.CHECKS) <= _named()
