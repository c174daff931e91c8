"""Drift, for admins: how drawings change from day to day; and what to do with a proposal."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognizer import access
from recognizer.drift import finding_text, proposals
from recognizer.drift.daily_stats import load_history
from recognizer.drift.detection import DriftFinding, evaluate_drift
from recognizer.drift.proposals import (
    CannotResolve,
    list_proposals,
)
from recognizer.drift.serializers import drift_json
from recognizer.models import RetrainingProposal
from recognizer.protocol import POINTER_TYPES
from recognizer.training.run_errors import CannotRequest
from recognizer.views.decorators import admin_required, require_user

POINTER_NAMES = {"mouse": "Mouse", "touch": "Finger", "pen": "Pen"}


@require_safe
@admin_required
@never_cache
def show_drift(request: HttpRequest) -> HttpResponse:
    """`pointer` in the address chooses; one that is not known is all of them."""
    pointer = request.GET.get("pointer")
    pointer = pointer if pointer in POINTER_TYPES else None
    now = timezone.now()
    history, findings = load_history(now, pointer=pointer), evaluate_drift(now)
    context = {
        "state": drift_json(history, findings),
        "is_empty": not any(day.aggregate.num_predictions for day in history.days),
        "pointer": pointer,
        "pointers": POINTER_NAMES,
        "findings": [_format_finding(one) for one in findings],
        "days": len(history.days),
        "proposals": _open_proposals(),
    }
    return render(request, "training/drift.html", context)


@require_POST
@admin_required
def start_proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    user = require_user(request)
    try:
        run = proposals.start_proposal(proposal=_find_proposal(request, proposal_id), by=user)
    except CannotResolve as error:
        messages.error(request, str(error))
    except CannotRequest as error:
        messages.error(request, error.detail)
    else:
        return redirect("training_run", run.pk)
    return redirect("training")


@require_POST
@admin_required
def dismiss_proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    try:
        proposals.dismiss_proposal(proposal=_find_proposal(request, proposal_id))
    except CannotResolve as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Dismissed.")
    return redirect("training")


def _find_proposal(request: HttpRequest, proposal_id: int) -> RetrainingProposal:
    try:
        return access.get_proposal(require_user(request), proposal_id)
    except access.NotFound as error:
        raise Http404(str(error)) from None


def _open_proposals() -> list[RetrainingProposal]:
    return [one for one in list_proposals() if one.resolved_at is None]


def _format_finding(one: DriftFinding) -> dict[str, object]:
    return {
        "title": finding_text.METRIC_TITLES[one.name],
        "says": finding_text.format_finding(one),
        "tone": "warn" if one.is_alarm else "" if one.is_insufficient else "ok",
        "baseline": finding_text.format_value(one, one.baseline),
        "recent": finding_text.format_value(one, one.recent),
        "n_baseline": one.n_baseline,
        "n_recent": one.n_recent,
    }
