"""Drift and the runs that the site proposes, for admins."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import access
from recognizer.api.authentication import get_request_user
from recognizer.api.drawings.serializers import PROBLEM_RESPONSES
from recognizer.api.permissions import ADMIN_PERMISSIONS
from recognizer.api.problems import ApiProblem
from recognizer.api.request_parsing import JsonBodyParser, parse_query_params
from recognizer.api.training_runs.serializers import TrainingRunSerializer
from recognizer.drift.daily_stats import load_history
from recognizer.drift.detection import evaluate_drift
from recognizer.drift.proposals import (
    CannotResolve,
    dismiss_proposal,
    list_proposals,
    start_proposal,
)
from recognizer.drift.serializers import drift_json, proposal_json
from recognizer.protocol import POINTER_TYPES
from recognizer.training.run_errors import CannotRequest
from recognizer.training.serializers import run_json

POINTER_PARAMETER = OpenApiParameter(
    "pointer", str, enum=list(POINTER_TYPES), description="Only drawn with it."
)
PROPOSAL_ID = OpenApiParameter("id", int, "path")


class DailyStatsSerializer(serializers.Serializer[Any]):
    date = serializers.DateField(help_text="In UTC.")
    answered = serializers.IntegerField()
    classes = serializers.ListField(
        child=serializers.IntegerField(), help_text="Answers 0 to 9, and no digit."
    )
    confidence = serializers.FloatField(allow_null=True)
    unsure = serializers.FloatField(allow_null=True)
    not_a_digit = serializers.FloatField(allow_null=True)
    claims = serializers.IntegerField()
    corrections = serializers.FloatField(allow_null=True, help_text="Of all claims.")
    measured = serializers.IntegerField()
    distance = serializers.FloatField(allow_null=True)


class ServingPeriodSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    model = serializers.CharField()


class DriftFindingSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="classes, unsure, corrections or distance")
    n_baseline = serializers.IntegerField()
    n_recent = serializers.IntegerField()
    baseline = serializers.FloatField(allow_null=True)
    recent = serializers.FloatField(allow_null=True)
    statistic = serializers.FloatField(allow_null=True, help_text="Null: not enough data.")
    is_alarm = serializers.BooleanField()


class DriftSerializer(serializers.Serializer[Any]):
    days = DailyStatsSerializer(many=True, help_text="Oldest first, without gaps.")
    models = ServingPeriodSerializer(many=True)
    pointers = serializers.ListField(child=serializers.CharField(allow_blank=True))
    findings = DriftFindingSerializer(many=True)


class ProposalSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reason = serializers.CharField()
    metrics = serializers.DictField()
    snapshot = serializers.UUIDField(allow_null=True)
    run = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class ProposalListSerializer(serializers.Serializer[Any]):
    results = ProposalSerializer(many=True)


class DriftView(APIView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="drift_retrieve",
        parameters=[POINTER_PARAMETER],
        responses={200: DriftSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        """How drawings were from day to day, and what the rule says of the last week."""
        pointer = parse_query_params(request, "pointer").get("pointer")
        if pointer is not None and pointer not in POINTER_TYPES:
            errors = {"pointer": f"One of {', '.join(POINTER_TYPES)}."}
            raise ApiProblem(400, "invalid", "Some parameters cannot be used.", errors=errors)
        now = timezone.now()
        history = load_history(now, pointer=pointer)
        return Response(drift_json(history, evaluate_drift(now)))


class ProposalListView(APIView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="proposals_list", responses={200: ProposalListSerializer, **PROBLEM_RESPONSES}
    )
    def get(self, request: Request) -> Response:
        """What the site proposed, newest first."""
        parse_query_params(request)
        return Response({"results": [proposal_json(one) for one in list_proposals()]})


class StartProposalView(APIView):
    parser_classes = [JsonBodyParser]
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="proposals_start",
        parameters=[PROPOSAL_ID],
        request=None,
        responses={201: TrainingRunSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, id: str) -> Response:
        """Follow it: the champion is trained further on the proposal's training set."""
        parse_query_params(request)
        proposal = access.get_proposal(get_request_user(request), id)
        try:
            run = start_proposal(proposal=proposal, by=get_request_user(request))
        except CannotResolve as error:
            raise ApiProblem(409, "already_resolved", str(error)) from None
        except CannotRequest as error:
            status = 409 if error.code == "already_open" else 400
            raise ApiProblem(status, error.code, error.detail) from None
        return Response(run_json(run), 201)


class DismissProposalView(APIView):
    parser_classes = [JsonBodyParser]
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="proposals_dismiss",
        parameters=[PROPOSAL_ID],
        request=None,
        responses={200: ProposalSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, id: str) -> Response:
        """Say no to it; for a while there is no other."""
        parse_query_params(request)
        proposal = access.get_proposal(get_request_user(request), id)
        try:
            proposal = dismiss_proposal(proposal=proposal)
        except CannotResolve as error:
            raise ApiProblem(409, "already_resolved", str(error)) from None
        return Response(proposal_json(proposal))
