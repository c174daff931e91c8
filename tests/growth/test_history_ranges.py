"""A page of the history with a filter searches a limited number of drawings, and all pages together
find all."""

from __future__ import annotations

from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.drawings import pagination
from recognizer.drawings.pagination import DrawingPage, list_drawings
from recognizer.drawings.query_string_filters import DrawingFilters
from recognizer.models import Drawing, User
from tests.api.factories import make_drawing, make_recognized_drawing
from tests.fixtures.users import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

RARE = DrawingFilters(digit=7)


def _make_drawings(owner: User) -> list[Drawing]:
    """Return nine drawings, newest first. The last and the third one are the rare ones, and two
    others have the same time."""
    digits = [3, 3, 7, 3, 3, 3, 3, 3, 7]
    drawings = [
        make_recognized_drawing(owner, digit=digit, minutes_ago=ago)
        for ago, digit in zip(count(), digits)
    ]
    drawings[6].created_at = drawings[5].created_at
    drawings[6].save()
    return sorted(drawings, key=lambda one: (one.created_at, one.pk), reverse=True)


def _load_pages(owner: User, filters: DrawingFilters, *, size: int) -> list[DrawingPage]:
    pages, cursor = list[DrawingPage](), None
    while not pages or cursor is not None:
        pages.append(list_drawings(owner_id=owner.pk, filters=filters, cursor=cursor, size=size))
        cursor = pages[-1].next_cursor
        assert pages[-1].searched_since or len(pages[-1].drawings) == size or cursor is None
        assert len(pages) < 20
    return pages


@pytest.mark.parametrize("sizes", [(500,), (1, 2), (2,), (9,), (8,)])
def test_finds_the_same_in_ranges_of_any_size(
    sizes: tuple[int, ...], owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "RANGE_SIZES", sizes)
    drawings = _make_drawings(owner)
    drawings[0].deleted_at = drawings[0].created_at
    drawings[0].save()
    for filters, places in (
        (RARE, [2, 8]),
        (DrawingFilters(unsure=False), list(range(1, 9))),
        (DrawingFilters(since=drawings[4].created_at), [1, 2, 3, 4]),
        (DrawingFilters(claim=5), []),
    ):
        for size in (1, 2, 50):
            found = [
                one.pk for page in _load_pages(owner, filters, size=size) for one in page.drawings
            ]
            assert found == [drawings[place].pk for place in places]


def test_reads_a_limited_number_of_drawings(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "RANGE_SIZES", (2, 3))
    drawings = _make_drawings(owner)
    with CaptureQueriesContext(connection) as queries:
        page = list_drawings(owner_id=owner.pk, filters=RARE)
    assert [one.pk for one in page.drawings] == [drawings[2].pk]
    assert page.searched_since == drawings[4].created_at
    matching = [one["sql"] for one in queries if '"digit" = 7' in one["sql"]]
    assert [sql.count("LIMIT 2") + sql.count("LIMIT 3") for sql in matching] == [1, 1]


def test_searches_within_the_dates_only(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "RANGE_SIZES", (1,))
    drawings = _make_drawings(owner)
    filters = DrawingFilters(digit=7, until=drawings[7].created_at)
    assert list_drawings(owner_id=owner.pk, filters=filters).drawings == [drawings[8]]


def test_pages_without_a_filter_are_full(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "RANGE_SIZES", (1,))
    drawings = _make_drawings(owner)
    for ago in range(4):
        make_drawing(owner, minutes_ago=ago, deleted_at=drawings[0].created_at)
    page = list_drawings(owner_id=owner.pk, filters=DrawingFilters(), size=5)
    assert [one.pk for one in page.drawings] == [one.pk for one in drawings[:5]]
    assert page.searched_since is None


def test_the_page_and_the_api_tell_how_far_they_searched(
    owner: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "RANGE_SIZES", (2,))
    drawings = _make_drawings(owner)
    browser = sign_in(owner)
    listed = browser.get("/api/v1/drawings/?digit=7").json()
    assert listed["results"] == []
    assert listed["searched_since"] == drawings[1].created_at.isoformat()
    assert "cursor=" in listed["next"]
    response = browser.get("/history/?digit=7")
    assert response.context["searched_since"] == drawings[1].created_at
    page = response.content.decode()
    assert 'data-empty-state="no_match"' in page
    assert 'rel="next" data-older' in page
