"""Relabelling: search the drawings that may teach, say of many at once what they are, undo it."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer import protocol
from recognizer.api.authentication import get_label_source, get_request_user
from recognizer.api.pagination import build_next_url
from recognizer.api.permissions import REVIEWER_PERMISSIONS
from recognizer.api.problems import PROBLEM_RESPONSES, ApiProblem
from recognizer.api.request_parsing import JsonBodyParser, parse_query_params
from recognizer.api.serializer_fields import MAX_REVISION, RequestSerializer
from recognizer.review.bulk_relabel import (
    MAX_BULK_LABELS,
    relabel_drawings,
    set_aside_drawings,
    undo_labels,
)
from recognizer.review.search import (
    FILTER_DESCRIPTIONS,
    MAX_PAGE_SIZE,
    PAGE_SIZE,
    SET_ASIDE,
    parse_search,
    search_drawings,
)
from recognizer.review.serializers import (
    BulkRelabelResultPayload,
    FoundDrawingListPayload,
    relabel_result_json,
    search_result_json,
)

MAX_EVENT_ID = 2**63 - 1
FILTER_PARAMETERS = [
    OpenApiParameter(name, str, description=f"{expected[0].upper()}{expected[1:]}.")
    for name, expected in FILTER_DESCRIPTIONS.items()
]
PAGE_PARAMETERS = [
    OpenApiParameter("cursor", str, description="As `next` of the page before names it."),
    OpenApiParameter("limit", int, description=f"Drawings on a page: {PAGE_SIZE}, at most 200."),
]


@extend_schema_field(OpenApiTypes.STR)
class DrawingRevisionField(serializers.Field[tuple[UUID, int | None], Any, Any, Any]):
    """`id`, or `id/revision`: the state of it that one looked at."""

    def to_internal_value(self, data: Any) -> tuple[UUID, int | None]:
        id, slash, revision = data.partition("/") if isinstance(data, str) else ("", "", "")
        try:
            number = int(revision) if slash else None
            if number is not None and not 0 < number <= MAX_REVISION:
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
            {"type": "string", "enum": [protocol.NOT_A_DIGIT, SET_ASIDE]},
        ]
    }
)
class BulkLabelField(serializers.Field[Any, Any, Any, Any]):
    """0 to 9, NOT_A_DIGIT's value, or the word set_aside."""

    def to_internal_value(self, data: Any) -> int | str:
        try:
            value = SET_ASIDE if data == SET_ASIDE else protocol.parse_label(data)
        except (TypeError, ValueError):
            value = None
        if value is None:
            raise serializers.ValidationError("Say 0 to 9, not_a_digit or set_aside.")
        return value

    def to_representation(self, value: Any) -> Any:
        return value


class BulkRelabelRequestSerializer(RequestSerializer):
    ids = serializers.ListField(
        child=DrawingRevisionField(),
        min_length=1,
        max_length=MAX_BULK_LABELS,
        help_text="`id/revision`, or the id alone where any state of it is meant.",
    )
    label = BulkLabelField()  # type: ignore[assignment]  # a field, not its title


class UndoBulkRelabelRequestSerializer(RequestSerializer):
    events = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=MAX_EVENT_ID),
        min_length=1,
        max_length=MAX_BULK_LABELS,
        help_text="As the answer to relabelling named them.",
    )


class ReviewSearchView(APIView):
    permission_classes = REVIEWER_PERMISSIONS

    @extend_schema(
        operation_id="review_search",
        parameters=[*FILTER_PARAMETERS, *PAGE_PARAMETERS],
        responses={200: FoundDrawingListPayload, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        """Other people's drawings that may teach, page by page: the newest first, or with
        `order=worst` what the network finds least likely to be what it passes for."""
        given = parse_query_params(request, *FILTER_DESCRIPTIONS, "cursor", "limit")
        reviewer = get_request_user(request)
        if given.get("user") and not reviewer.is_admin:
            raise PermissionDenied("Only admins may search by user.")
        cursor, size = given.pop("cursor", None), _parse_limit(given.pop("limit", None))
        found = search_drawings(
            parse_search(given), exclude_owner_id=reviewer.pk, cursor=cursor, size=size
        )
        body: FoundDrawingListPayload = {
            "next": build_next_url(request, found.next_cursor),
            "results": [search_result_json(drawing) for drawing in found.drawings],
        }
        return Response(body)


class BulkRelabelView(APIView):
    permission_classes = REVIEWER_PERMISSIONS
    parser_classes = [JsonBodyParser]

    @extend_schema(
        operation_id="review_relabel",
        request=BulkRelabelRequestSerializer,
        responses={200: BulkRelabelResultPayload, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        """Say of up to 200 drawings what they are: a verdict on each, or `set_aside`, after which
        nothing learns from them. Those refused are named; they cost the others nothing."""
        parse_query_params(request)
        body = BulkRelabelRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        drawings, label = dict(body.validated_data["ids"]), body.validated_data["label"]
        author, source = get_request_user(request), get_label_source(request)
        if label == SET_ASIDE:
            outcome = set_aside_drawings(author=author, drawings=drawings, source=source)
        else:
            outcome = relabel_drawings(author=author, drawings=drawings, value=label, source=source)
        return Response(relabel_result_json(outcome))


class UndoBulkRelabelView(APIView):
    permission_classes = REVIEWER_PERMISSIONS
    parser_classes = [JsonBodyParser]

    @extend_schema(
        operation_id="review_relabel_undo",
        request=UndoBulkRelabelRequestSerializer,
        responses={200: BulkRelabelResultPayload, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        """Take back what one said of many drawings, by the events named."""
        parse_query_params(request)
        body = UndoBulkRelabelRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        outcome = undo_labels(
            author=get_request_user(request),
            label_ids=body.validated_data["events"],
            source=get_label_source(request),
        )
        return Response(relabel_result_json(outcome))


def _parse_limit(text: str | None) -> int:
    if not text:
        return PAGE_SIZE
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MAX_PAGE_SIZE:
        return int(text)
    errors = {"limit": f"Give a whole number from 1 to {MAX_PAGE_SIZE}."}
    raise ApiProblem(400, "invalid", "Some parameters cannot be used.", errors=errors)
