"""X-Forwarded-For from a proxy that is not in FORWARDED_ALLOW_IPS."""

import asyncio
import logging
from typing import Any

import pytest
from django.test import Client
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from recognizer.middleware import untrusted_proxies
from tests.fixtures.broker_process import BrokerProcess

GATEWAY = "172.30.117.1"


@pytest.fixture(autouse=True)
def unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untrusted_proxies, "_seen_at", None)
    monkeypatch.setattr(untrusted_proxies._warning, "_next_at", 0.0)


def send_request(*forwarded: str, trusted: str) -> None:
    """Send a request from GATEWAY through the middleware of uvicorn and of the site."""

    async def respond(scope: Any, receive: Any, send: Any) -> None: ...

    async def skip(*_: Any) -> Any: ...

    noticing: Any = untrusted_proxies.notice_untrusted_proxies(respond)
    application = ProxyHeadersMiddleware(noticing, trusted_hosts=trusted)
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope: Any = {"type": "http", "client": (GATEWAY, 40000), "headers": headers}
    asyncio.run(application(scope, skip, skip))


@pytest.mark.django_db
def test_readyz_and_the_log_name_an_untrusted_proxy(
    anonymous: Client, valkey: BrokerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for number in range(5):
            send_request(f"192.0.2.{number}", trusted="127.0.0.1")
    assert len([line for line in caplog.messages if GATEWAY in line]) == 1
    response = anonymous.get("/readyz")
    assert (response.status_code, response.json()["warnings"]) == (200, ["untrusted_proxy"])


@pytest.mark.parametrize(
    "forwarded",
    [
        ["192.0.2.7"],
        ["192.0.2.7:4711"],
        ["192.0.2.7, 172.30.117.1"],
        ["2001:db8::1"],
        ["10.0.0.1", "192.0.2.7"],
        [],
    ],
)
def test_a_trusted_proxy_causes_no_warning(forwarded: list[str]) -> None:
    send_request(*forwarded, trusted="127.0.0.1,172.30.117.0/24")
    assert not untrusted_proxies.has_untrusted_proxy()


def test_a_client_without_a_proxy_causes_no_warning() -> None:
    send_request(trusted="127.0.0.1")
    assert not untrusted_proxies.has_untrusted_proxy()
