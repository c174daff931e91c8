"""Authentication by session cookie or by `Authorization: Token KEY`."""

from rest_framework import authentication, exceptions
from rest_framework.request import Request

from recognizer.accounts.api_tokens import authenticate_token
from recognizer.models import LabelSource, User


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Token KEY`; a refusal does not disclose why the key is not valid."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        word, _, key = request.headers.get("Authorization", "").partition(" ")
        if word.lower() != "token":
            return None
        user = authenticate_token(key.strip())
        if user is None:
            raise exceptions.AuthenticationFailed("This token is not valid.")
        return user, "token"

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's session; anonymous requests get 401, because they can authenticate and retry."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


def get_label_source(request: Request) -> LabelSource:
    """Return API for a request with a token, PAGE for one with a session."""
    return LabelSource.API if request.auth == "token" else LabelSource.PAGE


def get_request_user(request: Request) -> User:
    """Return the user; only for views that require authentication."""
    assert isinstance(request.user, User)  # noqa: S101 - the permission class requires it
    return request.user
