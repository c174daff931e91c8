"""The review page: for reviewers, with their last reviews."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from recognizer.drawings.soft_delete_and_restore import delete_drawing
from recognizer.models import Label, User
from tests.fixtures.users import SignIn
from tests.review.factories import append_label, make_teaching_drawing

pytestmark = pytest.mark.django_db


def test_starts_with_the_last_reviews(owner: User, reviewer: User, sign_in: SignIn) -> None:
    drawings = [make_teaching_drawing(owner) for _ in range(13)]
    for value, drawing in zip(range(12), drawings, strict=False):
        append_label(drawing, reviewer, value % 11)
    append_label(drawings[12], reviewer, None)
    delete_drawing(owner_id=owner.pk, drawing_id=drawings[11].pk)

    desk = _get_review_page(sign_in(reviewer))

    assert [review["choice"] for review in desk["decided"]] == [
        "skip",
        "not_a_digit",
        *range(9, 1, -1),
    ]
    assert desk["today"] == 12
    assert len(desk["decided"][0]["item"]["strokes"]) == 2


def test_labels_of_the_search_do_not_hide_reviews(
    owner: User, reviewer: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognizer.review.api_payloads.MAX_LABELS_SCANNED", 2)
    append_label(make_teaching_drawing(owner), reviewer, 3)
    reviewed = Label.objects.latest("id")
    for _ in range(2):
        append_label(make_teaching_drawing(owner), reviewer, 7)
    Label.objects.filter(pk__gt=reviewed.pk).update(item=None)
    desk = _get_review_page(sign_in(reviewer))
    assert [review["choice"] for review in desk["decided"]] == [3]


def test_number_of_queries_is_constant(
    owner: User, reviewer: User, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        append_label(make_teaching_drawing(owner), reviewer, 3)
    browser = sign_in(reviewer)
    with django_assert_max_num_queries(6):
        browser.get("/review/")


def test_only_reviewers_have_access(owner: User, reviewer: User, sign_in: SignIn) -> None:
    assert 'href="/review/"' in sign_in(reviewer).get("/").content.decode()
    assert 'href="/review/"' not in sign_in(owner).get("/").content.decode()
    assert sign_in(owner).get("/review/").status_code == 403
    assert Client().get("/review/")["Location"] == "/accounts/login/?next=/review/"


def _get_review_page(browser: Client) -> dict[str, Any]:
    page = browser.get("/review/").content.decode()
    found = re.search(r'<script id="desk" type="application/json">(.+?)</script>', page)
    assert found
    desk: dict[str, Any] = json.loads(found[1])
    return desk
