"""Drift, for admins: how drawings change from day to day; and what to do with a proposal."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognizer import access, drift, training
from recognizer.contract import POINTERS
from recognizer.drift import words
from recognizer.models import RetrainingProposal
from recognizer.pages.visitors import for_admins, signed_in

POINTER_NAMES = {"mouse": "Mouse", "touch": "Finger", "pen": "Pen"}


@require_safe
@for_admins
@never_cache
def show_drift(request: HttpRequest) -> HttpResponse:
    """`pointer` in the address chooses; one that is not known is all of them."""
    pointer = request.GET.get("pointer")
    pointer = pointer if pointer in POINTERS else None
    now = timezone.now()
    history, findings = drift.read_history(now, pointer=pointer), drift.judge_now(now)
    context = {
        "state": drift.drift_json(history, findings),
        "is_empty": not any(day.tally.answered for day in history.days),
        "pointer": pointer,
        "pointers": POINTER_NAMES,
        "findings": [_say(one) for one in findings],
        "days": len(history.days),
        "proposals": _open_proposals(),
    }
    return render(request, "pages/drift.html", context)


@require_POST
@for_admins
def start_proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    user = signed_in(request)
    try:
        run = drift.start_proposal(proposal=_find_proposal(request, proposal_id), by=user)
    except drift.CannotSettle as error:
        messages.error(request, str(error))
    except training.CannotRequest as error:
        messages.error(request, error.detail)
    else:
        return redirect("training_run", run.pk)
    return redirect("training")


@require_POST
@for_admins
def dismiss_proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    try:
        drift.dismiss_proposal(proposal=_find_proposal(request, proposal_id))
    except drift.CannotSettle as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Dismissed.")
    return redirect("training")


def _find_proposal(request: HttpRequest, proposal_id: int) -> RetrainingProposal:
    try:
        return access.get_proposal(signed_in(request), proposal_id)
    except access.NotFound as error:
        raise Http404(str(error)) from None


def _open_proposals() -> list[RetrainingProposal]:
    return [one for one in drift.list_proposals() if one.resolved_at is None]


def _say(one: drift.Finding) -> dict[str, object]:
    return {
        "title": words.TITLES[one.name],
        "says": words.say_finding(one),
        "tone": "warn" if one.is_alarm else "" if one.says_too_little else "ok",
        "before": words.say_figure(one, one.before),
        "lately": words.say_figure(one, one.lately),
        "n_before": one.n_before,
        "n_lately": one.n_lately,
    }
