"""Rows of a site that has run for a year, inserted in bulk: users, drawings, predictions, labels.

Not in the order in which a site would insert them, but with the same sizes and proportions: one
user has 5 % of the drawings, 30 % have a claim, and 10 % have been reviewed.
"""

from __future__ import annotations

import os
import random
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from bench.harness.sample_drawings import load_inks
from recognizer.models import (
    NOT_A_DIGIT_LABEL,
    Drawing,
    Embedding,
    Feed,
    GoldDrawing,
    GroundTruth,
    Label,
    LabelKind,
    ModelVersion,
    Prediction,
    Promotion,
    PromotionKind,
    RunStatus,
    TrainingRun,
    Trigger,
    User,
)
from recognizer.snapshots.user_splits_and_pseudonyms import assign_splits

NUM_USERS, NUM_REVIEWERS, NUM_RUNS = 2_000, 20, 60
LARGEST_SHARE, CLAIMED_SHARE, REVIEWED_SHARE, CHECK_SHARE = 0.05, 0.3, 0.1, 0.03
NUM_GOLD, NUM_EMBEDDED = 50, 2_000
DAYS = 365
ROW_BATCH_SIZE = 5_000
LARGEST_USER, ADMIN = "grower0", "grower-admin"
RASTER = bytes(range(28)) * 28


@dataclass
class _Rows:
    """The rows of one batch of drawings."""

    drawings: list[Drawing]
    predictions: list[Prediction]
    labels: list[Label]
    ground_truths: list[GroundTruth]


def is_filled(num_drawings: int) -> bool:
    """Return whether `fill` has ended, and the cases of earlier runs have left most drawings."""
    has_runs = TrainingRun.objects.count() == NUM_RUNS  # the last rows of fill
    return has_runs and Drawing.objects.count() > num_drawings / 2


def fill(num_drawings: int) -> None:
    """Insert all rows. The database must be migrated and empty."""
    rng = random.Random(7)
    users, reviewers = _create_users()
    model = ModelVersion.objects.create(
        name="inknet",
        sha256="ab" * 32,
        architecture="inknet",
        card={"version": 1, "name": "inknet", "metrics": {"validation": {}}},
    )
    Promotion.objects.create(model=model, kind=PromotionKind.FIRST, reason="The first model.")
    inks = load_inks(64)
    cursors: Counter[int] = Counter()
    start = timezone.now() - timedelta(days=DAYS)
    interval = timedelta(days=DAYS) / num_drawings
    for first in range(0, num_drawings, ROW_BATCH_SIZE):
        rows = _Rows([], [], [], [])
        for number in range(first, min(first + ROW_BATCH_SIZE, num_drawings)):
            owner = users[0 if rng.random() < LARGEST_SHARE else rng.randrange(1, len(users))]
            cursors[owner.pk] += 1
            drawing = _make_drawing(owner, start + number * interval, rng)
            drawing.ink, drawing.cursor = rng.choice(inks), cursors[owner.pk]
            _add_rows(rows, drawing, number + 1, model, reviewers, rng)
        _insert(rows)
    drawn = Drawing.objects.filter(pk=OuterRef("drawing_id")).values("created_at")
    Label.objects.update(created_at=Subquery(drawn))  # bulk_create set it to now
    Feed.objects.bulk_create([Feed(user_id=id, cursor=cursor) for id, cursor in cursors.items()])
    _reset_sequences()
    _create_gold_and_embeddings(model)
    runs = [
        TrainingRun(
            architecture="inknet",
            epochs=3,
            trigger=Trigger.API,
            status=RunStatus.SUCCEEDED,
            base=model,
        )
        for _ in range(NUM_RUNS)
    ]
    TrainingRun.objects.bulk_create(runs)


def _create_users() -> tuple[list[User], list[User]]:
    """Return the users who draw, and the reviewers. The last reviewer is an admin."""
    joined = timezone.now() - timedelta(days=DAYS)
    names = [f"grower{number}" for number in range(NUM_USERS)]
    reviewer_names = [f"grower-reviewer{number}" for number in range(NUM_REVIEWERS - 1)] + [ADMIN]
    users = [
        User(
            username=name,
            email=f"{name}@example.org",
            password="!",
            may_teach=True,
            date_joined=joined,
        )
        for name in (*names, *reviewer_names)
    ]
    User.objects.bulk_create(users)
    stored = {user.username: user for user in User.objects.all()}
    drawing_users = [stored[name] for name in names]
    reviewers = [stored[name] for name in reviewer_names]
    assign_splits(user.pk for user in drawing_users)
    Group.objects.get_or_create(name="reviewer")[0].user_set.add(*reviewers)
    Group.objects.get_or_create(name="admin")[0].user_set.add(stored[ADMIN])
    User.objects.filter(username=ADMIN).update(is_staff=True, is_superuser=True)
    return drawing_users, reviewers


