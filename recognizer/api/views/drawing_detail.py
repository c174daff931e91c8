"""One drawing of one's own: look at it, throw it away, take it back."""

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import protocol
from recognizer.access import get_user_drawing, parse_uuid
from recognizer.accounts.data_export import encode_prediction_raster
from recognizer.api.authentication import get_request_user
from recognizer.api.content_negotiation import AcceptAnyNegotiation
from recognizer.api.openapi.parameters import DRAWING_ID
from recognizer.api.problems import PROBLEM_RESPONSES, ApiProblem
from recognizer.api.request_parsing import parse_query_params
from recognizer.drawings.history import DrawingDetailPayload, history_json, shown_predictions
from recognizer.drawings.trash import delete_drawing, restore_drawing
from recognizer.protocol_payloads import DrawingPayload

REVISION_PARAMETER = OpenApiParameter(
    "revision", int, description="Changes nothing but the address, so that no old picture is shown."
)


class DrawingDetailView(APIView):
    @extend_schema(
        operation_id="drawings_retrieve",
        parameters=[DRAWING_ID],
        responses={200: DrawingDetailPayload, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, id: str) -> Response:
        """One drawing, with every answer and every label it ever had."""
        parse_query_params(request)
        drawing = get_user_drawing(get_request_user(request), id)
        shown = Prefetch("predictions", shown_predictions())
        prefetch_related_objects([drawing], shown, "labels")
        return Response({**protocol.drawing_json(drawing), **history_json(drawing)})

    @extend_schema(
        operation_id="drawings_destroy",
        parameters=[DRAWING_ID],
        responses={204: None, **PROBLEM_RESPONSES},
    )
    def delete(self, request: Request, id: str) -> Response:
        """Throw it away. It is hidden at once, can be taken back for 10 minutes, then it is
        erased."""
        parse_query_params(request)
        delete_drawing(owner_id=get_request_user(request).pk, drawing_id=parse_uuid(id))
        return Response(status=204)


class RestoreDrawingView(APIView):
    @extend_schema(
        operation_id="drawings_restore",
        parameters=[DRAWING_ID],
        request=None,
        responses={200: DrawingPayload, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, id: str) -> Response:
        """Take back a drawing thrown away less than 10 minutes ago."""
        parse_query_params(request)
        drawing = restore_drawing(owner_id=get_request_user(request).pk, drawing_id=parse_uuid(id))
        return Response(protocol.drawing_json(drawing))


class DrawingRasterView(APIView):
    content_negotiation_class = AcceptAnyNegotiation

    @extend_schema(
        operation_id="drawings_raster",
        parameters=[DRAWING_ID, REVISION_PARAMETER],
        responses={(200, "image/png"): OpenApiTypes.BINARY, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """The 28x28 picture the network saw, ink bright on dark."""
        _parse_revision(request)
        drawing = get_user_drawing(get_request_user(request), id)
        if drawing.prediction is None:
            raise ApiProblem(404, "no_prediction", "No network has seen this drawing yet.")
        response = HttpResponse(
            encode_prediction_raster(drawing.prediction), content_type="image/png"
        )
        response["Cache-Control"] = "private, no-cache"
        return response


def _parse_revision(request: Request) -> None:
    text = parse_query_params(request, "revision").get("revision", "1")
    if not (text.isascii() and text.isdecimal()):
        errors = {"revision": "Give a whole number."}
        raise ApiProblem(400, "invalid", "Some parameters cannot be used.", errors=errors)
