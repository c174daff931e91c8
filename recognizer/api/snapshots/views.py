"""Training sets, for admins: make one, list them, look at one."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer.access import get_snapshot
from recognizer.api.authentication import get_request_user
from recognizer.api.drawings.serializers import PROBLEM_RESPONSES
from recognizer.api.permissions import ADMIN_PERMISSIONS
from recognizer.api.problems import ApiProblem
from recognizer.api.request_parsing import JsonBodyParser, parse_query_params
from recognizer.api.serializer_fields import RequestSerializer
from recognizer.api.snapshots.serializers import (
    SnapshotDetailSerializer,
    SnapshotDiffSerializer,
    SnapshotSerializer,
)
from recognizer.models import Snapshot
from recognizer.snapshots.build import MAX_NOTE_LENGTH, CannotBuild, build_snapshot
from recognizer.snapshots.diff import diff_json, diff_snapshots
from recognizer.snapshots.serializers import snapshot_detail_json, snapshot_json

SNAPSHOT_ID = OpenApiParameter("id", OpenApiTypes.UUID, "path")
OTHER_ID = OpenApiParameter("other", OpenApiTypes.UUID, "path")


class SnapshotRequestSerializer(RequestSerializer):
    note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MAX_NOTE_LENGTH,
        help_text="What for.",
    )


class SnapshotListView(APIView):
    permission_classes = ADMIN_PERMISSIONS
    parser_classes = [JsonBodyParser]

    @extend_schema(
        operation_id="snapshots_list",
        responses={200: SnapshotSerializer(many=True), **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        """All snapshots, newest first."""
        parse_query_params(request)
        found = Snapshot.objects.select_related("by")
        return Response([snapshot_json(one) for one in found])

    @extend_schema(
        operation_id="snapshots_create",
        request=SnapshotRequestSerializer,
        responses={200: SnapshotSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        """The snapshot of what is agreed now. While nothing changes it is the same one again."""
        parse_query_params(request)
        body = SnapshotRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        note = body.validated_data.get("note", "")
        try:
            snapshot = build_snapshot(by=get_request_user(request), note=note)
        except CannotBuild as error:
            raise ApiProblem(409, error.code, error.detail) from None
        return Response(snapshot_json(snapshot))


class SnapshotDetailView(APIView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="snapshots_retrieve",
        parameters=[SNAPSHOT_ID],
        responses={200: SnapshotDetailSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, id: str) -> Response:
        """One snapshot, with what is left out of it by now and the networks that learnt from it."""
        parse_query_params(request)
        return Response(snapshot_detail_json(get_snapshot(get_request_user(request), id)))


class SnapshotDiffView(APIView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="snapshots_diff",
        parameters=[SNAPSHOT_ID, OTHER_ID],
        responses={200: SnapshotDiffSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, id: str, other: str) -> Response:
        """What is different in the other one: by label what came and went, and what changed."""
        parse_query_params(request)
        first, second = (get_snapshot(get_request_user(request), one) for one in (id, other))
        return Response(diff_json(diff_snapshots(first, second)))
