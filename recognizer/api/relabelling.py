"""Relabelling: search the drawings that may teach, say of many at once what they are, undo it."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from recognizer import contract
from recognizer.api.answers import PROBLEMS, PredictionAnswer
from recognizer.api.authentication import user_of
from recognizer.api.fields import MOST_REVISION, Body, InkField, LabelField
from recognizer.api.permissions import REVIEWERS
from recognizer.api.problems import Refused
from recognizer.api.requests import JsonBody, read_parameters
from recognizer.models import LabelSource
from recognizer.review.card import found_json
from recognizer.review.relabelling import (
    MOST_AT_ONCE,
    Outcome,
    relabel_many,
    set_aside_many,
    undo_many,
)
from recognizer.review.searching import (
    PAGE_MAX,
    PAGE_SIZE,
    READERS,
    SET_ASIDE,
    read_search,
    search_drawings,
)

MOST_EVENT = 2**63 - 1
FILTERS = [
    OpenApiParameter(name, str, description=f"{expected[0].upper()}{expected[1:]}.")
    for name, expected in READERS.items()
]
PAGE = [
    OpenApiParameter("cursor", str, description="As `next` of the page before names it."),
    OpenApiParameter("limit", int, description=f"Drawings on a page: {PAGE_SIZE}, at most 200."),
]


@extend_schema_field(OpenApiTypes.STR)
class LookedAtField(serializers.Field[tuple[UUID, int | None], Any, Any, Any]):
    """`id`, or `id/revision`: the state of it that one looked at."""

    def to_internal_value(self, data: Any) -> tuple[UUID, int | None]:
        id, slash, revision = data.partition("/") if isinstance(data, str) else ("", "", "")
        try:
            number = int(revision) if slash else None
            if number is not None and not 0 < number <= MOST_REVISION:
                raise ValueError
            return UUID(id), number
        except ValueError:
            raise serializers.ValidationError("Give ids, or id/revision.") from None

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 0, "maximum": 9},
            {"type": "string", "enum": [contract.NOT_A_DIGIT, SET_ASIDE]},
        ]
    }
)
class SayingField(serializers.Field[Any, Any, Any, Any]):
    """0 to 9, NOT_A_DIGIT's value, or the word set_aside."""

    def to_internal_value(self, data: Any) -> int | str:
        try:
            value = SET_ASIDE if data == SET_ASIDE else contract.label_value(data)
        except (TypeError, ValueError):
            value = None
        if value is None:
            raise serializers.ValidationError("Say 0 to 9, not_a_digit or set_aside.")
        return value

    def to_representation(self, value: Any) -> Any:
        return value


class RelabelBody(Body):
    ids = serializers.ListField(
        child=LookedAtField(),
        min_length=1,
        max_length=MOST_AT_ONCE,
        help_text="`id/revision`, or the id alone where any state of it is meant.",
    )
    label = SayingField()  # type: ignore[assignment]  # a field, not its title


class UndoBody(Body):
    events = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=MOST_EVENT),
        min_length=1,
        max_length=MOST_AT_ONCE,
        help_text="As the answer to relabelling named them.",
    )


class FoundDrawingAnswer(serializers.Serializer[Any]):
    """Somebody else's drawing; whose it is stays untold."""

    id = serializers.UUIDField()
    revision = serializers.IntegerField()
    strokes = InkField(allow_null=True, help_text="Null for a picture.")
    raster = serializers.CharField(
        allow_null=True, help_text="Of a picture: the 28x28 the network saw, as a data URL."
    )
    prediction = PredictionAnswer(allow_null=True)
    claim = LabelField(allow_null=True, help_text="What its owner says it is.")
    ground_truth = LabelField(allow_null=True, help_text="What is agreed that it is.")
    is_set_aside = serializers.BooleanField(help_text="Nothing learns from it.")


class FoundDrawingsAnswer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last one.")
    results = FoundDrawingAnswer(many=True)


class EventAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="The drawing's.")
    event = serializers.IntegerField(help_text="To undo it by.")
    ground_truth = LabelField(allow_null=True, help_text="What is agreed that it is now.")


class RefusedAnswer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Of the drawing or the event, as it was asked for.")
    code = serializers.CharField(
        help_text="not_found, own_drawing, stale, deleted or nothing_to_undo"
    )
    detail = serializers.CharField()


class OutcomeAnswer(serializers.Serializer[Any]):
    done = EventAnswer(many=True)
    refused = RefusedAnswer(many=True)


class FoundDrawings(APIView):
    permission_classes = REVIEWERS

    @extend_schema(
        operation_id="review_search",
        parameters=[*FILTERS, *PAGE],
        responses={200: FoundDrawingsAnswer, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """Other people's drawings that may teach, page by page: the newest first, or with
        `order=worst` what the network finds least likely to be what it passes for."""
        given = read_parameters(request, *READERS, "cursor", "limit")
        reviewer = user_of(request)
        if given.get("user") and not reviewer.is_admin:
            raise PermissionDenied("Only admins may search by user.")
        cursor, size = given.pop("cursor", None), _read_limit(given.pop("limit", None))
        found = search_drawings(
            read_search(given), besides_of=reviewer.pk, cursor=cursor, size=size
        )
        after = found.next_cursor
        url = replace_query_param(request.build_absolute_uri(), "cursor", after) if after else None
        return Response({"next": url, "results": [found_json(one) for one in found.drawings]})


class Relabelled(APIView):
    permission_classes = REVIEWERS
    parser_classes = [JsonBody]

    @extend_schema(
        operation_id="review_relabel",
        request=RelabelBody,
        responses={200: OutcomeAnswer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Say of up to 200 drawings what they are: a verdict on each, or `set_aside`, after which
        nothing learns from them. Those refused are named; they cost the others nothing."""
        read_parameters(request)
        body = RelabelBody(data=request.data)
        body.is_valid(raise_exception=True)
        drawings, label = dict(body.validated_data["ids"]), body.validated_data["label"]
        author, source = user_of(request), _source(request)
        if label == SET_ASIDE:
            outcome = set_aside_many(author=author, drawings=drawings, source=source)
        else:
            outcome = relabel_many(author=author, drawings=drawings, value=label, source=source)
        return Response(_outcome_json(outcome))


class RelabellingUndone(APIView):
    permission_classes = REVIEWERS
    parser_classes = [JsonBody]

    @extend_schema(
        operation_id="review_relabel_undo",
        request=UndoBody,
        responses={200: OutcomeAnswer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Take back what one said of many drawings, by the events named."""
        read_parameters(request)
        body = UndoBody(data=request.data)
        body.is_valid(raise_exception=True)
        outcome = undo_many(
            author=user_of(request),
            label_ids=body.validated_data["events"],
            source=_source(request),
        )
        return Response(_outcome_json(outcome))


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "done": [
            {
                "id": str(event.drawing_id),
                "event": event.pk,
                "ground_truth": contract.label_json(contract.truth_value(event.drawing)),
            }
            for event in outcome.events
        ],
        "refused": [
            {"id": str(one.id), "code": one.code, "detail": one.detail} for one in outcome.refused
        ],
    }


def _source(request: Request) -> LabelSource:
    return LabelSource.API if request.auth == "token" else LabelSource.PAGE


def _read_limit(text: str | None) -> int:
    if not text:
        return PAGE_SIZE
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= PAGE_MAX:
        return int(text)
    errors = {"limit": f"Give a whole number from 1 to {PAGE_MAX}."}
    raise Refused(400, "invalid", "Some parameters cannot be used.", errors=errors)
