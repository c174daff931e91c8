"""Training runs, for admins: asked for, read, cancelled."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from recognizer import access
from recognizer.api.authentication import get_request_user
from recognizer.api.drawings.serializers import PROBLEM_RESPONSES
from recognizer.api.permissions import ADMIN_PERMISSIONS
from recognizer.api.problems import ApiProblem
from recognizer.api.request_parsing import JsonBodyParser, parse_query_params
from recognizer.api.serializer_fields import RequestSerializer
from recognizer.api.training_runs.serializers import (
    TrainingRunDetailSerializer,
    TrainingRunListSerializer,
    TrainingRunSerializer,
)
from recognizer.drawings.pagination import parse_page_size
from recognizer.models import ModelVersion, Rehearsal, Snapshot, Trigger, User
from recognizer.training.queries import list_runs, load_events
from recognizer.training.run_errors import CannotCancel, CannotRequest
from recognizer.training.run_requests import (
    ARCHITECTURES,
    DEFAULT_EPOCHS,
    MAX_EPOCHS,
    MAX_SEED,
    cancel_run,
    find_default_base,
    request_run,
)
from recognizer.training.serializers import event_json, run_json

RUN_ID = OpenApiParameter("id", OpenApiTypes.UUID, "path")
PAGE_PARAMETERS = [
    OpenApiParameter("cursor", OpenApiTypes.UUID, description="As `next` names it."),
    OpenApiParameter("limit", int, description="Runs on a page: 50, at most 200."),
]


class TrainingRunRequestSerializer(RequestSerializer):
    architecture = serializers.ChoiceField(
        ARCHITECTURES, required=False, help_text="That of the base, else inknet."
    )
    base = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=53,
        help_text="name@sha12 of the network to train further; null: from scratch. Left out: the "
        "champion.",
    )
    snapshot = serializers.UUIDField(
        required=False, allow_null=True, help_text="Left out or null: one is made now."
    )
    rehearsal = serializers.ChoiceField(Rehearsal.choices, default=Rehearsal.ALL)
    epochs = serializers.IntegerField(required=False, min_value=1, max_value=MAX_EPOCHS)
    seed = serializers.IntegerField(default=1, min_value=0, max_value=MAX_SEED)
    shadow = serializers.BooleanField(
        default=False, help_text="Whether what comes of it answers in the shadow."
    )


class TrainingRunListView(APIView):
    parser_classes = [JsonBodyParser]
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="training_runs_list",
        parameters=PAGE_PARAMETERS,
        responses={200: TrainingRunListSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        """All runs, newest first, page by page."""
        given = parse_query_params(request, "cursor", "limit")
        after = access.parse_uuid(given["cursor"]) if "cursor" in given else None
        page = list_runs(after=after, size=parse_page_size(given))
        results = [run_json(run) for run in page.runs]
        return Response({"next": _next_url(request, page.next_id), "results": results})

    @extend_schema(
        operation_id="training_runs_create",
        request=TrainingRunRequestSerializer,
        responses={201: TrainingRunSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        """Ask for a run. It waits for its turn: one at a time is trained on a device."""
        parse_query_params(request)
        body = TrainingRunRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            run = request_run(**_parse_run_request(get_request_user(request), body.validated_data))
        except CannotRequest as error:
            status = 409 if error.code == "already_open" else 400
            raise ApiProblem(status, error.code, error.detail) from None
        return Response(run_json(run), 201)


class TrainingRunDetailView(APIView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="training_runs_retrieve",
        parameters=[RUN_ID],
        responses={200: TrainingRunDetailSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, id: str) -> Response:
        """One run, with all it has told: epochs, points of its curve, lines of its log."""
        parse_query_params(request)
        run = access.get_training_run(get_request_user(request), id)
        events = [event_json(event) for event in load_events(run.pk)]
        return Response({**run_json(run), "events": events})


class CancelTrainingRunView(APIView):
    parser_classes = [JsonBodyParser]
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="training_runs_cancel",
        parameters=[RUN_ID],
        request=None,
        responses={200: TrainingRunSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, id: str) -> Response:
        """Ask it to stop; it does so within a second or two. Asking again changes nothing."""
        parse_query_params(request)
        run = access.get_training_run(get_request_user(request), id)
        try:
            run = cancel_run(run=run)
        except CannotCancel as error:
            raise ApiProblem(409, "already_ended", str(error)) from None
        return Response(run_json(run))


def _parse_run_request(user: User, data: dict[str, Any]) -> dict[str, Any]:
    base = _find_base(user, data)
    given = "fine_tune" if base else "scratch"
    return {
        "by": user,
        "trigger": Trigger.API,
        "base": base,
        "architecture": data.get("architecture") or (base.architecture if base else "inknet"),
        "snapshot": _find_snapshot(user, data.get("snapshot")),
        "epochs": data.get("epochs") or DEFAULT_EPOCHS[given],
        "rehearsal": Rehearsal(data["rehearsal"]),
        "seed": data["seed"],
        "wants_shadow": data["shadow"],
    }


def _find_base(user: User, data: dict[str, Any]) -> ModelVersion | None:
    if "base" not in data:
        return find_default_base(data.get("architecture"))
    return access.get_model_version(user, data["base"]) if data["base"] else None


def _find_snapshot(user: User, id: UUID | None) -> Snapshot | None:
    return access.get_snapshot(user, id) if id else None


def _next_url(request: Request, next_id: UUID | None) -> str | None:
    if next_id is None:
        return None
    return str(replace_query_param(request.build_absolute_uri(), "cursor", str(next_id)))
