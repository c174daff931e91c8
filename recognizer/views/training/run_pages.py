"""Training pages for admins: list, start, view and cancel runs."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from recognizer import permission_checked_lookups
from recognizer.models import Rehearsal, RetrainingProposal, ReviewerFinding, TrainingRun
from recognizer.training import run_requests
from recognizer.training.readiness import are_synthetic_digits_expected, build_readiness
from recognizer.training.run_errors import CannotCancel, CannotRequest
from recognizer.training.run_list_and_events import list_runs
from recognizer.views.access_decorators import admin_required, require_user
from recognizer.views.model_display_names import number_models
from recognizer.views.training.readiness_summary import ReadinessSummary
from recognizer.views.training.run_form import StartRunForm
from recognizer.views.training.run_summary import RunSummary, build_page_state

PAGE_SIZE = 20


@require_safe
@admin_required
@never_cache
def show_training(request: HttpRequest) -> HttpResponse:
    """List runs, newest first. `?after=` is the last run of the page before.

    `?snapshot=` preselects a training set in the form.
    """
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
        form.add_error(None, error.message)
        return _render_list(request, form, status=400)
    return redirect("training_run", run.pk)


@require_safe
@admin_required
@never_cache
@ensure_csrf_cookie
def show_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    run = permission_checked_lookups.get_training_run(require_user(request), run_id)
    num_before = TrainingRun.objects.filter(status__in=["queued", "running"], pk__lt=run.pk).count()
    summary = RunSummary(run)
    context = {
        "summary": summary,
        "state": build_page_state(run),
        "num_runs_before": num_before,
    }
    if summary.is_open:
        is_download_needed = run.rehearsal != Rehearsal.SYNTHETIC
        context["readiness"] = ReadinessSummary(build_readiness(run.snapshot))
        context["is_synthetic_expected"] = is_download_needed and are_synthetic_digits_expected()
    return render(request, "training/run.html", context)


@require_POST
@admin_required
def cancel_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    try:
        run_requests.cancel_run(
            run=permission_checked_lookups.get_training_run(require_user(request), run_id)
        )
    except CannotCancel as error:
        messages.error(request, error.message, extra_tags=error.code)
    return redirect("training_run", run_id)


def _render_list(request: HttpRequest, form: StartRunForm, *, status: int = 200) -> HttpResponse:
    page = list_runs(after=_parse_after(request), size=PAGE_SIZE)
    number_models(run.base for run in page.runs if run.base)
    context: dict[str, Any] = {
        "form": form,
        "readiness": ReadinessSummary(form.readiness),
        "is_synthetic_expected": are_synthetic_digits_expected(),
        "summaries": [RunSummary(run) for run in page.runs],
        "next_id": page.next_id,
        "is_first": "after" not in request.GET,
        "findings": ReviewerFinding.objects.filter(resolved_at=None).select_related("user")[:5],
        "proposals": RetrainingProposal.objects.filter(resolved_at=None).select_related("snapshot")[
            :5
        ],
    }
    return render(request, "training/runs.html", context, status=status)


def _parse_after(request: HttpRequest) -> UUID | None:
    return (
        permission_checked_lookups.parse_uuid(request.GET["after"])
        if "after" in request.GET
        else None
    )
