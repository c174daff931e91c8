"""Hidden gold: which drawings become it, and that no reviewer can tell one."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from recognizer.accounts.tokens import create_token
from recognizer.models import Drawing, GoldDrawing, Label, ReviewItem, User
from recognizer.review.gold import CannotMakeGold, create_gold_drawing
from recognizer.review.prioritization import fill_queue
from tests.api.api_client import ApiClient
from tests.fixtures.users import SignIn
from tests.review.factories import append_label, append_stroke, make_reviewer, make_teaching_drawing

pytestmark = pytest.mark.django_db


def test_three_who_agree_put_a_drawing_beyond_doubt(owner: User, reviewer: User) -> None:
    drawing, disputed = make_teaching_drawing(owner), make_teaching_drawing(owner)
    others = [make_reviewer("one"), make_reviewer("two")]
    for person in (reviewer, *others):
        assert not GoldDrawing.objects.exists()
        append_label(drawing, person, 4)
    for person, value in zip((reviewer, *others), (4, 4, 9), strict=True):
        append_label(disputed, person, value)
    assert [(gold.drawing, gold.value) for gold in GoldDrawing.objects.all()] == [(drawing, 4)]


def test_doubt_that_comes_later_takes_it_back(owner: User, reviewer: User) -> None:
    drawing = _gold(owner, reviewer)
    append_label(drawing, reviewer, 9)
    assert not GoldDrawing.objects.exists()


def test_an_admin_makes_one_of_what_has_a_truth(
    owner: User, reviewer: User, admin: User, sign_in: SignIn
) -> None:
    known, unknown = make_teaching_drawing(owner), make_teaching_drawing(owner)
    append_label(known, reviewer, 7)
    with pytest.raises(CannotMakeGold):
        create_gold_drawing(unknown)
    chosen = {"action": "mark_as_gold", "_selected_action": [str(known.pk), str(unknown.pk)]}
    page = sign_in(admin).post("/admin/recognizer/drawing/", chosen, follow=True)
    assert "There is no truth of this drawing yet" in page.content.decode()
    assert [(gold.drawing, gold.value) for gold in GoldDrawing.objects.all()] == [(known, 7)]


def test_it_lies_among_the_others_and_reads_like_them(owner: User, reviewer: User) -> None:
    gold = _gold(owner, reviewer)
    Label.objects.filter(drawing=gold).update(reason="conflict")
    others = [make_teaching_drawing(owner, claim=8) for _ in range(9)]
    key = create_token(user=make_reviewer("new"), name="script").key
    tried = ApiClient(Client(), Authorization=f"Token {key}")
    cards: dict[str, Any] = {}
    while card := tried.get("review/next/?exclude=" + ",".join(cards)).json()["item"]:
        cards[card["id"]] = card
    assert set(cards) == {str(drawing.pk) for drawing in (*others, gold)}
    hidden, shown = cards[str(gold.pk)], cards[str(others[0].pk)]
    assert hidden["reason"] == shown["reason"] == "conflict"
    assert set(hidden) == set(shown)
    places = ReviewItem.objects.values_list("is_gold", "priority")
    assert {priority for is_gold, priority in places if is_gold} <= {
        priority for is_gold, priority in places if not is_gold
    }
    answers = [
        tried.post(f"review/{id}/", {"choice": 8, "lease": cards[id]["lease"]}).json()
        for id in (str(gold.pk), str(others[0].pk))
    ]
    assert [set(answer) for answer in answers] == [{"id", "choice", "item"}] * 2
    assert sorted(Label.objects.filter(value=8, author__username="new").values_list("kind")) == [
        ("gold",),
        ("review",),
    ]


def test_it_is_not_shown_where_it_would_stand_out_or_to_who_knows_it(
    owner: User, reviewer: User
) -> None:
    _gold(owner, reviewer)
    make_teaching_drawing(owner, claim=8)
    fill_queue(timezone.now())
    assert not ReviewItem.objects.filter(is_gold=True).exists()


def test_ink_that_has_grown_is_gold_no_more(owner: User, reviewer: User) -> None:
    gold = _gold(owner, reviewer)
    for _ in range(9):
        make_teaching_drawing(owner, claim=8)
    fill_queue(timezone.now())
    assert ReviewItem.objects.filter(is_gold=True).count() == 1
    append_stroke(gold)
    fill_queue(timezone.now())
    assert not ReviewItem.objects.filter(is_gold=True).exists()


def _gold(owner: User, reviewer: User) -> Drawing:
    drawing = make_teaching_drawing(owner)
    append_label(drawing, reviewer, 4)
    create_gold_drawing(drawing)
    return drawing
