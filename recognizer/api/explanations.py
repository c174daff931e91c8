"""How the champion reads a drawing of one's own, or one of our examples."""

from math import ceil
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import explaining, limits
from recognizer.access import NotFound, get_own_drawing
from recognizer.api.answers import DRAWING_ID, PROBLEMS
from recognizer.api.authentication import user_of
from recognizer.api.problems import RETRY_AFTER_S, Refused
from recognizer.api.requests import read_parameters
from recognizer.explaining import PARTS, Explained
from recognizer.explaining.subjects import Part
from recognizer.models import User
from recognizer.queue import CannotPublish

PART = OpenApiParameter("part", str, enum=PARTS, default=PARTS[0], description="What of it.")
DIGIT = OpenApiParameter("id", OpenApiTypes.STR, "path", description="0 to 9", pattern=r"^[0-9]$")


class ExplainedAnswer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(["ready"])
    explanation = serializers.JSONField()


class ExplainingAnswer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(["working", "waiting"])
    done = serializers.IntegerField(help_text="Steps made, of so many.")
    of = serializers.IntegerField()


ANSWERS: dict[Any, Any] = {200: ExplainedAnswer, 202: ExplainingAnswer, **PROBLEMS}


class DrawingExplanation(APIView):
    @extend_schema(
        operation_id="drawings_explanation", parameters=[DRAWING_ID, PART], responses=ANSWERS
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """What the network that serves does with a drawing. 202 while a background worker is at
        it: ask again in a moment."""
        part, user = _read_part(request), user_of(request)
        drawing = get_own_drawing(user, id)
        if drawing.prediction is None:
            raise Refused(404, "no_prediction", "No network has seen this drawing yet.")
        return _answer(explaining.drawing_subject(drawing), part, user)


class ExampleExplanation(APIView):
    permission_classes = [AllowAny]

    @extend_schema(operation_id="examples_explanation", parameters=[DIGIT, PART], responses=ANSWERS)
    def get(self, request: Request, id: str) -> HttpResponse:
        """The same of one of our own ten drawings; for everybody."""
        part = _read_part(request)
        if not (id.isascii() and id.isdigit() and len(id) == 1):
            raise NotFound("There is no such example.")
        return _answer(explaining.example_subject(int(id)), part, request.user)


def _read_part(request: Request) -> Part:
    asked = read_parameters(request, "part").get("part", PARTS[0])
    for part in PARTS:
        if part == asked:
            return part
    errors = {"part": f"Give one of {', '.join(PARTS)}."}
    raise Refused(400, "invalid", "Some parameters cannot be used.", errors=errors)


def _answer(subject: str, part: Part, user: object) -> HttpResponse:
    try:
        found = explaining.explain(
            subject, part=part, by=user.pk if isinstance(user, User) else None
        )
    except limits.TooMany as error:
        again = ceil(error.retry_after_s)
        raise Refused(429, error.code, error.detail, retry_after_s=again) from None
    except CannotPublish:
        sentence = "The site cannot ask its workers at the moment. Please try again."
        raise Refused(503, "unavailable", sentence, retry_after_s=RETRY_AFTER_S) from None
    return _write(found)


def _write(found: Explained) -> HttpResponse:
    """No cache keeps it: it shows somebody's drawing."""
    response = _format(found)
    response["Cache-Control"] = "private, no-store"
    return response


def _format(found: Explained) -> HttpResponse:
    """What was kept is JSON already."""
    if found.state != "ready":
        return Response({"state": found.state, "done": found.done, "of": found.of}, 202)
    text = f'{{"state": "ready", "explanation": {found.text}}}'
    return HttpResponse(text, content_type="application/json")
