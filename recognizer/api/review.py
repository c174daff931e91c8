"""Reviewing: the next card, and what a reviewer says about it."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import contract
from recognizer.access import read_uuid
from recognizer.api import examples
from recognizer.api.answers import DRAWING_ID, PROBLEMS, PredictionAnswer
from recognizer.api.authentication import user_of
from recognizer.api.fields import Body, InkField, LabelField
from recognizer.api.permissions import REVIEWERS
from recognizer.api.problems import Refused
from recognizer.api.requests import JsonBody, read_parameters
from recognizer.models import LabelSource, ReviewReason
from recognizer.review.card import card_json, next_json
from recognizer.review.queue import CannotDecide, Card, decide, lease_next, undo_decision

SKIP, UNDO = "skip", "undo"
BESIDES_MOST = 20
STATUSES = {"not_found": 404, "own_drawing": 403}
NEXT = [
    OpenApiParameter(
        "digit", OpenApiTypes.STR, enum=[*"0123456789", "not_a_digit"], description="Only these."
    ),
    OpenApiParameter(
        "exclude",
        OpenApiTypes.STR,
        description=f"Ids of up to {BESIDES_MOST} drawings in hand, with commas between: another.",
    ),
]


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 0, "maximum": 9},
            {"type": "string", "enum": [contract.NOT_A_DIGIT, SKIP, UNDO]},
        ]
    }
)
class DecisionField(serializers.Field[Any, Any, Any, Any]):
    """0 to 9, NOT_A_DIGIT's value, or one of the words skip and undo."""

    def to_internal_value(self, data: Any) -> int | str:
        if data in (SKIP, UNDO):
            return str(data)
        try:
            value = contract.label_value(data)
        except (TypeError, ValueError):
            value = None
        if value is None:
            raise serializers.ValidationError("Say 0 to 9, not_a_digit, skip or undo.")
        return value

    def to_representation(self, value: Any) -> Any:
        return value


class DecisionBody(Body):
    choice = DecisionField()
    lease = serializers.UUIDField(
        required=False, help_text="The card's; not needed to undo, which is of what you said last."
    )
    blind = serializers.BooleanField(
        required=False, default=False, help_text="You did not look at the answer and the claim."
    )


class CardAnswer(serializers.Serializer[Any]):
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
    prediction = PredictionAnswer(allow_null=True)
    claim = LabelField(allow_null=True, help_text="What its owner says it is.")


class NextCardAnswer(serializers.Serializer[Any]):
    item = CardAnswer(allow_null=True, help_text="Null when nothing waits for you.")
    waiting = serializers.IntegerField(help_text="Cards you could get, this one included.")


class DecidedAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    choice = serializers.CharField()
    item = CardAnswer(allow_null=True, help_text="After undo: the card again, if it is free.")


class NextCard(APIView):
    permission_classes = REVIEWERS

    @extend_schema(
        operation_id="review_next", parameters=NEXT, responses={200: NextCardAnswer, **PROBLEMS}
    )
    def get(self, request: Request) -> Response:
        """The card you hold, else the next one: somebody else's drawing, kept for you for a while.
        Ask for another besides those in hand to have it ready."""
        given = read_parameters(request, "digit", "exclude")
        besides = [read_uuid(id) for id in given.get("exclude", "").split(",") if id]
        if len(besides) > BESIDES_MOST:
            errors = {"exclude": f"Name {BESIDES_MOST} drawings at most."}
            raise Refused(400, "invalid", "Some parameters cannot be used.", errors=errors)
        reviewer, digit = user_of(request), _read_digit(given.get("digit"))
        return Response(
            next_json(lease_next(reviewer=reviewer, digit=digit, besides=besides), reviewer)
        )


class ReviewedDrawing(APIView):
    permission_classes = REVIEWERS
    parser_classes = [JsonBody]

    @extend_schema(
        operation_id="review_decide",
        parameters=[DRAWING_ID],
        request=DecisionBody,
        responses={200: DecidedAnswer, **PROBLEMS},
        examples=[examples.DECIDED],
    )
    def post(self, request: Request, id: str) -> Response:
        """Say what the drawing of your card is: a verdict. `skip` leaves it to somebody else,
        `undo` takes back what you said last and gives you the card again."""
        read_parameters(request)
        body = DecisionBody(data=request.data)
        body.is_valid(raise_exception=True)
        decision = body.validated_data["choice"]
        try:
            card = _act(request, read_uuid(id), body.validated_data)
        except CannotDecide as error:
            raise Refused(STATUSES.get(error.code, 409), error.code, error.detail) from None
        said = decision if decision in (SKIP, UNDO) else contract.label_json(decision)
        return Response({"id": id, "choice": said, "item": card and card_json(card)})


def _act(request: Request, drawing_id: UUID, given: dict[str, Any]) -> Card | None:
    reviewer, decision = user_of(request), given["choice"]
    source = LabelSource.API if request.auth == "token" else LabelSource.PAGE
    if decision == UNDO:
        return undo_decision(reviewer=reviewer, drawing_id=drawing_id, source=source)
    decide(
        reviewer=reviewer,
        drawing_id=drawing_id,
        lease=given.get("lease"),
        decision=None if decision == SKIP else decision,
        blind=given["blind"],
        source=source,
    )
    return None


def _read_digit(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return contract.label_value(text if text == contract.NOT_A_DIGIT else int(text))
    except ValueError:
        errors = {"digit": "Give a digit from 0 to 9, or not_a_digit."}
        raise Refused(400, "invalid", "Some parameters cannot be used.", errors=errors) from None
