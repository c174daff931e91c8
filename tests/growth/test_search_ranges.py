"""A search reads a limited range of drawings for each page, and finds all drawings in the end."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recognizer.models import Drawing, User
from recognizer.review import search, search_ranges
from recognizer.review.search_ranges import SearchPage
from tests.review.factories import make_teaching_drawing

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.mark.parametrize("sizes", [(500, 1_500), (1, 2), (2,), (3, 1), (6,), (7,)])
def test_a_search_finds_the_same_in_ranges_of_any_size(
    sizes: tuple[int, ...],
    owner: User,
    outsider: User,
    reviewer: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search_ranges, "RANGE_SIZES", sizes)
    ages = [3, 1, 4, 2, 5, 2]
    drawings = [
        make_teaching_drawing(user, claim=claim, minutes_ago=ago)
        for ago, user, claim in zip(ages, [owner, outsider] * 3, [8, 8, 3, 8, 8, 3], strict=True)
    ]
    newest = [drawings[place] for place in (1, 3, 5, 0, 2, 4)]
    newest[1:3] = sorted(newest[1:3], key=lambda one: one.created_at, reverse=True)
    searches = {
        "": newest,
        "claim=8": [one for one in newest if one.claim == 8],
        "user=OUTSIDER": [one for one in newest if one.owner_id == outsider.pk],
        "user=nobody": [],
        "ground_truth=3": [],
    }
    for query, expected in searches.items():
        given = search.parse_search(dict([query.split("=")] if query else []))
        found = [one for page in _load_pages(given, reviewer, size=2) for one in page.drawings]
        assert [one.pk for one in found] == [one.pk for one in expected]
    worst = search.parse_search({"claim": "8", "order": "worst"})
    pages = _load_pages(worst, reviewer, size=2)
    assert sorted(one.pk for page in pages for one in page.drawings) == sorted(
        one.pk for one in searches["claim=8"]
    )


def _load_pages(given: search.DrawingSearch, viewer: User, *, size: int) -> list[SearchPage]:
    """Load all pages. One with fewer drawings than `size` is the last, or tells how far it got."""
    pages, cursor = list[SearchPage](), None
    while not pages or cursor is not None:
        page = search.search_drawings(given, viewer=viewer, cursor=cursor, size=size)
        pages.append(page)
        cursor = page.next_cursor
        assert (page.searched_since or len(page.drawings) == size) or cursor is None
        assert len(pages) < 20
    return pages


def test_a_page_of_a_rare_search_reads_a_limited_number_of_drawings(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_ranges, "RANGE_SIZES", (1, 2))
    ages = {make_teaching_drawing(owner, minutes_ago=ago).pk: ago for ago in range(8)}
    for given in ({"claim": "4"}, {"effective_label": "3", "order": "worst"}):
        page = search.search_drawings(search.parse_search(given), viewer=reviewer)
        assert all(ages[one.pk] < 3 for one in page.drawings)
        assert page.next_cursor
        assert page.searched_since == Drawing.objects.get(pk=list(ages)[2]).created_at


def test_worst_order_sorts_range_by_range(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_ranges, "RANGE_SIZES", (3,))
    drawings = []
    for ago, probability in enumerate((0.9, 0.2, 0.5, 0.1, 0.8)):
        rest = (1 - probability) / 9
        probabilities = [probability if digit == 4 else rest for digit in range(10)]
        drawings.append(
            make_teaching_drawing(owner, digit=4, minutes_ago=ago, probabilities=probabilities)
        )
    worst = search.parse_search({"effective_label": "4", "order": "worst"})
    for size in (1, 2, 3, 60):
        pages = _load_pages(worst, reviewer, size=size)
        found = [one.pk for page in pages for one in page.drawings]
        assert found == [drawings[place].pk for place in (1, 2, 0, 3, 4)]


def test_a_search_reads_the_drawings_of_a_range(owner: User, reviewer: User) -> None:
    """A query without ids would read and sort all drawings of a large site."""
    for _ in range(3):
        make_teaching_drawing(owner)
    with CaptureQueriesContext(connection) as queries:
        search.search_drawings(search.DrawingSearch(), viewer=reviewer)
    texts = [query["sql"] for query in queries]
    with_ink = [sql for sql in texts if '"recognizer_drawing"."ink"' in sql]
    assert len(with_ink) == 1
    assert '"recognizer_drawing"."id" IN (' in with_ink[0]
