"""Daily aggregates by pointer, compared with hand-made rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognizer.drift.daily_stats import aggregate_day, load_history
from recognizer.models import Embedding, User
from tests.api.factories import make_model_version
from tests.drift.factories import NOW, TODAY, make_day_drawings, promote_on, timestamp_days_ago

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def _draw(owner: User, **fields: Any) -> None:
    make_day_drawings(owner, make_model_version(), **{"day": timestamp_days_ago(1), **fields})


def test_aggregates_a_day_by_pointer(owner: User) -> None:
    _draw(owner, count=3, digit=4, confidence=0.9, claim=4)
    _draw(owner, count=2, digit=4, confidence=0.4, decision="unsure", claim=9)
    _draw(owner, digit=None, decision="not_a_digit", confidence=0.6, claim=None)
    _draw(owner, count=2, digit=1, pointer="touch")
    aggregates = aggregate_day(timestamp_days_ago(1))
    assert sorted(aggregates) == ["pen", "touch"]
    pen = aggregates["pen"]
    assert (pen.num_predictions, pen.classes[4], pen.classes[-1], pen.num_unsure) == (6, 5, 1, 2)
    assert (pen.num_claims, pen.num_corrected, pen.correction_rate) == (5, 2, 0.4)
    assert pen.mean_confidence == pytest.approx((3 * 0.9 + 2 * 0.4 + 0.6) / 6)
    assert aggregates["touch"].correction_rate is None


def test_a_digit_claim_corrects_a_not_a_digit_prediction(owner: User) -> None:
    _draw(owner, digit=None, decision="not_a_digit", claim=7)
    _draw(owner, digit=None, decision="not_a_digit", claim=10)
    assert aggregate_day(timestamp_days_ago(1))["pen"].num_corrected == 1


def test_uses_distances_of_the_predicting_model(owner: User) -> None:
    _draw(owner, count=2, distance=0.25)
    _draw(owner, count=2, distance=0.75)
    other = make_day_drawings(owner, make_model_version(), day=timestamp_days_ago(1), distance=9.0)
    Embedding.objects.filter(pk=other[0].pk).update(model=make_model_version("other", "cd" * 32))
    changed = make_day_drawings(
        owner, make_model_version(), day=timestamp_days_ago(1), distance=9.0, revision=2
    )
    assert Embedding.objects.get(pk=changed[0].pk).revision == 1
    pen = aggregate_day(timestamp_days_ago(1))["pen"]
    assert (pen.num_embeddings, pen.mean_distance) == (4, 0.5)
    assert pen.distance_variance == pytest.approx(4 * 0.25**2 / 3)


def test_skips_deleted_and_queued_drawings(owner: User) -> None:
    _draw(owner, deleted_at=timezone.now())
    queued = make_day_drawings(owner, make_model_version(), day=timestamp_days_ago(1))[0]
    queued.prediction = None
    queued.save()
    assert aggregate_day(timestamp_days_ago(1)) == {}


def test_guests_count_after_they_have_signed_up(owner: User) -> None:
    guest = User.objects.create(username="guest-1", is_guest=True)
    _draw(guest, count=2)
    _draw(owner)
    assert aggregate_day(timestamp_days_ago(1))["pen"].num_predictions == 1
    User.objects.filter(pk=guest.pk).update(is_guest=False)
    assert aggregate_day(timestamp_days_ago(1))["pen"].num_predictions == 3


def test_days_end_at_midnight_utc(owner: User) -> None:
    drawings = make_day_drawings(owner, make_model_version(), day=timestamp_days_ago(1), count=50)
    assert aggregate_day(timestamp_days_ago(1))["pen"].num_predictions == len(drawings)
    assert aggregate_day(timestamp_days_ago(2)) == aggregate_day(TODAY) == {}


def test_history_has_no_gaps_and_ends_today(owner: User) -> None:
    _draw(owner, day=timestamp_days_ago(59))
    _draw(owner, day=timestamp_days_ago(60))
    history = load_history(NOW)
    assert [day.date for day in history.days] == [
        timestamp_days_ago(back) for back in range(59, -1, -1)
    ]
    assert [day.aggregate.num_predictions for day in history.days] == [1] + 59 * [0]
    assert history.pointers == ["pen"]


def test_history_of_one_pointer_skips_the_others(owner: User) -> None:
    _draw(owner, pointer="touch")
    _draw(owner, count=2)
    assert load_history(NOW, pointer="touch").days[-2].aggregate.num_predictions == 1
    assert load_history(NOW).days[-2].aggregate.num_predictions == 3


def test_the_first_serving_period_may_begin_earlier(owner: User) -> None:
    first, second, third = (make_model_version(f"m{n}", f"{n}{n}" * 32) for n in (1, 2, 3))
    for model, days_ago in ((first, 200), (second, 100), (third, 10)):
        promote_on(model, days_ago=days_ago)
    serving_periods = load_history(NOW).serving_periods
    assert [period.model for period in serving_periods] == [second.ref, third.ref]
    assert serving_periods[1].since == datetime.combine(
        timestamp_days_ago(10), serving_periods[1].since.time(), UTC
    )


def test_caches_finished_days(owner: User) -> None:
    _draw(owner, count=3)
    load_history(NOW)
    _draw(owner, day=TODAY)
    with CaptureQueriesContext(connection) as queries:
        history = load_history(NOW + timedelta(minutes=1))
    assert [day.aggregate.num_predictions for day in history.days[-2:]] == [3, 1]
    counting = [one for one in queries if "COUNT" in one["sql"] and "drawing" in one["sql"]]
    assert len(counting) == 1
