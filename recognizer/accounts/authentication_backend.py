"""Sign-in by username or by confirmed e-mail address."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.http import HttpRequest

from recognizer.accounts.account_lookup import find_account
from recognizer.models import User


class UsernameOrEmailBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """allauth's backend with one candidate account per attempt.

    allauth tries every holder of an address, confirmed or not, and tries it twice. Each try costs
    a password hash, so that the time of an attempt shows who has an account.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        if not settings.LOCAL_SIGN_IN:
            return None
        candidate = find_account(credentials.get("username"), credentials.get("email"))
        user: User | None = self._check_password(candidate, credentials.get("password") or "")
        return user
