"""Context processors."""

from django.conf import settings
from django.http import HttpRequest


def signup_open(request: HttpRequest) -> dict[str, bool]:
    """Add `signup_open`, so that no page links to a closed sign-up."""
    return {"signup_open": settings.SIGNUP_OPEN}
