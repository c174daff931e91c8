"""The task: what it claims, what it stores, what it tells; delivered twice, late, or replaced."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from django.utils import timezone

from recognizer import contract
from recognizer.delivery import Change
from recognizer.intake import Submission
from recognizer.intake.store import Job
from recognizer.models import Drawing, Feed, Prediction, User
from tests.way.drawing import ink_of, store, submission
from workers.answering import answer_jobs
from workers.claiming import claim_jobs
from workers.engine import engine
from workers.storing import store_answers

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DIGITS = Path(__file__).resolve().parent.parent / "ink" / "digits.json"


@pytest.fixture(autouse=True)
def champion(db: None) -> None:
    """The shipped model, registered anew: each test starts with empty tables."""
    engine.__init__()  # type: ignore[misc]
    engine.start()


def recognize(jobs: list[Job]) -> list[Change]:
    """What the task does with a group."""
    claims = claim_jobs(_group(jobs))
    return store_answers(answer_jobs(claims)) if claims else []


def _group(jobs: list[Job]) -> contract.Group:
    parts = [(job.id, job.revision, job.ink) for job in jobs]
    return contract.decode_group(contract.encode_group("g", parts))


def _stored(*group: Submission) -> list[Job]:
    return store(*group).jobs


def test_a_group_is_claimed_answered_stored_and_told(owner: User, outsider: User) -> None:
    jobs = _stored(submission(owner, ink=ink_of(1)), submission(outsider, ink=ink_of(7)))
    changes = recognize(jobs)
    drawings = {str(drawing.pk): drawing for drawing in Drawing.objects.all()}
    assert len(changes) == len(drawings) == 2
    for change in changes:
        assert change.body is not None
        drawing = drawings[change.body["id"]]
        assert (drawing.status, drawing.attempts, drawing.error) == ("recognized", 1, "")
        assert drawing.lease_until is None
        assert drawing.due_at is None
        assert drawing.prediction is not None
        assert (change.user_id, change.cursor) == (drawing.owner_id, drawing.cursor)
        assert change.body == {
            **contract.change("prediction", **_names(drawing)),
            **contract.prediction_json(drawing.prediction),
        }
        assert len(drawing.prediction.raster) == 784
        assert sum(drawing.prediction.probabilities) == pytest.approx(1, abs=1e-4)
    digits = {drawing.prediction.digit for drawing in drawings.values() if drawing.prediction}
    assert digits == {1, 7}


def test_a_task_delivered_twice_does_nothing_the_second_time(owner: User) -> None:
    jobs = _stored(submission(owner))
    recognize(jobs)
    cursor = Feed.objects.get(user=owner).cursor
    assert recognize(jobs) == []
    assert Prediction.objects.count() == 1
    assert Feed.objects.get(user=owner).cursor == cursor
    assert Drawing.objects.get().attempts == 1


def test_two_workers_never_have_the_same_drawing(owner: User) -> None:
    jobs = _stored(submission(owner))
    assert len(claim_jobs(_group(jobs))) == 1
    assert claim_jobs(_group(jobs)) == []


def test_a_lease_that_ran_out_is_taken_over_and_the_slower_answer_is_stored_once(
    owner: User,
) -> None:
    jobs = _stored(submission(owner))
    slow = claim_jobs(_group(jobs))
    Drawing.objects.update(lease_until="2026-01-01T00:00Z")
    fast = claim_jobs(_group(jobs))
    assert len(slow) == len(fast) == 1
    told = store_answers(answer_jobs(fast)) + store_answers(answer_jobs(slow))
    assert [change.body is None for change in told] == [False, True]
    assert Prediction.objects.count() == 1
    assert Drawing.objects.get().attempts == 2


def test_a_drawing_tried_before_is_taken_only_alone_and_three_times_at_most(owner: User) -> None:
    jobs = _stored(submission(owner), submission(owner))
    Drawing.objects.filter(pk=jobs[0].id).update(attempts=1)
    assert [claim.id for claim in claim_jobs(_group(jobs))] == [jobs[1].id]
    assert [claim.id for claim in claim_jobs(_group(jobs[:1]))] == [jobs[0].id]
    Drawing.objects.update(attempts=3, lease_until=None)
    assert claim_jobs(_group(jobs[:1])) == []


def test_a_result_after_its_drawing_was_deleted_shows_nothing(owner: User) -> None:
    claims = claim_jobs(_group(_stored(submission(owner))))
    Drawing.objects.update(deleted_at=timezone.now())
    [change] = store_answers(answer_jobs(claims))
    assert change.body is None
    assert Drawing.objects.get().status == "queued"


def test_a_deleted_drawing_is_not_claimed(owner: User) -> None:
    jobs = _stored(submission(owner))
    Drawing.objects.update(deleted_at=timezone.now())
    assert claim_jobs(_group(jobs)) == []


def test_a_drawing_restored_after_its_answer_came_gets_the_same_answer(owner: User) -> None:
    jobs = _stored(submission(owner))
    claims = claim_jobs(_group(jobs))
    Drawing.objects.update(deleted_at=timezone.now())
    store_answers(answer_jobs(claims))
    Drawing.objects.update(deleted_at=None, lease_until=None)
    recognize(jobs)
    assert Drawing.objects.get().prediction == Prediction.objects.get()


@pytest.mark.django_db(transaction=True)
def test_a_result_whose_drawing_was_erased_does_not_harm_the_others(owner: User) -> None:
    jobs = _stored(submission(owner), submission(owner))
    claims = claim_jobs(_group(jobs))
    answers = answer_jobs(claims)
    Drawing.objects.filter(pk=jobs[0].id).delete()
    store_answers(answers)
    assert Drawing.objects.get().status == "recognized"


def test_a_new_revision_during_recognition_gets_its_own_answer(owner: User) -> None:
    ref = uuid4()
    claims = claim_jobs(_group(_stored(submission(owner, ref=ref, ink=ink_of(1)))))
    newer = _stored(submission(owner, ref=ref, revision=2, ink=ink_of(7)))
    [change] = store_answers(answer_jobs(claims))
    assert change.body is None
    assert Drawing.objects.get().status == "queued"
    recognize(newer)
    drawing = Drawing.objects.get()
    assert drawing.prediction is not None
    assert (drawing.prediction.revision, drawing.prediction.digit) == (2, 7)
    assert set(drawing.predictions.values_list("revision", flat=True)) == {1, 2}


def test_a_task_for_an_older_revision_claims_nothing(owner: User) -> None:
    ref = uuid4()
    older = _stored(submission(owner, ref=ref))
    _stored(submission(owner, ref=ref, revision=2))
    assert claim_jobs(_group(older)) == []


def test_a_lease_lies_two_seconds_ahead_by_the_clock_of_the_database(owner: User) -> None:
    claim_jobs(_group(_stored(submission(owner))))
    drawing = Drawing.objects.annotate(now=Now()).get()
    assert drawing.lease_until == drawing.due_at
    assert drawing.lease_until is not None
    assert 1.5 < (drawing.lease_until - drawing.now).total_seconds() <= 2


@pytest.mark.parametrize(
    ("content", "code"), [(b"no picture", "unreadable"), (None, "unreadable")], ids=str
)
def test_a_picture_that_cannot_be_read_fails_with_its_code(
    owner: User, content: bytes | None, code: str
) -> None:
    name = "pictures/missing.png"
    if content is not None:
        name = default_storage.save("pictures/x.png", ContentFile(content))
    jobs = _stored(submission(owner, ink="", picture=name), submission(owner, ink=ink_of(1)))
    changes = recognize(jobs)
    bodies: list[dict[str, Any]] = [change.body for change in changes if change.body]
    assert {body["type"]: body.get("code") for body in bodies} == {
        "failed": code,
        "prediction": None,
    }
    failed = Drawing.objects.get(picture=name)
    assert (failed.status, failed.error, failed.prediction) == ("failed", code, None)


def _names(drawing: Drawing) -> dict[str, Any]:
    return {"id": str(drawing.pk), "ref": str(drawing.ref), "revision": drawing.revision}
