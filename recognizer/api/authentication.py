"""Who calls: a session cookie, or `Authorization: Token …`."""

import hashlib

from django.db.models import Q
from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from recognizer.models import ApiToken, User


def user_of_token(key: str) -> User | None:
    """The active owner of a token that has not expired, or None. Notes when it was used."""
    now = timezone.now()
    token = (
        ApiToken.objects.filter(key_sha256=hashlib.sha256(key.encode()).hexdigest())
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), user__is_active=True)
        .select_related("user")
        .first()
    )
    if token is None:
        return None
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.user


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Token KEY`; the reason why a key failed is not told."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        word, _, key = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != "token":
            return None
        user = user_of_token(key.strip())
        if user is None:
            raise exceptions.AuthenticationFailed("This token is not valid.")
        return user, "token"

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's session; nobody gets 401, not 403, because this site has a way to sign in."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
