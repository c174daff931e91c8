"""Snapshots, their export and import, for admins."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.api.authentication import get_request_user
from recognizer.api.base_view import AcceptAnyNegotiation, ApiView
from recognizer.api.request_parsing import parse_body
from recognizer.api.request_serializers import RequestSerializer
from recognizer.api.role_permissions import ADMIN_PERMISSIONS
from recognizer.models import Snapshot
from recognizer.permission_checked_lookups import get_snapshot
from recognizer.snapshots.api_payloads import (
    SnapshotDetailPayload,
    SnapshotPayload,
    snapshot_detail_json,
    snapshot_json,
)
from recognizer.snapshots.build import MAX_NOTE_LENGTH, build_snapshot
from recognizer.snapshots.diff import SnapshotDiffPayload, diff_json, diff_snapshots
from recognizer.snapshots.exports.formats import EXPORT_FORMATS, export_snapshot
from recognizer.snapshots.imports.import_report import ImportReportPayload
from recognizer.snapshots.imports.importer import import_snapshot
from recognizer.streaming_download import stream_download

FORMAT_PARAMETER = OpenApiParameter("format", str, enum=list(EXPORT_FORMATS), required=True)


class SnapshotRequestSerializer(RequestSerializer):
    note = serializers.CharField(
        required=False, allow_blank=True, max_length=MAX_NOTE_LENGTH, help_text="Purpose."
    )


class SnapshotListView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(operation_id="snapshots_list", responses={200: list[SnapshotPayload]})
    def get(self, request: Request) -> Response:
        """All snapshots, newest first."""
        found = Snapshot.objects.select_related("by")
        return Response([snapshot_json(snapshot) for snapshot in found])

    @extend_schema(
        operation_id="snapshots_create",
        request=SnapshotRequestSerializer,
        responses={200: SnapshotPayload},
    )
    def post(self, request: Request) -> Response:
        """Build a snapshot of the ground truth, or return the existing one if nothing changed."""
        body = parse_body(request, SnapshotRequestSerializer)
        note = body.get("note", "")
        snapshot = build_snapshot(by=get_request_user(request), note=note)
        return Response(snapshot_json(snapshot))


class SnapshotDetailView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(operation_id="snapshots_retrieve", responses={200: SnapshotDetailPayload})
    def get(self, request: Request, id: str) -> Response:
        """A snapshot, its numbers of excluded drawings, and the models trained on it."""
        return Response(snapshot_detail_json(get_snapshot(get_request_user(request), id)))


class SnapshotDiffView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(operation_id="snapshots_diff", responses={200: SnapshotDiffPayload})
    def get(self, request: Request, id: str, other: str) -> Response:
        """The differences between two snapshots, by label."""
        first, second = (get_snapshot(get_request_user(request), key) for key in (id, other))
        return Response(diff_json(diff_snapshots(first, second)))


class ImportRequestSerializer(SnapshotRequestSerializer):
    file = serializers.FileField(
        help_text="A zip with IDX files, a zip with PNG pictures and labels.csv, or JSON lines."
    )
    dry_run = serializers.BooleanField(default=False, help_text="Only report the content.")


class SnapshotExportView(ApiView):
    query_params = {"GET": ["format"]}
    permission_classes = ADMIN_PERMISSIONS
    content_negotiation_class = AcceptAnyNegotiation

    @extend_schema(
        operation_id="snapshots_export",
        parameters=[FORMAT_PARAMETER],
        responses={
            (200, "application/zip"): OpenApiTypes.BINARY,
            (200, "application/x-ndjson"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, id: str) -> StreamingHttpResponse:
        """A snapshot as a file: `idx` and `csv` have pictures, `jsonl` strokes, `parquet` both."""
        form = request.query_params.get("format", "")
        export = export_snapshot(get_snapshot(get_request_user(request), id), form)
        return stream_download(
            request._request, export.chunks, name=export.name, media_type=export.media_type
        )


class SnapshotImportView(ApiView):
    permission_classes = ADMIN_PERMISSIONS
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="snapshots_import",
        request={"multipart/form-data": ImportRequestSerializer},
        responses={200: ImportReportPayload},
    )
    def post(self, request: Request) -> Response:
        """Import a file as a snapshot. With `dry_run` only report its content."""
        body = parse_body(request, ImportRequestSerializer)
        imported = import_snapshot(
            body["file"],
            by=get_request_user(request),
            note=body.get("note", ""),
            dry_run=body["dry_run"],
        )
        snapshot = snapshot_json(imported.snapshot) if imported.snapshot else None
        return Response(imported.report.as_json(dry_run=body["dry_run"], snapshot=snapshot))
