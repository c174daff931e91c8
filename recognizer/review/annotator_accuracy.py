"""Annotator accuracy, and the label weights that follow from it."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from django.db.models import F
from django.db.models.functions import Greatest

from recognizer.models import AnnotatorStats, Label, LabelKind, User

ScoreCounts = Counter[tuple[int, str]]
"""Counts of one drawing at one revision, by user id and field of AnnotatorStats."""


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
    labels: Sequence[Label], *, owner_id: int, reviewed_value: int | None, gold: int | None
) -> ScoreCounts:
    """Count correct and incorrect labels of one drawing.

    `labels` are the active labels, oldest first. `reviewed_value` is the ground truth if reviewers
    decided it. `gold` is the certain label, if it is known.

    - A claim is compared with `reviewed_value`. Only claims before the first review count,
      because the owner could copy a review.
    - A review is compared with the majority of the other reviewers. It is not scored if they are
      tied.
    - A label of a gold drawing is compared with `gold`.
    """
    score: ScoreCounts = Counter()
    before_reviews = list(takewhile(lambda label: label.kind != LabelKind.REVIEW, labels))
    claim = latest_values(before_reviews, LabelKind.CLAIM).get(owner_id)
    if claim is not None and reviewed_value is not None:
        is_correct = claim == reviewed_value
        score[owner_id, "claims_correct" if is_correct else "claims_incorrect"] += 1
    reviews = latest_values(labels, LabelKind.REVIEW)
    for user_id, value in reviews.items():
        majority = _find_majority(other for id, other in reviews.items() if id != user_id)
        if majority is not None:
            score[user_id, _review_field(value == majority)] += 1
    if gold is not None:
        for user_id, value in latest_values(labels, LabelKind.GOLD).items():
            score[user_id, _review_field(value == gold)] += 1
    return score


def latest_values(labels: Sequence[Label], kind: LabelKind) -> dict[int, int]:
    """Return the latest value of each user. Withdrawn and skipped labels are left out, and so are
    those of deleted users."""
    latest = {label.author_id: label.value for label in labels if label.kind == kind}
    return {
        user_id: value
        for user_id, value in latest.items()
        if user_id is not None and value is not None
    }


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
    for user_id in user_ids:
        own = {field: change for (id, field), change in changes.items() if id == user_id}
        AnnotatorStats.objects.filter(user_id=user_id).update(
            **{field: Greatest(F(field) + change, 0) for field, change in own.items()}
        )


def _review_field(is_correct: bool) -> str:
    return "reviews_correct" if is_correct else "reviews_incorrect"


def _find_majority(values: Iterable[int]) -> int | None:
    ranked = Counter(values).most_common(2)
    is_tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
    return ranked[0][0] if ranked and not is_tied else None
