"""Saying what a drawing of one's own is."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import protocol
from recognizer.access import parse_uuid
from recognizer.api.authentication import get_label_source, get_request_user
from recognizer.api.openapi import examples
from recognizer.api.openapi.parameters import DRAWING_ID
from recognizer.api.problems import PROBLEM_RESPONSES
from recognizer.api.request_parsing import JsonBodyParser, parse_query_params
from recognizer.api.serializer_fields import ClaimRequestSerializer
from recognizer.protocol_payloads import DrawingPayload
from recognizer.review import claims


class DrawingClaimView(APIView):
    parser_classes = [JsonBodyParser]

    @extend_schema(
        operation_id="drawings_claim",
        parameters=[DRAWING_ID],
        request=ClaimRequestSerializer,
        responses={200: DrawingPayload, **PROBLEM_RESPONSES},
        examples=[examples.CLAIM_EXAMPLE],
    )
    def post(self, request: Request, id: str) -> Response:
        """Say what it is: 0 to 9, not_a_digit, or null, which takes that back. With `revision` it
        is refused when the drawing has grown since."""
        parse_query_params(request)
        body = ClaimRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        drawing = claims.set_claim(
            owner_id=get_request_user(request).pk,
            drawing_id=parse_uuid(id),
            value=body.validated_data["claim"],
            source=get_label_source(request),
            revision=body.validated_data.get("revision"),
        )
        return Response(protocol.drawing_json(drawing))
