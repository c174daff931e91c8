"""Drift statistics and retraining proposals, for admins."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import permission_checked_lookups
from recognizer.api.authentication import get_request_user
from recognizer.api.base_view import ApiView
from recognizer.api.request_parsing import invalid_parameter
from recognizer.api.role_permissions import ADMIN_PERMISSIONS
from recognizer.drift.api_payloads import (
    DriftPayload,
    ProposalListPayload,
    ProposalPayload,
    drift_json,
    proposal_json,
)
from recognizer.drift.daily_stats import load_history
from recognizer.drift.detection import evaluate_drift
from recognizer.drift.retraining_proposals import dismiss_proposal, list_proposals, start_proposal
from recognizer.protocol import POINTER_TYPES
from recognizer.training.run_payloads import TrainingRunPayload, run_json

POINTER_PARAMETER = OpenApiParameter(
    "pointer", str, enum=list(POINTER_TYPES), description="Only drawings made with it."
)
PROPOSAL_ID = OpenApiParameter("id", int, "path")


class DriftView(ApiView):
    query_params = {"GET": ["pointer"]}
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="drift_retrieve", parameters=[POINTER_PARAMETER], responses={200: DriftPayload}
    )
    def get(self, request: Request) -> Response:
        """Statistics of the drawings per day, and the result of the drift tests."""
        pointer = request.query_params.get("pointer")
        if pointer is not None and pointer not in POINTER_TYPES:
            raise invalid_parameter("pointer", f"Give one of {', '.join(POINTER_TYPES)}.")
        now = timezone.now()
        history = load_history(now, pointer=pointer)
        return Response(drift_json(history, evaluate_drift(now)))


class ProposalListView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(operation_id="proposals_list", responses={200: ProposalListPayload})
    def get(self, request: Request) -> Response:
        """The latest retraining proposals, newest first."""
        return Response({"results": [proposal_json(proposal) for proposal in list_proposals()]})


class StartProposalView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="proposals_start",
        parameters=[PROPOSAL_ID],
        request=None,
        responses={201: TrainingRunPayload},
    )
    def post(self, request: Request, id: str) -> Response:
        """Start the proposed run, which fine-tunes the champion on the proposed snapshot."""
        proposal = permission_checked_lookups.get_proposal(get_request_user(request), id)
        run = start_proposal(proposal=proposal, by=get_request_user(request))
        return Response(run_json(run), 201)


class DismissProposalView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="proposals_dismiss",
        parameters=[PROPOSAL_ID],
        request=None,
        responses={200: ProposalPayload},
    )
    def post(self, request: Request, id: str) -> Response:
        """Dismiss the proposal. The next one comes after DRIFT_COOLDOWN_DAYS at the earliest."""
        proposal = permission_checked_lookups.get_proposal(get_request_user(request), id)
        proposal = dismiss_proposal(proposal=proposal)
        return Response(proposal_json(proposal))
