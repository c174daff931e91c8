"""Proposing a run when drawings have changed, and what an admin says to it.

One proposal is open at a time, and none comes within DRIFT_COOLDOWN_DAYS after one was settled.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from recognizer.drift.detection import DriftFinding, evaluate_drift
from recognizer.drift.finding_text import format_reason
from recognizer.drift.notifications import notify_admins
from recognizer.models import Promotion, RetrainingProposal, Snapshot, TrainingRun, Trigger, User
from recognizer.registry.promotion import load_champion
from recognizer.snapshots.build import CannotBuild, build_snapshot
from recognizer.training.run_errors import CannotRequest
from recognizer.training.run_requests import DEFAULT_EPOCHS, request_run
from recognizer.training.schedule import load_last_rehearsal

NO_SNAPSHOT_MESSAGE = (
    "No training set can be made yet: no drawing that may teach has an agreed label."
)


class CannotResolve(Exception):
    """Somebody has followed or dismissed the proposal already."""


def propose_run(now: datetime | None = None) -> RetrainingProposal | None:
    """Look once; the proposal that was made, after admins were told, or None."""
    now = now or timezone.now()
    if _is_in_cooldown(now):
        return None
    findings = evaluate_drift(now)
    if not any(one.is_alarm for one in findings):
        return None
    proposal = _create_proposal(findings, _make_snapshot(), now)
    if proposal is not None:
        notify_admins(proposal)
    return proposal


def list_proposals(*, most: int = 50) -> list[RetrainingProposal]:
    """Newest first."""
    return list(RetrainingProposal.objects.select_related("snapshot", "run")[:most])


def start_proposal(*, proposal: RetrainingProposal, by: User) -> TrainingRun:
    """The run: the champion, trained further on the proposal's training set, or on one made now
    where it has none. Raises CannotSettle and CannotRequest."""
    base = load_champion()
    if base is None:
        raise CannotRequest("base_missing")
    snapshot = proposal.snapshot or _make_snapshot(by)
    if snapshot is None:
        raise CannotRequest("no_training_data", NO_SNAPSHOT_MESSAGE)
    with transaction.atomic():
        Snapshot.objects.select_for_update().get(pk=snapshot.pk)  # first, as request_run has it
        still_open = RetrainingProposal.objects.select_for_update().filter(
            pk=proposal.pk, resolved_at=None
        )
        if still_open.first() is None:
            raise CannotResolve("Somebody has settled this proposal already.")
        return request_run(
            by=by,
            trigger=Trigger.DRIFT,
            architecture=base.architecture,
            base=base,
            snapshot=snapshot,
            rehearsal=load_last_rehearsal(),
            epochs=DEFAULT_EPOCHS["fine_tune"],
            proposal_id=proposal.pk,
        )


def dismiss_proposal(*, proposal: RetrainingProposal) -> RetrainingProposal:
    """Raises CannotSettle."""
    if not RetrainingProposal.objects.filter(pk=proposal.pk, resolved_at=None).update(
        resolved_at=Now()
    ):
        raise CannotResolve("Somebody has settled this proposal already.")
    proposal.refresh_from_db()
    return proposal


def _is_in_cooldown(now: datetime) -> bool:
    since = now - timedelta(days=settings.DRIFT_COOLDOWN_DAYS)
    return RetrainingProposal.objects.filter(
        Q(resolved_at=None) | Q(resolved_at__gt=since)
    ).exists()


def _make_snapshot(by: User | None = None) -> Snapshot | None:
    try:
        return build_snapshot(by=by)
    except CannotBuild:
        return None


def _create_proposal(
    findings: list[DriftFinding], snapshot: Snapshot | None, now: datetime
) -> RetrainingProposal | None:
    """None when another sweep was faster, or no network serves."""
    with transaction.atomic():
        first = Promotion.objects.select_for_update(no_key=True).order_by("id").first()
        if first is None or _is_in_cooldown(
            now
        ):  # the row that never goes: two sweeps take turns at it
            return None
        return RetrainingProposal.objects.create(
            reason=format_reason(findings)[:300],
            metrics={one.name: asdict(one) for one in findings},
            snapshot=snapshot,
        )
