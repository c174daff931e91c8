"""Training set pages for admins: list, create, import, view, compare."""

from itertools import pairwise
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognizer import permission_checked_lookups
from recognizer.models import ModelVersion, Snapshot
from recognizer.snapshots.build import CannotBuild, build_snapshot
from recognizer.snapshots.diff import diff_snapshots
from recognizer.snapshots.exports.formats import EXPORT_FORMATS
from recognizer.snapshots.imports import importer
from recognizer.snapshots.imports.import_records import CannotImport
from recognizer.snapshots.set_statistics import count_excluded
from recognizer.views.access_decorators import admin_required, require_user
from recognizer.views.label_and_number_formatting import format_count
from recognizer.views.model_display_names import number_models
from recognizer.views.training.snapshot_forms import CreateSnapshotForm, ImportSnapshotForm
from recognizer.views.training.snapshot_summary import (
    SnapshotSummary,
    Thumbnail,
    build_bars,
    build_diff_rows,
    format_top_contributors,
    load_thumbnail_page,
    parse_thumbnail_filter,
    sample_thumbnails,
)

MAX_SNAPSHOTS_SHOWN = 100
MAX_DIFF_CHOICES = 20
IMPORT_FORM_KWARGS: dict[str, Any] = {"auto_id": "import_%s"}  # the page has two forms


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
        return _render_list(request, create_form=form, status=400)
    try:
        snapshot = build_snapshot(by=require_user(request), note=form.cleaned_data["note"])
    except CannotBuild as error:
        form.add_error(None, error.message)
        return _render_list(request, create_form=form, status=400)
    return redirect("snapshot", snapshot.pk)


@require_POST
@admin_required
@never_cache
def import_snapshot(request: HttpRequest) -> HttpResponse:
    """Import the file. `dry_run` in the form only checks it."""
    form = ImportSnapshotForm(request.POST, request.FILES, **IMPORT_FORM_KWARGS)
    if not form.is_valid():
        return _render_list(request, import_form=form, status=400)
    try:
        imported = importer.import_snapshot(
            form.cleaned_data["file"],
            by=require_user(request),
            note=form.cleaned_data["note"],
            dry_run="dry_run" in request.POST,
        )
    except CannotImport as error:
        form.add_error("file", error.message)
        return _render_list(request, import_form=form, status=400)
    report = imported.report
    if imported.snapshot is None:
        more: dict[str, Any] = {
            "report_bars": build_bars(report.manifest.counts),
            "report_thumbnails": sample_thumbnails(report.sample.records),
        }
        return _render_list(request, import_form=form, report=report, **more)
    if report.num_rejected:
        text = f"{format_count(report.num_rejected, 'drawing')} could not be imported."
        messages.warning(request, text, extra_tags="partial_import")
    if report.champion_check and report.champion_check.suspected:
        text = (
            f"The pictures seem to be {report.champion_check.suspected}. Check them before you "
            "train on this set."
        )
        messages.warning(request, text, extra_tags="suspected_change")
    return redirect("snapshot", imported.snapshot.pk)


@require_safe
@admin_required
@never_cache
def show_snapshot(request: HttpRequest, snapshot_id: UUID) -> HttpResponse:
    snapshot = permission_checked_lookups.get_snapshot(require_user(request), snapshot_id)
    thumbnail_filter = parse_thumbnail_filter(request.GET)
    others = Snapshot.objects.exclude(pk=snapshot.pk)[:MAX_DIFF_CHOICES]
    context = {
        "summary": SnapshotSummary(snapshot),
        "left_out": count_excluded(snapshot),
        "models": _models_trained_on(snapshot),
        "top_contributors": format_top_contributors(snapshot),
        "others": [SnapshotSummary(other) for other in others],
        "export_formats": EXPORT_FORMATS,
        "filter": thumbnail_filter,
        "page": load_thumbnail_page(snapshot, thumbnail_filter),
    }
    return render(request, "training/snapshot.html", context)


@require_safe
@admin_required
@never_cache
def show_diff(request: HttpRequest, snapshot_id: UUID, other_id: UUID) -> HttpResponse:
    first, second = (
        permission_checked_lookups.get_snapshot(require_user(request), snapshot_id),
        permission_checked_lookups.get_snapshot(require_user(request), other_id),
    )
    diff = diff_snapshots(first, second)
    examples = {
        name: [Thumbnail(item, found.old_labels.get(item.pk)) for item in found.load_items()]
        for name, found in (
            ("added", diff.added_examples),
            ("removed", diff.removed_examples),
            ("changed", diff.relabelled_examples),
        )
    }
    context = {
        "diff": diff,
        "first": SnapshotSummary(first),
        "second": SnapshotSummary(second),
        "rows": build_diff_rows(diff),
        "examples": examples,
    }
    return render(request, "training/snapshot_diff.html", context)


def _render_list(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    found = Snapshot.objects.select_related("by")[:MAX_SNAPSHOTS_SHOWN]
    summaries = [SnapshotSummary(snapshot) for snapshot in found]
    for newer, older in pairwise(summaries):
        if not (newer.snapshot.is_imported or older.snapshot.is_imported):
            newer.previous = older.snapshot
    context = {
        "summaries": summaries,
        "create_form": CreateSnapshotForm(),
        "import_form": ImportSnapshotForm(**IMPORT_FORM_KWARGS),
        **more,
    }
    return render(request, "training/snapshots.html", context, status=status)


def _models_trained_on(snapshot: Snapshot) -> list[ModelVersion]:
    runs = snapshot.runs.select_related("model").defer("model__card")
    models = [run.model for run in runs if run.model]
    number_models(models)
    return models
