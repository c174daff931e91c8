"""Search and bulk relabelling for reviewers."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import rate_limits, request_costs
from recognizer.api.authentication import get_label_source, get_request_user
from recognizer.api.base_view import ApiView
from recognizer.api.pagination_parameters import build_next_url, filter_parameters, page_parameters
from recognizer.api.request_parsing import parse_body
from recognizer.api.request_serializers import MAX_REVISION, RequestSerializer, parse_stored_label
from recognizer.api.role_permissions import REVIEWER_PERMISSIONS
from recognizer.drawings.pagination import parse_page_size
from recognizer.protocol.drawing_json_payloads import label_schema
from recognizer.review.api_payloads import (
    BulkRelabelResultPayload,
    FoundDrawingListPayload,
    relabel_result_json,
    search_result_json,
)
from recognizer.review.bulk_relabel import (
    MAX_BULK_LABELS,
    relabel_drawings,
    set_aside_drawings,
    undo_labels,
)
from recognizer.review.search import (
    FILTER_DESCRIPTIONS,
    PAGE_SIZE,
    SET_ASIDE,
    parse_search,
    search_drawings,
)

MAX_EVENT_ID = 2**63 - 1


@extend_schema_field(OpenApiTypes.STR)
class DrawingRevisionField(serializers.Field[tuple[UUID, int | None], Any, Any, Any]):
    """`id` or `id/revision`."""

    def to_internal_value(self, data: Any) -> tuple[UUID, int | None]:
        id, slash, revision = data.partition("/") if isinstance(data, str) else ("", "", "")
        try:
            number = int(revision) if slash else None
            if number is not None and not 0 < number <= MAX_REVISION:
                raise ValueError
            return UUID(id), number
        except ValueError:
            raise serializers.ValidationError("Give ids, or id/revision.") from None


@extend_schema_field(label_schema(SET_ASIDE))
class BulkLabelField(serializers.Field[Any, Any, Any, Any]):
    """A stored label, or set_aside."""

    def to_internal_value(self, data: Any) -> int | str:
        if data == SET_ASIDE:
            return SET_ASIDE
        return parse_stored_label(data, "Give 0 to 9, not_a_digit or set_aside.")


class BulkRelabelRequestSerializer(RequestSerializer):
    ids = serializers.ListField(
        child=DrawingRevisionField(),
        min_length=1,
        max_length=MAX_BULK_LABELS,
        help_text="`id/revision`, or `id` for any revision.",
    )
    label = BulkLabelField()  # type: ignore[assignment]  # a field, not its title


class UndoBulkRelabelRequestSerializer(RequestSerializer):
    events = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=MAX_EVENT_ID),
        min_length=1,
        max_length=MAX_BULK_LABELS,
        help_text="Values of `event` in the response of `review/relabel/`.",
    )


class ReviewSearchView(ApiView):
    query_params = {"GET": [*FILTER_DESCRIPTIONS, "cursor", "limit"]}
    permission_classes = REVIEWER_PERMISSIONS

    @extend_schema(
        operation_id="review_search",
        parameters=[
            *filter_parameters(FILTER_DESCRIPTIONS),
            *page_parameters("Drawings", size=PAGE_SIZE),
        ],
        responses={200: FoundDrawingListPayload},
    )
    def get(self, request: Request) -> Response:
        """Other users' drawings for training, newest or lowest label probability first.

        A page searches some thousand drawings. It may have fewer results than `limit`, or none,
        although there is a next page. The order `worst` sorts the drawings of such a range.
        """
        given, reviewer = request.query_params, get_request_user(request)
        if given.get("user") and not reviewer.is_admin:
            raise PermissionDenied("Only admins may search by user.")
        page = search_drawings(
            parse_search({name: given[name] for name in FILTER_DESCRIPTIONS if name in given}),
            viewer=reviewer,
            cursor=given.get("cursor"),
            size=parse_page_size(given, default=PAGE_SIZE),
        )
        body: FoundDrawingListPayload = {
            "next": build_next_url(request, page.next_cursor),
            "searched_since": page.searched_since.isoformat() if page.searched_since else None,
            "results": [search_result_json(drawing) for drawing in page.drawings],
        }
        return Response(body)


class BulkRelabelView(ApiView):
    permission_classes = REVIEWER_PERMISSIONS

    @extend_schema(
        operation_id="review_relabel",
        request=BulkRelabelRequestSerializer,
        responses={200: BulkRelabelResultPayload},
    )
    def post(self, request: Request) -> Response:
        """Label up to 200 drawings, or exclude them from training (`set_aside`)."""
        body = parse_body(request, BulkRelabelRequestSerializer)
        drawings, label = dict(body["ids"]), body["label"]
        _spend_labels(request, len(drawings))
        author, source = get_request_user(request), get_label_source(request)
        if label == SET_ASIDE:
            result = set_aside_drawings(author=author, drawings=drawings, source=source)
        else:
            result = relabel_drawings(author=author, drawings=drawings, value=label, source=source)
        return Response(relabel_result_json(result))


def _spend_labels(request: Request, count: int) -> None:
    """Spend the labels after the first, which the request has paid. Raises RateLimited."""
    cost = (count - 1) * request_costs.cost_of("review")
    rate_limits.consume_tokens(get_request_user(request).pk, cost)


class UndoBulkRelabelView(ApiView):
    permission_classes = REVIEWER_PERMISSIONS

    @extend_schema(
        operation_id="review_relabel_undo",
        request=UndoBulkRelabelRequestSerializer,
        responses={200: BulkRelabelResultPayload},
    )
    def post(self, request: Request) -> Response:
        """Undo labels by the values of `event` in the response of `review/relabel/`."""
        body = parse_body(request, UndoBulkRelabelRequestSerializer)
        _spend_labels(request, len(body["events"]))
        result = undo_labels(
            author=get_request_user(request),
            label_ids=body["events"],
            source=get_label_source(request),
        )
        return Response(relabel_result_json(result))
