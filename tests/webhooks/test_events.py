"""Events: which changes cause one, and their data."""

import json
from typing import Any

import pytest
from django.db import transaction

from recognizer.models import Evaluation, PromotionKind, Snapshot, User, WebhookDelivery
from recognizer.models.drawing import uuid7
from recognizer.registry.promotion import append_promotion, load_latest_promotion
from recognizer.snapshots.build import build_snapshot
from recognizer.training.run_leases import acquire_run, fail_run
from recognizer.training.run_requests import cancel_run
from recognizer.webhooks.events import emit_evaluation
from recognizer.webhooks.registry import NewSecret, update_webhook
from tests.api.factories import make_model_version
from tests.promotion.promote_and_roll_back import promote_two_and_roll_back
from tests.review.factories import append_label, make_reviewer, make_teaching_drawing
from tests.snapshots.factories import make_labelled_drawing, make_teaching_user
from tests.training.factories import make_run
from tests.webhooks.conftest import deliver_due
from tests.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db


def list_events() -> list[tuple[str, Any]]:
    """Return the type and data of all events, oldest first, with what a receiver gets."""
    return [
        (one.event, json.loads(one.body)["data"])
        for one in WebhookDelivery.objects.order_by("created_at")
    ]


def test_a_promotion_and_a_rollback(new: NewSecret, receiver: Receiver, admin: User) -> None:
    first, second = promote_two_and_roll_back(admin)
    deliver_due()
    events = [request.event for request in receiver.received]
    assert {event["type"] for event in events} == {"model.promoted"}
    data = [event["data"] for event in events]
    assert [one["kind"] for one in data] == ["first", "override", "rollback"]
    assert (data[1]["model"], data[1]["replaces"]) == (second.ref, first.ref)


def test_a_change_that_is_rolled_back_is_no_event(new: NewSecret, admin: User) -> None:
    with transaction.atomic():
        model = make_model_version()
        append_promotion(model=model, by=admin, reason="No.", kind=PromotionKind.FIRST)
        assert len(list_events()) == 1
        transaction.set_rollback(True)
    assert list_events() == []


def test_events_that_no_webhook_selected_are_not_stored(new: NewSecret, admin: User) -> None:
    update_webhook(new.webhook, by=admin, events=["drift.detected"])
    append_promotion(model=make_model_version(), by=admin, reason="A.", kind=PromotionKind.FIRST)
    update_webhook(new.webhook, by=admin, events=["model.promoted"], is_enabled=False)
    roll_forward = make_model_version("second", "ef" * 32)
    append_promotion(
        model=roll_forward,
        by=admin,
        reason="B.",
        kind=PromotionKind.OVERRIDE,
        replaces=load_latest_promotion(),
    )
    assert list_events() == []


def test_ground_truth(new: NewSecret, owner: User) -> None:
    drawing = make_teaching_drawing(owner)
    append_label(drawing, make_reviewer("grace"), 7)
    ((event, data),) = list_events()
    assert event == "ground_truth.changed"
    assert (data["drawing"], data["label"], data["basis"]) == (str(drawing.pk), 7, "review")
    assert "owner" not in str(data)


def make_snapshot() -> Snapshot:
    user = make_teaching_user("contributor", split="training")
    for value in (1, 4):
        make_labelled_drawing(user, value)
    return build_snapshot(by=None, note="before the holidays")


def test_a_training_set(new: NewSecret) -> None:
    snapshot = make_snapshot()
    created = [data for event, data in list_events() if event == "training_set.created"]
    assert [one["id"] for one in created] == [str(snapshot.pk)]
    assert (created[0]["training"], created[0]["note"]) == (2, "before the holidays")
    build_snapshot(by=None)
    assert len([1 for event, _ in list_events() if event == "training_set.created"]) == 1


def test_the_end_of_a_run(new: NewSecret) -> None:
    failed, cancelled = make_run(None), make_run(None)
    run = acquire_run(failed.pk, lease=uuid7())
    assert run
    fail_run(run, "died", "It died.")
    cancel_run(run=cancelled)
    cancel_run(run=cancelled)
    ended = {data["id"]: data["status"] for _, data in list_events()}
    assert ended == {str(failed.pk): "failed", str(cancelled.pk): "cancelled"}
    assert len(list_events()) == 2


def test_an_evaluation(new: NewSecret) -> None:
    champion, challenger = make_model_version(), make_model_version("second", "ef" * 32)
    evaluation = Evaluation.objects.create(
        challenger=challenger, champion=champion, gate_result="refused", decided_by="So.", report={}
    )
    emit_evaluation(evaluation)
    ((event, data),) = list_events()
    assert (event, data["model"], data["gate_result"]) == (
        "model.evaluated",
        challenger.ref,
        "refused",
    )
