"""Views of unhandled errors (500), database outages (503) and expired forms (403)."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from recognizer.api.problem_details import RETRY_AFTER_S


def server_error(request: HttpRequest) -> HttpResponse:
    """The site's `handler500`. A database outage is 503 with Retry-After."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        page = loader.get_template("503.html").render()
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    return HttpResponse(loader.get_template("500.html").render(), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The site's CSRF_FAILURE_VIEW. It names the user who is signed in now: signing in changes the
    token, so that a form of the previous user ends here."""
    return render(request, "403_csrf.html", {"user": request.user}, status=403)
