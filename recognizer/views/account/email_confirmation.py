"""Confirmation of an e-mail address by its link, which EMAIL_VERIFICATION may require."""

from typing import Any

from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from allauth.account.views import ConfirmEmailView
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from recognizer.models import User


class RequiredAddressStage(EmailVerificationStage):  # type: ignore[misc]  # allauth ships no types
    """The step of a sign-in that requires a confirmed address (EMAIL_VERIFICATION=mandatory).

    Accounts without any address, which admins and commands create, need none.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if not EmailAddress.objects.filter(user=self.login.user).exists():
            return None, True
        response, goes_on = super().handle()
        if response is not None and _is_confirmation(self.login.redirect_url):
            response = redirect(self.login.redirect_url)
        return response, goes_on


class OwnerConfirmEmailView(ConfirmEmailView):  # type: ignore[misc]  # allauth ships no types
    """Confirm an address of the user who is signed in, or whose sign-in waits for the address.

    A stranger can enter an address of another user, who receives the link and follows it. The
    account of the stranger would then hold this address, and resets of the password with it.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self._find_user() is None:
            return redirect_to_login(request.get_full_path())
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_object(self, queryset: Any = None) -> Any:
        confirmation = super().get_object(queryset)
        user = self._find_user()
        if user is None or confirmation.email_address.user_id != user.pk:
            raise Http404
        return confirmation

    def _find_user(self) -> User | None:
        if isinstance(self.request.user, User):
            return self.request.user
        waiting = unstash_login(self.request, peek=True)
        return waiting.user if waiting else None


def _is_confirmation(path: str | None) -> bool:
    try:
        return bool(path) and resolve(str(path)).url_name == "account_confirm_email"
    except Resolver404:
        return False
