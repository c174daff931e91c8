"""Base class of the API views, and content negotiation of views with one response type."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from recognizer.api.request_parsing import JsonBodyParser, check_query_params
from recognizer.middleware.request_budget import charge_request


class ApiView(APIView):
    """A view with JSON bodies that refuses unknown and repeated query parameters.

    `query_params` has the names that each method accepts.
    """

    query_params: ClassVar[Mapping[str, Collection[str]]] = {}
    parser_classes = [JsonBodyParser]

    spends_itself = True
    """RequestBudgetMiddleware leaves the view out: its user is known only in `check_throttles`."""

    def check_throttles(self, request: Request) -> None:
        """Spend the cost of the request."""
        charge_request(request._request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = "GET" if request.method == "HEAD" else str(request.method)
        check_query_params(request, self.query_params.get(method, ()))


class AcceptAnyNegotiation(DefaultContentNegotiation):
    """Accept any `Accept` header. Problems are always JSON."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)
