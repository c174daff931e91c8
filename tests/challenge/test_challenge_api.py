"""Challenges over the API, up to a broker without workers: tests store the predictions."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from recognizer.accounts.guests import create_guest, move_drawings
from recognizer.api.views import challenges as challenge_views
from recognizer.challenge import challenges
from recognizer.models import Challenge, ChallengePrompt, Drawing, GroundTruth, Label, User
from tests.api.api_client import ApiClient, problem_code
from tests.api.factories import STROKES, make_model_version
from tests.challenge.factories import predict_drawing

pytestmark = pytest.mark.usefixtures("pipeline")


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no worker, so no response waits for one."""
    monkeypatch.setattr(challenges, "PREDICTION_WAIT_S", 0)


def _start(api: ApiClient) -> Any:
    response = api.post("challenges/", {})
    assert response.status_code == 201
    return response.json()


def _complete(api: ApiClient, challenge: Any, position: int, strokes: Any = STROKES) -> Any:
    path = f"challenges/{challenge['id']}/prompts/{position}/"
    return api.post(path, {"strokes": strokes, **({"pointer": "touch"} if strokes else {})})


def _prompts(challenge: Any) -> list[ChallengePrompt]:
    return list(ChallengePrompt.objects.filter(challenge=challenge["id"]))


def _play(api: ApiClient, *, misread: int = 0, rejected: int = 0, skipped: int = 0) -> Any:
    """Play a challenge; the first digits are misread, the next ones rejected, the last skipped."""
    challenge = _start(api)
    for position in range(10):
        prompt = _prompts(challenge)[position]
        is_skipped = position >= 10 - skipped
        _complete(api, challenge, position, None if is_skipped else STROKES)
        if not is_skipped:
            digit = (prompt.digit + 1) % 10 if position < misread else prompt.digit
            is_rejected = misread <= position < misread + rejected
            predict_drawing(Drawing.objects.get(ref=prompt.ref), None if is_rejected else digit)
    return api.get(f"challenges/{challenge['id']}/").json()


def test_start_shows_the_first_prompt_only(owner_api: ApiClient) -> None:
    challenge = _start(owner_api)
    [first, *later] = _prompts(challenge)
    assert challenge["prompt"] == {"position": 0, "digit": first.digit}
    assert (challenge["state"], challenge["prompts"], challenge["results"]) == ("open", 10, [])
    assert first.shown_at is not None
    assert [one.shown_at for one in later] == [None] * 9
    assert all(0.05 <= one.probability <= 0.55 for one in (first, *later))


def test_drawing_is_stored_with_its_prompt_as_claim(owner_api: ApiClient, owner: User) -> None:
    challenge = _start(owner_api)
    response = _complete(owner_api, challenge, 0)
    assert response.status_code == 200
    prompt, drawing = _prompts(challenge)[0], Drawing.objects.get()
    assert (drawing.owner, drawing.ref, drawing.claim) == (owner, prompt.ref, prompt.digit)
    assert (prompt.drawing, prompt.pointer) == (drawing, "touch")
    label = Label.objects.get()
    assert (label.source, label.kind, label.value) == ("prompt", "claim", prompt.digit)
    assert (label.author, label.shown_prediction, label.revision) == (owner, None, 1)
    assert not GroundTruth.objects.exists()
    assert response.json()["results"][0]["state"] == "pending"
    assert response.json()["prompt"]["position"] == 1


def test_result_counts_rejected_and_skipped_prompts_as_not_recognized(
    owner_api: ApiClient,
) -> None:
    found = _play(owner_api, misread=2, rejected=1, skipped=1)
    states = [one["state"] for one in found["results"]]
    assert states == ["misread"] * 3 + ["recognized"] * 6 + ["skipped"]
    assert found["results"][2]["predicted"] == "not_a_digit"
    assert (found["state"], found["prompt"]) == ("finished", None)
    assert found["result"]["recognized"] == 6


