"""Views of unhandled errors (500) and database outages (503)."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader

from recognizer.api.problem_details import RETRY_AFTER_S


def server_error(request: HttpRequest) -> HttpResponse:
    """The site's `handler500`. A database outage is 503 with Retry-After."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        page = loader.get_template("503.html").render()
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    return HttpResponse(loader.get_template("500.html").render(), status=500)
