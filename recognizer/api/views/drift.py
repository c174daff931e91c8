"""Drift and the runs that the site proposes, for admins."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import access, drift, training
from recognizer.api.authentication import get_request_user
from recognizer.api.permissions import ADMIN_PERMISSIONS
from recognizer.api.problems import PROBLEM_RESPONSES, ApiProblem
from recognizer.api.request_parsing import JsonBodyParser, parse_query_params
from recognizer.drift.serializers import DriftPayload, ProposalListPayload, ProposalPayload
from recognizer.protocol import POINTER_TYPES
from recognizer.training.serializers import TrainingRunPayload

POINTER_PARAMETER = OpenApiParameter(
    "pointer", str, enum=list(POINTER_TYPES), description="Only drawn with it."
)
PROPOSAL_ID = OpenApiParameter("id", int, "path")


class DriftView(APIView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="drift_retrieve",
        parameters=[POINTER_PARAMETER],
        responses={200: DriftPayload, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        """How drawings were from day to day, and what the rule says of the last week."""
        pointer = parse_query_params(request, "pointer").get("pointer")
        if pointer is not None and pointer not in POINTER_TYPES:
            errors = {"pointer": f"One of {', '.join(POINTER_TYPES)}."}
            raise ApiProblem(400, "invalid", "Some parameters cannot be used.", errors=errors)
        now = timezone.now()
        history = drift.load_history(now, pointer=pointer)
        return Response(drift.drift_json(history, drift.evaluate_drift(now)))


class ProposalListView(APIView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="proposals_list", responses={200: ProposalListPayload, **PROBLEM_RESPONSES}
    )
    def get(self, request: Request) -> Response:
        """What the site proposed, newest first."""
        parse_query_params(request)
        return Response({"results": [drift.proposal_json(one) for one in drift.list_proposals()]})


class StartProposalView(APIView):
    parser_classes = [JsonBodyParser]
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="proposals_start",
        parameters=[PROPOSAL_ID],
        request=None,
        responses={201: TrainingRunPayload, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, id: str) -> Response:
        """Follow it: the champion is trained further on the proposal's training set."""
        parse_query_params(request)
        proposal = access.get_proposal(get_request_user(request), id)
        run = drift.start_proposal(proposal=proposal, by=get_request_user(request))
        return Response(training.run_json(run), 201)


class DismissProposalView(APIView):
    parser_classes = [JsonBodyParser]
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="proposals_dismiss",
        parameters=[PROPOSAL_ID],
        request=None,
        responses={200: ProposalPayload, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, id: str) -> Response:
        """Say no to it; for a while there is no other."""
        parse_query_params(request)
        proposal = access.get_proposal(get_request_user(request), id)
        proposal = drift.dismiss_proposal(proposal=proposal)
        return Response(drift.proposal_json(proposal))
