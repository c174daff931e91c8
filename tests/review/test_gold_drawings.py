"""Gold drawings: selection, and secrecy towards reviewers."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from recognizer.accounts.api_tokens import create_token
from recognizer.models import Drawing, GoldDrawing, Label, ReviewItem, User
from recognizer.review.gold_drawings import CannotMakeGold, create_gold_drawing
from recognizer.review.review_queue_prioritization import fill_queue
from tests.api.api_client import ApiClient
from tests.fixtures.users import SignIn
from tests.review.factories import append_label, append_stroke, make_reviewer, make_teaching_drawing

pytestmark = pytest.mark.django_db


def test_three_agreeing_reviewers_make_a_drawing_gold(owner: User, reviewer: User) -> None:
    drawing, disputed = make_teaching_drawing(owner), make_teaching_drawing(owner)
    others = [make_reviewer("one"), make_reviewer("two")]
    for user in (reviewer, *others):
        assert not GoldDrawing.objects.exists()
        append_label(drawing, user, 4)
    for user, value in zip((reviewer, *others), (4, 4, 9), strict=True):
        append_label(disputed, user, value)
    assert [(gold.drawing, gold.value) for gold in GoldDrawing.objects.all()] == [(drawing, 4)]


def test_a_later_disagreement_deletes_the_gold_drawing(owner: User, reviewer: User) -> None:
    drawing = _make_gold(owner, reviewer)
    append_label(drawing, reviewer, 9)
    assert not GoldDrawing.objects.exists()


def test_an_admin_makes_a_drawing_with_ground_truth_gold(
    owner: User, reviewer: User, admin: User, sign_in: SignIn
) -> None:
    known, unknown = make_teaching_drawing(owner), make_teaching_drawing(owner)
    append_label(known, reviewer, 7)
    with pytest.raises(CannotMakeGold):
        create_gold_drawing(unknown)
    chosen = {"action": "mark_as_gold", "_selected_action": [str(known.pk), str(unknown.pk)]}
    page = sign_in(admin).post("/admin/recognizer/drawing/", chosen, follow=True)
    assert [message.level_tag for message in page.context["messages"]] == ["warning"]
    assert [(gold.drawing, gold.value) for gold in GoldDrawing.objects.all()] == [(known, 7)]


def test_a_gold_item_looks_like_the_other_items(owner: User, reviewer: User) -> None:
    gold = _make_gold(owner, reviewer)
    Label.objects.filter(drawing=gold).update(reason="conflict")
    others = [make_teaching_drawing(owner, claim=8) for _ in range(9)]
    key = create_token(user=make_reviewer("new"), name="script").key
    api = ApiClient(Client(), Authorization=f"Token {key}")
    items: dict[str, Any] = {}
    while item := api.get("review/next/?exclude=" + ",".join(items)).json()["item"]:
        items[item["id"]] = item
    assert set(items) == {str(drawing.pk) for drawing in (*others, gold)}
    hidden, shown = items[str(gold.pk)], items[str(others[0].pk)]
    assert hidden["reason"] == shown["reason"] == "conflict"
    assert set(hidden) == set(shown)
    priorities = ReviewItem.objects.values_list("is_gold", "priority")
    assert {priority for is_gold, priority in priorities if is_gold} <= {
        priority for is_gold, priority in priorities if not is_gold
    }
    responses = [
        api.post(f"review/{id}/", {"choice": 8, "lease": items[id]["lease"]}).json()
        for id in (str(gold.pk), str(others[0].pk))
    ]
    assert [set(response) for response in responses] == [{"id", "choice", "item"}] * 2
    assert sorted(Label.objects.filter(value=8, author__username="new").values_list("kind")) == [
        ("gold",),
        ("review",),
    ]


def test_queues_no_gold_among_too_few_items(owner: User, reviewer: User) -> None:
    _make_gold(owner, reviewer)
    make_teaching_drawing(owner, claim=8)
    fill_queue(timezone.now())
    assert not ReviewItem.objects.filter(is_gold=True).exists()


def test_a_new_revision_is_not_gold(owner: User, reviewer: User) -> None:
    gold = _make_gold(owner, reviewer)
    for _ in range(9):
        make_teaching_drawing(owner, claim=8)
    fill_queue(timezone.now())
    assert ReviewItem.objects.filter(is_gold=True).count() == 1
    append_stroke(gold)
    fill_queue(timezone.now())
    assert not ReviewItem.objects.filter(is_gold=True).exists()


def _make_gold(owner: User, reviewer: User) -> Drawing:
    drawing = make_teaching_drawing(owner)
    append_label(drawing, reviewer, 4)
    create_gold_drawing(drawing)
    return drawing
