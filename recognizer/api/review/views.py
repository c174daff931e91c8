"""Reviewing: the next card, and what a reviewer says about it."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import protocol
from recognizer.access import parse_uuid
from recognizer.api.authentication import get_request_user
from recognizer.api.drawings.serializers import DRAWING_ID, PROBLEM_RESPONSES, PredictionSerializer
from recognizer.api.openapi import examples
from recognizer.api.permissions import REVIEWER_PERMISSIONS
from recognizer.api.problems import ApiProblem
from recognizer.api.request_parsing import JsonBodyParser, parse_query_params
from recognizer.api.serializer_fields import InkField, LabelField, RequestSerializer
from recognizer.models import LabelSource, ReviewReason
from recognizer.review.queue import (
    CannotReview,
    LeasedItem,
    lease_next_item,
    submit_review,
    undo_review,
)
from recognizer.review.serializers import next_item_json, review_item_json

SKIP, UNDO = "skip", "undo"
MAX_EXCLUDED_DRAWINGS = 20
ERROR_STATUSES = {"not_found": 404, "own_drawing": 403}
NEXT_PARAMETERS = [
    OpenApiParameter(
        "digit", OpenApiTypes.STR, enum=[*"0123456789", "not_a_digit"], description="Only these."
    ),
    OpenApiParameter(
        "exclude",
        OpenApiTypes.STR,
        description=f"Up to {MAX_EXCLUDED_DRAWINGS} drawing ids to leave out, separated by commas.",
    ),
]


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 0, "maximum": 9},
            {"type": "string", "enum": [protocol.NOT_A_DIGIT, SKIP, UNDO]},
        ]
    }
)
class ReviewChoiceField(serializers.Field[Any, Any, Any, Any]):
    """0 to 9, NOT_A_DIGIT's value, or one of the words skip and undo."""

    def to_internal_value(self, data: Any) -> int | str:
        if data in (SKIP, UNDO):
            return str(data)
        try:
            value = protocol.parse_label(data)
        except (TypeError, ValueError):
            value = None
        if value is None:
            raise serializers.ValidationError("Say 0 to 9, not_a_digit, skip or undo.")
        return value

    def to_representation(self, value: Any) -> Any:
        return value


class ReviewRequestSerializer(RequestSerializer):
    choice = ReviewChoiceField()
    lease = serializers.UUIDField(
        required=False, help_text="The card's; not needed to undo, which is of what you said last."
    )
    blind = serializers.BooleanField(
        required=False, default=False, help_text="You did not look at the answer and the claim."
    )


class ReviewItemSerializer(serializers.Serializer[Any]):
    """A drawing that is yours to judge until `lease_until`, and for as long as nobody else asks."""

    id = serializers.UUIDField()
    revision = serializers.IntegerField()
    lease = serializers.UUIDField()
    lease_until = serializers.DateTimeField()
    reason = serializers.ChoiceField([reason.value for reason in ReviewReason])
    why = serializers.CharField(help_text="The reason in words.")
    strokes = InkField(allow_null=True, help_text="Null for a picture.")
    raster = serializers.CharField(
        allow_null=True, help_text="Of a picture: the 28x28 the network saw, as a data URL."
    )
    pointer = serializers.CharField()
    prediction = PredictionSerializer(allow_null=True)
    claim = LabelField(allow_null=True, help_text="What its owner says it is.")


class NextReviewItemSerializer(serializers.Serializer[Any]):
    item = ReviewItemSerializer(allow_null=True, help_text="Null when nothing waits for you.")
    waiting = serializers.IntegerField(help_text="Cards you could get, this one included.")


class ReviewResultSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    choice = serializers.CharField()
    item = ReviewItemSerializer(
        allow_null=True, help_text="After undo: the card again, if it is free."
    )


class NextReviewItemView(APIView):
    permission_classes = REVIEWER_PERMISSIONS

    @extend_schema(
        operation_id="review_next",
        parameters=NEXT_PARAMETERS,
        responses={200: NextReviewItemSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        """The card you hold, else the next one: somebody else's drawing, kept for you for a while.
        Ask for another besides those in hand to have it ready."""
        given = parse_query_params(request, "digit", "exclude")
        exclude_ids = [parse_uuid(id) for id in given.get("exclude", "").split(",") if id]
        if len(exclude_ids) > MAX_EXCLUDED_DRAWINGS:
            errors = {"exclude": f"Name {MAX_EXCLUDED_DRAWINGS} drawings at most."}
            raise ApiProblem(400, "invalid", "Some parameters cannot be used.", errors=errors)
        reviewer, digit = get_request_user(request), _parse_digit(given.get("digit"))
        return Response(
            next_item_json(
                lease_next_item(reviewer=reviewer, digit=digit, exclude_ids=exclude_ids), reviewer
            )
        )


class ReviewDrawingView(APIView):
    permission_classes = REVIEWER_PERMISSIONS
    parser_classes = [JsonBodyParser]

    @extend_schema(
        operation_id="review_decide",
        parameters=[DRAWING_ID],
        request=ReviewRequestSerializer,
        responses={200: ReviewResultSerializer, **PROBLEM_RESPONSES},
        examples=[examples.REVIEW_EXAMPLE],
    )
    def post(self, request: Request, id: str) -> Response:
        """Say what the drawing of your card is: a verdict. `skip` leaves it to somebody else,
        `undo` takes back what you said last and gives you the card again."""
        parse_query_params(request)
        body = ReviewRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        decision = body.validated_data["choice"]
        try:
            card = _apply_choice(request, parse_uuid(id), body.validated_data)
        except CannotReview as error:
            raise ApiProblem(
                ERROR_STATUSES.get(error.code, 409), error.code, error.detail
            ) from None
        said = decision if decision in (SKIP, UNDO) else protocol.label_json(decision)
        return Response({"id": id, "choice": said, "item": card and review_item_json(card)})


def _apply_choice(request: Request, drawing_id: UUID, given: dict[str, Any]) -> LeasedItem | None:
    reviewer, decision = get_request_user(request), given["choice"]
    source = LabelSource.API if request.auth == "token" else LabelSource.PAGE
    if decision == UNDO:
        return undo_review(reviewer=reviewer, drawing_id=drawing_id, source=source)
    submit_review(
        reviewer=reviewer,
        drawing_id=drawing_id,
        lease=given.get("lease"),
        value=None if decision == SKIP else decision,
        blind=given["blind"],
        source=source,
    )
    return None


def _parse_digit(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return protocol.parse_label(text if text == protocol.NOT_A_DIGIT else int(text))
    except ValueError:
        errors = {"digit": "Give a digit from 0 to 9, or not_a_digit."}
        raise ApiProblem(400, "invalid", "Some parameters cannot be used.", errors=errors) from None
