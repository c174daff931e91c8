"""Absolute addresses of pages in e-mails."""

from django.conf import settings


def site_link(path: str) -> str:
    """Return the address of a path of this site.

    It comes from the settings. The Host header of a request is chosen by the client, who could
    otherwise let a mailed link point to another server.
    """
    return f"{settings.SITE_URL}{path}"
