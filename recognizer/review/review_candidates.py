"""Drawings that could enter the review queue, with their predictions. Read-only queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from recognizer.db.portable_sql import format_uuid
from recognizer.drawings.recent_and_trainable_conditions import (
    recent_drawings_filter,
    trainable_filter,
)
from recognizer.models import (
    NOT_A_DIGIT_LABEL,
    ChallengePrompt,
    Decision,
    Drawing,
    GroundTruth,
    Label,
    LabelKind,
    Prediction,
    ReviewItem,
    Split,
    User,
)
from recognizer.review.reviewers.annotator_accuracy import LabelWeights, load_weights
from recognizer.snapshots.user_splits_and_pseudonyms import assign_splits, filter_established

MAX_SCANNED_DRAWINGS = 2_000
"""Number of newest drawings, and of latest claims, that one scan reads. Users take turns, so one
that draws a lot does not displace the others."""
MAX_SCANNED_CLAIMS = 20_000

_SELECT_CLAIMED = """
SELECT drawing_id FROM (
  SELECT author_id, drawing_id, MAX(id) AS latest FROM recognizer_label
  WHERE kind = %s AND id >= %s GROUP BY author_id, drawing_id
) claimed
ORDER BY ROW_NUMBER() OVER (PARTITION BY author_id ORDER BY latest DESC), latest DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A drawing without ground truth. Labels are 0 to 9 or NOT_A_DIGIT_LABEL."""

    id: UUID
    owner_id: int
    revision: int
    is_holdout: bool
    claim: int | None
    predicted_label: int
    is_confident: bool
    confidence: float
    probabilities: Sequence[float]
    is_disputed: bool = False
    is_contradicted: bool = False  # by the prediction of another model
    distance: float = 0.0  # embedding distance; 0 if not computed
    claim_weight: float = LabelWeights().claim
    is_prompted: bool = False  # by a challenge
    is_established: bool = True  # the owner may enter the holdout

    @property
    def margin(self) -> float:
        """Difference between the two largest class probabilities."""
        first, second = sorted(self.probabilities, reverse=True)[:2]
        return first - second

    @property
    def expected_label(self) -> int:
        """The claim if there is one, else the predicted label."""
        return self.predicted_label if self.claim is None else self.claim


def unreviewed_drawings() -> QuerySet[Drawing]:
    """Return the trainable drawings without current ground truth and without review item."""
    current = Q(ground_truth__revision=F("revision"))
    is_resolved = current & (
        Q(ground_truth__value__isnull=False) | Q(ground_truth__is_set_aside=True)
    )
    # With a join, PostgreSQL expects one drawing and compares each with the whole queue: 6 s.
    queued = list(ReviewItem.objects.values_list("pk", flat=True))
    drawings = Drawing.objects.filter(trainable_filter(), prediction__isnull=False)
    return drawings.exclude(is_resolved).exclude(pk__in=queued)


def load_candidates() -> list[Candidate]:
    """Return the newest unreviewed drawings, those with the latest claims, and those that have lost
    their ground truth, each once."""
    newest = _take_turns(unreviewed_drawings().filter(recent_drawings_filter()))
    ids = dict.fromkeys([*newest, *_latest_claimed(), *_latest_undecided()])
    rows = {row["id"]: row for row in _load_rows(unreviewed_drawings().filter(pk__in=ids))}
    owner_ids = {row["owner_id"] for row in rows.values()}
    owners = _Owners(
        splits=_load_splits(owner_ids),
        weights=load_weights(owner_ids),
        established=filter_established(owner_ids),
    )
    disputed = _find_disputed(
        row["id"] for row in rows.values() if row["ground_truth__revision"] is not None
    )
    return [_make_candidate(row, owners, is_disputed=id in disputed) for id, row in rows.items()]


@dataclass(frozen=True, slots=True)
class _Owners:
    splits: dict[int, str]
    weights: dict[int, LabelWeights]
    established: set[int]


def _take_turns(drawings: QuerySet[Drawing]) -> QuerySet[Drawing, UUID]:
    """Return the ids of the newest drawing of each user, then of the second newest, and so on."""
    # The sum has no index: SQLite would read all drawings of a large site in the order of one.
    turn = Window(RowNumber(), partition_by=F("owner_id") + 0, order_by=F("id").desc())
    # Ids only: with other columns, a database reads them for all drawings before the limit.
    ids = drawings.annotate(turn=turn).order_by("turn", "-id").values_list("pk", flat=True)
    return ids[:MAX_SCANNED_DRAWINGS]


def _latest_claimed() -> list[UUID]:
    """Return the drawings with the latest claims. Users take turns, as in `_take_turns`."""
    claims = Label.objects.filter(kind=LabelKind.CLAIM).order_by("-id")
    last = list(claims.values_list("pk", flat=True)[MAX_SCANNED_CLAIMS - 1 : MAX_SCANNED_CLAIMS])
    with connection.cursor() as cursor:
        cursor.execute(
            _SELECT_CLAIMED, [LabelKind.CLAIM, last[0] if last else 0, MAX_SCANNED_DRAWINGS]
        )
        return [UUID(format_uuid(row[0])) for row in cursor.fetchall()]


def _latest_undecided() -> list[UUID]:
    """Return the drawings whose labels were withdrawn or contradict each other."""
    undecided = GroundTruth.objects.filter(value=None, revision=F("drawing__revision"))
    newest = undecided.order_by("-decided_at").values_list("pk", flat=True)
    return list(newest[:MAX_SCANNED_DRAWINGS])


def _load_splits(owner_ids: set[int]) -> dict[int, str]:
    """Return the split of each user. Users without a split are assigned one."""
    owners = User.objects.filter(pk__in=owner_ids)
    assign_splits(owners.filter(split="").values_list("pk", flat=True))
    return dict(owners.values_list("pk", "split"))


def _load_rows(drawings: QuerySet[Drawing]) -> list[Any]:
    return list(
        drawings.values(
            "id",
            "revision",
            "claim",
            "owner_id",
            "prediction__decision",
            "prediction__digit",
            "prediction__confidence",
            "prediction__probabilities",
            "ground_truth__revision",
            "embedding__distance",
            is_contradicted=Exists(_disagreeing_predictions()),
            is_prompted=Exists(ChallengePrompt.objects.filter(drawing=OuterRef("pk"))),
        )
    )


def _disagreeing_predictions() -> QuerySet[Prediction]:
    """Predictions of other models for the same revision that differ from the shown one."""
    others = Prediction.objects.filter(drawing=OuterRef("pk"), revision=OuterRef("revision"))
    is_same = Q(digit=OuterRef("prediction__digit")) | Q(
        decision=OuterRef("prediction__decision")
    ) & ~Q(decision=Decision.DIGIT)
    return others.exclude(model=OuterRef("prediction__model")).exclude(is_same)


def _make_candidate(row: dict[str, Any], owners: _Owners, *, is_disputed: bool) -> Candidate:
    decision, digit = row["prediction__decision"], row["prediction__digit"]
    is_rejected = decision == Decision.NOT_A_DIGIT or digit is None
    return Candidate(
        id=row["id"],
        owner_id=row["owner_id"],
        revision=row["revision"],
        is_holdout=owners.splits.get(row["owner_id"]) == Split.HOLDOUT,
        claim=row["claim"],
        predicted_label=NOT_A_DIGIT_LABEL if is_rejected else digit,
        is_confident=decision != Decision.UNSURE,
        confidence=row["prediction__confidence"],
        probabilities=row["prediction__probabilities"],
        is_disputed=is_disputed,
        is_contradicted=row["is_contradicted"],
        is_prompted=row["is_prompted"],
        distance=row["embedding__distance"] or 0.0,
        claim_weight=owners.weights[row["owner_id"]].claim,
        is_established=row["owner_id"] in owners.established,
    )


def _find_disputed(drawing_ids: Iterable[UUID]) -> set[UUID]:
    """Return the drawings on which reviewers disagree."""
    reviews = Label.objects.filter(
        drawing__in=list(drawing_ids),
        kind=LabelKind.REVIEW,
        undone_by=None,
        value__isnull=False,
        revision=F("drawing__revision"),
        author__reviews_suspended_at=None,
    )
    counted = reviews.values("drawing_id").annotate(values=Count("value", distinct=True))
    return {row["drawing_id"] for row in counted.order_by() if row["values"] > 1}
