"""Public views of the OpenAPI document and of Swagger UI, and the API's 404 response."""

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from recognizer.api.openapi import spectacular_extensions
from recognizer.permission_checked_lookups import NotFound

__all__ = ["ApiDocsView", "NotFoundView", "SchemaView", "spectacular_extensions"]


class SchemaView(SpectacularAPIView):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]


class ApiDocsView(SpectacularSwaggerSplitView):
    """Swagger UI. Its script is a separate request, as the content security policy requires."""

    authentication_classes: list[type] = []
    permission_classes = [AllowAny]
    url_name = "api-schema"
    template_name = "api/docs.html"


@extend_schema(exclude=True)
class NotFoundView(APIView):
    """Every other path: a problem instead of an HTML page."""

    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        raise NotFound("There is nothing at this address.")
