"""Access decorators of views."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from recognizer.base_errors import DomainError
from recognizer.error_views import domain_error_response
from recognizer.models import User

Params = ParamSpec("Params")
View = Callable[Concatenate[HttpRequest, Params], HttpResponseBase]


class DomainErrorMiddleware(MiddlewareMixin):
    """Error pages for the domain errors that a page does not show itself."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        if error.status == 404:
            raise Http404(error.message) from error
        return domain_error_response(request, error)


def require_user(request: HttpRequest) -> User:
    """Return the user of a view that requires sign-in."""
    if not isinstance(request.user, User):
        raise TypeError("This view is not behind login_required.")
    return request.user


def find_user(request: HttpRequest) -> User | None:
    """Return the user of a public view; None for an anonymous visitor."""
    return request.user if isinstance(request.user, User) else None


def is_admin(request: HttpRequest) -> bool:
    user = find_user(request)
    return user is not None and user.is_admin


def admin_required(view: View[Params]) -> View[Params]:
    """Redirect anonymous users to sign-in; respond 403 to users who are not admins."""
    return _role_required(view, lambda user: user.is_admin)


def reviewer_required(view: View[Params]) -> View[Params]:
    """Redirect anonymous users to sign-in; respond 403 to users who are not reviewers."""
    return _role_required(view, lambda user: user.is_reviewer)


def _role_required(view: View[Params], is_allowed: Callable[[User], bool]) -> View[Params]:
    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs
    ) -> HttpResponseBase:
        if not is_allowed(require_user(request)):
            raise PermissionDenied(_refusal(require_user(request)))
        return view(request, *args, **kwargs)

    return login_required(guarded)


def _refusal(user: User) -> str:
    if user.roles_without_second_factor:
        return "Your role needs two-factor sign-in. Turn it on in your settings."
    return "Your account does not have this permission."
