"""How often people were right, and so how much their word weighs."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from django.db.models import F
from django.db.models.functions import Greatest

from recognizer.models import AnnotatorStats, Label, LabelKind, User

ScoreCounts = Counter[tuple[int, str]]
"""(user id, field of AnnotatorStats) -> how often, on one drawing at one revision."""


@dataclass(frozen=True, slots=True)
class LabelWeights:
    """From 0 to 1: of what somebody says about their own drawings, and of their verdicts."""

    claim: float = 0.5
    verdict: float = 0.5


def estimate_accuracy(right: int, wrong: int) -> float:
    """The chance that the next one is right: the mean of a Beta posterior over a uniform prior,
    Laplace's rule of succession, (right + 1) / (right + wrong + 2). Of somebody unknown: one half.
    Gelman et al., Bayesian Data Analysis, 3rd edition (2013), section 2.1."""
    return (right + 1) / (right + wrong + 2)


def load_weights(user_ids: Collection[int]) -> dict[int, LabelWeights]:
    """Of each of these people, whether they have a record or not."""
    known = {
        record.user_id: record for record in AnnotatorStats.objects.filter(user_id__in=user_ids)
    }
    return {user_id: compute_weights(known.get(user_id)) for user_id in user_ids}


def load_annotator_stats(user: User) -> AnnotatorStats:
    """Of this person; all zero while nobody has looked."""
    return AnnotatorStats.objects.filter(user=user).first() or AnnotatorStats(user=user)


def compute_weights(record: AnnotatorStats | None) -> LabelWeights:
    if record is None:
        return LabelWeights()
    return LabelWeights(
        claim=estimate_accuracy(record.claims_correct, record.claims_incorrect),
        verdict=estimate_accuracy(record.reviews_correct, record.reviews_incorrect),
    )


def score_labels(
    standing: Sequence[Label], *, owner_id: int, verdict: int | None, gold: int | None
) -> ScoreCounts:
    """Who was right about one drawing. `standing`: the events that count, oldest first; `verdict`:
    what reviewers made the truth, if they did; `gold`: what it surely is, if that is known.

    A claim is held against the verdict, and only what was said before the first one: who has read
    it could say the same. A verdict is held against what most of the other reviewers say (nothing,
    if they are split), an answer to a gold drawing against what it is.
    """
    score: ScoreCounts = Counter()
    unprompted = list(takewhile(lambda said: said.kind != LabelKind.REVIEW, standing))
    said = latest_values(unprompted, LabelKind.CLAIM).get(owner_id)
    if said is not None and verdict is not None:
        score[owner_id, "claims_correct" if said == verdict else "claims_incorrect"] += 1
    verdicts = latest_values(standing, LabelKind.REVIEW)
    for person, value in verdicts.items():
        others = _find_majority(other for who, other in verdicts.items() if who != person)
        if others is not None:
            score[person, "reviews_correct" if value == others else "reviews_incorrect"] += 1
    if gold is not None:
        for person, value in latest_values(standing, LabelKind.GOLD).items():
            score[person, "reviews_correct" if value == gold else "reviews_incorrect"] += 1
    return score


def latest_values(standing: Sequence[Label], kind: LabelKind) -> dict[int, int]:
    """What each person said last; nothing of who took it back, skipped, or has gone."""
    newest = {label.author_id: label.value for label in standing if label.kind == kind}
    return {
        person: value
        for person, value in newest.items()
        if person is not None and value is not None
    }


def update_annotator_stats(before: ScoreCounts, after: ScoreCounts) -> None:
    """Count what changed. In the order of people, so that no two writers wait in a circle."""
    changes = {key: after[key] - before[key] for key in before | after if after[key] != before[key]}
    people = sorted({person for person, _ in changes})
    if not people:
        return
    AnnotatorStats.objects.bulk_create(
        [AnnotatorStats(user_id=person) for person in people], ignore_conflicts=True
    )
    for person in people:
        own = {field: change for (who, field), change in changes.items() if who == person}
        AnnotatorStats.objects.filter(user_id=person).update(
            **{field: Greatest(F(field) + change, 0) for field, change in own.items()}
        )


def _find_majority(values: Iterable[int]) -> int | None:
    ranked = Counter(values).most_common(2)
    is_split = len(ranked) == 2 and ranked[0][1] == ranked[1][1]
    return ranked[0][0] if ranked and not is_split else None
