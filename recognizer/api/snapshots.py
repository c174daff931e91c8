"""Training sets, for admins: make one, list them, look at one."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import snapshots
from recognizer.access import get_snapshot
from recognizer.api.answers import PROBLEMS
from recognizer.api.authentication import user_of
from recognizer.api.fields import Body
from recognizer.api.permissions import ADMINS
from recognizer.api.problems import Refused
from recognizer.api.requests import JsonBody, read_parameters
from recognizer.api.snapshot_answers import DiffAnswer, OneSnapshotAnswer, SnapshotAnswer
from recognizer.models import Snapshot

SNAPSHOT_ID = OpenApiParameter("id", OpenApiTypes.UUID, "path")
OTHER_ID = OpenApiParameter("other", OpenApiTypes.UUID, "path")


class SnapshotBody(Body):
    note = serializers.CharField(
        required=False, allow_blank=True, max_length=snapshots.NOTE_LENGTH, help_text="What for."
    )


class Snapshots(APIView):
    permission_classes = ADMINS
    parser_classes = [JsonBody]

    @extend_schema(
        operation_id="snapshots_list", responses={200: SnapshotAnswer(many=True), **PROBLEMS}
    )
    def get(self, request: Request) -> Response:
        """All snapshots, newest first."""
        read_parameters(request)
        found = Snapshot.objects.select_related("by")
        return Response([snapshots.snapshot_json(one) for one in found])

    @extend_schema(
        operation_id="snapshots_create",
        request=SnapshotBody,
        responses={200: SnapshotAnswer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """The snapshot of what is agreed now. While nothing changes it is the same one again."""
        read_parameters(request)
        body = SnapshotBody(data=request.data)
        body.is_valid(raise_exception=True)
        note = body.validated_data.get("note", "")
        try:
            snapshot = snapshots.build_snapshot(by=user_of(request), note=note)
        except snapshots.CannotBuild as error:
            raise Refused(409, error.code, error.detail) from None
        return Response(snapshots.snapshot_json(snapshot))


class OneSnapshot(APIView):
    permission_classes = ADMINS

    @extend_schema(
        operation_id="snapshots_retrieve",
        parameters=[SNAPSHOT_ID],
        responses={200: OneSnapshotAnswer, **PROBLEMS},
    )
    def get(self, request: Request, id: str) -> Response:
        """One snapshot, with what is left out of it by now and the networks that learnt from it."""
        read_parameters(request)
        return Response(snapshots.one_snapshot_json(get_snapshot(user_of(request), id)))


class SnapshotDiff(APIView):
    permission_classes = ADMINS

    @extend_schema(
        operation_id="snapshots_diff",
        parameters=[SNAPSHOT_ID, OTHER_ID],
        responses={200: DiffAnswer, **PROBLEMS},
    )
    def get(self, request: Request, id: str, other: str) -> Response:
        """What is different in the other one: by label what came and went, and what changed."""
        read_parameters(request)
        first, second = (get_snapshot(user_of(request), one) for one in (id, other))
        return Response(snapshots.diff_json(snapshots.diff_snapshots(first, second)))
