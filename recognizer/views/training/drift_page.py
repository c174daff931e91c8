"""Drift pages for admins: daily statistics, findings, retraining proposals."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognizer import permission_checked_lookups
from recognizer.drift import finding_text, retraining_proposals
from recognizer.drift.api_payloads import drift_json
from recognizer.drift.daily_stats import load_history
from recognizer.drift.detection import DriftFinding, evaluate_drift
from recognizer.drift.retraining_proposals import CannotResolve, list_proposals
from recognizer.models import RetrainingProposal
from recognizer.protocol import POINTER_TYPES
from recognizer.training.run_errors import CannotRequest
from recognizer.views.access_decorators import admin_required, require_user

POINTER_NAMES = {"mouse": "Mouse", "touch": "Finger", "pen": "Pen"}


@require_safe
@admin_required
@never_cache
def show_drift(request: HttpRequest) -> HttpResponse:
    """Show the statistics of `?pointer=`, or of all pointers if it is missing or unknown."""
    pointer = request.GET.get("pointer")
    pointer = pointer if pointer in POINTER_TYPES else None
    now = timezone.now()
    history, findings = load_history(now, pointer=pointer), evaluate_drift(now)
    context = {
        "state": drift_json(history, findings),
        "is_empty": not any(day.aggregate.num_predictions for day in history.days),
        "pointer": pointer,
        "pointers": POINTER_NAMES,
        "findings": [_format_finding(finding) for finding in findings],
        "days": len(history.days),
        "proposals": _open_proposals(),
    }
    return render(request, "training/drift.html", context)


@require_POST
@admin_required
def start_proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    user = require_user(request)
    proposal = permission_checked_lookups.get_proposal(user, proposal_id)
    try:
        run = retraining_proposals.start_proposal(proposal=proposal, by=user)
    except (CannotResolve, CannotRequest) as error:
        messages.error(request, error.message, extra_tags=error.code)
    else:
        return redirect("training_run", run.pk)
    return redirect("training")


@require_POST
@admin_required
def dismiss_proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    proposal = permission_checked_lookups.get_proposal(require_user(request), proposal_id)
    try:
        retraining_proposals.dismiss_proposal(proposal=proposal)
    except CannotResolve as error:
        messages.error(request, error.message, extra_tags=error.code)
    else:
        messages.success(request, "Proposal dismissed.", extra_tags="proposal_dismissed")
    return redirect("training")


def _open_proposals() -> list[RetrainingProposal]:
    return [proposal for proposal in list_proposals() if proposal.resolved_at is None]


def _format_finding(finding: DriftFinding) -> dict[str, object]:
    result = "insufficient" if finding.is_insufficient else "ok"
    return {
        "name": finding.name,
        "result": "changed" if finding.is_alarm else result,
        "title": finding_text.METRIC_TITLES[finding.name],
        "text": finding_text.format_finding(finding),
        "tone": "warn" if finding.is_alarm else "" if finding.is_insufficient else "ok",
        "before": finding_text.format_value(finding, finding.baseline),
        "recent": finding_text.format_value(finding, finding.recent),
        "n_before": finding.n_baseline,
        "n_recent": finding.n_recent,
    }
