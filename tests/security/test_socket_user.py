"""`hello` names the user of the socket, so that a page of another user can stop."""

from recognizer.accounts.api_tokens import create_token
from recognizer.models import User
from tests.fixtures.socket_client import SocketClient
from tests.security.conftest import Cookie
from tests.security.web_process import WebProcess


def _user_in_hello(client: SocketClient) -> object:
    return client.receive("hello")["user"]


def test_hello_names_the_user_of_the_session(
    web: WebProcess, owner: User, outsider: User, cookie: Cookie
) -> None:
    for user in (owner, outsider):
        with web.connect(cookie(user)) as client:
            assert _user_in_hello(client) == {"id": user.pk, "username": user.username}


def test_hello_names_the_user_of_the_token(web: WebProcess, owner: User) -> None:
    with web.connect() as client:
        client.send(type="auth", token=create_token(user=owner, name="program").key)
        assert _user_in_hello(client) == {"id": owner.pk, "username": owner.username}


def test_hello_names_the_user_after_another_signs_in(
    web: WebProcess, owner: User, outsider: User, cookie: Cookie
) -> None:
    """The cookie of a browser changes when its next user signs in."""
    with web.connect(cookie(owner)) as client:
        client.receive("hello")
    with web.connect(cookie(outsider)) as client:
        assert _user_in_hello(client) == {"id": outsider.pk, "username": outsider.username}
