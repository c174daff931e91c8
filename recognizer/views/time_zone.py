"""Middleware that shows times in the time zone of the browser."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

TIME_ZONE_COOKIE = "time_zone"
"""Set by static/js/site.js, for example `Europe/Berlin`."""


class TimeZoneMiddleware(MiddlewareMixin):
    """Activate the time zone of the browser, so that pages show and filter by the same days.

    Without the cookie or with an unknown zone, pages use UTC.
    """

    def process_request(self, request: HttpRequest) -> None:
        if zone := _load_zone(request.COOKIES.get(TIME_ZONE_COOKIE, "")):
            timezone.activate(zone)
        else:
            timezone.deactivate()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        timezone.deactivate()
        return response


def _load_zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # unknown, malformed, a folder of zones
        return None
