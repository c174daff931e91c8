"""Base class of the API views, and content negotiation of views with one response type."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from recognizer import rate_limits
from recognizer.api.request_parsing import JsonBodyParser, check_query_params
from recognizer.request_budget import charge_request, payer_of


class ApiView(APIView):
    """A view with JSON bodies that refuses unknown and repeated query parameters.

    `query_params` has the names that each method accepts.
    """

    query_params: ClassVar[Mapping[str, Collection[str]]] = {}
    parser_classes = [JsonBodyParser]

    spends_itself = True
    """RequestBudgetMiddleware leaves the view out: its user is known only in `check_throttles`."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self._read_slot:
            return super().dispatch(request, *args, **kwargs)

    def check_throttles(self, request: Request) -> None:
        """Spend the cost of the request. Read requests wait for the user's other ones."""
        charge_request(request._request)
        if request.method == "GET":
            slot = rate_limits.acquire_read_slot(payer_of(request._request))
            self._read_slot.enter_context(slot)

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
