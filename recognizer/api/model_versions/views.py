"""The networks: which one serves, who served when and why; and, for admins, changing that."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer.access import get_model_version
from recognizer.api.authentication import get_request_user
from recognizer.api.drawings.serializers import PROBLEM_RESPONSES
from recognizer.api.model_versions.serializers import (
    ModelVersionDetailSerializer,
    ModelVersionSerializer,
)
from recognizer.api.permissions import ADMIN_PERMISSIONS
from recognizer.api.problems import RETRY_AFTER_S, ApiProblem
from recognizer.api.request_parsing import JsonBodyParser, parse_query_params
from recognizer.api.serializer_fields import RequestSerializer
from recognizer.messaging.task_queue import CannotPublish
from recognizer.models import ModelVersion, User
from recognizer.registry.evaluations import request_evaluation
from recognizer.registry.promotion import MAX_REASON_LENGTH, CannotPromote, promote_model, roll_back
from recognizer.registry.serializers import list_models_json, model_detail_json
from recognizer.registry.shadow_models import set_shadow

MODEL_ID = OpenApiParameter(
    "id", OpenApiTypes.STR, "path", description="name@sha12", pattern=r"^[\w.-]{1,40}@[0-9a-f]{12}$"
)


class PromotionRequestSerializer(RequestSerializer):
    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=MAX_REASON_LENGTH, help_text="Why."
    )
    champion = serializers.CharField(
        required=False, help_text="Who serves as far as you know; refused when it is another."
    )


class ShadowRequestSerializer(RequestSerializer):
    on = serializers.BooleanField()


class ModelVersionListView(APIView):
    @extend_schema(
        operation_id="models_list",
        responses={200: ModelVersionSerializer(many=True), **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        """All versions, newest first, and how many workers serve each."""
        parse_query_params(request)
        return Response(list_models_json())


class ModelVersionDetailView(APIView):
    @extend_schema(
        operation_id="models_retrieve",
        parameters=[MODEL_ID],
        responses={200: ModelVersionDetailSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, id: str) -> Response:
        """One version, when it was made the champion, and how it compared with others."""
        parse_query_params(request)
        return _model_json(
            get_model_version(get_request_user(request), id), get_request_user(request)
        )


class PromoteModelView(APIView):
    permission_classes = ADMIN_PERMISSIONS
    parser_classes = [JsonBodyParser]

    @extend_schema(
        operation_id="models_promote",
        parameters=[MODEL_ID],
        request=PromotionRequestSerializer,
        responses={200: ModelVersionDetailSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, id: str) -> Response:
        """Let it serve. What the gate did not let pass needs a reason."""
        parse_query_params(request)
        parse_query_params(request)
        user = get_request_user(request)
        version, asked = get_model_version(user, id), _parse_promotion_request(request)
        with translate_registry_errors():
            promote_model(model=version, by=user, **asked)
        return _model_json(version, user)


class RollbackView(APIView):
    permission_classes = ADMIN_PERMISSIONS
    parser_classes = [JsonBodyParser]

    @extend_schema(
        operation_id="models_rollback",
        request=PromotionRequestSerializer,
        responses={200: ModelVersionDetailSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        """Let that model serve again which served before this one came."""
        parse_query_params(request)
        parse_query_params(request)
        user, asked = get_request_user(request), _parse_promotion_request(request)
        with translate_registry_errors():
            promotion = roll_back(by=user, **asked)
        return _model_json(promotion.model, user)


class ShadowModelView(APIView):
    permission_classes = ADMIN_PERMISSIONS
    parser_classes = [JsonBodyParser]

    @extend_schema(
        operation_id="models_shadow",
        parameters=[MODEL_ID],
        request=ShadowRequestSerializer,
        responses={200: ModelVersionDetailSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, id: str) -> Response:
        """Let it answer what the champion answered, shown to nobody; or no longer."""
        parse_query_params(request)
        parse_query_params(request)
        user = get_request_user(request)
        version = get_model_version(user, id)
        body = ShadowRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with translate_registry_errors():
            set_shadow(model=version, on=body.validated_data["on"])
        return _model_json(version, user)


class CompareModelView(APIView):
    permission_classes = ADMIN_PERMISSIONS
    parser_classes = [JsonBodyParser]

    @extend_schema(
        operation_id="models_compare",
        parameters=[MODEL_ID],
        request=None,
        responses={202: None, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, id: str) -> Response:
        """Compare it with the model that serves now; the verdict comes among its evaluations."""
        parse_query_params(request)
        parse_query_params(request)
        version = get_model_version(get_request_user(request), id)
        with translate_registry_errors():
            request_evaluation(model=version)
        return Response(status=202)


@contextmanager
def translate_registry_errors() -> Iterator[None]:
    """Turns what the registry refuses into problems."""
    try:
        yield
    except CannotPromote as error:
        raise ApiProblem(409, error.code, str(error)) from None
    except CannotPublish:
        sentence = "The site cannot ask its workers at the moment. Please send it again."
        raise ApiProblem(503, "unavailable", sentence, retry_after_s=RETRY_AFTER_S) from None


def _parse_promotion_request(request: Request) -> dict[str, Any]:
    body = PromotionRequestSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    given = body.validated_data
    return {"reason": given.get("reason", ""), "expected_champion": given.get("champion", "")}


def _model_json(version: ModelVersion, user: User) -> Response:
    return Response(model_detail_json(version, user))
