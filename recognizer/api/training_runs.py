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

from recognizer import access, training
from recognizer.api.answers import PROBLEMS
from recognizer.api.authentication import user_of
from recognizer.api.fields import Body
from recognizer.api.permissions import ADMINS
from recognizer.api.problems import Refused
from recognizer.api.requests import JsonBody, read_parameters
from recognizer.api.run_answers import OneRunAnswer, RunAnswer, RunsAnswer
from recognizer.history import read_page_size
from recognizer.models import ModelVersion, Rehearsal, Snapshot, Trigger, User

RUN_ID = OpenApiParameter("id", OpenApiTypes.UUID, "path")
PAGE = [
    OpenApiParameter("cursor", OpenApiTypes.UUID, description="As `next` names it."),
    OpenApiParameter("limit", int, description="Runs on a page: 50, at most 200."),
]


class RunBody(Body):
    architecture = serializers.ChoiceField(
        training.ARCHITECTURES, required=False, help_text="That of the base, else inknet."
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
    epochs = serializers.IntegerField(required=False, min_value=1, max_value=training.MOST_EPOCHS)
    seed = serializers.IntegerField(default=1, min_value=0, max_value=training.MOST_SEED)
    shadow = serializers.BooleanField(
        default=False, help_text="Whether what comes of it answers in the shadow."
    )


class TrainingRuns(APIView):
    parser_classes = [JsonBody]
    permission_classes = ADMINS

    @extend_schema(
        operation_id="training_runs_list", parameters=PAGE, responses={200: RunsAnswer, **PROBLEMS}
    )
    def get(self, request: Request) -> Response:
        """All runs, newest first, page by page."""
        given = read_parameters(request, "cursor", "limit")
        after = access.read_uuid(given["cursor"]) if "cursor" in given else None
        page = training.list_runs(after=after, size=read_page_size(given))
        results = [training.run_json(run) for run in page.runs]
        return Response({"next": _next_url(request, page.next_id), "results": results})

    @extend_schema(
        operation_id="training_runs_create",
        request=RunBody,
        responses={201: RunAnswer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Ask for a run. It waits for its turn: one at a time is trained on a device."""
        read_parameters(request)
        body = RunBody(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            run = training.request_run(**_read_wishes(user_of(request), body.validated_data))
        except training.CannotRequest as error:
            status = 409 if error.code == "already_open" else 400
            raise Refused(status, error.code, error.detail) from None
        return Response(training.run_json(run), 201)


class OneTrainingRun(APIView):
    permission_classes = ADMINS

    @extend_schema(
        operation_id="training_runs_retrieve",
        parameters=[RUN_ID],
        responses={200: OneRunAnswer, **PROBLEMS},
    )
    def get(self, request: Request, id: str) -> Response:
        """One run, with all it has told: epochs, points of its curve, lines of its log."""
        read_parameters(request)
        run = access.get_training_run(user_of(request), id)
        events = [training.event_json(event) for event in training.read_events(run.pk)]
        return Response({**training.run_json(run), "events": events})


class CancelledTrainingRun(APIView):
    parser_classes = [JsonBody]
    permission_classes = ADMINS

    @extend_schema(
        operation_id="training_runs_cancel",
        parameters=[RUN_ID],
        request=None,
        responses={200: RunAnswer, **PROBLEMS},
    )
    def post(self, request: Request, id: str) -> Response:
        """Ask it to stop; it does so within a second or two. Asking again changes nothing."""
        read_parameters(request)
        run = access.get_training_run(user_of(request), id)
        try:
            run = training.cancel_run(run=run)
        except training.CannotCancel as error:
            raise Refused(409, "already_ended", str(error)) from None
        return Response(training.run_json(run))


def _read_wishes(user: User, data: dict[str, Any]) -> dict[str, Any]:
    base = _find_base(user, data)
    given = "fine_tune" if base else "scratch"
    return {
        "by": user,
        "trigger": Trigger.API,
        "base": base,
        "architecture": data.get("architecture") or (base.architecture if base else "inknet"),
        "snapshot": _find_snapshot(user, data.get("snapshot")),
        "epochs": data.get("epochs") or training.EPOCHS[given],
        "rehearsal": Rehearsal(data["rehearsal"]),
        "seed": data["seed"],
        "wants_shadow": data["shadow"],
    }


def _find_base(user: User, data: dict[str, Any]) -> ModelVersion | None:
    if "base" not in data:
        return training.default_base(data.get("architecture"))
    return access.get_model_version(user, data["base"]) if data["base"] else None


def _find_snapshot(user: User, id: UUID | None) -> Snapshot | None:
    return access.get_snapshot(user, id) if id else None


def _next_url(request: Request, next_id: UUID | None) -> str | None:
    if next_id is None:
        return None
    return str(replace_query_param(request.build_absolute_uri(), "cursor", str(next_id)))
