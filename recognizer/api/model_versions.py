"""The networks: their cards, their figures, which one serves and who served when."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognizer.access import get_model_version
from recognizer.api.answers import PROBLEMS, ModelAnswer, OneModelAnswer
from recognizer.api.authentication import user_of
from recognizer.api.requests import read_parameters
from recognizer.models import ModelVersion, Promotion

ID = OpenApiParameter(
    "id", OpenApiTypes.STR, "path", description="name@sha12", pattern=r"^[\w.-]{1,40}@[0-9a-f]{12}$"
)


class ModelVersions(APIView):
    @extend_schema(
        operation_id="models_list",
        responses={200: ModelAnswer(many=True), **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        """All versions, newest first."""
        read_parameters(request)
        champion_id = _champion_id()
        versions = ModelVersion.objects.all()
        return Response([_model_json(version, champion_id) for version in versions])


class OneModelVersion(APIView):
    @extend_schema(
        operation_id="models_retrieve",
        parameters=[ID],
        responses={200: OneModelAnswer, **PROBLEMS},
    )
    def get(self, request: Request, id: str) -> Response:
        """One version, and when it was made the champion."""
        read_parameters(request)
        user = user_of(request)
        version = get_model_version(user, id)
        promotions = [
            {
                "by": promotion.by.username if promotion.by and user.is_admin else None,
                "reason": promotion.reason,
                "created_at": promotion.created_at.isoformat(),
            }
            for promotion in version.promotions.select_related("by")
        ]
        return Response({**_model_json(version, _champion_id()), "promotions": promotions})


def _champion_id() -> int | None:
    newest = Promotion.objects.order_by("-id").values_list("model_id", flat=True)
    return newest.first()


def _model_json(version: ModelVersion, champion_id: int | None) -> dict[str, Any]:
    return {
        "id": version.label,
        "name": version.name,
        "sha256": version.sha256,
        "architecture": version.architecture,
        "champion": version.pk == champion_id,
        "created_at": version.created_at.isoformat(),
        "figures": version.card.get("figures", {}),
        "card": version.card,
    }
