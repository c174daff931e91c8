"""A database that is older than its clients: they reload their lists."""

import pytest
from django.core.management import call_command

from recognizer.drawings.changes_since_cursor import FeedPosition
from recognizer.messaging.site_claim import claim_redis
from recognizer.models import Feed, SiteIdentity, User
from recognizer.realtime.user_connections import UserConnections
from tests.fixtures.socket_client import SocketClient
from tests.pipeline.test_resume import _notice, _synced_connection
from tests.security.conftest import Cookie, cookie, socket_client, web
from tests.security.web_process import WebProcess

__all__ = ["cookie", "socket_client", "web"]


@pytest.fixture
def drawn(socket_client: SocketClient) -> int:
    """Store drawings of the owner over an open socket; return the cursor of the feed."""
    for _ in range(6):
        assert socket_client.can_store_drawing()
    return Feed.objects.get().cursor


@pytest.mark.parametrize("lost", [1, 5, "all"])
def test_open_sockets_reload_when_the_feed_goes_back(
    web: WebProcess,
    owner: User,
    cookie: Cookie,
    socket_client: SocketClient,
    drawn: int,
    lost: int | str,
) -> None:
    if lost == "all":
        Feed.objects.all().delete()
    else:
        Feed.objects.update(cursor=drawn - int(lost))
    with web.connect(cookie(owner)) as second:
        hello = second.receive("hello")
        assert hello["cursor"] == (0 if lost == "all" else drawn - int(lost))
        assert not socket_client.receive("resumed")["complete"]
        assert second.can_store_drawing()
        assert socket_client.receive("drawing")["status"] == "queued"


@pytest.mark.usefixtures("drawn")
def test_open_sockets_reload_in_a_new_epoch(socket_client: SocketClient) -> None:
    """The feed may have caught up with the cursors of the clients since the restore."""
    call_command("after_restore", verbosity=0)
    resumed = socket_client.receive("resumed")
    assert not resumed["complete"]
    assert resumed["epoch"] == SiteIdentity.load().feed_epoch
    assert socket_client.can_store_drawing()


@pytest.mark.parametrize("since", ["before", "at", "ahead"])
def test_a_resume_of_another_epoch_is_incomplete(
    web: WebProcess, owner: User, cookie: Cookie, drawn: int, since: str
) -> None:
    cursor = {"before": drawn - 2, "at": drawn, "ahead": drawn + 5}[since]
    with web.connect(cookie(owner)) as client:
        epoch = client.receive("hello")["epoch"]
    call_command("after_restore", verbosity=0)
    with web.connect(cookie(owner)) as client:
        assert client.receive("hello")["epoch"] != epoch
        client.send(type="resume", since=cursor, epoch=epoch)
        resumed = client.receive("resumed")
        assert (resumed["complete"], resumed["cursor"]) == (False, drawn)
        client.send(type="resume", since=resumed["cursor"], epoch=resumed["epoch"])
        assert client.receive("resumed")["complete"]


def test_a_cursor_ahead_of_the_feed_is_incomplete(socket_client: SocketClient, drawn: int) -> None:
    socket_client.send(type="resume", since=drawn + 1)
    assert not socket_client.receive("resumed")["complete"]


@pytest.mark.parametrize("epoch", [7, None, [], {}])
def test_refuses_an_epoch_that_is_no_text(socket_client: SocketClient, epoch: object) -> None:
    socket_client.send(type="resume", since=0, epoch=epoch)
    assert socket_client.receive("error")["code"] == "bad_message"


def test_a_copied_database_starts_a_new_epoch(db: None) -> None:
    SiteIdentity.objects.update(database="sqlite:of another file")
    epoch = SiteIdentity.load().feed_epoch
    claim_redis()
    restored = SiteIdentity.load()
    claim_redis()
    assert SiteIdentity.load().feed_epoch == restored.feed_epoch != epoch


def test_events_after_a_restore_are_sent() -> None:
    user = UserConnections(epoch="a")
    socket = _synced_connection(user, 10)
    user.follow(FeedPosition(4, "a"), sent_cursor=10)
    user.send_event(_notice(5))
    assert socket.kinds() == ["resumed", "prediction"]


def test_events_during_the_query_are_no_restore() -> None:
    user = UserConnections(epoch="a")
    socket = _synced_connection(user, 10)
    user.send_event(_notice(11))
    user.follow(FeedPosition(10, "a"), sent_cursor=10)
    assert socket.kinds() == ["prediction"]
    assert user.synced_cursor == 11
