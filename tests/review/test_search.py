"""Search in trainable drawings: visibility, filters, orders and pages."""

from typing import Any

import pytest

from recognizer.drawings.query_string_filters import CannotFilter
from recognizer.drawings.soft_delete_and_restore import delete_drawing
from recognizer.models import Drawing, LabelKind, Prediction, Promotion, Status, User
from recognizer.review.search import DrawingSearch, parse_search, search_drawings
from tests.api.factories import make_drawing, make_model_version, make_recognized_drawing
from tests.review.factories import append_label, append_stroke, make_teaching_drawing

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

COPIED_FIELDS = [
    "drawing",
    "revision",
    "decision",
    "digit",
    "confidence",
    "raster",
    "latency_ms",
    "created_at",
]


def _find(reviewer: User, **given: str) -> set[Any]:
    page = search_drawings(parse_search(given), viewer=reviewer)
    return {drawing.pk for drawing in page.drawings}


def _probabilities(four: float) -> list[float]:
    return [four if digit == 4 else (1 - four) / 9 for digit in range(10)]


def test_finds_only_trainable_drawings(owner: User, outsider: User, reviewer: User) -> None:
    inside = make_teaching_drawing(owner)
    make_teaching_drawing(reviewer)
    make_recognized_drawing(outsider)
    gone, queued, failed = (
        make_teaching_drawing(owner),
        make_teaching_drawing(owner),
        make_teaching_drawing(owner),
    )
    delete_drawing(owner_id=owner.pk, drawing_id=gone.pk)
    append_stroke(queued)
    Drawing.objects.filter(pk=failed.pk).update(status=Status.FAILED)
    make_drawing(owner)
    assert _find(reviewer) == {inside.pk}
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert _find(reviewer) == set()


def test_each_filter_keeps_the_matching_drawings(
    owner: User, outsider: User, reviewer: User
) -> None:
    other = make_model_version("challenger", "cd" * 32)
    one = make_teaching_drawing(owner, digit=4, claim=9, confidence=0.6, model=other)
    two = make_teaching_drawing(
        outsider, digit=None, decision="not_a_digit", minutes_ago=3 * 24 * 60
    )
    append_label(two, reviewer, 7)
    three = make_teaching_drawing(owner, digit=4)
    append_label(three, reviewer, None, kind=LabelKind.SET_ASIDE)
    day = two.created_at.date().isoformat()
    expected = [
        ({"digit": "4"}, {one, three}),
        ({"digit": "not_a_digit"}, {two}),
        ({"claim": "9"}, {one}),
        ({"claim": "none"}, {two, three}),
        ({"ground_truth": "7"}, {two}),
        ({"ground_truth": "none"}, {one}),
        ({"ground_truth": "set_aside"}, {three}),
        ({"model": other.ref}, {one}),
        ({"user": outsider.username}, {two}),
        ({"user": "nobody at all"}, set()),
        ({"confidence_max": "0.7"}, {one}),
        ({"confidence_min": "0.7", "ground_truth": "7"}, {two}),
        ({"until": day}, {two}),
        ({"since": day, "digit": "4", "claim": ""}, {one, three}),
    ]
    for given, drawings in expected:
        assert _find(reviewer, **given) == {drawing.pk for drawing in drawings}, given


def test_effective_label_prefers_ground_truth_to_claims(owner: User, reviewer: User) -> None:
    by_prediction, by_claim = (
        make_teaching_drawing(owner, digit=4),
        make_teaching_drawing(owner, digit=9, claim=4),
    )
    by_ground_truth = make_teaching_drawing(owner, digit=9, claim=9)
    append_label(by_ground_truth, reviewer, 4)
    overruled, claimed_else = (
        make_teaching_drawing(owner, digit=4, claim=4),
        make_teaching_drawing(owner, digit=4, claim=9),
    )
    append_label(overruled, reviewer, 9)
    aside, unreal = (
        make_teaching_drawing(owner, digit=4),
        make_teaching_drawing(owner, digit=4, decision="not_a_digit"),
    )
    append_label(aside, reviewer, None, kind=LabelKind.SET_ASIDE)
    assert _find(reviewer, effective_label="4") == {
        by_prediction.pk,
        by_claim.pk,
        by_ground_truth.pk,
    }
    assert _find(reviewer, effective_label="9") == {overruled.pk, claimed_else.pk}
    assert _find(reviewer, effective_label="not_a_digit") == {unreal.pk}
    append_stroke(by_ground_truth)
    Drawing.objects.filter(pk=by_ground_truth.pk).update(
        prediction=by_ground_truth.prediction, status=Status.RECOGNIZED
    )
    assert by_ground_truth.pk in _find(
        reviewer, effective_label="9"
    )  # the ground truth was of other ink


