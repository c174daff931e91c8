"""Model versions; for admins also promotion, rollback, shadow models and evaluation."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.api.authentication import get_request_user
from recognizer.api.base_view import AcceptAnyNegotiation, ApiView
from recognizer.api.request_parsing import parse_body
from recognizer.api.request_serializers import RequestSerializer
from recognizer.api.role_permissions import ADMIN_PERMISSIONS
from recognizer.models import ModelVersion, User
from recognizer.permission_checked_lookups import (
    MODEL_REF_PATTERN,
    NotFound,
    find_model_version,
    get_model_version,
)
from recognizer.registry.api_payloads import (
    ModelVersionDetailPayload,
    ModelVersionPayload,
    list_models_json,
    model_detail_json,
)
from recognizer.registry.browser_bundles import find_bundle_sha256, read_public_bundle
from recognizer.registry.evaluation_request import request_evaluation
from recognizer.registry.model_download import download_model
from recognizer.registry.promotion import MAX_REASON_LENGTH, promote_model, roll_back
from recognizer.registry.shadow_models import set_shadow
from recognizer.streaming_download import stream_download

MODEL_ID = OpenApiParameter(
    "id",
    OpenApiTypes.STR,
    "path",
    description="name@sha12",
    pattern=f"^{MODEL_REF_PATTERN.pattern}$",
)


BUNDLE_SHA256 = OpenApiParameter(
    "sha256", OpenApiTypes.STR, description="Expected hash, as in `hello` of the websocket."
)


class PromotionRequestSerializer(RequestSerializer):
    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MAX_REASON_LENGTH,
        help_text="Reason for the promotion.",
    )
    champion = serializers.CharField(
        required=False,
        help_text="Expected champion; the request is refused if another model is the champion.",
    )


class ShadowRequestSerializer(RequestSerializer):
    on = serializers.BooleanField()


class ModelVersionListView(ApiView):
    @extend_schema(operation_id="models_list", responses={200: list[ModelVersionPayload]})
    def get(self, request: Request) -> Response:
        """All model versions, newest first, with the number of workers that serve each."""
        return Response(list_models_json())


class ModelVersionDetailView(ApiView):
    @extend_schema(
        operation_id="models_retrieve",
        parameters=[MODEL_ID],
        responses={200: ModelVersionDetailPayload},
    )
    def get(self, request: Request, id: str) -> Response:
        """One model version with its promotions and evaluations."""
        return _model_response(
            get_model_version(get_request_user(request), id), get_request_user(request)
        )


class BrowserBundleView(ApiView):
    permission_classes = [AllowAny]
    query_params = {"GET": ["sha256"]}
    content_negotiation_class = AcceptAnyNegotiation

    @extend_schema(
        operation_id="models_browser",
        parameters=[MODEL_ID, BUNDLE_SHA256],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        """The model in a form that browsers can run, if it has served. Cached for a year."""
        version = find_model_version(id)
        expected = request.query_params.get("sha256", find_bundle_sha256(version))
        bundle = read_public_bundle(version)
        if bundle is None or expected != find_bundle_sha256(version):
            raise NotFound("There is no such browser bundle.")
        response = HttpResponse(bundle, content_type="application/octet-stream")
        response["ETag"] = f'"{expected}"'
        is_named = "sha256" in request.query_params  # a URL with the hash never changes
        response["Cache-Control"] = (
            "public, max-age=31536000, immutable" if is_named else "public, no-cache"
        )
        return response


class ModelDownloadView(ApiView):
    permission_classes = [AllowAny]
    content_negotiation_class = AcceptAnyNegotiation

    @extend_schema(
        operation_id="models_download",
        parameters=[MODEL_ID],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, id: str) -> StreamingHttpResponse:
        """A model that has served as a zip: weights, ONNX, model card. Admins get every model."""
        version = find_model_version(id)
        viewer = request.user if isinstance(request.user, User) else None
        return stream_download(
            request._request,
            download_model(version, viewer),
            name=f"{version.ref}.zip",
            media_type="application/zip",
        )


class PromoteModelView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="models_promote",
        parameters=[MODEL_ID],
        request=PromotionRequestSerializer,
        responses={200: ModelVersionDetailPayload},
    )
    def post(self, request: Request, id: str) -> Response:
        """Make the model the champion. `reason` is required if it did not pass the gate."""
        user = get_request_user(request)
        version, promotion = get_model_version(user, id), _parse_promotion(request)
        promote_model(model=version, by=user, **promotion)
        return _model_response(version, user)


class RollbackView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="models_rollback",
        request=PromotionRequestSerializer,
        responses={200: ModelVersionDetailPayload},
    )
    def post(self, request: Request) -> Response:
        """Make the previous champion the champion again."""
        user = get_request_user(request)
        promotion = roll_back(by=user, **_parse_promotion(request))
        return _model_response(promotion.model, user)


class ShadowModelView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="models_shadow",
        parameters=[MODEL_ID],
        request=ShadowRequestSerializer,
        responses={200: ModelVersionDetailPayload},
    )
    def post(self, request: Request, id: str) -> Response:
        """Turn shadow mode of the model on or off."""
        user = get_request_user(request)
        version = get_model_version(user, id)
        body = parse_body(request, ShadowRequestSerializer)
        set_shadow(model=version, on=body["on"])
        return _model_response(version, user)


class CompareModelView(ApiView):
    permission_classes = ADMIN_PERMISSIONS

    @extend_schema(
        operation_id="models_compare", parameters=[MODEL_ID], request=None, responses={202: None}
    )
    def post(self, request: Request, id: str) -> Response:
        """Evaluate the model against the champion. The result is added to its `evaluations`."""
        version = get_model_version(get_request_user(request), id)
        request_evaluation(model=version)
        return Response(status=202)


def _parse_promotion(request: Request) -> dict[str, Any]:
    body = parse_body(request, PromotionRequestSerializer)
    return {"reason": body.get("reason", ""), "expected_champion": body.get("champion", "")}


def _model_response(version: ModelVersion, user: User) -> Response:
    return Response(model_detail_json(version, user))