def test_a_request_that_waits_for_a_prediction_holds_up_no_other(
    owner_api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed: list[Any] = []
    monkeypatch.setattr(challenge_views, "free_place", freed.append)
    monkeypatch.setattr(challenges, "PREDICTION_WAIT_S", 0.01)
    _complete(owner_api, _start(owner_api), 0)
    assert len(freed) == 1


def test_time_is_measured_by_the_server_without_the_recognition(
    owner_api: ApiClient,
) -> None:
    challenge = _start(owner_api)
    shown = timezone.now() - timedelta(minutes=1)
    for position in range(10):
        ChallengePrompt.objects.filter(challenge=challenge["id"], position=position).update(
            shown_at=shown
        )
        _complete(owner_api, challenge, position, None)
    ChallengePrompt.objects.filter(challenge=challenge["id"]).update(
        completed_at=shown + timedelta(seconds=2)
    )
    Challenge.objects.update(finished_at=None, created_at=timezone.now())
    found = owner_api.get(f"challenges/{challenge['id']}/").json()
    assert found["result"]["duration_ms"] == 20_000


def test_personal_best_is_the_most_recognized_then_the_fastest(owner_api: ApiClient) -> None:
    _play(owner_api, misread=3)
    best = _play(owner_api, misread=1)
    later = _play(owner_api, misread=2)
    assert best["result"]["recognized"] == 9
    assert later["best"] == best["result"]


def test_same_request_again_stores_no_second_drawing(owner_api: ApiClient) -> None:
    challenge = _start(owner_api)
    drawings = [_complete(owner_api, challenge, 0) for _ in range(2)]
    assert [one.status_code for one in drawings] == [200, 200]
    assert Drawing.objects.count() == Label.objects.count() == 1


def test_second_drawing_of_a_prompt_is_refused(owner_api: ApiClient) -> None:
    challenge = _start(owner_api)
    _complete(owner_api, challenge, 0)
    again = _complete(owner_api, challenge, 0, [[[0, 0], [9, 9]]])
    assert problem_code(again) == (409, "already_completed")
    assert problem_code(_complete(owner_api, challenge, 0, None)) == (409, "already_completed")
    assert Drawing.objects.count() == 1


def test_later_prompt_is_refused_before_its_turn(owner_api: ApiClient) -> None:
    challenge = _start(owner_api)
    assert problem_code(_complete(owner_api, challenge, 1)) == (409, "not_current")
    assert problem_code(_complete(owner_api, challenge, 10)) == (404, "not_found")


def test_new_revision_changes_no_result(owner_api: ApiClient, owner: User) -> None:
    challenge = _start(owner_api)
    _complete(owner_api, challenge, 0)
    prompt, drawing = _prompts(challenge)[0], Drawing.objects.get()
    predict_drawing(drawing, (prompt.digit + 1) % 10)
    drawing.revision = 2
    predict_drawing(drawing, prompt.digit)
    found = owner_api.get(f"challenges/{challenge['id']}/").json()
    assert found["results"][0]["state"] == "misread"


def test_result_stays_when_the_drawing_is_erased(owner_api: ApiClient) -> None:
    challenge = _play(owner_api, misread=1)
    Drawing.objects.all().delete()
    found = owner_api.get(f"challenges/{challenge['id']}/").json()
    assert found["result"] == challenge["result"]
    assert found["results"][0]["state"] == "misread"


def test_starting_again_abandons_the_open_challenge(owner_api: ApiClient) -> None:
    first = _start(owner_api)
    _start(owner_api)
    assert problem_code(_complete(owner_api, first, 0)) == (409, "challenge_ended")
    assert owner_api.get(f"challenges/{first['id']}/").json()["state"] == "ended"


def test_old_challenge_takes_no_drawings(owner_api: ApiClient, settings: Settings) -> None:
    challenge = _start(owner_api)
    earlier = timezone.now() - timedelta(seconds=settings.CHALLENGE_TIMEOUT_S + 1)
    Challenge.objects.update(created_at=earlier)
    assert problem_code(_complete(owner_api, challenge, 0)) == (409, "challenge_ended")


def test_challenge_of_another_user_is_not_found(
    owner_api: ApiClient, outsider_api: ApiClient
) -> None:
    challenge = _start(owner_api)
    assert problem_code(_complete(outsider_api, challenge, 0)) == (404, "not_found")
    assert outsider_api.get(f"challenges/{challenge['id']}/").status_code == 404


def test_anonymous_visitor_needs_a_guest_first(anonymous_api: ApiClient) -> None:
    assert anonymous_api.post("challenges/", {}).status_code == 401


def test_invalid_ink_takes_no_prompt(owner_api: ApiClient) -> None:
    challenge = _start(owner_api)
    assert _complete(owner_api, challenge, 0, [[["a", 0]]]).status_code == 400
    assert _complete(owner_api, challenge, 0).status_code == 200


def test_guest_takes_the_challenges_along(owner: User) -> None:
    make_model_version()
    guest = create_guest()
    challenge = challenges.start_challenge(guest)
    move_drawings(guest=guest, user=owner)
    moved = Challenge.objects.get(pk=challenge.pk)
    assert moved.owner == owner
    assert moved.abandoned_at is not None
