"""Context processors."""

from django.conf import settings
from django.http import HttpRequest

from recognizer.middleware.guest_access import find_guest
from recognizer.models import User


def enabled_features(request: HttpRequest) -> dict[str, bool | str]:
    """Add enabled features, so that pages offer no others, and whether the user has an account."""
    user = getattr(request, "user", None)
    return {
        "signup_open": settings.SIGNUP_OPEN,
        "email_enabled": settings.EMAIL_ENABLED,
        "guests_enabled": settings.GUESTS,
        "local_sign_in": settings.LOCAL_SIGN_IN,
        "oidc_name": settings.OIDC_NAME,
        "has_account": isinstance(user, User) and not user.is_guest,
        "has_guest": find_guest(request) is not None,
    }


def site_url(request: HttpRequest) -> dict[str, str]:
    """Add the address of the site, for previews of links to it."""
    return {"site_url": settings.SITE_URL}


def csrf_cookie(request: HttpRequest) -> dict[str, str]:
    """Add the name of the cookie with the CSRF token, for scripts."""
    return {"csrf_cookie": settings.CSRF_COOKIE_NAME}
