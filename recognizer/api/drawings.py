"""Drawings: hand in one or many, list one's own."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from recognizer import contract, history, limits
from recognizer.api import examples
from recognizer.api.answers import (
    PROBLEMS,
    AcceptedAnswer,
    DrawingAnswer,
    DrawingsAnswer,
    ProblemAnswer,
)
from recognizer.api.authentication import user_of
from recognizer.api.fields import InkBody, PictureBody, new_drawing
from recognizer.api.problems import Refused, problem_of
from recognizer.api.requests import JsonBody, PictureForm, read_parameters, read_wait_s
from recognizer.history.filters import READERS
from recognizer.intake import CannotAccept
from recognizer.models import Drawing, Status
from recognizer.pictures import CannotReadPicture
from recognizer.submission import NewDrawing, submit_drawings

REFUSALS = {"unavailable": 503}
PICTURE_REFUSALS = {"too_large": 413, "unsupported": 415}
WAIT = OpenApiParameter(
    "wait", float, description="Wait up to so many seconds (20 at most) for the answer."
)
FILTERS = [
    OpenApiParameter(name, str, description=f"{expected[0].upper()}{expected[1:]}.")
    for name, (_, expected) in READERS.items()
]
PAGE = [
    OpenApiParameter("cursor", str, description="As `next` of the page before names it."),
    OpenApiParameter("limit", int, description="Drawings on a page: 50, at most 200."),
]
BATCH = PolymorphicProxySerializer(
    component_name="DrawingOrProblem",
    serializers=[DrawingAnswer, ProblemAnswer],
    resource_type_field_name=None,
    many=True,
)


class Drawings(APIView):
    parser_classes = [JsonBody, PictureForm]

    @extend_schema(
        operation_id="drawings_list",
        parameters=[*FILTERS, *PAGE],
        responses={200: DrawingsAnswer, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Your drawings, newest first, page by page."""
        given = read_parameters(request, *READERS, "cursor", "limit")
        cursor, size = given.pop("cursor", None), history.read_page_size(given)
        given.pop("limit", None)
        page = history.list_drawings(
            owner_id=user_of(request).pk,
            filters=history.read_filters(given),
            cursor=cursor,
            size=size,
        )
        results = [contract.drawing_json(drawing) for drawing in page.drawings]
        return Response({"next": _next_url(request, page.next_cursor), "results": results})

    @extend_schema(
        operation_id="drawings_create",
        parameters=[WAIT],
        request={"application/json": InkBody, "multipart/form-data": PictureBody},
        responses={200: DrawingAnswer, 202: AcceptedAnswer, **PROBLEMS},
        examples=[examples.ASKED, examples.ANSWERED, examples.QUEUED],
    )
    def post(self, request: Request) -> Response:
        """Hand in a drawing, as strokes or as a picture. The answer when it is there in time,
        else 202: ask for it later, or listen to the socket."""
        wait_s = read_wait_s(request)
        is_form = (request.content_type or "").startswith("multipart/")
        body = (PictureBody if is_form else InkBody)(data=request.data)
        body.is_valid(raise_exception=True)
        drawing = _submit(request, [new_drawing(body.validated_data)], wait_s)[0]
        if isinstance(drawing, CannotAccept):
            raise _refused(drawing)
        if drawing.status == Status.QUEUED:
            return Response({"id": str(drawing.pk), "status": drawing.status}, 202)
        return Response(contract.drawing_json(drawing))


class DrawingBatch(APIView):
    parser_classes = [JsonBody]

    @extend_schema(
        operation_id="drawings_create_batch",
        parameters=[WAIT],
        request=InkBody(many=True),
        responses={200: BATCH, 202: BATCH, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Hand in up to 256 drawings. A list comes back in their order; in the place of one that
        could not be stored stands the problem. 202 when an answer is still awaited."""
        wait_s = read_wait_s(request)
        outcomes = _submit(request, _read_batch(request.data), wait_s)
        refusals = [one for one in outcomes if isinstance(one, CannotAccept)]
        if len(refusals) == len(outcomes) and refusals[0].code == "unavailable":
            raise _refused(refusals[0])
        queued = any(isinstance(one, Drawing) and one.status == Status.QUEUED for one in outcomes)
        return Response([_one_json(one) for one in outcomes], 202 if queued else 200)


def _read_batch(data: Any) -> list[NewDrawing]:
    if not isinstance(data, list) or not data:
        raise Refused(400, "invalid", "Send a list of drawings.")
    if len(data) > settings.BATCH_MAX_DRAWINGS:
        sentence = f"A batch may have {settings.BATCH_MAX_DRAWINGS} drawings at most."
        raise Refused(413, "too_large", sentence)
    body = InkBody(data=data, many=True)
    if not body.is_valid():
        errors = {str(place): error for place, error in dict(body.errors).items()}
        sentence = "Some drawings cannot be read; nothing was stored."
        raise Refused(400, "invalid", sentence, errors=errors)
    return [new_drawing(item) for item in body.validated_data]


def _submit(
    request: Request, drawings: Sequence[NewDrawing], wait_s: float
) -> list[Drawing | CannotAccept]:
    try:
        return submit_drawings(owner_id=user_of(request).pk, drawings=drawings, wait_s=wait_s)
    except CannotReadPicture as error:
        status = PICTURE_REFUSALS.get(error.code, 400)
        raise Refused(status, error.code, str(error), errors={"image": [str(error)]}) from None
    except limits.TooMany as error:
        again = ceil(error.retry_after_s)
        raise Refused(429, error.code, error.detail, retry_after_s=again) from None


def _refused(refusal: CannotAccept) -> Refused:
    status = REFUSALS.get(refusal.code, 409)
    retry_after_s = ceil(refusal.retry_after_s) if refusal.retry_after_s else None
    return Refused(status, refusal.code, refusal.detail, retry_after_s=retry_after_s)


def _one_json(one: Drawing | CannotAccept) -> dict[str, Any]:
    if isinstance(one, Drawing):
        return contract.drawing_json(one)
    return problem_of(_refused(one))


def _next_url(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return str(replace_query_param(request.build_absolute_uri(), "cursor", cursor))
