"""One drawing of one's own: look at it, throw it away, take it back."""

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import contract, history
from recognizer.access import get_own_drawing, read_uuid
from recognizer.api.answers import DRAWING_ID, PROBLEMS, DrawingAnswer, OneDrawingAnswer
from recognizer.api.authentication import user_of
from recognizer.api.negotiation import AnyAccept
from recognizer.api.problems import Refused
from recognizer.api.requests import read_parameters
from recognizer.export import raster_png

REVISION = OpenApiParameter(
    "revision", int, description="Changes nothing but the address, so that no old picture is shown."
)


class OneDrawing(APIView):
    @extend_schema(
        operation_id="drawings_retrieve",
        parameters=[DRAWING_ID],
        responses={200: OneDrawingAnswer, **PROBLEMS},
    )
    def get(self, request: Request, id: str) -> Response:
        """One drawing, with every answer and every label it ever had."""
        read_parameters(request)
        drawing = get_own_drawing(user_of(request), id)
        shown = Prefetch("predictions", history.shown_answers())
        prefetch_related_objects([drawing], shown, "labels")
        return Response({**contract.drawing_json(drawing), **history.past_json(drawing)})

    @extend_schema(
        operation_id="drawings_destroy",
        parameters=[DRAWING_ID],
        responses={204: None, **PROBLEMS},
    )
    def delete(self, request: Request, id: str) -> Response:
        """Throw it away. It is hidden at once, can be taken back for 10 minutes, then it is
        erased."""
        read_parameters(request)
        history.delete_drawing(owner_id=user_of(request).pk, drawing_id=read_uuid(id))
        return Response(status=204)


class RestoredDrawing(APIView):
    @extend_schema(
        operation_id="drawings_restore",
        parameters=[DRAWING_ID],
        request=None,
        responses={200: DrawingAnswer, **PROBLEMS},
    )
    def post(self, request: Request, id: str) -> Response:
        """Take back a drawing thrown away less than 10 minutes ago."""
        read_parameters(request)
        try:
            drawing = history.restore_drawing(
                owner_id=user_of(request).pk, drawing_id=read_uuid(id)
            )
        except history.CannotRestore as error:
            raise Refused(409, "too_late", str(error)) from None
        return Response(contract.drawing_json(drawing))


class DrawingRaster(APIView):
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="drawings_raster",
        parameters=[DRAWING_ID, REVISION],
        responses={(200, "image/png"): OpenApiTypes.BINARY, **PROBLEMS},
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """The 28x28 picture the network saw, ink bright on dark."""
        _read_revision(request)
        drawing = get_own_drawing(user_of(request), id)
        if drawing.prediction is None:
            raise Refused(404, "no_prediction", "No network has seen this drawing yet.")
        response = HttpResponse(raster_png(drawing.prediction), content_type="image/png")
        response["Cache-Control"] = "private, no-cache"
        return response


def _read_revision(request: Request) -> None:
    text = read_parameters(request, "revision").get("revision", "1")
    if not (text.isascii() and text.isdecimal()):
        errors = {"revision": "Give a whole number."}
        raise Refused(400, "invalid", "Some parameters cannot be used.", errors=errors)
