"""Errors as RFC 9457 problem details."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's own answer, in the form of a problem."""
    response = exception_handler(error, context)
    if response is not None:
        detail = response.data
        response.data = {"type": "about:blank", "status": response.status_code, "errors": detail}
        response.content_type = "application/problem+json"
    return response
