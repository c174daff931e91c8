"""The history: own drawings, newest first, filtered, page by page."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from recognizer.models import NOT_A_DIGIT_LABEL, Drawing, User
from tests.api.factories import make_drawing, make_recognized_drawing
from tests.fixtures.users import SignIn

SUMMARIES = re.compile(r'<li class="drawing [^>]*data-id="([^"]+)"')


def test_shows_own_drawings_newest_first_in_eight_queries(
    owner: User,
    outsider: User,
    sign_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    make_recognized_drawing(outsider)
    drawings = [make_recognized_drawing(owner, minutes_ago=age) for age in (3, 2, 1)]
    browser = sign_in(owner)

    with django_assert_max_num_queries(8):
        page = browser.get("/history/")

    assert _shown(page) == [str(drawing.id) for drawing in reversed(drawings)]
    assert _statistics(page) == ["3", "0", "0"]


def test_anonymous_visitor_must_sign_in(anonymous: Client, db: None) -> None:
    page = anonymous.get("/history/?wrong=true")

    assert page.status_code == 302
    assert page["Location"] == "/accounts/login/?next=/history/%3Fwrong%3Dtrue"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("digit=3", ["three", "wrong", "unsure"]),
        ("claim=8", ["wrong"]),
        ("claim=none", ["three", "unsure", "queued"]),
        ("wrong=true", ["wrong"]),
        ("unsure=true", ["unsure"]),
        ("claim=not_a_digit&wrong=false", ["nothing"]),
        ("digit=&claim=&wrong=", ["three", "wrong", "unsure", "nothing", "queued"]),
        ("since=2030-01-01", []),
    ],
)
def test_filters_drawings(owner: User, sign_in: SignIn, query: str, expected: list[str]) -> None:
    drawings = _make_drawings(owner)

    page = sign_in(owner).get(f"/history/?{query}")

    assert _shown(page) == [str(drawings[name].id) for name in expected]


def test_each_active_filter_has_a_link_that_removes_it(owner: User, sign_in: SignIn) -> None:
    make_recognized_drawing(owner)

    page = sign_in(owner).get("/history/?wrong=true&claim=3&until=2026-02-03").content.decode()

    without_claim = 'href="/history/?wrong=true&amp;until=2026-02-03" data-filter="claim"'
    assert without_claim in page
    assert re.findall(r'data-filter="(\w+)"', page) == ["wrong", "claim", "until"]
    assert 'data-empty-state="no_match"' in page


@pytest.mark.parametrize("query", ["wrong=maybe", "digit=x", "colour=red", "cursor=!"])
def test_invalid_filter_is_named(owner: User, sign_in: SignIn, query: str) -> None:
    make_recognized_drawing(owner)

    page = sign_in(owner).get(f"/history/?{query}")

    assert page.status_code == 400
    assert 'data-error="invalid_filter"' in page.content.decode()
    assert f'data-field="{query.partition("=")[0]}"' in page.content.decode()
    assert _shown(page) == []


def test_older_drawings_are_on_the_next_page(owner: User, sign_in: SignIn) -> None:
    for age in range(50):
        make_recognized_drawing(owner, minutes_ago=age)
    browser = sign_in(owner)

    first = browser.get("/history/?digit=3")
    older = re.search(r'data-older href="([^"]+)"', first.content.decode())
    assert older
    second = browser.get(older[1].replace("&amp;", "&"))

    assert (len(_shown(first)), len(_shown(second))) == (48, 2)
    assert "data-older" not in second.content.decode()
    assert not set(_shown(first)) & set(_shown(second))


def test_empty_history_links_to_the_drawing_page(owner: User, sign_in: SignIn) -> None:
    page = sign_in(owner).get("/history/").content.decode()

    assert 'data-empty-state="no_drawings"' in page
    assert '<a class="button" href="/">' in page


def test_escapes_filter_values(owner: User, sign_in: SignIn) -> None:
    make_recognized_drawing(owner)

    page = sign_in(owner).get("/history/", {"model": "<script>alert(1)</script>"})

    assert b"<script>alert" not in page.content


def test_returns_the_summaries_of_named_drawings(owner: User, sign_in: SignIn) -> None:
    drawings = _make_drawings(owner)
    ids = "&".join(f"id={drawing.id}" for drawing in drawings.values())

    page = sign_in(owner).get(f"/history/cards/?wrong=true&{ids}")

    assert _shown(page) == [str(drawings["wrong"].id)]
    assert _statistics(page) == ["5", "1", "1"]


def test_returns_no_summaries_of_other_users(owner: User, outsider: User, sign_in: SignIn) -> None:
    foreign = make_recognized_drawing(outsider)

    assert _shown(sign_in(owner).get(f"/history/cards/?id={foreign.id}")) == []
    assert sign_in(owner).get("/history/cards/?id=nonsense").status_code == 400
    assert Client().get(f"/history/cards/?id={foreign.id}").status_code == 302


def _make_drawings(owner: User) -> dict[str, Drawing]:
    return {
        "three": make_recognized_drawing(owner, minutes_ago=1),
        "wrong": make_recognized_drawing(owner, minutes_ago=2, claim=8),
        "unsure": make_recognized_drawing(owner, minutes_ago=3, decision="unsure"),
        "nothing": make_recognized_drawing(
            owner, minutes_ago=4, decision="not_a_digit", digit=None, claim=NOT_A_DIGIT_LABEL
        ),
        "queued": make_drawing(owner, minutes_ago=5),
    }


def _shown(page: Any) -> list[str]:
    return SUMMARIES.findall(page.content.decode())


def _statistics(page: Any) -> list[str]:
    """Return the numbers of drawings, correct (or labelled) and unsure ones."""
    return re.findall(r"<dd>([^<]+)</dd>", page.content.decode())[:3]
