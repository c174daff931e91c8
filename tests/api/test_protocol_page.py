"""docs/protocol.md, the HTTP part, held against the code."""

import re
from pathlib import Path

from recognizer.api import health
from recognizer.api.urls import urlpatterns
from recognizer.drawings.filters import FILTER_PARSERS

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = [
    *(ROOT / "recognizer" / "api").rglob("*.py"),
    *(ROOT / "recognizer" / "snapshots").rglob("*.py"),
    ROOT / "recognizer" / "drawings" / "uploads.py",
]
CODE = re.compile(
    r'(?:ApiProblem\(\s*\d+, |Cannot(?:ReadPicture|Build|Import)\(\s*|ParseError\([^)]*, )"([a-z_]+)"'
)


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
    codes = {code for source in SOURCES for code in CODE.findall(source.read_text())}
    assert {"too_late", "unsupported", "invalid", "bad_json"} <= codes
    assert codes <= _named()


def test_it_lists_what_readiness_may_miss() -> None:
    assert set(health.CHECKS) <= _named()
