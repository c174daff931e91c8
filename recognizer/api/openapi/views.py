"""The schema and its page, open to everybody: they tell nothing of anybody's."""

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from recognizer.access import NotFound
from recognizer.api.openapi import extensions

__all__ = ["ApiDocsView", "NotFoundView", "SchemaView", "extensions"]


class SchemaView(SpectacularAPIView):
    authentication_classes: list[type] = []
    permission_classes = [AllowAny]


class ApiDocsView(SpectacularSwaggerSplitView):
    """Its script comes by a request of its own, as the content security policy demands."""

    authentication_classes: list[type] = []
    permission_classes = [AllowAny]
    url_name = "api-schema"
    template_name = "api/docs.html"


@extend_schema(exclude=True)
class NotFoundView(APIView):
    """Every other address: a problem, not a page."""

    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        raise NotFound("There is nothing at this address.")
