"""What everybody reads when a request fails that nobody foresaw, or the database is away."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader

from recognizer.api.problems import RETRY_AFTER_S


def server_error(request: HttpRequest) -> HttpResponse:
    """The site's `handler500`. A database that is away is 503: come again in a moment."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        page = loader.get_template("503.html").render()
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    return HttpResponse(loader.get_template("500.html").render(), status=500)
