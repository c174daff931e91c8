"""Training sets, for admins: all of them, one of them, two compared; make one, bring one in."""

from itertools import pairwise
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognizer import access, snapshots
from recognizer.models import Snapshot
from recognizer.pages.snapshot_forms import ImportForm, MakeForm
from recognizer.pages.snapshot_words import (
    SnapshotCard,
    Thumb,
    bars_of,
    diff_rows,
    read_choice,
    read_people,
    thumbs_page,
)
from recognizer.pages.visitors import for_admins, signed_in

LISTED = 100
COMPARED_WITH = 20
BESIDE: dict[str, Any] = {"auto_id": "import_%s"}  # two forms stand on one page


@require_safe
@for_admins
@never_cache
def show_snapshots(request: HttpRequest) -> HttpResponse:
    return _list_page(request)


@require_POST
@for_admins
@never_cache
def make_snapshot(request: HttpRequest) -> HttpResponse:
    form = MakeForm(request.POST)
    if not form.is_valid():
        return _list_page(request, make_form=form, status=400)
    try:
        snapshot = snapshots.build_snapshot(by=signed_in(request), note=form.cleaned_data["note"])
    except snapshots.CannotBuild as error:
        form.add_error(None, error.detail)
        return _list_page(request, make_form=form, status=400)
    return redirect("snapshot", snapshot.pk)


@require_POST
@for_admins
@never_cache
def import_snapshot(request: HttpRequest) -> HttpResponse:
    """`look` in the form only tells what would come in."""
    form = ImportForm(request.POST, request.FILES, **BESIDE)
    if not form.is_valid():
        return _list_page(request, import_form=form, status=400)
    try:
        imported = snapshots.import_snapshot(
            form.cleaned_data["file"],
            by=signed_in(request),
            note=form.cleaned_data["note"],
            dry_run="look" in request.POST,
        )
    except snapshots.CannotImport as error:
        form.add_error("file", error.detail)
        return _list_page(request, import_form=form, status=400)
    report = imported.report
    if imported.snapshot is None:
        bars = bars_of(report.manifest.counts)
        return _list_page(request, import_form=form, report=report, report_bars=bars)
    if report.refused:
        messages.warning(request, f"{report.refused:,} of the file could not be taken in.")
    return redirect("snapshot", imported.snapshot.pk)


@require_safe
@for_admins
@never_cache
def show_snapshot(request: HttpRequest, snapshot_id: UUID) -> HttpResponse:
    snapshot = _find(request, snapshot_id)
    choice = read_choice(request.GET)
    others = Snapshot.objects.exclude(pk=snapshot.pk)[:COMPARED_WITH]
    context = {
        "card": SnapshotCard(snapshot),
        "left_out": snapshots.count_left_out(snapshot),
        "models": snapshots.one_snapshot_json(snapshot)["models"],
        "people": read_people(snapshot),
        "others": [SnapshotCard(other) for other in others],
        "forms": snapshots.FORMS,
        "choice": choice,
        "page": thumbs_page(snapshot, choice),
    }
    return render(request, "pages/snapshot.html", context)


@require_safe
@for_admins
@never_cache
def show_diff(request: HttpRequest, snapshot_id: UUID, other_id: UUID) -> HttpResponse:
    first, second = _find(request, snapshot_id), _find(request, other_id)
    diff = snapshots.diff_snapshots(first, second)
    shown = {
        name: [Thumb(item, examples.before.get(item.pk)) for item in examples.read()]
        for name, examples in (
            ("added", diff.came),
            ("removed", diff.went),
            ("changed", diff.changed),
        )
    }
    context = {
        "diff": diff,
        "first": SnapshotCard(first),
        "second": SnapshotCard(second),
        "rows": diff_rows(diff),
        "shown": shown,
    }
    return render(request, "pages/snapshot_diff.html", context)


def _list_page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    found = Snapshot.objects.select_related("by")[:LISTED]
    cards = [SnapshotCard(one) for one in found]
    for card, before in pairwise(cards):
        if not (card.snapshot.is_imported or before.snapshot.is_imported):
            card.before = before.snapshot
    context = {"cards": cards, "make_form": MakeForm(), "import_form": ImportForm(**BESIDE), **more}
    return render(request, "pages/snapshots.html", context, status=status)


def _find(request: HttpRequest, snapshot_id: UUID) -> Snapshot:
    try:
        return access.get_snapshot(signed_in(request), snapshot_id)
    except access.NotFound as error:
        raise Http404(str(error)) from None
