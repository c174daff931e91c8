"""Webhooks and their deliveries, for admins."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import permission_checked_lookups
from recognizer.api.authentication import get_request_user
from recognizer.api.base_view import ApiView
from recognizer.api.pagination_parameters import build_next_url, page_parameters
from recognizer.api.request_parsing import parse_body
from recognizer.api.request_serializers import RequestSerializer
from recognizer.api.role_permissions import ADMIN_PERMISSIONS
from recognizer.drawings.pagination import DEFAULT_PAGE_SIZE, parse_page_size
from recognizer.models import Webhook
from recognizer.webhooks import registry
from recognizer.webhooks.api_payloads import (
    DeliveryListPayload,
    DeliveryPayload,
    WebhookListPayload,
    WebhookPayload,
    WebhookSecretPayload,
    delivery_json,
    webhook_json,
    webhook_secret_json,
)
from recognizer.webhooks.delivery_queue import load_delivery_page
from recognizer.webhooks.events import SELECTABLE_EVENTS
from recognizer.webhooks.target_address import MAX_URL_LENGTH

WEBHOOK_ID = OpenApiParameter("id", int, "path")
DELIVERY_ID = OpenApiParameter("delivery", str, "path", description="msg_…")


class WebhookRequestSerializer(RequestSerializer):
    url = serializers.CharField(
        max_length=MAX_URL_LENGTH, help_text="Address of the receiver, https."
    )
    name = serializers.CharField(max_length=registry.MAX_NAME_LENGTH, help_text="Purpose.")
    events = serializers.ListField(
        child=serializers.ChoiceField(SELECTABLE_EVENTS),
        max_length=len(SELECTABLE_EVENTS),
    )


class WebhookChangeRequestSerializer(WebhookRequestSerializer):
    is_enabled = serializers.BooleanField(help_text="Events of a disabled webhook are not kept.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, partial=True, **kwargs)


class WebhookListView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(operation_id="webhooks_list", responses={200: WebhookListPayload})
    def get(self, request: Request) -> Response:
        """All webhooks, at most 20."""
        return Response({"results": [webhook_json(webhook) for webhook in Webhook.objects.all()]})

    @extend_schema(
        operation_id="webhooks_create",
        request=WebhookRequestSerializer,
        responses={201: WebhookSecretPayload},
    )
    def post(self, request: Request) -> Response:
        """Create a webhook. Its secret is in this response only."""
        body = parse_body(request, WebhookRequestSerializer)
        new = registry.create_webhook(by=get_request_user(request), **body)
        return Response(webhook_secret_json(new.webhook, new.secret), 201)


class WebhookDetailView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="webhooks_retrieve", parameters=[WEBHOOK_ID], responses={200: WebhookPayload}
    )
    def get(self, request: Request, id: str) -> Response:
        """A webhook, without its secret."""
        return Response(webhook_json(_get_webhook(request, id)))

    @extend_schema(
        operation_id="webhooks_update",
        parameters=[WEBHOOK_ID],
        request=WebhookChangeRequestSerializer,
        responses={200: WebhookPayload},
    )
    def patch(self, request: Request, id: str) -> Response:
        """Change a webhook, or switch it on or off."""
        body = parse_body(request, WebhookChangeRequestSerializer)
        webhook = _get_webhook(request, id)
        return Response(
            webhook_json(registry.update_webhook(webhook, by=get_request_user(request), **body))
        )

    @extend_schema(operation_id="webhooks_delete", parameters=[WEBHOOK_ID], responses={204: None})
    def delete(self, request: Request, id: str) -> Response:
        """Delete a webhook with its log."""
        registry.delete_webhook(_get_webhook(request, id), by=get_request_user(request))
        return Response(status=204)


class RotateWebhookSecretView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="webhooks_rotate_secret",
        parameters=[WEBHOOK_ID],
        request=None,
        responses={200: WebhookSecretPayload},
    )
    def post(self, request: Request, id: str) -> Response:
        """Make a new secret. For a day requests have a signature of the previous one too."""
        new = registry.rotate_secret(_get_webhook(request, id), by=get_request_user(request))
        return Response(webhook_secret_json(new.webhook, new.secret))


class SendTestEventView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="webhooks_test",
        parameters=[WEBHOOK_ID],
        request=None,
        responses={202: DeliveryPayload},
    )
    def post(self, request: Request, id: str) -> Response:
        """Send the event `webhook.test`."""
        return Response(delivery_json(registry.send_test(_get_webhook(request, id))), 202)


class WebhookDeliveryListView(ApiView):
    query_params = {"GET": ["cursor", "limit"]}
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="webhooks_deliveries",
        parameters=[
            WEBHOOK_ID,
            *page_parameters("Deliveries", size=DEFAULT_PAGE_SIZE, cursor=OpenApiTypes.UUID),
        ],
        responses={200: DeliveryListPayload},
    )
    def get(self, request: Request, id: str) -> Response:
        """The deliveries of a webhook, newest first."""
        given = request.query_params
        webhook = _get_webhook(request, id)
        after = (
            permission_checked_lookups.parse_uuid(given["cursor"]) if "cursor" in given else None
        )
        rows, next_id = load_delivery_page(webhook, after=after, size=parse_page_size(given))
        results = [delivery_json(delivery) for delivery in rows]
        return Response({"next": build_next_url(request, next_id), "results": results})


class ReplayDeliveryView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="webhooks_replay",
        parameters=[WEBHOOK_ID, DELIVERY_ID],
        request=None,
        responses={202: DeliveryPayload},
    )
    def post(self, request: Request, id: str, delivery: str) -> Response:
        """Send a delivery again, with the same `webhook-id`."""
        found = permission_checked_lookups.get_webhook_delivery(_get_webhook(request, id), delivery)
        return Response(delivery_json(registry.replay(found)), 202)


def _get_webhook(request: Request, id: str) -> Webhook:
    return permission_checked_lookups.get_webhook(get_request_user(request), id)
