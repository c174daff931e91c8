"""Spending of HTTP requests: each one spends its cost before its view runs, and the cost of its
response afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from recognizer import rate_limits
from recognizer.error_views import domain_error_response
from recognizer.middleware.early_refusal import remember_payer
from recognizer.payers import Payer, address_payer, user_payer
from recognizer.rate_limits import RateLimited
from recognizer.request_costs import cost_of, find_route_kind, request_cost, response_cost

Params = ParamSpec("Params")
View = Callable[Concatenate[HttpRequest, Params], HttpResponseBase]


class RequestBudgetMiddleware(MiddlewareMixin):
    """Spend from the budget of the user or guest, or of the address of an anonymous request.

    API views spend after their own authentication (recognizer.api.base_view).
    """

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if getattr(getattr(view, "cls", None), "spends_itself", False):
            return None
        try:
            charge_request(request)
        except RateLimited as error:
            return domain_error_response(request, error)
        return None

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        payer: Payer | None = getattr(request, "payer", None)
        if payer is None:
            _spend_refused(request)
        elif not response.streaming:
            data = getattr(response, "data", None)
            rows = len(data["results"]) if isinstance(data, dict) and "results" in data else 0
            size = len(getattr(response, "content", b""))
            rate_limits.spend_tokens(payer, response_cost(size=size, rows=rows))
        return response


def charge_request(request: HttpRequest) -> None:
    """Spend the cost of a request and of its body. Raises RateLimited."""
    name, method = _route_name(request), str(request.method)
    if find_route_kind(name, method) == "free":
        return
    payer = payer_of(request)
    remember_payer(request, payer)
    size = request.META.get("CONTENT_LENGTH") or ""
    cost = request_cost(
        name,
        method,
        size=int(size) if size.isascii() and size.isdecimal() else 0,
        is_form=str(request.content_type).startswith("multipart/"),
    )
    rate_limits.consume_tokens(payer, cost)
    request.payer = payer  # type: ignore[attr-defined]  # process_response reads it
    request.paid = cost  # type: ignore[attr-defined]  # the view spends the rest


def _spend_refused(request: HttpRequest) -> None:
    """Spend a request that got a response before its view, such as one with an invalid token.

    Its credential is not remembered: a client may send another one each time.
    """
    if find_route_kind(_route_name(request), str(request.method)) != "free":
        rate_limits.spend_tokens(payer_of(request), cost_of("read"))


def _route_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def paid_by(request: HttpRequest) -> float:
    """Return what `charge_request` has spent for a request."""
    paid: float = getattr(request, "paid", 0)
    return paid


def payer_of(request: HttpRequest) -> Payer:
    """Return the user or guest, or the address of an anonymous request."""
    user = getattr(request, "user", None)
    address = request.META.get("REMOTE_ADDR", "")
    if user is not None and user.is_authenticated:
        return user_payer(int(user.pk), is_guest=user.is_guest, address=address)
    return address_payer(address)
