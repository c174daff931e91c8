"""Who asks for a page, and whether they may."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from recognizer.models import User

Given = ParamSpec("Given")
Page = Callable[Concatenate[HttpRequest, Given], HttpResponseBase]


def signed_in(request: HttpRequest) -> User:
    """The person behind a view that only signed-in people reach."""
    if not isinstance(request.user, User):
        raise TypeError("This view is not behind login_required.")
    return request.user


def for_admins(view: Page[Given]) -> Page[Given]:
    """The login page for nobody, 403 for who is no admin."""
    return _for_those(view, lambda user: user.is_admin)


def for_reviewers(view: Page[Given]) -> Page[Given]:
    """The login page for nobody, 403 for who is no reviewer."""
    return _for_those(view, lambda user: user.is_reviewer)


def _for_those(view: Page[Given], may: Callable[[User], bool]) -> Page[Given]:
    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs
    ) -> HttpResponseBase:
        if not may(signed_in(request)):
            raise PermissionDenied("Your account may not do this.")
        return view(request, *args, **kwargs)

    return login_required(guarded)
