"""Who asks for a page."""

from django.http import HttpRequest

from recognizer.models import User


def signed_in(request: HttpRequest) -> User:
    """The person behind a view that only signed-in people reach."""
    if not isinstance(request.user, User):
        raise TypeError("This view is not behind login_required.")
    return request.user
