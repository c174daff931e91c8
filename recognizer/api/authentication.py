"""Who calls: a session cookie, or `Authorization: Token …`."""

from rest_framework import authentication, exceptions
from rest_framework.request import Request

from recognizer.accounts.tokens import authenticate_token
from recognizer.models import User


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Token KEY`; the reason why a key failed is not told."""

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
    """Django's session; nobody gets 401, not 403, because this site has a way to sign in."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


def get_request_user(request: Request) -> User:
    """Whose request it is; only for views that ask for somebody signed in."""
    assert isinstance(request.user, User)  # noqa: S101 - the permission class has made sure
    return request.user
