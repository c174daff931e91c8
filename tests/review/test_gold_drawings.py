"""Gold drawings: selection, and secrecy towards reviewers."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from recognizer.accounts.api_tokens import create_token
from recognizer.models import (
    AnnotatorStats,
    Drawing,
    GoldDrawing,
    Label,
    LabelKind,
    ReviewItem,
    User,
)
from recognizer.review import queue
from recognizer.review.gold_drawings import CannotMakeGold, create_gold_drawing
from recognizer.review.review_queue_prioritization import fill_queue
from tests.api.api_client import ApiClient
from tests.fixtures.users import SignIn, confirm_email, confirm_password
from tests.review.factories import append_label, append_stroke, make_reviewer, make_teaching_drawing

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_three_established_reviewers_make_a_drawing_gold(owner: User, roles: object) -> None:
    drawing, disputed = make_teaching_drawing(owner), make_teaching_drawing(owner)
    reviewers = [_make_established(name) for name in ("one", "two", "three")]
    for user in reviewers:
        assert not GoldDrawing.objects.exists()
        append_label(drawing, user, 3)
    for user, value in zip(reviewers, (3, 3, 9), strict=True):
        append_label(disputed, user, value)
    assert [(gold.drawing, gold.value) for gold in GoldDrawing.objects.all()] == [(drawing, 3)]


@pytest.mark.parametrize(
    ("value", "reviews_correct", "is_blind"),
    [(3, 0, True), (3, 19, True), (3, 40, False), (2, 40, True)],
    ids=["new reviewers", "few reviews", "bulk labels", "against prediction and claim"],
)
def test_other_agreement_makes_no_gold(
    owner: User, roles: object, value: int, reviews_correct: int, is_blind: bool
) -> None:
    drawing = make_teaching_drawing(owner, claim=3)
    for name in ("one", "two", "three"):
        user = _make_established(name, reviews_correct)
        append_label(drawing, user, value, is_blind=is_blind)
    assert not GoldDrawing.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_dissent_suspends_gold_and_informs_the_admins(
    owner: User, reviewer: User, admin: User, sign_in: SignIn
) -> None:
    confirm_email(admin)
    drawing = _make_gold(owner, reviewer)
    other = make_reviewer("other")
    append_label(drawing, other, 3, kind=LabelKind.GOLD)
    dissent = append_label(drawing, reviewer, 9, is_blind=False)
    gold = GoldDrawing.objects.get()
    assert gold.suspended_at
    assert [message.to for message in mail.outbox] == [["admin@example.org"]]
    append_label(drawing, reviewer, None, kind=LabelKind.UNDO, undoes=dissent)
    gold.refresh_from_db()
    assert gold.suspended_at
    assert other.annotator_stats.reviews_correct == 1
    for _ in range(9):
        make_teaching_drawing(owner, claim=8)
    fill_queue(timezone.now())
    assert not ReviewItem.objects.filter(is_gold=True).exists()
    chosen = {"action": "use_again", "_selected_action": [str(gold.pk)]}
    confirm_password(sign_in(admin)).post("/admin/recognizer/golddrawing/", chosen)
    fill_queue(timezone.now())
    assert ReviewItem.objects.filter(is_gold=True).count() == 1


def test_an_admin_makes_a_drawing_with_ground_truth_gold(
    owner: User, reviewer: User, admin: User, sign_in: SignIn
) -> None:
    known, unknown = make_teaching_drawing(owner), make_teaching_drawing(owner)
    append_label(known, reviewer, 7)
    with pytest.raises(CannotMakeGold):
        create_gold_drawing(unknown)
    chosen = {"action": "mark_as_gold", "_selected_action": [str(known.pk), str(unknown.pk)]}
    page = confirm_password(sign_in(admin)).post("/admin/recognizer/drawing/", chosen, follow=True)
    assert [message.level_tag for message in page.context["messages"]] == ["warning"]
    assert [(gold.drawing, gold.value) for gold in GoldDrawing.objects.all()] == [(known, 7)]


def test_a_gold_item_looks_like_the_other_items(
    owner: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = _make_gold(owner, reviewer)
    Label.objects.filter(drawing=gold).update(reason="conflict")
    others = [make_teaching_drawing(owner, claim=8) for _ in range(9)]
    key = create_token(user=make_reviewer("new"), name="script").key
    api = ApiClient(Client(), Authorization=f"Token {key}")
    monkeypatch.setattr(queue, "MAX_HELD_ITEMS", 10)
    items: dict[str, Any] = {}
    while item := api.get("review/next/?exclude=" + ",".join(items)).json()["item"]:
        items[item["id"]] = item
    keys = {
        drawing.pk: str(ReviewItem.objects.get(drawing=drawing).key) for drawing in (*others, gold)
    }
    assert set(items) == set(keys.values())
    hidden, shown = items[keys[gold.pk]], items[keys[others[0].pk]]
    assert hidden["reason"] == shown["reason"] == "conflict"
    assert set(hidden) == set(shown)
    priorities = ReviewItem.objects.values_list("is_gold", "priority")
    assert {priority for is_gold, priority in priorities if is_gold} <= {
        priority for is_gold, priority in priorities if not is_gold
    }
    responses = [
        api.post(f"review/{id}/", {"choice": 8, "lease": items[id]["lease"]}).json()
        for id in (keys[gold.pk], keys[others[0].pk])
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
    append_label(drawing, reviewer, 3, is_blind=False)
    create_gold_drawing(drawing)
    return drawing


def _make_established(name: str, reviews_correct: int = 20) -> User:
    user = make_reviewer(name)
    AnnotatorStats.objects.create(user=user, reviews_correct=reviews_correct)
    return user
