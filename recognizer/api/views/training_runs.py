"""Training runs, for admins."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import permission_checked_lookups
from recognizer.api.authentication import get_request_user
from recognizer.api.base_view import ApiView
from recognizer.api.pagination_parameters import build_next_url, page_parameters
from recognizer.api.request_parsing import parse_body
from recognizer.api.request_serializers import RequestSerializer
from recognizer.api.role_permissions import ADMIN_PERMISSIONS
from recognizer.drawings.pagination import DEFAULT_PAGE_SIZE, parse_page_size
from recognizer.models import ModelVersion, Rehearsal, Trigger, User
from recognizer.training.run_list_and_events import list_runs, load_events
from recognizer.training.run_payloads import (
    TrainingRunDetailPayload,
    TrainingRunListPayload,
    TrainingRunPayload,
    event_json,
    run_json,
)
from recognizer.training.run_requests import (
    ARCHITECTURES,
    DEFAULT_EPOCHS,
    MAX_EPOCHS,
    MAX_SEED,
    cancel_run,
    find_default_base,
    request_run,
)


class TrainingRunRequestSerializer(RequestSerializer):
    architecture = serializers.ChoiceField(
        ARCHITECTURES, required=False, help_text="Default: that of the base model, else inknet."
    )
    base = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=53,
        help_text="name@sha12 of the model to train further; null: train from scratch. "
        "Default: the champion.",
    )
    snapshot = serializers.UUIDField(
        required=False, allow_null=True, help_text="Default: a new one is built."
    )
    rehearsal = serializers.ChoiceField(Rehearsal.choices, default=Rehearsal.ALL)
    epochs = serializers.IntegerField(required=False, min_value=1, max_value=MAX_EPOCHS)
    seed = serializers.IntegerField(default=1, min_value=0, max_value=MAX_SEED)
    shadow = serializers.BooleanField(
        default=False, help_text="Make the trained model a shadow model."
    )


class TrainingRunListView(ApiView):
    query_params = {"GET": ["cursor", "limit"]}
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="training_runs_list",
        parameters=page_parameters("Runs", size=DEFAULT_PAGE_SIZE, cursor=OpenApiTypes.UUID),
        responses={200: TrainingRunListPayload},
    )
    def get(self, request: Request) -> Response:
        """All training runs, newest first."""
        given = request.query_params
        after = (
            permission_checked_lookups.parse_uuid(given["cursor"]) if "cursor" in given else None
        )
        page = list_runs(after=after, size=parse_page_size(given))
        results = [run_json(run) for run in page.runs]
        return Response({"next": build_next_url(request, page.next_id), "results": results})

    @extend_schema(
        operation_id="training_runs_create",
        request=TrainingRunRequestSerializer,
        responses={201: TrainingRunPayload},
    )
    def post(self, request: Request) -> Response:
        """Queue a training run. A device trains one run at a time."""
        body = parse_body(request, TrainingRunRequestSerializer)
        run = request_run(**_parse_run_request(get_request_user(request), body))
        return Response(run_json(run), 201)


class TrainingRunDetailView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(operation_id="training_runs_retrieve", responses={200: TrainingRunDetailPayload})
    def get(self, request: Request, id: str) -> Response:
        """A training run with its events."""
        run = permission_checked_lookups.get_training_run(get_request_user(request), id)
        events = [event_json(event) for event in load_events(run.pk)]
        return Response({**run_json(run), "events": events})


class CancelTrainingRunView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="training_runs_cancel", request=None, responses={200: TrainingRunPayload}
    )
    def post(self, request: Request, id: str) -> Response:
        """Cancel a training run. It stops within two seconds."""
        run = permission_checked_lookups.get_training_run(get_request_user(request), id)
        run = cancel_run(run=run)
        return Response(run_json(run))


def _parse_run_request(user: User, data: dict[str, Any]) -> dict[str, Any]:
    base, snapshot_id = _find_base(user, data), data.get("snapshot")
    given = "fine_tune" if base else "scratch"
    return {
        "by": user,
        "trigger": Trigger.API,
        "base": base,
        "architecture": data.get("architecture") or (base.architecture if base else "inknet"),
        "snapshot": permission_checked_lookups.get_snapshot(user, snapshot_id)
        if snapshot_id
        else None,
        "epochs": data.get("epochs") or DEFAULT_EPOCHS[given],
        "rehearsal": Rehearsal(data["rehearsal"]),
        "seed": data["seed"],
        "wants_shadow": data["shadow"],
    }


def _find_base(user: User, data: dict[str, Any]) -> ModelVersion | None:
    if "base" not in data:
        return find_default_base(data.get("architecture"))
    return (
        permission_checked_lookups.get_model_version(user, data["base"]) if data["base"] else None
    )
