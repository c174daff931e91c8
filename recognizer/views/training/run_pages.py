"""Training, for admins: start a run, see all of them, watch one, cancel it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from recognizer import access
from recognizer.models import RetrainingProposal, Snapshot, TrainingRun
from recognizer.training import run_requests
from recognizer.training.queries import list_runs
from recognizer.training.run_errors import CannotCancel, CannotRequest
from recognizer.views.decorators import admin_required, require_user
from recognizer.views.training.run_form import StartRunForm
from recognizer.views.training.run_summary import RunSummary, build_page_state

PAGE_SIZE = 20


@require_safe
@admin_required
@never_cache
def show_training(request: HttpRequest) -> HttpResponse:
    """All runs, newest first; `after` in the address goes on where a page ended, and `snapshot` is
    the training set that a run shall learn from."""
    form = StartRunForm(initial={"snapshot": request.GET.get("snapshot", "")})
    return _render_list(request, form)


@require_POST
@admin_required
@never_cache
def start_run(request: HttpRequest) -> HttpResponse:
    form = StartRunForm(request.POST)
    if not form.is_valid():
        return _render_list(request, form, status=400)
    try:
        run = form.request(require_user(request))
    except CannotRequest as error:
        form.add_error(None, error.detail)
        return _render_list(request, form, status=400)
    return redirect("training_run", run.pk)


@require_safe
@admin_required
@never_cache
@ensure_csrf_cookie
def show_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    run = _get_run_or_404(request, run_id)
    before = TrainingRun.objects.filter(status__in=["queued", "running"], pk__lt=run.pk).count()
    context = {"card": RunSummary(run), "state": build_page_state(run), "before": before}
    return render(request, "training/run.html", context)


@require_POST
@admin_required
def cancel_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    try:
        run_requests.cancel_run(run=_get_run_or_404(request, run_id))
    except CannotCancel as error:
        messages.error(request, str(error))
    return redirect("training_run", run_id)


def _render_list(request: HttpRequest, form: StartRunForm, *, status: int = 200) -> HttpResponse:
    page = list_runs(after=_parse_after(request), size=PAGE_SIZE)
    context: dict[str, Any] = {
        "form": form,
        "cards": [RunSummary(run) for run in page.runs],
        "next_id": page.next_id,
        "is_first": "after" not in request.GET,
        "proposals": RetrainingProposal.objects.filter(resolved_at=None).select_related("snapshot")[
            :5
        ],
        "has_snapshots": Snapshot.objects.exists(),
    }
    return render(request, "training/runs.html", context, status=status)


def _get_run_or_404(request: HttpRequest, run_id: UUID) -> TrainingRun:
    try:
        return access.get_training_run(require_user(request), run_id)
    except access.NotFound as error:
        raise Http404(str(error)) from None


def _parse_after(request: HttpRequest) -> UUID | None:
    try:
        return access.parse_uuid(request.GET["after"]) if "after" in request.GET else None
    except access.NotFound as error:
        raise Http404(str(error)) from None
