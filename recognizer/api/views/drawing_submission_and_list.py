"""Submission and list of drawings."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, TypedDict

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import protocol
from recognizer.api.authentication import get_request_user
from recognizer.api.base_view import ApiView
from recognizer.api.openapi import examples
from recognizer.api.pagination_parameters import build_next_url, filter_parameters, page_parameters
from recognizer.api.problem_details import (
    ApiProblem,
    ProblemPayload,
    domain_problem,
    problem_from_exception,
)
from recognizer.api.request_parsing import (
    JsonBodyParser,
    PictureFormParser,
    invalid_parameter,
    parse_wait_s,
)
from recognizer.api.request_serializers import (
    InkRequestSerializer,
    PictureRequestSerializer,
    build_new_drawing,
)
from recognizer.drawings.pagination import DEFAULT_PAGE_SIZE, list_drawings, parse_page_size
from recognizer.drawings.query_string_filters import FILTER_PARSERS, parse_filters
from recognizer.ingest import CannotAccept
from recognizer.ingest.http_submission import NewDrawing, submit_drawings
from recognizer.middleware.parallel_requests import free_place
from recognizer.middleware.request_budget import paid_by, payer_of
from recognizer.models import Drawing, Status
from recognizer.protocol.drawing_json_payloads import (
    DrawingPayload,
    ListedDrawingPayload,
    SearchedSince,
    Url,
    Uuid,
    listed_drawing_json,
)

WAIT_PARAMETER = OpenApiParameter(
    "wait", float, description="Seconds to wait for the prediction, at most 20."
)
LIST_PARAMETERS = [
    *filter_parameters({name: expected for name, (_, expected) in FILTER_PARSERS.items()}),
    *page_parameters("Drawings", size=DEFAULT_PAGE_SIZE),
    OpenApiParameter(
        "strokes",
        bool,
        description="`true`: with the strokes. A page may then have fewer drawings.",
    ),
]


class DrawingListPayload(TypedDict):
    next: Annotated[Url | None, "The next page; null on the last one."]
    searched_since: SearchedSince
    results: list[ListedDrawingPayload]


class AcceptedPayload(TypedDict):
    id: Uuid
    status: Annotated[str, "queued"]


BATCH_RESPONSE = list[DrawingPayload | ProblemPayload]


class DrawingListView(ApiView):
    query_params = {"GET": [*FILTER_PARSERS, "cursor", "limit", "strokes"], "POST": ["wait"]}
    parser_classes = [JsonBodyParser, PictureFormParser]

    @extend_schema(
        operation_id="drawings_list",
        parameters=LIST_PARAMETERS,
        responses={200: DrawingListPayload},
    )
    def get(self, request: Request) -> Response:
        """The user's drawings, newest first.

        With a filter other than a time, a page searches some thousand drawings. It may have fewer
        results than `limit`, or none, although there is a next page.
        """
        given, with_ink = request.query_params, _parse_strokes(request)
        page = list_drawings(
            owner_id=get_request_user(request).pk,
            filters=parse_filters({name: given[name] for name in FILTER_PARSERS if name in given}),
            cursor=given.get("cursor"),
            size=parse_page_size(given),
            with_ink=with_ink,
        )
        results = [listed_drawing_json(drawing, with_ink=with_ink) for drawing in page.drawings]
        body: DrawingListPayload = {
            "next": build_next_url(request, page.next_cursor),
            "searched_since": page.searched_since.isoformat() if page.searched_since else None,
            "results": results,
        }
        return Response(body)

    @extend_schema(
        operation_id="drawings_create",
        parameters=[WAIT_PARAMETER],
        request={
            "application/json": InkRequestSerializer,
            "multipart/form-data": PictureRequestSerializer,
        },
        responses={200: DrawingPayload, 202: AcceptedPayload},
        examples=[examples.SUBMIT_EXAMPLE, examples.PREDICTION_EXAMPLE, examples.QUEUED_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Store a drawing, as strokes or as a picture. 202 if it has no prediction yet."""
        wait_s = parse_wait_s(request)
        is_form = (request.content_type or "").startswith("multipart/")
        body = (PictureRequestSerializer if is_form else InkRequestSerializer)(data=request.data)
        body.is_valid(raise_exception=True)
        drawing = _submit_drawings(request, [build_new_drawing(body.validated_data)], wait_s)[0]
        if isinstance(drawing, CannotAccept):
            raise drawing
        if drawing.status == Status.QUEUED:
            return Response({"id": str(drawing.pk), "status": drawing.status}, 202)
        return Response(protocol.drawing_json(drawing))


class DrawingBatchView(ApiView):
    query_params = {"POST": ["wait"]}

    @extend_schema(
        operation_id="drawings_create_batch",
        parameters=[WAIT_PARAMETER],
        request=InkRequestSerializer(many=True),
        responses={200: BATCH_RESPONSE, 202: BATCH_RESPONSE},
    )
    def post(self, request: Request) -> Response:
        """Store up to 256 drawings. The response has a drawing or a problem for each."""
        wait_s = parse_wait_s(request)
        results = _submit_drawings(request, _parse_batch(request.data), wait_s)
        refusals = [result for result in results if isinstance(result, CannotAccept)]
        if len(refusals) == len(results) and refusals[0].code == "unavailable":
            raise refusals[0]
        is_queued = any(
            isinstance(result, Drawing) and result.status == Status.QUEUED for result in results
        )
        return Response([_format_result(result) for result in results], 202 if is_queued else 200)


def _parse_strokes(request: Request) -> bool:
    text = request.query_params.get("strokes", "false")
    if text not in ("true", "false"):
        raise invalid_parameter("strokes", "Give true or false.")
    return text == "true"


def _parse_batch(data: Any) -> list[NewDrawing]:
    if not isinstance(data, list) or not data:
        raise ApiProblem(400, "invalid", "Send a list of drawings.")
    if len(data) > settings.BATCH_MAX_DRAWINGS:
        sentence = f"A batch may have {settings.BATCH_MAX_DRAWINGS} drawings at most."
        raise ApiProblem(413, "too_large", sentence)
    body = InkRequestSerializer(data=data, many=True)
    if not body.is_valid():
        errors = {str(index): error for index, error in dict(body.errors).items()}
        sentence = "Some drawings are not valid; nothing was stored."
        raise ApiProblem(400, "invalid", sentence, errors=errors)
    return [build_new_drawing(item) for item in body.validated_data]


def _submit_drawings(
    request: Request, drawings: Sequence[NewDrawing], wait_s: float
) -> list[Drawing | CannotAccept]:
    return submit_drawings(
        owner_id=get_request_user(request).pk,
        payer=payer_of(request._request),
        drawings=drawings,
        wait_s=wait_s,
        before_wait=partial(free_place, request._request),
        paid=paid_by(request._request),
    )


def _format_result(result: Drawing | CannotAccept) -> DrawingPayload | ProblemPayload:
    if isinstance(result, Drawing):
        return protocol.drawing_json(result)
    return problem_from_exception(domain_problem(result))
