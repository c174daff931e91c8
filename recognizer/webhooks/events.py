"""Events of the site: each becomes a delivery to every enabled webhook that selected it.

Call these functions in the transaction of the change, so that an event exists if and only if its
change does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
from django.utils import timezone

from recognizer.models import (
    Evaluation,
    GroundTruth,
    Promotion,
    RetrainingProposal,
    Snapshot,
    TrainingRun,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from recognizer.protocol import label_json

EventData = Mapping[str, Any]
SELECTABLE_EVENTS = tuple(event for event in WebhookEvent if event != WebhookEvent.TEST)


def emit_ground_truths(changed: Iterable[GroundTruth]) -> None:
    """A label was agreed, changed or withdrawn. A label of null is a withdrawn one."""
    _emit(
        WebhookEvent.GROUND_TRUTH_CHANGED,
        lambda: [
            {
                "drawing": str(one.drawing_id),
                "revision": one.revision,
                "label": None if one.value is None else label_json(one.value),
                "basis": one.basis or None,
                "set_aside": one.is_set_aside,
            }
            for one in changed
        ],
    )


def emit_snapshot(snapshot: Snapshot) -> None:
    _emit(
        WebhookEvent.TRAINING_SET_CREATED,
        lambda: [
            {
                "id": str(snapshot.pk),
                "sha256": snapshot.sha256,
                "note": snapshot.note,
                "imported": snapshot.is_imported,
                "training": sum(snapshot.counts["training"]),
                "holdout": sum(snapshot.counts["holdout"]),
            }
        ],
    )


def emit_ended_runs(run_ids: Iterable[object]) -> None:
    """Runs have succeeded, failed or were cancelled."""
    _emit(WebhookEvent.TRAINING_RUN_ENDED, lambda: _describe_runs(run_ids))


def emit_evaluation(evaluation: Evaluation) -> None:
    _emit(
        WebhookEvent.MODEL_EVALUATED,
        lambda: [
            {
                "id": evaluation.pk,
                "model": evaluation.challenger.ref,
                "champion": evaluation.champion.ref,
                "run": str(evaluation.run_id) if evaluation.run_id else None,
                "gate_result": evaluation.gate_result,
                "decided_by": evaluation.decided_by,
            }
        ],
    )


def emit_promotion(promotion: Promotion) -> None:
    """`kind` is first, promotion, override or rollback."""
    _emit(
        WebhookEvent.MODEL_PROMOTED,
        lambda: [
            {
                "model": promotion.model.ref,
                "replaces": promotion.replaces.model.ref if promotion.replaces else None,
                "kind": promotion.kind,
                "reason": promotion.reason,
            }
        ],
    )


def emit_drift(proposal: RetrainingProposal) -> None:
    _emit(
        WebhookEvent.DRIFT_DETECTED,
        lambda: [
            {
                "proposal": proposal.pk,
                "reason": proposal.reason,
                "training_set": str(proposal.snapshot_id) if proposal.snapshot_id else None,
            }
        ],
    )


def build_delivery(webhook: Webhook, event: WebhookEvent, data: EventData) -> WebhookDelivery:
    """Return a delivery that is not stored yet."""
    now = timezone.now()
    body = {"type": event.value, "timestamp": now.isoformat(), "data": data}
    return WebhookDelivery(
        webhook=webhook, event=event, body=orjson.dumps(body).decode(), due_at=now, created_at=now
    )


def _emit(event: WebhookEvent, describe: Callable[[], Iterable[EventData]]) -> None:
    """Store the deliveries. Without a webhook that selected the event, this is one short query."""
    enabled = Webhook.objects.filter(disabled_reason="").only("pk", "events")
    webhooks = [webhook for webhook in enabled if event in webhook.events]
    if not webhooks:
        return
    WebhookDelivery.objects.bulk_create(
        build_delivery(webhook, event, data) for data in describe() for webhook in webhooks
    )


def _describe_runs(run_ids: Iterable[object]) -> list[EventData]:
    runs = TrainingRun.objects.select_related("model").filter(pk__in=list(run_ids))
    return [
        {
            "id": str(run.pk),
            "status": run.status,
            "error": run.error or None,
            "architecture": run.architecture,
            "training_set": str(run.snapshot_id) if run.snapshot_id else None,
            "model": run.model.ref if run.model else None,
        }
        for run in runs.defer("model__card")
    ]
