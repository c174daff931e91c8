"""Saying what a drawing of one's own is."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import contract, labels
from recognizer.access import NotFound, read_uuid
from recognizer.api import examples
from recognizer.api.answers import DRAWING_ID, PROBLEMS, DrawingAnswer
from recognizer.api.authentication import user_of
from recognizer.api.fields import LabelBody
from recognizer.api.problems import Refused
from recognizer.api.requests import JsonBody, read_parameters
from recognizer.models import LabelSource


class DrawingLabel(APIView):
    parser_classes = [JsonBody]

    @extend_schema(
        operation_id="drawings_claim",
        parameters=[DRAWING_ID],
        request=LabelBody,
        responses={200: DrawingAnswer, **PROBLEMS},
        examples=[examples.LABELLED],
    )
    def post(self, request: Request, id: str) -> Response:
        """Say what it is: 0 to 9, not_a_digit, or null, which takes that back. With `revision` it
        is refused when the drawing has grown since."""
        read_parameters(request)
        body = LabelBody(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            drawing = labels.claim_label(
                owner_id=user_of(request).pk,
                drawing_id=read_uuid(id),
                value=body.validated_data["claim"],
                source=LabelSource.API if request.auth == "token" else LabelSource.PAGE,
                revision=body.validated_data.get("revision"),
            )
        except labels.CannotLabel as error:
            if error.code == "stale":
                raise Refused(409, error.code, error.detail) from None
            raise NotFound(error.detail) from None
        return Response(contract.drawing_json(drawing))
