"""Admin page of the audit log, read-only, with a CSV export of the chosen rows."""

import csv
import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from recognizer.admin.base_admin import MAX_LISTED_ROWS, ReadOnlyAdmin, make_choice_filter
from recognizer.csv_cells import escape_cell
from recognizer.models import AuditAction, AuditEvent

COLUMNS = ("time", "action", "actor", "target", "object", "details", "address")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "action", "actor", "target", "object", "detail_text", "address")
    list_filter = (
        make_choice_filter("action", AuditAction.choices),
        ("created_at", admin.DateFieldListFilter),
    )
    list_select_related = ("actor", "target")
    search_fields = ("actor__username", "target__username")
    search_help_text = "Username of the actor or the target"
    actions = ("export_as_csv",)

    @admin.display(description="details")
    def detail_text(self, event: AuditEvent) -> str:
        return ", ".join(f"{name}: {value}" for name, value in event.details.items())

    @admin.action(description="Export as CSV", permissions=["view"])
    def export_as_csv(self, request: HttpRequest, events: QuerySet[AuditEvent]) -> HttpResponse:
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="audit-log.csv"'
        writer = csv.writer(response)
        writer.writerow(COLUMNS)
        for event in events.select_related("actor", "target")[:MAX_LISTED_ROWS]:
            writer.writerow([escape_cell(value) for value in _list_values(event)])
        return response


def _list_values(event: AuditEvent) -> list[str]:
    return [
        event.created_at.isoformat(),
        event.action,
        event.actor.username if event.actor else "",
        event.target.username if event.target else "",
        event.object,
        json.dumps(event.details),
        event.address or "",
    ]
