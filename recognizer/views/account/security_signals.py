"""Signals of allauth: the end of other sessions after a change, and the sign-in of a guest."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.dispatch import receiver
from django.http import HttpRequest

from recognizer.accounts.sign_in.session_revocation import end_other_sessions, end_sessions
from recognizer.accounts.sign_in.sign_in_limits import forget_failures
from recognizer.accounts.sign_in.totp_codes import use_code
from recognizer.middleware.guest_access import find_guest, move_guest
from recognizer.models import User
from recognizer.views.account.allauth_adapter_and_consent_form import wants_to_keep_tokens


@receiver([password_changed, password_set], dispatch_uid="password_changed")
def end_sessions_after_change(request: HttpRequest, user: User, **_: Any) -> None:
    _mark_password_as_chosen(user)
    end_other_sessions(request, user=user, keep_tokens=wants_to_keep_tokens(request))


@receiver(password_reset, dispatch_uid="password_reset")
def end_sessions_after_reset(request: HttpRequest, user: User, **_: Any) -> None:
    """End all sessions, also those of a thief who knew the old password, and the tokens unless the
    user keeps them."""
    _mark_password_as_chosen(user)
    end_sessions(user=user, keep_tokens=wants_to_keep_tokens(request))
    forget_failures(request, user)


@receiver([authenticator_added, authenticator_removed], dispatch_uid="second_factor")
def end_sessions_after_second_factor(
    request: HttpRequest, user: User, authenticator: Authenticator, **_: Any
) -> None:
    if authenticator.type == Authenticator.Type.TOTP and authenticator.pk:
        use_code(authenticator, request.POST.get("code", ""))  # it does not sign in again
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        end_other_sessions(request, user=user, keep_tokens=wants_to_keep_tokens(request))


@receiver(user_logged_in, dispatch_uid="guest_signed_in")
def move_guest_drawings(request: HttpRequest, user: User, **_: Any) -> None:
    """Move the drawings of the guest of the session to the account that has signed in."""
    guest = find_guest(request)
    if guest is not None and guest.pk != user.pk:
        move_guest(request, guest=guest, user=user)


def _mark_password_as_chosen(user: User) -> None:
    User.objects.filter(pk=user.pk).update(must_change_password=False)
