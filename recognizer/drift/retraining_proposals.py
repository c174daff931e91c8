"""Proposals of training runs after drift, and the decisions of admins on them.

At most one proposal is open, and none is created within DRIFT_COOLDOWN_DAYS after the last one was
resolved.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from recognizer.base_errors import DomainError
from recognizer.drift.detection import DriftFinding, evaluate_drift
from recognizer.drift.finding_text import format_reason
from recognizer.drift.proposal_email import notify_admins
from recognizer.models import Promotion, RetrainingProposal, Snapshot, TrainingRun, Trigger, User
from recognizer.registry.promotion import load_champion
from recognizer.snapshots.build import NO_DRAWINGS_MESSAGE, CannotBuild, build_snapshot
from recognizer.training.automatic_run_requests import request_fine_tuning
from recognizer.training.run_errors import CannotRequest
from recognizer.webhooks.events import emit_drift


class CannotResolve(DomainError):
    """The proposal was already started or dismissed."""

    code = "already_resolved"
    status = 409


def propose_run(now: datetime | None = None) -> RetrainingProposal | None:
    """Create a proposal and notify the admins if there is drift. Returns None otherwise."""
    now = now or timezone.now()
    if _is_in_cooldown(now):
        return None
    findings = evaluate_drift(now)
    if not any(one.is_alarm for one in findings):
        return None
    proposal = _create_proposal(findings, _try_build_snapshot(), now)
    if proposal is not None:
        notify_admins(proposal)
    return proposal


def list_proposals(*, limit: int = 50) -> list[RetrainingProposal]:
    """Return the latest proposals, newest first."""
    return list(RetrainingProposal.objects.select_related("snapshot", "run")[:limit])


def start_proposal(*, proposal: RetrainingProposal, by: User) -> TrainingRun:
    """Start a run that fine-tunes the champion on the proposal's training set, or on a new one.
    Raises CannotResolve and CannotRequest."""
    base = load_champion()
    if base is None:
        raise CannotRequest("base_missing")
    snapshot = proposal.snapshot or _try_build_snapshot(by)
    if snapshot is None:
        raise CannotRequest("no_training_data", NO_DRAWINGS_MESSAGE)
    with transaction.atomic():
        Snapshot.objects.select_for_update().get(pk=snapshot.pk)  # same lock order as request_run
        open_proposal = RetrainingProposal.objects.select_for_update().filter(
            pk=proposal.pk, resolved_at=None
        )
        if open_proposal.first() is None:
            raise CannotResolve("This proposal has already been resolved.")
        return request_fine_tuning(
            by=by, trigger=Trigger.DRIFT, base=base, snapshot=snapshot, proposal_id=proposal.pk
        )


def dismiss_proposal(*, proposal: RetrainingProposal) -> RetrainingProposal:
    """Resolve the proposal without a run. Raises CannotResolve."""
    if not RetrainingProposal.objects.filter(pk=proposal.pk, resolved_at=None).update(
        resolved_at=Now()
    ):
        raise CannotResolve("This proposal has already been resolved.")
    proposal.refresh_from_db()
    return proposal


def _is_in_cooldown(now: datetime) -> bool:
    since = now - timedelta(days=settings.DRIFT_COOLDOWN_DAYS)
    return RetrainingProposal.objects.filter(
        Q(resolved_at=None) | Q(resolved_at__gt=since)
    ).exists()


def _try_build_snapshot(by: User | None = None) -> Snapshot | None:
    try:
        return build_snapshot(by=by)
    except CannotBuild:
        return None


def _create_proposal(
    findings: list[DriftFinding], snapshot: Snapshot | None, now: datetime
) -> RetrainingProposal | None:
    """Returns None if a concurrent job was faster, or if there is no champion."""
    with transaction.atomic():
        # The first promotion is never deleted, so its row serializes concurrent jobs.
        first = Promotion.objects.select_for_update(no_key=True).order_by("id").first()
        if first is None or _is_in_cooldown(now):
            return None
        proposal = RetrainingProposal.objects.create(
            reason=format_reason(findings)[:300],
            metrics={one.name: asdict(one) for one in findings},
            snapshot=snapshot,
        )
        emit_drift(proposal)
        return proposal
