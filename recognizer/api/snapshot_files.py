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

from recognizer import snapshots
from recognizer.access import get_snapshot
from recognizer.api.answers import PROBLEMS
from recognizer.api.authentication import user_of
from recognizer.api.fields import Body
from recognizer.api.negotiation import AnyAccept
from recognizer.api.permissions import ADMINS
from recognizer.api.problems import Refused
from recognizer.api.requests import read_parameters
from recognizer.api.snapshot_answers import ImportAnswer
from recognizer.api.snapshots import SNAPSHOT_ID
from recognizer.downloads import stream_download

FORMAT = OpenApiParameter("format", str, enum=list(snapshots.FORMS), required=True)
STATUSES = {"too_large": 413, "unsupported": 415, "no_training_data": 409}


class ImportBody(Body):
    file = serializers.FileField(
        help_text="A zip with IDX files, a zip with PNG pictures and labels.csv, or JSON lines."
    )
    note = serializers.CharField(
        required=False, allow_blank=True, max_length=snapshots.NOTE_LENGTH, help_text="What for."
    )
    dry_run = serializers.BooleanField(default=False, help_text="Only say what would come in.")


class SnapshotExport(APIView):
    permission_classes = ADMINS
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="snapshots_export",
        parameters=[SNAPSHOT_ID, FORMAT],
        responses={
            (200, "application/zip"): OpenApiTypes.BINARY,
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            **PROBLEMS,
        },
    )
    def get(self, request: Request, id: str) -> StreamingHttpResponse:
        """One snapshot as a file, sent while it is made: idx and csv are zips, jsonl has the
        strokes."""
        form = read_parameters(request, "format").get("format", "")
        try:
            export = snapshots.export_snapshot(get_snapshot(user_of(request), id), form)
        except snapshots.CannotExport as error:
            errors = {"format": str(error)}
            raise Refused(
                400, "invalid", "Some parameters cannot be used.", errors=errors
            ) from None
        return stream_download(
            request._request, export.pieces, name=export.name, media_type=export.media_type
        )


class SnapshotImport(APIView):
    permission_classes = ADMINS
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="snapshots_import",
        request={"multipart/form-data": ImportBody},
        responses={200: ImportAnswer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Bring in a file as a snapshot of its own, or say what would come in. The same file again
        is the same snapshot."""
        read_parameters(request)
        body = ImportBody(data=request.data)
        body.is_valid(raise_exception=True)
        given: dict[str, Any] = body.validated_data
        try:
            imported = snapshots.import_snapshot(
                given["file"],
                by=user_of(request),
                note=given.get("note", ""),
                dry_run=given["dry_run"],
            )
        except snapshots.CannotImport as error:
            raise Refused(STATUSES.get(error.code, 400), error.code, error.detail) from None
        snapshot = imported.snapshot and snapshots.snapshot_json(imported.snapshot)
        head = {"dry_run": given["dry_run"], **imported.report.as_json()}
        return Response({**head, "snapshot": snapshot})
