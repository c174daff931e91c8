"""Context processors."""

from django.conf import settings
from django.http import HttpRequest


def enabled_features(request: HttpRequest) -> dict[str, bool]:
    """Add `signup_open` and `email_enabled`, so that pages offer enabled features only."""
    return {"signup_open": settings.SIGNUP_OPEN, "email_enabled": settings.EMAIL_ENABLED}


def csrf_cookie(request: HttpRequest) -> dict[str, str]:
    """Add the name of the cookie with the CSRF token, for scripts."""
    return {"csrf_cookie": settings.CSRF_COOKIE_NAME}
