"""JSON of a challenge."""

from typing import Annotated, Literal, TypedDict

from django.utils import timezone

from recognizer import protocol
from recognizer.challenge.challenges import (
    compute_elapsed_ms,
    current_prompt,
    find_personal_best,
    is_open,
    is_settled,
    list_prompts,
)
from recognizer.models import Challenge, ChallengePrompt
from recognizer.protocol.drawing_json_payloads import JsonSchema, LabelValue, Uuid

Digit = Annotated[int, JsonSchema(minimum=0, maximum=9)]


class PromptPayload(TypedDict):
    position: Annotated[int, JsonSchema(minimum=0)]
    digit: Digit


class PromptResultPayload(PromptPayload):
    state: Annotated[
        Literal["recognized", "misread", "skipped", "pending"],
        "pending until the prediction has arrived.",
    ]
    predicted: Annotated[LabelValue | None, "Null without a prediction."]
    drawing: Uuid | None


class ChallengeResultPayload(TypedDict):
    recognized: int
    duration_ms: Annotated[int, "From each prompt to its drawing, without the recognition."]


class ChallengePayload(TypedDict):
    id: Uuid
    state: Literal["open", "finished", "ended"]
    prompts: int
    prompt: Annotated[PromptPayload | None, "The current prompt; null if there is none."]
    elapsed_ms: Annotated[int, "Time of the prompts so far, with the current one."]
    results: Annotated[list[PromptResultPayload], "The completed prompts, in order."]
    result: Annotated[ChallengeResultPayload | None, "Null until the challenge is finished."]
    best: Annotated[ChallengeResultPayload | None, "The user's best result."]


def challenge_json(challenge: Challenge) -> ChallengePayload:
    prompts, current = list_prompts(challenge), current_prompt(challenge)
    return {
        "id": str(challenge.pk),
        "state": _state(challenge),
        "prompts": len(prompts),
        "prompt": {"position": current.position, "digit": current.digit} if current else None,
        "elapsed_ms": compute_elapsed_ms(prompts, timezone.now()),
        "results": [_prompt_result_json(one) for one in prompts if one.completed_at],
        "result": result_json(challenge),
        "best": result_json(find_personal_best(challenge.owner)),
    }


def result_json(challenge: Challenge | None) -> ChallengeResultPayload | None:
    if challenge is None or challenge.num_recognized is None or challenge.duration_ms is None:
        return None
    return {"recognized": challenge.num_recognized, "duration_ms": challenge.duration_ms}


def _state(challenge: Challenge) -> Literal["open", "finished", "ended"]:
    if challenge.finished_at is not None:
        return "finished"
    return "open" if is_open(challenge, timezone.now()) else "ended"


def _prompt_result_json(prompt: ChallengePrompt) -> PromptResultPayload:
    state: Literal["recognized", "misread", "skipped", "pending"] = "misread"
    if prompt.is_skipped:
        state = "skipped"
    elif not is_settled(prompt):
        state = "pending"
    elif prompt.is_recognized:
        state = "recognized"
    return {
        "position": prompt.position,
        "digit": prompt.digit,
        "state": state,
        "predicted": protocol.label_json(prompt.predicted),
        "drawing": str(prompt.drawing_id) if prompt.drawing_id else None,
    }
