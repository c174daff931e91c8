"""Middleware that keeps personal pages and API responses out of caches."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

PRIVATE = "private, no-store"


class PrivateResponseMiddleware(MiddlewareMixin):
    """Mark responses to requests with a session or a token, and responses that begin a session.

    Other responses hold nothing personal and may be cached, also those that name themselves public.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        name = settings.SESSION_COOKIE_NAME
        has_credential = name in request.COOKIES or "Authorization" in request.headers
        is_public = response.get("Cache-Control", "").startswith("public")
        if name in response.cookies or (has_credential and not is_public):
            response["Cache-Control"] = PRIVATE
        return response
