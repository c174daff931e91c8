"""The first admin chooses a password before using the site."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from recognizer.api.problem_details import MEDIA_TYPE, build_problem
from recognizer.models import User

ALLOWED_ROUTES = {"account_change_password", "account_logout", "favicon", "healthz", "readyz"}


class RequiredPasswordChangeMiddleware:
    """Redirect a user with a generated password to the page that changes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        route = request.resolver_match.url_name if request.resolver_match else ""
        if route in ALLOWED_ROUTES or not isinstance(request.user, User):
            return None
        if not request.user.must_change_password:
            return None
        if not request.path.startswith("/api/"):
            return redirect("account_change_password")
        detail = "Change the generated password first."
        problem = build_problem(status=403, code="permission_denied", detail=detail)
        return JsonResponse(problem, status=403, content_type=MEDIA_TYPE)
