"""Context processors."""

from django.conf import settings
from django.http import HttpRequest


def enabled_features(request: HttpRequest) -> dict[str, bool]:
    """Add `signup_open` and `email_enabled`, so that pages offer enabled features only."""
    return {"signup_open": settings.SIGNUP_OPEN, "email_enabled": settings.EMAIL_ENABLED}
