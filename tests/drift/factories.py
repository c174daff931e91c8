"""Drawings of past days with predictions, and the model that made them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from recognizer.drift.daily_stats import min_drawing_id
from recognizer.models import Drawing, Embedding, ModelVersion, Prediction, Promotion, User

NOW = datetime(2026, 6, 30, 15, tzinfo=UTC)
TODAY = NOW.date()


def timestamp_days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def promote_on(model: ModelVersion, *, days_ago: int) -> Promotion:
    """Promote the model at noon of that day."""
    latest = Promotion.objects.first()
    promotion = Promotion.objects.create(model=model, reason="A test.", replaces=latest)
    promotion.created_at = datetime.combine(timestamp_days_ago(days_ago), time(12), UTC)
    promotion.save(update_fields=["created_at"])
    return promotion


def make_day_drawings(
    owner: User,
    model: ModelVersion,
    *,
    day: date,
    count: int = 1,
    digit: int | None = 3,
    confidence: float = 0.9,
    decision: str = "digit",
    distance: float | None = None,
    **fields: Any,
) -> list[Drawing]:
    """Create equal drawings at random times of the day."""
    moment = datetime.combine(day, time(9), UTC)
    given = {"status": "recognized", "created_at": moment, "drawn_at": moment, "pointer": "pen"}
    drawings = Drawing.objects.bulk_create(
        Drawing(pk=_id_on(day), owner=owner, **{**given, **fields}) for _ in range(count)
    )
    predictions = Prediction.objects.bulk_create(
        Prediction(
            drawing=drawing,
            revision=1,
            model=model,
            decision=decision,
            digit=digit,
            confidence=confidence,
            probabilities=[0.1] * 10,
            raster=b"",
            latency_ms=1,
            created_at=moment,
        )
        for drawing in drawings
    )
    for drawing, prediction in zip(drawings, predictions, strict=True):
        drawing.prediction = prediction
    Drawing.objects.bulk_update(drawings, ["prediction"], batch_size=200)
    if distance is not None:
        Embedding.objects.bulk_create(
            Embedding(drawing=one, revision=1, model=model, features=b"", distance=distance)
            for one in drawings
        )
    return drawings


def make_five_weeks(owner: User, model: ModelVersion, *, recent_digit: int = 3) -> None:
    """Create four weeks of 3s and one week of another digit, enough for the rule."""
    for days_ago in (30, 20, 10):
        make_day_drawings(owner, model, day=timestamp_days_ago(days_ago), count=150, digit=3)
    for days_ago in (4, 0):
        make_day_drawings(
            owner, model, day=timestamp_days_ago(days_ago), count=160, digit=recent_digit
        )


def _id_on(day: date) -> UUID:
    late_ms = (uuid4().int % (24 * 3600 * 1000)) << 80
    return UUID(int=min_drawing_id(day).int + late_ms + uuid4().int % (1 << 80))
