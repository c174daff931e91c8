"""Drift and the runs that the site proposes, for admins."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import access, drift, training
from recognizer.api.answers import PROBLEMS
from recognizer.api.authentication import user_of
from recognizer.api.permissions import ADMINS
from recognizer.api.problems import Refused
from recognizer.api.requests import JsonBody, read_parameters
from recognizer.api.run_answers import RunAnswer
from recognizer.contract import POINTERS

POINTER = OpenApiParameter("pointer", str, enum=list(POINTERS), description="Only drawn with it.")
ID = OpenApiParameter("id", int, "path")


class DayAnswer(serializers.Serializer[Any]):
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


class EraAnswer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    model = serializers.CharField()


class FindingAnswer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="classes, unsure, corrections or distance")
    n_before = serializers.IntegerField()
    n_lately = serializers.IntegerField()
    before = serializers.FloatField(allow_null=True)
    lately = serializers.FloatField(allow_null=True)
    measure = serializers.FloatField(allow_null=True, help_text="Null: too little to say.")
    is_alarm = serializers.BooleanField()


class DriftAnswer(serializers.Serializer[Any]):
    days = DayAnswer(many=True, help_text="Oldest first, without gaps.")
    models = EraAnswer(many=True)
    pointers = serializers.ListField(child=serializers.CharField(allow_blank=True))
    findings = FindingAnswer(many=True)


class ProposalAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reason = serializers.CharField()
    metrics = serializers.DictField()
    snapshot = serializers.UUIDField(allow_null=True)
    run = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class ProposalsAnswer(serializers.Serializer[Any]):
    results = ProposalAnswer(many=True)


class Drift(APIView):
    permission_classes = ADMINS

    @extend_schema(
        operation_id="drift_retrieve",
        parameters=[POINTER],
        responses={200: DriftAnswer, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """How drawings were from day to day, and what the rule says of the last week."""
        pointer = read_parameters(request, "pointer").get("pointer")
        if pointer is not None and pointer not in POINTERS:
            errors = {"pointer": f"One of {', '.join(POINTERS)}."}
            raise Refused(400, "invalid", "Some parameters cannot be used.", errors=errors)
        now = timezone.now()
        history = drift.read_history(now, pointer=pointer)
        return Response(drift.drift_json(history, drift.judge_now(now)))


class Proposals(APIView):
    permission_classes = ADMINS

    @extend_schema(operation_id="proposals_list", responses={200: ProposalsAnswer, **PROBLEMS})
    def get(self, request: Request) -> Response:
        """What the site proposed, newest first."""
        read_parameters(request)
        return Response({"results": [drift.proposal_json(one) for one in drift.list_proposals()]})


class StartedProposal(APIView):
    parser_classes = [JsonBody]
    permission_classes = ADMINS

    @extend_schema(
        operation_id="proposals_start",
        parameters=[ID],
        request=None,
        responses={201: RunAnswer, **PROBLEMS},
    )
    def post(self, request: Request, id: str) -> Response:
        """Follow it: the champion is trained further on the proposal's training set."""
        read_parameters(request)
        proposal = access.get_proposal(user_of(request), id)
        try:
            run = drift.start_proposal(proposal=proposal, by=user_of(request))
        except drift.CannotSettle as error:
            raise Refused(409, "already_resolved", str(error)) from None
        except training.CannotRequest as error:
            status = 409 if error.code == "already_open" else 400
            raise Refused(status, error.code, error.detail) from None
        return Response(training.run_json(run), 201)


class DismissedProposal(APIView):
    parser_classes = [JsonBody]
    permission_classes = ADMINS

    @extend_schema(
        operation_id="proposals_dismiss",
        parameters=[ID],
        request=None,
        responses={200: ProposalAnswer, **PROBLEMS},
    )
    def post(self, request: Request, id: str) -> Response:
        """Say no to it; for a while there is no other."""
        read_parameters(request)
        proposal = access.get_proposal(user_of(request), id)
        try:
            proposal = drift.dismiss_proposal(proposal=proposal)
        except drift.CannotSettle as error:
            raise Refused(409, "already_resolved", str(error)) from None
        return Response(drift.proposal_json(proposal))
