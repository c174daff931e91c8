"""E-mail of a running site: its own processes, and an SMTP server that receives the messages."""

import re
import threading
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from tests.fixtures.site_process import SiteProcess, wait_until
from tests.mail.smtp_server import SmtpServer

ADDRESS = "eva@example.org"
PASSWORD, NEW_PASSWORD = "a-good-long-password", "another-long-password"


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def site(smtp: SmtpServer, tmp_path: Path) -> Iterator[SiteProcess]:
    settings = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(smtp.port), "EMAIL_USE_TLS": "false"}
    process = SiteProcess(tmp_path / "home", settings=settings)
    try:
        yield process.start_and_wait()
    finally:
        process.stop()
        process.remove()


def test_confirms_an_address_and_resets_the_password(site: SiteProcess, smtp: SmtpServer) -> None:
    browser = _new_browser()
    new = {"password1": PASSWORD, "password2": PASSWORD}
    site.send_form(browser, "/accounts/signup/", username="eva", email=ADDRESS, **new)
    site.send_form(browser, _receive_link(smtp, "confirm-email"))

    visitor = _new_browser()
    site.send_form(visitor, "/accounts/password/reset/", email=ADDRESS)
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    site.send_form(visitor, _receive_link(smtp, "password/reset/key"), **new)

    site.send_form(visitor, "/accounts/login/", login=ADDRESS, password=NEW_PASSWORD)
    with visitor.open(f"{site.base_url}/api/v1/me/") as response:
        assert '"eva"' in response.read().decode()


def _new_browser() -> OpenerDirector:
    return build_opener(HTTPCookieProcessor(CookieJar()))


def _receive_link(smtp: SmtpServer, path: str) -> str:
    """Wait for a message with a link, and return the path of the link."""
    pattern = rf"http://localhost:\d+(/accounts/{path}/\S+)"
    wait_until(
        lambda: any(re.search(pattern, message) for message in smtp.messages),
        within_s=30,
        what=f"a message with a link to {path}",
    )
    links = [found[1] for text in smtp.messages if (found := re.search(pattern, text))]
    assert all(f"To: {ADDRESS}" in text for text in smtp.messages)
    return str(links[-1])
