"""Annotator accuracy, and the label weights that follow from it."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from django.db.models import F, Q
from django.utils import timezone

from recognizer.models import AnnotatorStats, Label, LabelKind, User

ScoreCounts = Counter[tuple[int, str]]
"""Counts of correct and incorrect labels, by user id and name of SCORE_FIELDS."""
SCORE_FIELDS = ("claims_correct", "claims_incorrect", "reviews_correct", "reviews_incorrect")


@dataclass(frozen=True, slots=True)
class LabelWeights:
    """Weights of one user's claims and reviews, each from 0 to 1."""

    claim: float = 0.5
    review: float = 0.5


def estimate_accuracy(correct: int, incorrect: int) -> float:
    """Return the estimated probability that the user's next label is correct.

    This is Laplace's rule of succession, the mean of a Beta posterior over a uniform prior:
    (correct + 1) / (correct + incorrect + 2), or 0.5 without any labels. Gelman et al., Bayesian
    Data Analysis, 3rd edition (2013), section 2.1.
    """
    return (correct + 1) / (correct + incorrect + 2)


def load_weights(user_ids: Collection[int]) -> dict[int, LabelWeights]:
    """Return the weights of each user. Users without statistics get the default weights."""
    known = {stats.user_id: stats for stats in AnnotatorStats.objects.filter(user_id__in=user_ids)}
    return {user_id: compute_weights(known.get(user_id)) for user_id in user_ids}


def load_annotator_stats(user: User) -> AnnotatorStats:
    """Return the user's statistics, all zero if none of their labels has been checked."""
    return AnnotatorStats.objects.filter(user=user).first() or AnnotatorStats(user=user)


def compute_weights(stats: AnnotatorStats | None) -> LabelWeights:
    if stats is None:
        return LabelWeights()
    return LabelWeights(
        claim=estimate_accuracy(stats.claims_correct, stats.claims_incorrect),
        review=estimate_accuracy(stats.reviews_correct, stats.reviews_incorrect),
    )


def score_labels(
    events: Sequence[Label], *, owner_id: int, gold: int | None, untrusted: Collection[int] = ()
) -> ScoreCounts:
    """Count correct and incorrect labels of one drawing.

    `events` are all labels of its newest revision, oldest first. `gold` is the certain label, if it
    is known. The labels of the users `untrusted` are scored, but are no reference for others.

    Only blind labels count (see `find_blind_labels`): other authors could copy the ground truth.

    - A claim is compared with the majority of the blind reviews. Only claims before the first
      review count, because the owner could copy a review.
    - A blind review is compared with the majority of the other reviewers' blind reviews. It is not
      scored if they are tied.
    - A blind label of a gold drawing is compared with `gold`.
    """
    score: ScoreCounts = Counter()
    active = filter_active(events)
    references = {
        user_id: value
        for user_id, value in latest_values(
            [label for label in active if label.item is not None], LabelKind.REVIEW
        ).items()
        if user_id not in untrusted
    }
    before_reviews = list(takewhile(lambda label: label.kind != LabelKind.REVIEW, active))
    claim = latest_values(before_reviews, LabelKind.CLAIM).get(owner_id)
    reviewed_value = _find_majority(references.values())
    if claim is not None and reviewed_value is not None:
        is_correct = claim == reviewed_value
        score[owner_id, "claims_correct" if is_correct else "claims_incorrect"] += 1
    for user_id, label in find_blind_labels(events).items():
        if label.kind == LabelKind.GOLD:
            reference = gold
        else:
            reference = _find_majority(other for id, other in references.items() if id != user_id)
        if reference is not None:
            score[user_id, _review_field(label.value == reference)] += 1
    return score


def find_blind_labels(events: Sequence[Label]) -> dict[int, Label]:
    """Return the blind label of each user: the first one, if they gave it to a review item.

    It counts even if it was undone, because the author may have seen other labels since. Otherwise
    undoing the label of a hidden check would reveal the check.
    """
    first: dict[int, Label] = {}
    for label in events:
        is_review = label.kind in (LabelKind.REVIEW, LabelKind.GOLD) and label.value is not None
        if is_review and label.author_id is not None:
            first.setdefault(label.author_id, label)
    return {user_id: label for user_id, label in first.items() if label.item is not None}


def find_queue_authors(events: Iterable[Label]) -> set[int]:
    """Return the users who labelled a review item of the drawing, also if they undid it."""
    return {
        label.author_id
        for label in events
        if label.item is not None and label.value is not None and label.author_id is not None
    }


def filter_active(events: Sequence[Label]) -> list[Label]:
    """Return the labels that were not undone, in the same order."""
    undone = {label.undoes_id for label in events if label.kind == LabelKind.UNDO}
    return [label for label in events if label.kind != LabelKind.UNDO and label.pk not in undone]


def latest_values(labels: Sequence[Label], kind: LabelKind) -> dict[int, int]:
    """Return the latest value of each user. Withdrawn and skipped labels are left out, and so are
    those of deleted users."""
    latest = {label.author_id: label.value for label in labels if label.kind == kind}
    return {
        user_id: value
        for user_id, value in latest.items()
        if user_id is not None and value is not None
    }


def publish_review_counts() -> None:
    """Show the review counts of the day before, once a day: counts that moved with each label would
    tell which items are hidden checks."""
    today = timezone.now().date()
    due = AnnotatorStats.objects.filter(Q(published_on=None) | Q(published_on__lt=today))
    due.update(
        published_on=today,
        shown_reviews=F("pending_reviews"),
        shown_reviews_correct=F("pending_reviews_correct"),
        pending_reviews=F("reviews_correct") + F("reviews_incorrect"),
        pending_reviews_correct=F("reviews_correct"),
    )


def update_annotator_stats(before: ScoreCounts, after: ScoreCounts) -> None:
    """Add the difference between two counts to the stored statistics.

    Rows are locked in the order of user ids, to avoid deadlocks.
    """
    changes = {key: after[key] - before[key] for key in before | after if after[key] != before[key]}
    user_ids = sorted({user_id for user_id, _ in changes})
    if not user_ids:
        return
    AnnotatorStats.objects.bulk_create(
        [AnnotatorStats(user_id=user_id) for user_id in user_ids], ignore_conflicts=True
    )
    locked = AnnotatorStats.objects.select_for_update().filter(user_id__in=user_ids)
    rows = list(locked.order_by("user_id"))
    for row in rows:
        for field in SCORE_FIELDS:
            changed = getattr(row, field) + changes.get((row.user_id, field), 0)
            setattr(row, field, max(0, changed))
    AnnotatorStats.objects.bulk_update(rows, SCORE_FIELDS)


def _review_field(is_correct: bool) -> str:
    return "reviews_correct" if is_correct else "reviews_incorrect"


def _find_majority(values: Iterable[int]) -> int | None:
    ranked = Counter(values).most_common(2)
    is_tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
    return ranked[0][0] if ranked and not is_tied else None
