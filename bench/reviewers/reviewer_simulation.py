"""Simulation of honest, careless and rogue reviewers with the review queue of the site.

It uses the queue, the ground truth, the test of reviewers and the training sets of the site, and a
simulated model: predictions, claims and labels follow error rates. One drawing in twenty is
ambiguous: the model and the reviewers often choose another digit. Call it in a transaction that is
rolled back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import numpy as np
from django.utils import timezone

from ml.evaluation.promotion_gate import PairedPredictions, SetPredictions, decide_promotion
from recognizer.accounts.roles import grant_role
from recognizer.models import (
    Decision,
    Drawing,
    Label,
    ModelVersion,
    Prediction,
    Split,
    Status,
    User,
    uuid7,
)
from recognizer.review.bulk_relabel import MAX_BULK_LABELS, relabel_drawings
from recognizer.review.queue import lease_next_item, submit_review, undo_review
from recognizer.review.review_queue_prioritization import fill_queue
from recognizer.review.reviewers.reviewer_suspension import suspend_unreliable_reviewers
from recognizer.snapshots.build import build_snapshot

FLIPPED_DIGIT, FLIPPED_TO = 4, 9
SIMILAR_DIGITS = (6, 7, 7, 5, 9, 3, 0, 1, 3, 4)
"""The digit that an ambiguous drawing of each digit resembles."""
CHECK_INTERVAL = 25  # reviews between two runs of the periodic jobs
INK = "[[[0, 0, 0], [0, 10, 40], [1, 20, 80]]]"


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Error rates of the model, the claims and honest reviewers."""

    ambiguous: float = 0.05  # of all drawings
    model: float = 0.02
    model_ambiguous: float = 0.4
    unsure_ambiguous: float = 0.6
    claimed: float = 0.8  # drawings with a claim
    claim: float = 0.05
    review: float = 0.03
    review_ambiguous: float = 0.25


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A reviewer who labels the fraction `flips` of all fours as 9, and makes `errors` more random
    errors than an honest one.

    `way` is "queue"; "undo" if the reviewer undoes a correct label and gives the wrong one as a
    bulk label; "bulk" if all wrong labels are bulk labels. The first `honest_reviews` are honest.
    `is_careful` reviewers flip only ambiguous drawings.
    """

    flips: float = 0.0
    errors: float = 0.0
    way: str = "queue"
    honest_reviews: int = 0
    is_careful: bool = False

    @property
    def is_honest(self) -> bool:
        return not self.flips and not self.errors


@dataclass(frozen=True, slots=True)
class LabelErrors:
    """Numbers of labels and of wrong ones in a part of a training set."""

    labels: int = 0
    wrong: int = 0

    def __add__(self, other: LabelErrors) -> LabelErrors:
        return LabelErrors(self.labels + other.labels, self.wrong + other.wrong)

    @property
    def rate(self) -> float:
        return self.wrong / self.labels if self.labels else 0.0


@dataclass(slots=True)
class SimulationResult:
    """`suspended_after` is the number of reviews before each suspension, by reviewer. `fours` and
    `all_labels` are the errors in the training set, by split."""

    reviews: int = 0
    suspended_after: dict[str, int] = field(default_factory=dict)
    falsely_suspended: int = 0
    fours: dict[str, LabelErrors] = field(default_factory=dict)
    all_labels: dict[str, LabelErrors] = field(default_factory=dict)
    poisoned_gate_result: str = ""


class ReviewerSimulation:
    """One site with writers, their drawings, and reviewers who take turns."""

    def __init__(
        self,
        reviewers: Mapping[str, Reviewer],
        *,
        seed: int,
        num_drawings: int = 1_000,
        num_writers: int = 20,
        rates: ErrorRates | None = None,
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.rates = rates or ErrorRates()
        self.reviewers = reviewers
        self.users = {name: User.objects.create_user(f"{name}-{seed}") for name in reviewers}
        for user in self.users.values():
            grant_role(user=user, role="reviewer")
        joined = timezone.now() - timedelta(days=30)
        writers = [
            User.objects.create_user(f"writer{at}-{seed}", may_teach=True, date_joined=joined)
            for at in range(num_writers)
        ]
        self.num_reviews: Counter[str] = Counter()
        self.digits: dict[UUID, int] = {}
        self.ambiguous: set[UUID] = set()
        self._draw(writers, num_drawings)

    def run(self, num_reviews: int) -> SimulationResult:
        """Review until the number is reached or no item is left; then build a training set."""
        result = SimulationResult()
        idle = 0
        while result.reviews < num_reviews and idle < len(self.reviewers):
            for name, user in self.users.items():
                idle = 0 if self._review(name, user) else idle + 1
                result.reviews += idle == 0
                if result.reviews % CHECK_INTERVAL == 0:
                    fill_queue(timezone.now())
                    self._suspend(result)
        self._suspend(result)
        self._measure(result)
        return result

    def _draw(self, writers: list[User], num_drawings: int) -> None:
        model, _ = ModelVersion.objects.get_or_create(
            sha256="ab" * 32, defaults={"name": "model", "architecture": "inknet", "card": {}}
        )
        now = timezone.now()
        drawings, predictions, claims = [], [], []
        for at in range(num_drawings):
            digit = int(self.rng.integers(10))
            is_ambiguous = self.rng.random() < self.rates.ambiguous
            drawing = Drawing(
                id=uuid7(),
                owner=writers[at % len(writers)],
                ref=uuid4(),
                ink=INK,
                created_at=now,
                drawn_at=now,
                status=Status.RECOGNIZED,
                claim=self._choose_claim(digit),
            )
            self.digits[drawing.pk] = digit
            if is_ambiguous:
                self.ambiguous.add(drawing.pk)
            drawings.append(drawing)
            predictions.append(self._predict(drawing, model, digit, is_ambiguous=is_ambiguous))
            if drawing.claim is not None:
                claims.append(
                    Label(drawing=drawing, author=drawing.owner, revision=1, value=drawing.claim)
                )
        Drawing.objects.bulk_create(drawings)
        Prediction.objects.bulk_create(predictions)
        Label.objects.bulk_create(claims)
        for drawing, prediction in zip(drawings, predictions, strict=True):
            drawing.prediction = prediction
        Drawing.objects.bulk_update(drawings, ["prediction"], batch_size=500)

    def _predict(
        self, drawing: Drawing, model: ModelVersion, digit: int, *, is_ambiguous: bool
    ) -> Prediction:
        error = self.rates.model_ambiguous if is_ambiguous else self.rates.model
        is_wrong = self.rng.random() < error
        is_unsure = is_ambiguous and self.rng.random() < self.rates.unsure_ambiguous
        predicted = self._confuse(digit, is_ambiguous=is_ambiguous) if is_wrong else digit
        confidence = 0.55 if is_unsure else 0.97
        probabilities = [(1 - confidence) / 9] * 10
        probabilities[predicted] = confidence
        return Prediction(
            drawing=drawing,
            revision=1,
            model=model,
            decision=Decision.UNSURE if is_unsure else Decision.DIGIT,
            digit=predicted,
            confidence=confidence,
            probabilities=probabilities,
            raster=bytes(28 * 28),
            latency_ms=1.0,
            created_at=drawing.created_at,
        )

    def _choose_claim(self, digit: int) -> int | None:
        if self.rng.random() >= self.rates.claimed:
            return None
        return self._random_other(digit) if self.rng.random() < self.rates.claim else digit

    def _confuse(self, digit: int, *, is_ambiguous: bool) -> int:
        return SIMILAR_DIGITS[digit] if is_ambiguous else self._random_other(digit)

    def _random_other(self, digit: int) -> int:
        return (digit + int(self.rng.integers(1, 10))) % 10

    def _review(self, name: str, user: User) -> bool:
        if not User.objects.get(pk=user.pk).is_reviewer:
            return False
        item = lease_next_item(reviewer=user)
        if item is None:
            return False
        self.num_reviews[name] += 1
        reviewer, id = self.reviewers[name], item.drawing.pk
        is_rogue = self.num_reviews[name] > reviewer.honest_reviews
        label = self._choose_label(reviewer if is_rogue else Reviewer(), id)
        is_bulk = label == FLIPPED_TO != self.digits[id] and reviewer.way == "undo"
        submit_review(
            reviewer=user,
            key=item.key,
            lease=item.lease,
            value=self.digits[id] if is_bulk else label,
            blind=True,
            source="api",
        )
        if is_bulk:
            undo_review(reviewer=user, key=item.key, source="api")
            relabel_drawings(author=user, drawings={id: 1}, value=label, source="api")
        if reviewer.way == "bulk" and self.num_reviews[name] == 1:
            fours = [id for id, digit in self.digits.items() if digit == FLIPPED_DIGIT]
            chosen = dict.fromkeys(fours[:MAX_BULK_LABELS])
            relabel_drawings(author=user, drawings=chosen, value=FLIPPED_TO, source="api")
        return True

    def _choose_label(self, reviewer: Reviewer, drawing_id: UUID) -> int:
        digit, is_ambiguous = self.digits[drawing_id], drawing_id in self.ambiguous
        is_flippable = reviewer.way != "bulk" and (is_ambiguous or not reviewer.is_careful)
        if digit == FLIPPED_DIGIT and is_flippable and self.rng.random() < reviewer.flips:
            return FLIPPED_TO
        if self.rng.random() < reviewer.errors:
            return self._random_other(digit)
        error = self.rates.review_ambiguous if is_ambiguous else self.rates.review
        if self.rng.random() < error:
            return self._confuse(digit, is_ambiguous=is_ambiguous)
        return digit

    def _suspend(self, result: SimulationResult) -> None:
        names = {user.pk: name for name, user in self.users.items()}
        for finding in suspend_unreliable_reviewers():
            name = names[finding.user_id or 0]
            result.suspended_after[name] = result.reviews
            result.falsely_suspended += self.reviewers[name].is_honest

    def _measure(self, result: SimulationResult) -> None:
        """Count wrong labels of a training set; evaluate a model that learned the flips."""
        items = build_snapshot(by=None).items
        for split in Split:
            rows = items.filter(split=split).values_list("drawing__drawing_id", "label")
            labels = np.array(
                [(self.digits[id], label) for id, label in rows], dtype=np.int64
            ).reshape(-1, 2)
            result.fours[split] = _count_errors(labels[labels[:, 0] == FLIPPED_DIGIT])
            result.all_labels[split] = _count_errors(labels)
            if split == Split.HOLDOUT:
                result.poisoned_gate_result = self._evaluate_poisoned(labels)

    def _evaluate_poisoned(self, labels: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> str:
        """Return the gate result of a model that predicts 9 for half of the fours."""
        digits = labels[:, 0]
        champion = np.where(self.rng.random(len(digits)) < 0.02, (digits + 1) % 10, digits)
        is_flipped = (digits == FLIPPED_DIGIT) & (self.rng.random(len(digits)) < 0.5)
        challenger = np.where(is_flipped, FLIPPED_TO, champion)
        confidence = np.full(len(digits), 0.97)
        pair = PairedPredictions(
            name="people",
            title="holdout",
            labels=labels[:, 1],
            champion=SetPredictions(champion, confidence),
            challenger=SetPredictions(challenger, confidence),
        )
        return decide_promotion([pair]).gate_result


def _count_errors(labels: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> LabelErrors:
    return LabelErrors(len(labels), int((labels[:, 0] != labels[:, 1]).sum()))
