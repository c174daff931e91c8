"""How the champion reads a drawing of one's own, or one of our examples."""

from typing import Annotated, Any, Literal, TypedDict

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import explanations
from recognizer.access import NotFound, get_user_drawing
from recognizer.api.authentication import get_request_user
from recognizer.api.openapi.parameters import DRAWING_ID
from recognizer.api.problems import PROBLEM_RESPONSES, ApiProblem
from recognizer.api.request_parsing import parse_query_params
from recognizer.explanations import PARTS, ExplanationResult
from recognizer.explanations.subjects import Part
from recognizer.models import User

PART_PARAMETER = OpenApiParameter(
    "part", str, enum=PARTS, default=PARTS[0], description="What of it."
)
DIGIT_PARAMETER = OpenApiParameter(
    "id", OpenApiTypes.STR, "path", description="0 to 9", pattern=r"^[0-9]$"
)


class ExplanationPayload(TypedDict):
    state: Literal["ready"]
    explanation: Any


class PendingExplanationPayload(TypedDict):
    state: Literal["working", "waiting"]
    done: Annotated[int, "Completed steps."]
    of: Annotated[int, "All steps."]


RESPONSES: dict[Any, Any] = {
    200: ExplanationPayload,
    202: PendingExplanationPayload,
    **PROBLEM_RESPONSES,
}


class DrawingExplanationView(APIView):
    @extend_schema(
        operation_id="drawings_explanation",
        parameters=[DRAWING_ID, PART_PARAMETER],
        responses=RESPONSES,
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """What the network that serves does with a drawing. 202 while a background worker is at
        it: ask again in a moment."""
        part, user = _parse_part(request), get_request_user(request)
        drawing = get_user_drawing(user, id)
        if drawing.prediction is None:
            raise ApiProblem(404, "no_prediction", "No network has seen this drawing yet.")
        return _explain_subject(explanations.drawing_subject(drawing), part, user)


class ExampleExplanationView(APIView):
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="examples_explanation",
        parameters=[DIGIT_PARAMETER, PART_PARAMETER],
        responses=RESPONSES,
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """The same of one of our own ten drawings; for everybody."""
        part = _parse_part(request)
        if not (id.isascii() and id.isdigit() and len(id) == 1):
            raise NotFound("There is no such example.")
        return _explain_subject(explanations.example_subject(int(id)), part, request.user)


def _parse_part(request: Request) -> Part:
    asked = parse_query_params(request, "part").get("part", PARTS[0])
    for part in PARTS:
        if part == asked:
            return part
    errors = {"part": f"Give one of {', '.join(PARTS)}."}
    raise ApiProblem(400, "invalid", "Some parameters cannot be used.", errors=errors)


def _explain_subject(subject: str, part: Part, user: object) -> HttpResponse:
    found = explanations.request_explanation(
        subject, part=part, by=user.pk if isinstance(user, User) else None
    )
    return _build_response(found)


def _build_response(found: ExplanationResult) -> HttpResponse:
    """No cache keeps it: it shows somebody's drawing."""
    response = _format_explanation(found)
    response["Cache-Control"] = "private, no-store"
    return response


def _format_explanation(found: ExplanationResult) -> HttpResponse:
    """What was kept is JSON already."""
    if found.state != "ready":
        return Response({"state": found.state, "done": found.done, "of": found.of}, 202)
    text = f'{{"state": "ready", "explanation": {found.text}}}'
    return HttpResponse(text, content_type="application/json")
