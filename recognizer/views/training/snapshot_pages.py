"""Training sets, for admins: all of them, one of them, two compared; make one, bring one in."""

from itertools import pairwise
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognizer import access
from recognizer.models import Snapshot
from recognizer.snapshots.build import CannotBuild, build_snapshot
from recognizer.snapshots.diff import diff_snapshots
from recognizer.snapshots.exports.formats import EXPORT_FORMATS
from recognizer.snapshots.imports import importer
from recognizer.snapshots.imports.records import CannotImport
from recognizer.snapshots.queries import count_excluded
from recognizer.snapshots.serializers import snapshot_detail_json
from recognizer.views.decorators import admin_required, require_user
from recognizer.views.training.snapshot_forms import CreateSnapshotForm, ImportSnapshotForm
from recognizer.views.training.snapshot_summary import (
    SnapshotSummary,
    Thumbnail,
    build_bars,
    diff_rows,
    load_thumbnail_page,
    parse_thumbnail_filter,
    top_contributors,
)

MAX_SNAPSHOTS_SHOWN = 100
MAX_DIFF_CHOICES = 20
IMPORT_FORM_KWARGS: dict[str, Any] = {"auto_id": "import_%s"}  # two forms stand on one page


@require_safe
@admin_required
@never_cache
def show_snapshots(request: HttpRequest) -> HttpResponse:
    return _render_list(request)


@require_POST
@admin_required
@never_cache
def create_snapshot(request: HttpRequest) -> HttpResponse:
    form = CreateSnapshotForm(request.POST)
    if not form.is_valid():
        return _render_list(request, make_form=form, status=400)
    try:
        snapshot = build_snapshot(by=require_user(request), note=form.cleaned_data["note"])
    except CannotBuild as error:
        form.add_error(None, error.detail)
        return _render_list(request, make_form=form, status=400)
    return redirect("snapshot", snapshot.pk)


@require_POST
@admin_required
@never_cache
def import_snapshot(request: HttpRequest) -> HttpResponse:
    """`look` in the form only tells what would come in."""
    form = ImportSnapshotForm(request.POST, request.FILES, **IMPORT_FORM_KWARGS)
    if not form.is_valid():
        return _render_list(request, import_form=form, status=400)
    try:
        imported = importer.import_snapshot(
            form.cleaned_data["file"],
            by=require_user(request),
            note=form.cleaned_data["note"],
            dry_run="look" in request.POST,
        )
    except CannotImport as error:
        form.add_error("file", error.detail)
        return _render_list(request, import_form=form, status=400)
    report = imported.report
    if imported.snapshot is None:
        bars = build_bars(report.manifest.counts)
        return _render_list(request, import_form=form, report=report, report_bars=bars)
    if report.num_rejected:
        messages.warning(request, f"{report.num_rejected:,} of the file could not be taken in.")
    return redirect("snapshot", imported.snapshot.pk)


@require_safe
@admin_required
@never_cache
def show_snapshot(request: HttpRequest, snapshot_id: UUID) -> HttpResponse:
    snapshot = _get_snapshot_or_404(request, snapshot_id)
    choice = parse_thumbnail_filter(request.GET)
    others = Snapshot.objects.exclude(pk=snapshot.pk)[:MAX_DIFF_CHOICES]
    context = {
        "card": SnapshotSummary(snapshot),
        "left_out": count_excluded(snapshot),
        "models": snapshot_detail_json(snapshot)["models"],
        "people": top_contributors(snapshot),
        "others": [SnapshotSummary(other) for other in others],
        "forms": EXPORT_FORMATS,
        "choice": choice,
        "page": load_thumbnail_page(snapshot, choice),
    }
    return render(request, "training/snapshot.html", context)


@require_safe
@admin_required
@never_cache
def show_diff(request: HttpRequest, snapshot_id: UUID, other_id: UUID) -> HttpResponse:
    first, second = (
        _get_snapshot_or_404(request, snapshot_id),
        _get_snapshot_or_404(request, other_id),
    )
    diff = diff_snapshots(first, second)
    shown = {
        name: [Thumbnail(item, examples.old_labels.get(item.pk)) for item in examples.load_items()]
        for name, examples in (
            ("added", diff.added_examples),
            ("removed", diff.removed_examples),
            ("changed", diff.relabelled_examples),
        )
    }
    context = {
        "diff": diff,
        "first": SnapshotSummary(first),
        "second": SnapshotSummary(second),
        "rows": diff_rows(diff),
        "shown": shown,
    }
    return render(request, "training/snapshot_diff.html", context)


def _render_list(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    found = Snapshot.objects.select_related("by")[:MAX_SNAPSHOTS_SHOWN]
    cards = [SnapshotSummary(one) for one in found]
    for card, before in pairwise(cards):
        if not (card.snapshot.is_imported or before.snapshot.is_imported):
            card.before = before.snapshot
    context = {
        "cards": cards,
        "make_form": CreateSnapshotForm(),
        "import_form": ImportSnapshotForm(**IMPORT_FORM_KWARGS),
        **more,
    }
    return render(request, "training/snapshots.html", context, status=status)


def _get_snapshot_or_404(request: HttpRequest, snapshot_id: UUID) -> Snapshot:
    try:
        return access.get_snapshot(require_user(request), snapshot_id)
    except access.NotFound as error:
        raise Http404(str(error)) from None
