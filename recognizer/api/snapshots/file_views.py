"""Training sets as files: out in three forms, and in again."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer.access import get_snapshot
from recognizer.api.authentication import get_request_user
from recognizer.api.content_negotiation import AcceptAnyNegotiation
from recognizer.api.drawings.serializers import PROBLEM_RESPONSES
from recognizer.api.permissions import ADMIN_PERMISSIONS
from recognizer.api.problems import ApiProblem
from recognizer.api.request_parsing import parse_query_params
from recognizer.api.serializer_fields import RequestSerializer
from recognizer.api.snapshots.serializers import ImportReportSerializer
from recognizer.api.snapshots.views import SNAPSHOT_ID
from recognizer.snapshots.build import MAX_NOTE_LENGTH
from recognizer.snapshots.exports.formats import (
    EXPORT_FORMATS,
    CannotExportSnapshot,
    export_snapshot,
)
from recognizer.snapshots.imports.importer import import_snapshot
from recognizer.snapshots.imports.records import CannotImport
from recognizer.snapshots.serializers import snapshot_json
from recognizer.streaming import stream_download

FORMAT_PARAMETER = OpenApiParameter("format", str, enum=list(EXPORT_FORMATS), required=True)
ERROR_STATUSES = {"too_large": 413, "unsupported": 415, "no_training_data": 409}


class ImportRequestSerializer(RequestSerializer):
    file = serializers.FileField(
        help_text="A zip with IDX files, a zip with PNG pictures and labels.csv, or JSON lines."
    )
    note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MAX_NOTE_LENGTH,
        help_text="What for.",
    )
    dry_run = serializers.BooleanField(default=False, help_text="Only say what would come in.")


class SnapshotExportView(APIView):
    permission_classes = ADMIN_PERMISSIONS
    content_negotiation_class = AcceptAnyNegotiation

    @extend_schema(
        operation_id="snapshots_export",
        parameters=[SNAPSHOT_ID, FORMAT_PARAMETER],
        responses={
            (200, "application/zip"): OpenApiTypes.BINARY,
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            **PROBLEM_RESPONSES,
        },
    )
    def get(self, request: Request, id: str) -> StreamingHttpResponse:
        """One snapshot as a file, sent while it is made: idx and csv are zips, jsonl has the
        strokes."""
        export_format = parse_query_params(request, "format").get("format", "")
        try:
            export = export_snapshot(get_snapshot(get_request_user(request), id), export_format)
        except CannotExportSnapshot as error:
            errors = {"format": str(error)}
            raise ApiProblem(
                400, "invalid", "Some parameters cannot be used.", errors=errors
            ) from None
        return stream_download(
            request._request, export.chunks, name=export.name, media_type=export.media_type
        )


class SnapshotImportView(APIView):
    permission_classes = ADMIN_PERMISSIONS
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="snapshots_import",
        request={"multipart/form-data": ImportRequestSerializer},
        responses={200: ImportReportSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        """Bring in a file as a snapshot of its own, or say what would come in. The same file again
        is the same snapshot."""
        parse_query_params(request)
        body = ImportRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given: dict[str, Any] = body.validated_data
        try:
            imported = import_snapshot(
                given["file"],
                by=get_request_user(request),
                note=given.get("note", ""),
                dry_run=given["dry_run"],
            )
        except CannotImport as error:
            raise ApiProblem(
                ERROR_STATUSES.get(error.code, 400), error.code, error.detail
            ) from None
        snapshot = imported.snapshot and snapshot_json(imported.snapshot)
        head = {"dry_run": given["dry_run"], **imported.report.as_json()}
        return Response({**head, "snapshot": snapshot})
