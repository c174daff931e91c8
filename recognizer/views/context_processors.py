"""What every template may ask."""

from django.conf import settings
from django.http import HttpRequest


def signup_open(request: HttpRequest) -> dict[str, bool]:
    """`signup_open`: no page invites people to sign up where that is switched off."""
    return {"signup_open": settings.SIGNUP_OPEN}
