"""A mail server, and the outbox in place of the mail backend of tests."""

import threading
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.mail.smtp_server import SmtpServer


@pytest.fixture
def outbox(settings: Settings, db: None) -> None:
    """Requests store e-mails as on a real site."""
    settings.EMAIL_BACKEND = "recognizer.mail.outbox_backend.OutboxBackend"


@pytest.fixture
def smtp_server(settings: Settings) -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server
        server.shutdown()
