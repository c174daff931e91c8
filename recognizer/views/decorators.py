"""Who asks for a page, and whether they may."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from recognizer.models import User

Params = ParamSpec("Params")
View = Callable[Concatenate[HttpRequest, Params], HttpResponseBase]


def require_user(request: HttpRequest) -> User:
    """The person behind a view that only signed-in people reach."""
    if not isinstance(request.user, User):
        raise TypeError("This view is not behind login_required.")
    return request.user


def admin_required(view: View[Params]) -> View[Params]:
    """The login page for nobody, 403 for who is no admin."""
    return _role_required(view, lambda user: user.is_admin)


def reviewer_required(view: View[Params]) -> View[Params]:
    """The login page for nobody, 403 for who is no reviewer."""
    return _role_required(view, lambda user: user.is_reviewer)


def _role_required(view: View[Params], may: Callable[[User], bool]) -> View[Params]:
    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs
    ) -> HttpResponseBase:
        if not may(require_user(request)):
            raise PermissionDenied("Your account may not do this.")
        return view(request, *args, **kwargs)

    return login_required(guarded)
