"""Derivation of ground truths from label events. No other module writes `GroundTruth`.

It works on many drawings at a time: the number of queries does not depend on the number of
drawings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from recognizer.models import (
    AnnotatorStats,
    Basis,
    Decision,
    Drawing,
    GoldDrawing,
    GroundTruth,
    Label,
    LabelKind,
    User,
)
from recognizer.review.consensus import (
    Consensus,
    Vote,
    aggregate_votes,
    count_required_reviewers,
)
from recognizer.review.gold_drawings import GoldChanges, find_gold_change, save_gold_changes
from recognizer.review.hidden_checks import is_check_drawing
from recognizer.review.reviewers.annotator_accuracy import (
    compute_weights,
    filter_active,
    find_queue_authors,
)
from recognizer.webhooks.events import emit_ground_truths

REVIEWER_GROUPS = ("reviewer", "admin")
_DERIVED_FIELDS = (
    "revision",
    "value",
    "basis",
    "label_id",
    "is_set_aside",
    "num_agreeing",
    "num_required",
)


@dataclass(slots=True)
class LabelledDrawing:
    """A drawing with all labels of its newest revision, oldest first, also those that were undone.
    `cursor` is the position of its change in the feed of its owner, which is locked."""

    drawing: Drawing
    cursor: int
    events: list[Label]


@dataclass(frozen=True, slots=True)
class AuthorState:
    """The rows about authors and gold drawings from which ground truths are derived.

    Reviews of `suspended` users do not count now. `reviewers` are those who may review now.
    """

    suspended: set[int] = field(default_factory=set)
    reviewers: set[int] = field(default_factory=set)
    stats: Mapping[int, AnnotatorStats] = field(default_factory=dict)
    golds: Mapping[UUID, GoldDrawing] = field(default_factory=dict)

    def gold_value(self, drawing: Drawing) -> int | None:
        gold = self.golds.get(drawing.pk)
        return gold.value if gold and gold.revision == drawing.revision else None


def load_author_state(labelled: Sequence[LabelledDrawing]) -> AuthorState:
    """Return the state of all authors of these events, in three queries."""
    events = [event for one in labelled for event in one.events]
    authors = {event.author_id for event in events if event.author_id is not None}
    state = AuthorState(
        stats=AnnotatorStats.objects.in_bulk(authors),
        golds=GoldDrawing.objects.in_bulk([one.drawing.pk for one in labelled]),
    )
    has_role = User.groups.through.objects.filter(
        user=OuterRef("pk"), group__name__in=REVIEWER_GROUPS
    )
    users = User.objects.filter(pk__in=authors).annotate(has_role=Exists(has_role))
    rows = users.values_list("pk", "is_active", "reviews_suspended_at", "has_role")
    for user_id, is_active, suspended_at, is_member in rows:
        if suspended_at is not None:
            state.suspended.add(user_id)
        elif is_active and is_member:
            state.reviewers.add(user_id)
    return state


def derive_ground_truths(labelled: Sequence[LabelledDrawing], state: AuthorState) -> None:
    """Derive and store the ground truths that follow from the events."""
    changed, golds = list[GroundTruth](), GoldChanges()
    for one in labelled:
        labels = filter_active(one.events)
        votes = _collect_votes(labels, state, queue_authors=find_queue_authors(one.events))
        ground_truth = _derive(one.drawing, labels, votes, state)
        if ground_truth is not None:
            changed.append(ground_truth)
        find_gold_change(
            one.drawing,
            one.events,
            votes,
            gold=state.golds.get(one.drawing.pk),
            stats=state.stats,
            changes=golds,
        )
    GroundTruth.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["drawing"],
        update_fields=[*_DERIVED_FIELDS, "decided_at"],
    )
    if changed:
        emit_ground_truths(changed)
    save_gold_changes(golds)


def _collect_votes(
    labels: Sequence[Label], state: AuthorState, *, queue_authors: Collection[int]
) -> list[Vote]:
    """Return the latest claim or review of each user. The owner's is a claim, all others are
    reviews. Reviews of suspended users do not count at all."""
    latest = {
        label.author_id: label
        for label in labels
        if label.kind == LabelKind.CLAIM
        or (label.kind == LabelKind.REVIEW and label.author_id not in state.suspended)
    }
    votes = []
    for user_id, label in latest.items():
        if user_id is None or label.value is None:
            continue
        is_claim, weights = label.kind == LabelKind.CLAIM, compute_weights(state.stats.get(user_id))
        votes.append(
            Vote(
                label.pk,
                user_id,
                label.value,
                weights.claim if is_claim else weights.review,
                is_review=not is_claim and user_id in state.reviewers,
                is_from_queue=user_id in queue_authors,
            )
        )
    return votes


def _derive(
    drawing: Drawing, labels: Sequence[Label], votes: Sequence[Vote], state: AuthorState
) -> GroundTruth | None:
    """Return the ground truth of the drawing if it has changed."""
    consensus = aggregate_votes(votes)
    is_set_aside = any(
        label.kind == LabelKind.SET_ASIDE and label.author_id not in state.suspended
        for label in labels
    )
    ground_truth: GroundTruth | None = getattr(drawing, "ground_truth", None)
    if ground_truth is None:
        if consensus is None and not is_set_aside:
            return None
        ground_truth = GroundTruth(drawing=drawing, is_check=is_check_drawing(drawing.pk))
    agreeing, required = _count_agreement(drawing, consensus, votes)
    values = (
        drawing.revision,
        consensus.value if consensus else None,
        consensus.basis if consensus else "",
        consensus.label_id if consensus else None,
        is_set_aside,
        agreeing,
        required,
    )
    fields = dict(zip(_DERIVED_FIELDS, values, strict=True))
    if all(getattr(ground_truth, name) == value for name, value in fields.items()):
        return None
    for name, value in fields.items():
        setattr(ground_truth, name, value)
    ground_truth.decided_at = timezone.now()
    drawing.ground_truth = ground_truth
    return ground_truth


def _count_agreement(
    drawing: Drawing, consensus: Consensus | None, votes: Sequence[Vote]
) -> tuple[int, int]:
    """Return the number of reviewers who chose the value, and how many training needs.

    All bulk labels together count as one: no test compares them, so several accounts could agree on
    wrong ones unnoticed.
    """
    if consensus is None or drawing.prediction is None:
        return 1, 1
    is_review = consensus.basis == Basis.REVIEW
    is_from_queue = [
        vote.is_from_queue
        for vote in votes
        if vote.value == consensus.value
        and (vote.is_review if is_review else vote.user_id != drawing.owner_id)
    ]
    agreeing = sum(is_from_queue) + (not all(is_from_queue))
    required = count_required_reviewers(
        consensus.value,
        claim=drawing.claim,
        predicted=drawing.prediction.predicted_label,
        is_confident=drawing.prediction.decision != Decision.UNSURE,
    )
    return agreeing, required