def test_worst_order_uses_the_champions_probability(owner: User, reviewer: User) -> None:
    champion = make_model_version("challenger", "cd" * 32)
    Promotion.objects.create(model=champion, reason="Better.")
    good, bad, middling = (
        make_teaching_drawing(owner, digit=4, probabilities=_probabilities(it))
        for it in (0.9, 0.2, 0.5)
    )
    prediction = bad.prediction
    assert prediction
    Prediction.objects.create(
        **{name: getattr(prediction, name) for name in COPIED_FIELDS},
        model=champion,
        probabilities=_probabilities(0.95),
    )
    worst = search_drawings(DrawingSearch(effective_label=4, order="worst"), viewer=reviewer)
    assert [drawing.pk for drawing in worst.drawings] == [middling.pk, good.pk, bad.pk]


def test_worst_order_of_not_a_digit_starts_with_likely_digits(owner: User, reviewer: User) -> None:
    sure, unsure = (
        make_teaching_drawing(owner, digit=None, decision="not_a_digit", confidence=it)
        for it in (0.99, 0.6)
    )
    claimed = make_teaching_drawing(owner, digit=4, confidence=0.97, claim=10)
    worst = search_drawings(DrawingSearch(effective_label=10, order="worst"), viewer=reviewer)
    assert [drawing.pk for drawing in worst.drawings] == [claimed.pk, unsure.pk, sure.pk]


@pytest.mark.parametrize("order", ["newest", "worst"])
def test_pages_show_each_drawing_once(owner: User, reviewer: User, order: str) -> None:
    drawings = {
        make_teaching_drawing(
            owner, digit=4, minutes_ago=number, probabilities=_probabilities(number // 3 / 7)
        ).pk
        for number in range(13)
    }
    search, found, cursor = DrawingSearch(effective_label=4, order=order), [], None
    for _ in range(4):
        page = search_drawings(search, viewer=reviewer, cursor=cursor, size=4)
        found += [drawing.pk for drawing in page.drawings]
        cursor = page.next_cursor
        if order == "newest" and cursor:
            make_teaching_drawing(owner, digit=4)  # new drawings shift no page
    assert (cursor, len(found), set(found)) == (None, 13, drawings)


def test_names_the_invalid_filter(reviewer: User) -> None:
    for name, text in [
        ("digit", "12"), ("claim", "x"), ("ground_truth", "aside"), ("effective_label", "none"),
        ("effective_label", "12"), ("ground_truth", "34"),
        ("order", "best"), ("user", "x" * 151), ("user", "\0"), ("colour", "red"),
        ("since", "soon"), ("model", "x"), ("confidence_min", "2"), ("order", "worst"),
    ]:  # fmt: skip
        with pytest.raises(CannotFilter) as refused:
            parse_search({name: text})
        assert list(refused.value.errors) == [name]
    newest, worst = (
        DrawingSearch(effective_label=4),
        DrawingSearch(effective_label=4, order="worst"),
    )
    for search, cursor in [(newest, "x"), (worst, "eA"), (newest, "MC41IDEyMzQ"), (worst, "é")]:
        with pytest.raises(CannotFilter) as refused:
            search_drawings(search, viewer=reviewer, cursor=cursor)
        assert list(refused.value.errors) == ["cursor"]
