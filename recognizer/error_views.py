"""Responses to errors: a page for a browser, problem details (RFC 9457) for a program.

Browsers name `text/html` in the header Accept. Paths of the API always get problem details.
"""

import sys
from math import ceil

import orjson
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.views import defaults

from recognizer.api.problem_details import MEDIA_TYPE, RETRY_AFTER_S, build_problem
from recognizer.base_errors import DomainError
from recognizer.retry_page import render_retry_page

API_PREFIX = "/api/"
HTML = "text/html"


def wants_problem(path: str, accept: str) -> bool:
    """Return whether a client gets problem details instead of a page."""
    return path.startswith(API_PREFIX) or ("json" in accept and HTML not in accept)


def render_error(
    *, path: str, accept: str, status: int, code: str, message: str
) -> tuple[str, bytes]:
    """Return the media type and the body of the response to a refused request."""
    if wants_problem(path, accept):
        return MEDIA_TYPE, orjson.dumps(build_problem(status=status, code=code, detail=message))
    error = {"status": status, "code": code, "message": message}
    page = loader.get_template("domain_error.html").render({"error": error})
    return f"{HTML}; charset=utf-8", page.encode()


def error_response(
    request: HttpRequest,
    *,
    status: int,
    code: str,
    message: str,
    retry_after_s: float | None = None,
) -> HttpResponse:
    media_type, body = render_error(
        path=request.path,
        accept=request.headers.get("Accept", ""),
        status=status,
        code=code,
        message=message,
    )
    response = HttpResponse(body, content_type=media_type, status=status)
    if retry_after_s is not None:
        response["Retry-After"] = str(ceil(retry_after_s))
    return response


def domain_error_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    if error.retry_after_s is not None and not _wants_problem(request):
        return render_retry_page(request, error)
    return error_response(
        request,
        status=error.status,
        code=error.code,
        message=error.message,
        retry_after_s=error.retry_after_s,
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The site's `handler400`."""
    if isinstance(exception, RequestDataTooBig):
        message = "The request is too large. Send less data."
        return error_response(request, status=413, code="too_large", message=message)
    if _wants_problem(request):
        message = "The request is not valid."
        return error_response(request, status=400, code="invalid", message=message)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The site's `handler403`."""
    if _wants_problem(request):
        message = "Your account does not have this permission."
        return error_response(request, status=403, code="permission_denied", message=message)
    return defaults.permission_denied(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The site's `CSRF_FAILURE_VIEW`. It names the user who is signed in: signing in changes the
    token, so that a form of the previous user ends here."""
    if _wants_problem(request):
        message = "The CSRF token is missing or not valid. Reload the page."
        return error_response(request, status=403, code="permission_denied", message=message)
    return render(request, "403_csrf.html", {"user": request.user}, status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The site's `handler404`."""
    if _wants_problem(request):
        message = "There is nothing at this address."
        return error_response(request, status=404, code="not_found", message=message)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """The site's `handler500`. A database outage is 503 with Retry-After."""
    is_outage = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    status, code = (503, "unavailable") if is_outage else (500, "internal_error")
    if _wants_problem(request):
        message = "Please send the request again." if is_outage else "An error occurred."
        response = error_response(request, status=status, code=code, message=message)
    else:
        page = loader.get_template(f"{status}.html").render()
        response = HttpResponse(page, status=status)
    if is_outage:
        response["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _wants_problem(request: HttpRequest) -> bool:
    return wants_problem(request.path, request.headers.get("Accept", ""))
