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

from recognizer import registry
from recognizer.access import get_model_version
from recognizer.api.answers import PROBLEMS
from recognizer.api.authentication import user_of
from recognizer.api.fields import Body
from recognizer.api.model_answers import ModelAnswer, OneModelAnswer
from recognizer.api.permissions import ADMINS
from recognizer.api.problems import RETRY_AFTER_S, Refused
from recognizer.api.requests import JsonBody, read_parameters
from recognizer.models import ModelVersion, User
from recognizer.queue import CannotPublish

ID = OpenApiParameter(
    "id", OpenApiTypes.STR, "path", description="name@sha12", pattern=r"^[\w.-]{1,40}@[0-9a-f]{12}$"
)


class ChangeBody(Body):
    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=registry.REASON_MAX, help_text="Why."
    )
    champion = serializers.CharField(
        required=False, help_text="Who serves as far as you know; refused when it is another."
    )


class ShadowBody(Body):
    on = serializers.BooleanField()


class ModelVersions(APIView):
    @extend_schema(
        operation_id="models_list",
        responses={200: ModelAnswer(many=True), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """All versions, newest first, and how many workers serve each."""
        read_parameters(request)
        return Response(registry.list_models_json())


class OneModelVersion(APIView):
    @extend_schema(
        operation_id="models_retrieve",
        parameters=[ID],
        responses={200: OneModelAnswer, **PROBLEMS},
    )
    def get(self, request: Request, id: str) -> Response:
        """One version, when it was made the champion, and how it compared with others."""
        read_parameters(request)
        return _one(get_model_version(user_of(request), id), user_of(request))


class PromotedModel(APIView):
    permission_classes = ADMINS
    parser_classes = [JsonBody]

    @extend_schema(
        operation_id="models_promote",
        parameters=[ID],
        request=ChangeBody,
        responses={200: OneModelAnswer, **PROBLEMS},
    )
    def post(self, request: Request, id: str) -> Response:
        """Let it serve. What the gate did not let pass needs a reason."""
        read_parameters(request)
        read_parameters(request)
        user = user_of(request)
        version, asked = get_model_version(user, id), _read_change(request)
        with refusing():
            registry.promote_model(model=version, by=user, **asked)
        return _one(version, user)


class RolledBack(APIView):
    permission_classes = ADMINS
    parser_classes = [JsonBody]

    @extend_schema(
        operation_id="models_rollback",
        request=ChangeBody,
        responses={200: OneModelAnswer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        """Let that model serve again which served before this one came."""
        read_parameters(request)
        read_parameters(request)
        user, asked = user_of(request), _read_change(request)
        with refusing():
            promotion = registry.roll_back(by=user, **asked)
        return _one(promotion.model, user)


class ShadowModel(APIView):
    permission_classes = ADMINS
    parser_classes = [JsonBody]

    @extend_schema(
        operation_id="models_shadow",
        parameters=[ID],
        request=ShadowBody,
        responses={200: OneModelAnswer, **PROBLEMS},
    )
    def post(self, request: Request, id: str) -> Response:
        """Let it answer what the champion answered, shown to nobody; or no longer."""
        read_parameters(request)
        read_parameters(request)
        user = user_of(request)
        version = get_model_version(user, id)
        body = ShadowBody(data=request.data)
        body.is_valid(raise_exception=True)
        with refusing():
            registry.set_shadow(model=version, on=body.validated_data["on"])
        return _one(version, user)


class ComparedModel(APIView):
    permission_classes = ADMINS
    parser_classes = [JsonBody]

    @extend_schema(
        operation_id="models_compare",
        parameters=[ID],
        request=None,
        responses={202: None, **PROBLEMS},
    )
    def post(self, request: Request, id: str) -> Response:
        """Compare it with the model that serves now; the verdict comes among its evaluations."""
        read_parameters(request)
        read_parameters(request)
        version = get_model_version(user_of(request), id)
        with refusing():
            registry.ask_for_comparison(model=version)
        return Response(status=202)


@contextmanager
def refusing() -> Iterator[None]:
    """Turns what the registry refuses into problems."""
    try:
        yield
    except registry.CannotPromote as error:
        raise Refused(409, error.code, str(error)) from None
    except CannotPublish:
        sentence = "The site cannot ask its workers at the moment. Please send it again."
        raise Refused(503, "unavailable", sentence, retry_after_s=RETRY_AFTER_S) from None


def _read_change(request: Request) -> dict[str, Any]:
    body = ChangeBody(data=request.data)
    body.is_valid(raise_exception=True)
    given = body.validated_data
    return {"reason": given.get("reason", ""), "seen": given.get("champion", "")}


def _one(version: ModelVersion, user: User) -> Response:
    return Response(registry.one_model_json(version, user))