def _make_drawing(owner: User, moment: datetime, rng: random.Random) -> Drawing:
    return Drawing(
        id=_uuid7_at(moment, rng),
        owner=owner,
        ref=uuid.UUID(int=rng.getrandbits(128), version=4),
        pointer=rng.choice(["pen", "mouse", "touch"]),
        created_at=moment,
        drawn_at=moment,
        status="recognized",
    )


def _uuid7_at(moment: datetime, rng: random.Random) -> uuid.UUID:
    value = (int(moment.timestamp() * 1000) << 80) | rng.getrandbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    return uuid.UUID(int=value & ~(0x3 << 62) | (0x2 << 62))


def _add_rows(
    rows: _Rows,
    drawing: Drawing,
    prediction_id: int,
    model: ModelVersion,
    reviewers: list[User],
    rng: random.Random,
) -> None:
    digit, confidence = rng.randrange(10), 0.5 + rng.random() / 2
    decision = rng.choices(["digit", "unsure", "not_a_digit"], [90, 8, 2])[0]
    rest = round((1 - confidence) / 9, 4)
    prediction = Prediction(
        id=prediction_id,
        drawing=drawing,
        revision=1,
        model=model,
        decision=decision,
        digit=digit,
        confidence=confidence,
        probabilities=[confidence if other == digit else rest for other in range(10)],
        raster=RASTER,
        latency_ms=0.5,
        created_at=drawing.created_at,
    )
    drawing.prediction_id = prediction_id
    rows.drawings.append(drawing)
    rows.predictions.append(prediction)
    if rng.random() < CLAIMED_SHARE:
        drawing.claim = digit if rng.random() < 0.8 else rng.randrange(10)
        rows.labels.append(_make_label(drawing, drawing.owner, LabelKind.CLAIM, drawing.claim))
    if rng.random() < REVIEWED_SHARE:
        _add_review(rows, drawing, digit, reviewers, rng)


def _add_review(
    rows: _Rows, drawing: Drawing, digit: int, reviewers: list[User], rng: random.Random
) -> None:
    is_digit, is_unexpected = rng.random() < 0.98, rng.random() < 0.1
    value = digit if is_digit else NOT_A_DIGIT_LABEL
    required = 2 if is_unexpected else 1
    agreeing = rng.sample(reviewers, required if rng.random() < 0.95 else 1)
    for reviewer in agreeing:
        label = _make_label(drawing, reviewer, LabelKind.REVIEW, value)
        label.item, label.blind, label.reason = uuid.uuid4(), True, "audit"
        rows.labels.append(label)
    rows.ground_truths.append(
        GroundTruth(
            drawing=drawing,
            revision=1,
            value=value,
            basis="review",
            num_agreeing=len(agreeing),
            num_required=required,
            is_check=rng.random() < CHECK_SHARE,
            decided_at=drawing.created_at,
        )
    )


def _make_label(drawing: Drawing, author: User, kind: LabelKind, value: int) -> Label:
    return Label(drawing=drawing, author=author, kind=kind, revision=1, value=value, source="page")


def _insert(rows: _Rows) -> None:
    """Insert the rows in one transaction: drawings refer to predictions, and these to drawings."""
    with transaction.atomic():
        Drawing.objects.bulk_create(rows.drawings)
        Prediction.objects.bulk_create(rows.predictions)
        labels = Label.objects.bulk_create(rows.labels)
        by_drawing = {one.drawing_id: one for one in labels if one.kind == LabelKind.REVIEW}
        for ground_truth in rows.ground_truths:
            ground_truth.label = by_drawing[ground_truth.drawing_id]
        GroundTruth.objects.bulk_create(rows.ground_truths)


def _reset_sequences() -> None:
    """Let PostgreSQL continue after the ids that were given."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Prediction]):
            cursor.execute(statement)


def _create_gold_and_embeddings(model: ModelVersion) -> None:
    golds = GroundTruth.objects.filter(is_check=True).order_by("pk")[:NUM_GOLD]
    GoldDrawing.objects.bulk_create(
        [GoldDrawing(drawing_id=one.pk, revision=1, value=one.value or 0) for one in golds]
    )
    newest = Drawing.objects.order_by("-pk").values_list("pk", flat=True)[:NUM_EMBEDDED]
    Embedding.objects.bulk_create(
        [
            Embedding(drawing_id=id, revision=1, model=model, features=os.urandom(168), distance=0)
            for id in newest
        ]
    )
