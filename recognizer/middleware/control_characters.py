"""Middleware that refuses control characters in paths, queries and forms, and ignores cookies with
them.

PostgreSQL stores no NUL, and a query with one would be an error 500.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template import loader
from django.utils.deprecation import MiddlewareMixin

from recognizer.api.problem_details import MEDIA_TYPE, build_problem

REFUSED_PATTERN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""All control characters but tab, line feed and carriage return; and halves of characters."""
API_PATH = "/api/"
SENTENCE = "The request has a control character. Remove it and try again."


class ControlCharacterMiddleware(MiddlewareMixin):
    """Responds with 400. The API checks its own bodies."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        drop_malformed_cookies(request)
        texts = [request.path, *request.GET, *_all_values(request.GET.lists())]
        return _refuse(request) if any(map(REFUSED_PATTERN.search, texts)) else None

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.method != "POST" or request.path.startswith(API_PATH):
            return None
        texts = [*request.POST, *_all_values(request.POST.lists())]
        return _refuse(request) if any(map(REFUSED_PATTERN.search, texts)) else None


def drop_malformed_cookies(request: HttpRequest) -> None:
    """Ignore cookies with control characters, which a quoted value has as `\\000`. Other programs
    of the host may set such cookies, so that a refusal would lock the browser out."""
    for name in [key for key, value in request.COOKIES.items() if REFUSED_PATTERN.search(value)]:
        del request.COOKIES[name]


def _all_values(lists: Iterable[tuple[str, list[Any]]]) -> list[str]:
    return [str(value) for _, values in lists for value in values]


def _refuse(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith(API_PATH):
        problem = build_problem(status=400, code="invalid", detail=SENTENCE)
        return JsonResponse(problem, status=400, content_type=MEDIA_TYPE)
    return HttpResponse(loader.get_template("400.html").render(), status=400)
