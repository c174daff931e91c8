"""One drawing: read, delete, restore, claim, raster."""

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import protocol
from recognizer.api.authentication import get_label_source, get_request_user
from recognizer.api.base_view import AcceptAnyNegotiation, ApiView
from recognizer.api.openapi import examples
from recognizer.api.problem_details import ApiProblem
from recognizer.api.request_parsing import invalid_parameter, parse_body
from recognizer.api.request_serializers import ClaimRequestSerializer
from recognizer.drawings.prediction_and_label_history import (
    DrawingDetailPayload,
    history_json,
    newest_claims,
    shown_predictions,
)
from recognizer.drawings.raster_png import encode_prediction_raster
from recognizer.drawings.soft_delete_and_restore import delete_drawing, restore_drawing
from recognizer.permission_checked_lookups import get_user_drawing, parse_uuid
from recognizer.protocol.drawing_json_payloads import DrawingPayload
from recognizer.review import owner_claims

REVISION_PARAMETER = OpenApiParameter(
    "revision", int, description="Makes the URL unique per revision, for caches."
)


class DrawingDetailView(ApiView):
    @extend_schema(operation_id="drawings_retrieve", responses={200: DrawingDetailPayload})
    def get(self, request: Request, id: str) -> Response:
        """A drawing with all its predictions and claims."""
        drawing = get_user_drawing(get_request_user(request), id)
        shown = Prefetch("predictions", shown_predictions())
        prefetch_related_objects([drawing], shown)
        claims = list(reversed(newest_claims(drawing)))
        return Response(
            {**protocol.drawing_json(drawing), **history_json(drawing.predictions.all(), claims)}
        )

    @extend_schema(operation_id="drawings_destroy", responses={204: None})
    def delete(self, request: Request, id: str) -> Response:
        """Delete a drawing. It can be restored for 10 minutes, then it is erased."""
        delete_drawing(owner_id=get_request_user(request).pk, drawing_id=parse_uuid(id))
        return Response(status=204)


class RestoreDrawingView(ApiView):
    @extend_schema(operation_id="drawings_restore", request=None, responses={200: DrawingPayload})
    def post(self, request: Request, id: str) -> Response:
        """Restore a drawing deleted less than 10 minutes ago."""
        drawing = restore_drawing(owner_id=get_request_user(request).pk, drawing_id=parse_uuid(id))
        return Response(protocol.drawing_json(drawing))


class DrawingClaimView(ApiView):
    @extend_schema(
        operation_id="drawings_claim",
        request=ClaimRequestSerializer,
        responses={200: DrawingPayload},
        examples=[examples.CLAIM_EXAMPLE],
    )
    def post(self, request: Request, id: str) -> Response:
        """Set the claim of a drawing, or remove it (null). An outdated `revision` is refused."""
        body = parse_body(request, ClaimRequestSerializer)
        drawing = owner_claims.set_claim(
            owner_id=get_request_user(request).pk,
            drawing_id=parse_uuid(id),
            value=body["claim"],
            source=get_label_source(request),
            revision=body.get("revision"),
        )
        return Response(protocol.drawing_json(drawing))


class DrawingRasterView(ApiView):
    query_params = {"GET": ["revision"]}
    content_negotiation_class = AcceptAnyNegotiation

    @extend_schema(
        operation_id="drawings_raster",
        parameters=[REVISION_PARAMETER],
        responses={(200, "image/png"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """The 28x28 input of the model as PNG, with bright ink on a dark background."""
        _check_revision(request)
        drawing = get_user_drawing(get_request_user(request), id)
        if drawing.prediction is None:
            raise ApiProblem(404, "no_prediction", "This drawing has no prediction yet.")
        response = HttpResponse(
            encode_prediction_raster(drawing.prediction), content_type="image/png"
        )
        response["Cache-Control"] = "private, no-cache"
        return response


def _check_revision(request: Request) -> None:
    text = request.query_params.get("revision", "1")
    if not (text.isascii() and text.isdecimal()):
        raise invalid_parameter("revision", "Give a whole number.")
