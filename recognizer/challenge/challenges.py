"""Challenges of users: start, drawings in order, and the result.

The server measures the time: from a response with a prompt to the request with its drawing. The
time that recognition takes does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from recognizer.base_errors import CodedError
from recognizer.challenge.prompt_selection import select_prompts
from recognizer.challenge.weak_digits import load_probabilities
from recognizer.drawings.ink_validation import Ink
from recognizer.ingest import CannotAccept
from recognizer.ingest.http_submission import NewDrawing, submit_drawings
from recognizer.models import Challenge, ChallengePrompt, Drawing, Prediction, Status, User
from recognizer.payers import Payer
from recognizer.permission_checked_lookups import NotFound, parse_uuid

PREDICTION_WAIT_S = 3.0
"""The response to a drawing waits for the prediction, which usually takes a tenth of a second."""
RANDOM: Random = SystemRandom()


class CannotComplete(CodedError):
    """`code` is challenge_ended, not_current (another prompt is next) or already_completed."""

    status = 409
    messages: ClassVar = {
        "challenge_ended": "This challenge has ended. Start a new one.",
        "not_current": "Another prompt of this challenge is next.",
        "already_completed": "This prompt already has a drawing.",
    }


def start_challenge(user: User) -> Challenge:
    """Start a challenge and show its first prompt. An open challenge of the user is abandoned."""
    selected = select_prompts(load_probabilities(user), RANDOM)
    for _ in range(2):
        try:
            with transaction.atomic():
                now = timezone.now()
                _open_challenges(user).update(abandoned_at=now)
                challenge = Challenge.objects.create(owner=user)
                ChallengePrompt.objects.bulk_create(
                    ChallengePrompt(
                        challenge=challenge,
                        position=position,
                        digit=one.digit,
                        probability=one.probability,
                        shown_at=None if position else now,
                    )
                    for position, one in enumerate(selected)
                )
            return get_challenge(user, challenge.pk)
        except IntegrityError:  # another tab has started one at the same time: abandon that one
            continue
    raise CannotComplete("challenge_ended")


def get_challenge(user: User, challenge_id: object) -> Challenge:
    """Return a challenge with its prompts, after reading predictions that have arrived meanwhile.

    Raises NotFound.
    """
    ordered = ChallengePrompt.objects.order_by("position").select_related("drawing")
    found = (
        Challenge.objects.filter(pk=parse_uuid(challenge_id), owner=user)
        .select_related("owner")
        .prefetch_related(Prefetch("prompts", ordered.defer("drawing__ink")))
        .first()
    )
    if found is None:
        raise NotFound("You have no such challenge.")
    _read_predictions(found)
    return found


def find_open_challenge(user: User) -> Challenge | None:
    """Return the challenge that the user can continue, or None."""
    earliest = timezone.now() - timedelta(seconds=settings.CHALLENGE_TIMEOUT_S)
    return _open_challenges(user).filter(created_at__gte=earliest).first()


def find_personal_best(user: User) -> Challenge | None:
    """Return the finished challenge with the most recognized digits, of these the fastest."""
    finished = Challenge.objects.filter(owner=user, finished_at__isnull=False)
    return finished.order_by("-num_recognized", "duration_ms").first()


def complete_prompt(
    *,
    user: User,
    challenge_id: object,
    position: int,
    ink: Ink | None,
    pointer: str,
    payer: Payer,
    paid: float,
    before_wait: Callable[[], None],
) -> Challenge:
    """Store the drawing of the current prompt, or skip it without ink, and show the next one.

    The first drawing of a prompt counts. A repeated request with the same ink is no error, so that
    a client may retry it. `before_wait` is called before the wait for the prediction. Raises
    NotFound, CannotComplete, CannotAccept or RateLimited.
    """
    now = timezone.now()
    challenge = get_challenge(user, challenge_id)
    prompts = list_prompts(challenge)
    if not 0 <= position < len(prompts):
        raise NotFound("This challenge has no such prompt.")
    prompt = prompts[position]
    if prompt.completed_at is None:
        _take_prompt(challenge, prompt, now, is_skipped=ink is None)
    elif prompt.is_skipped != (ink is None):
        raise CannotComplete("already_completed")
    if ink is not None:
        drawing = NewDrawing(ink=ink, pointer=pointer, ref=prompt.ref, prompt=prompt.digit)
        [stored] = submit_drawings(
            owner_id=user.pk,
            payer=payer,
            drawings=[drawing],
            wait_s=PREDICTION_WAIT_S,
            before_wait=before_wait,
            paid=paid,
        )
        _store_outcome(prompt, stored, pointer)
    _show_next(prompts, position)
    return get_challenge(user, challenge.pk)


def list_prompts(challenge: Challenge) -> list[ChallengePrompt]:
    """Return the prompts in order, as `get_challenge` has loaded them."""
    return list(challenge.prompts.all())


def current_prompt(challenge: Challenge) -> ChallengePrompt | None:
    """Return the next prompt that is not completed; None if the challenge has ended."""
    if not is_open(challenge, timezone.now()):
        return None
    return next((one for one in list_prompts(challenge) if one.completed_at is None), None)


def is_open(challenge: Challenge, now: datetime) -> bool:
    expires_at = challenge.created_at + timedelta(seconds=settings.CHALLENGE_TIMEOUT_S)
    return not challenge.has_ended and now < expires_at


def compute_elapsed_ms(prompts: Sequence[ChallengePrompt], now: datetime) -> int:
    """Return the time of all prompts that were shown; that of the current one ends `now`."""
    spans = [(one.completed_at or now) - one.shown_at for one in prompts if one.shown_at]
    return max(0, round(1000 * sum(one.total_seconds() for one in spans)))


def _open_challenges(user: User) -> QuerySet[Challenge]:
    return Challenge.objects.filter(owner=user, finished_at=None, abandoned_at=None)


def _take_prompt(
    challenge: Challenge, prompt: ChallengePrompt, now: datetime, *, is_skipped: bool
) -> None:
    """Mark the current prompt as completed, by compare-and-set: of two requests one succeeds."""
    current = current_prompt(challenge)
    if current is None:
        raise CannotComplete("challenge_ended")
    if current.pk != prompt.pk:
        raise CannotComplete("not_current")
    uncompleted = ChallengePrompt.objects.filter(
        pk=prompt.pk,
        completed_at=None,
        challenge__finished_at=None,
        challenge__abandoned_at=None,
    )
    if not uncompleted.update(completed_at=now, is_skipped=is_skipped):
        raise CannotComplete("already_completed")


def _store_outcome(prompt: ChallengePrompt, stored: Drawing | CannotAccept, pointer: str) -> None:
    if isinstance(stored, CannotAccept):
        if stored.code == "conflict":
            raise CannotComplete("already_completed")
        if stored.code != "deleted":
            raise stored
        ChallengePrompt.objects.filter(pk=prompt.pk).update(is_skipped=True)
        return
    ChallengePrompt.objects.filter(pk=prompt.pk).update(drawing=stored, pointer=pointer)


def _show_next(prompts: Sequence[ChallengePrompt], position: int) -> None:
    if position + 1 < len(prompts):
        following = ChallengePrompt.objects.filter(pk=prompts[position + 1].pk, shown_at=None)
        following.update(shown_at=timezone.now())


def _read_predictions(challenge: Challenge) -> None:
    """Copy new predictions to the prompts, and the result to a challenge without open prompts."""
    prompts = list_prompts(challenge)
    waiting = [one for one in prompts if one.drawing_id and one.predicted is None]
    predictions = load_first_predictions([one.drawing_id for one in waiting if one.drawing_id])
    for prompt in waiting:
        if prediction := predictions.get(prompt.drawing_id):
            prompt.predicted, prompt.model_id = prediction.predicted_label, prediction.model_id
            prompt.save(update_fields=["predicted", "model"])
    if not challenge.has_ended and all(map(is_settled, prompts)):
        _finish(challenge, prompts)


def load_first_predictions(drawing_ids: Sequence[UUID]) -> dict[UUID | None, Prediction]:
    """Return the first prediction of each drawing: that of the champion for the first revision.
    Shadow models predict later."""
    rows = Prediction.objects.filter(drawing__in=drawing_ids, revision=1).defer("raster")
    newest_first = rows.order_by("-created_at", "-id")
    return {one.drawing_id: one for one in newest_first}


def is_settled(prompt: ChallengePrompt) -> bool:
    """Return whether the result of a prompt is final. A drawing that failed or was deleted before
    its prediction counts as misread."""
    if prompt.completed_at is None:
        return False
    drawing: Drawing | None = prompt.drawing
    if prompt.is_skipped or prompt.predicted is not None:
        return True
    return drawing is not None and (
        drawing.status == Status.FAILED or drawing.deleted_at is not None or drawing.revision > 1
    )


def _finish(challenge: Challenge, prompts: Sequence[ChallengePrompt]) -> None:
    challenge.finished_at = timezone.now()
    challenge.duration_ms = compute_elapsed_ms(prompts, challenge.finished_at)
    challenge.num_recognized = sum(one.is_recognized for one in prompts)
    Challenge.objects.filter(pk=challenge.pk, finished_at=None, abandoned_at=None).update(
        finished_at=challenge.finished_at,
        duration_ms=challenge.duration_ms,
        num_recognized=challenge.num_recognized,
    )
