"""A history made by hand: drawings of a day with their answers, and a network that gave them."""

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
    """It serves since that day's noon."""
    last = Promotion.objects.first()
    made = Promotion.objects.create(model=model, reason="A test.", replaces=last)
    made.created_at = datetime.combine(timestamp_days_ago(days_ago), time(12), UTC)
    made.save(update_fields=["created_at"])
    return made


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
    """So many alike, at random times of the day."""
    moment = datetime.combine(day, time(9), UTC)
    given = {"status": "recognized", "created_at": moment, "drawn_at": moment, "pointer": "pen"}
    drawings = Drawing.objects.bulk_create(
        Drawing(pk=_id_on(day), owner=owner, **{**given, **fields}) for _ in range(count)
    )
    answers = Prediction.objects.bulk_create(
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
    for drawing, answer in zip(drawings, answers, strict=True):
        drawing.prediction = answer
    Drawing.objects.bulk_update(drawings, ["prediction"], batch_size=200)
    if distance is not None:
        Embedding.objects.bulk_create(
            Embedding(drawing=one, revision=1, model=model, features=b"", distance=distance)
            for one in drawings
        )
    return drawings


def make_five_weeks(owner: User, model: ModelVersion, *, lately: int = 3) -> None:
    """Four weeks of 3s, and one in which another digit may be drawn: enough to tell."""
    for days_ago in (30, 20, 10):
        make_day_drawings(owner, model, day=timestamp_days_ago(days_ago), count=150, digit=3)
    for days_ago in (4, 0):
        make_day_drawings(owner, model, day=timestamp_days_ago(days_ago), count=160, digit=lately)


def _id_on(day: date) -> UUID:
    late_ms = (uuid4().int % (24 * 3600 * 1000)) << 80
    return UUID(int=min_drawing_id(day).int + late_ms + uuid4().int % (1 << 80))
