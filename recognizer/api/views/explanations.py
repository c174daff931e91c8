"""Explanations of the champion's predictions."""

from typing import Annotated, Any, Literal, TypedDict

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.api.authentication import get_request_user
from recognizer.api.base_view import ApiView
from recognizer.api.problem_details import ApiProblem
from recognizer.api.request_parsing import invalid_parameter
from recognizer.explanations.explanation_inputs import (
    PARTS,
    ExplanationSubject,
    Part,
    drawing_subject,
    example_subject,
)
from recognizer.explanations.explanation_requests import request_explanation
from recognizer.middleware.request_budget import payer_of
from recognizer.models import User
from recognizer.permission_checked_lookups import NotFound, get_user_drawing

PART_PARAMETER = OpenApiParameter(
    "part", str, enum=PARTS, default=PARTS[0], description="The part of the explanation."
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


RESPONSES: dict[Any, Any] = {200: ExplanationPayload, 202: PendingExplanationPayload}


class DrawingExplanationView(ApiView):
    query_params = {"GET": ["part"]}

    @extend_schema(
        operation_id="drawings_explanation", parameters=[PART_PARAMETER], responses=RESPONSES
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Explain the champion's prediction of a drawing. 202 until a worker has computed it."""
        part, user = _parse_part(request), get_request_user(request)
        drawing = get_user_drawing(user, id)
        if drawing.prediction is None:
            raise ApiProblem(404, "no_prediction", "This drawing has no prediction yet.")
        return _explain_subject(drawing_subject(drawing), part, request)


class ExampleExplanationView(ApiView):
    query_params = {"GET": ["part"]}
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="examples_explanation",
        parameters=[DIGIT_PARAMETER, PART_PARAMETER],
        responses=RESPONSES,
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """Explain the champion's prediction of one of ten example drawings, 0 to 9."""
        part = _parse_part(request)
        if not (id.isascii() and id.isdigit() and len(id) == 1):
            raise NotFound("There is no such example.")
        return _explain_subject(example_subject(int(id)), part, request)


def _parse_part(request: Request) -> Part:
    name = request.query_params.get("part", PARTS[0])
    for part in PARTS:
        if part == name:
            return part
    raise invalid_parameter("part", f"Give one of {', '.join(PARTS)}.")


def _explain_subject(subject: ExplanationSubject, part: Part, request: Request) -> HttpResponse:
    user = request.user
    by = user.pk if isinstance(user, User) else None
    payer = payer_of(request._request)
    result = request_explanation(subject, part=part, by=by, payer=payer)
    response: HttpResponse
    if result.state == "ready":  # a cached explanation is JSON text already
        text = f'{{"state": "ready", "explanation": {result.text}}}'
        response = HttpResponse(text, content_type="application/json")
    else:
        response = Response({"state": result.state, "done": result.done, "of": result.of}, 202)
    response["Cache-Control"] = "private, no-store"  # it shows a drawing of a user
    return response
