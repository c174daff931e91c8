"""The review queue."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import protocol
from recognizer.api.authentication import get_label_source, get_request_user
from recognizer.api.base_view import ApiView
from recognizer.api.openapi import examples
from recognizer.api.request_parsing import invalid_parameter, parse_body
from recognizer.api.request_serializers import RequestSerializer, parse_stored_label
from recognizer.api.role_permissions import REVIEWER_PERMISSIONS
from recognizer.permission_checked_lookups import parse_uuid
from recognizer.protocol.drawing_json_payloads import label_schema
from recognizer.review.api_payloads import (
    NextReviewItemPayload,
    ReviewResultPayload,
    next_item_json,
    review_item_json,
)
from recognizer.review.queue import LeasedItem, lease_next_item, submit_review, undo_review

SKIP, UNDO = "skip", "undo"
MAX_EXCLUDED_ITEMS = 20
NEXT_PARAMETERS = [
    OpenApiParameter(
        "digit",
        OpenApiTypes.STR,
        enum=[*"0123456789", "not_a_digit"],
        description="Only drawings with this claim or prediction.",
    ),
    OpenApiParameter(
        "exclude",
        OpenApiTypes.STR,
        description=f"Up to {MAX_EXCLUDED_ITEMS} item ids to leave out, separated by commas.",
    ),
]


@extend_schema_field(label_schema(SKIP, UNDO))
class ReviewChoiceField(serializers.Field[Any, Any, Any, Any]):
    """A stored label, or skip or undo."""

    def to_internal_value(self, data: Any) -> int | str:
        if data in (SKIP, UNDO):
            return str(data)
        return parse_stored_label(data, "Give 0 to 9, not_a_digit, skip or undo.")


class ReviewRequestSerializer(RequestSerializer):
    choice = ReviewChoiceField()
    lease = serializers.UUIDField(
        required=False, help_text="The lease of the review item; not needed for undo."
    )
    blind = serializers.BooleanField(
        required=False,
        default=False,
        help_text="The reviewer saw neither the prediction nor the claim.",
    )


class NextReviewItemView(ApiView):
    query_params = {"GET": ["digit", "exclude"]}
    permission_classes = REVIEWER_PERMISSIONS

    @extend_schema(
        operation_id="review_next",
        parameters=NEXT_PARAMETERS,
        responses={200: NextReviewItemPayload},
    )
    def get(self, request: Request) -> Response:
        """The reviewer's current review item, else the next one; at most three are held."""
        given = request.query_params
        exclude_keys = [parse_uuid(id) for id in given.get("exclude", "").split(",") if id]
        if len(exclude_keys) > MAX_EXCLUDED_ITEMS:
            raise invalid_parameter("exclude", f"Give at most {MAX_EXCLUDED_ITEMS} ids.")
        reviewer, digit = get_request_user(request), _parse_digit(given.get("digit"))
        item = lease_next_item(reviewer=reviewer, digit=digit, exclude_keys=exclude_keys)
        return Response(next_item_json(item, reviewer))


class ReviewDrawingView(ApiView):
    permission_classes = REVIEWER_PERMISSIONS

    @extend_schema(
        operation_id="review_decide",
        request=ReviewRequestSerializer,
        responses={200: ReviewResultPayload},
        examples=[examples.REVIEW_EXAMPLE],
    )
    def post(self, request: Request, id: str) -> Response:
        """Label the drawing of a review item, skip it, or undo the latest label."""
        body = parse_body(request, ReviewRequestSerializer)
        choice = body["choice"]
        item = _apply_choice(request, parse_uuid(id), body)
        result: ReviewResultPayload = {
            "id": id,
            "choice": choice if choice in (SKIP, UNDO) else protocol.label_json(choice),
            "item": review_item_json(item, get_request_user(request)) if item else None,
        }
        return Response(result)


def _apply_choice(request: Request, key: UUID, body: dict[str, Any]) -> LeasedItem | None:
    """Return the review item after undo, else None."""
    reviewer, choice = get_request_user(request), body["choice"]
    source = get_label_source(request)
    if choice == UNDO:
        return undo_review(reviewer=reviewer, key=key, source=source)
    submit_review(
        reviewer=reviewer,
        key=key,
        lease=body.get("lease"),
        value=None if choice == SKIP else choice,
        blind=body["blind"],
        source=source,
    )
    return None


def _parse_digit(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return protocol.parse_label(text if text == protocol.NOT_A_DIGIT else int(text))
    except ValueError:
        message = "Give a digit from 0 to 9, or not_a_digit."
        raise invalid_parameter("digit", message) from None
