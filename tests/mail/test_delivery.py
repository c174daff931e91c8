"""Delivery of the outbox: servers that work, refuse, do not respond or do not exist."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from recognizer.mail.delivery import MAX_PAUSE_S, TICK_INTERVAL_S, MailDelivery
from recognizer.mail.outbox import lease_due_mail
from recognizer.models import OutgoingMail
from tests.mail.smtp_server import (
    CLOSE,
    SILENCE,
    SmtpServer,
    find_dead_port,
    open_silent_server,
)

pytestmark = [pytest.mark.usefixtures("outbox"), pytest.mark.both_databases]


def test_delivers_and_deletes(smtp_server: SmtpServer) -> None:
    _send("ada@example.org")
    _send("bob@example.org")

    assert MailDelivery().deliver_due() == TICK_INTERVAL_S

    assert len(smtp_server.messages) == 2
    assert "To: ada@example.org" in smtp_server.messages[0]
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    ("command", "reply", "is_kept"),
    [
        ("RCPT", "550 no such user", False),
        ("RCPT", "450 mailbox busy", True),
        ("DATA", "554 refused", False),
        ("DATA", "451 try later", True),
        ("MAIL", "550 sender refused", True),
    ],
)
def test_a_refusal_concerns_one_mail(
    smtp_server: SmtpServer, command: str, reply: str, is_kept: bool
) -> None:
    _send("refused@example.org")
    smtp_server.replies[command] = reply
    delivery = MailDelivery()

    delivery.deliver_due()

    assert OutgoingMail.objects.exists() == is_kept
    smtp_server.replies.clear()
    _send("ada@example.org")
    delivery.deliver_due()
    assert len(smtp_server.messages) == 1


def test_a_postponed_mail_is_sent_later(smtp_server: SmtpServer) -> None:
    _send("ada@example.org")
    smtp_server.replies["RCPT"] = "450 mailbox busy"
    delivery = MailDelivery()
    delivery.deliver_due()
    smtp_server.replies.clear()
    delivery.deliver_due()
    assert not smtp_server.messages

    OutgoingMail.objects.update(due_at=timezone.now())
    delivery.deliver_due()

    assert len(smtp_server.messages) == 1


@pytest.mark.parametrize("fault", ["silent", "dead", "unknown_host", "no_starttls", "no_tls"])
def test_keeps_all_mails_if_the_server_does_not_work(
    smtp_server: SmtpServer, settings: Settings, fault: str
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    for number in range(3):
        _send(f"user{number}@example.org")
    delivery = MailDelivery()
    with open_silent_server() as silent:
        if fault == "silent":
            settings.EMAIL_PORT = silent.getsockname()[1]
        elif fault == "dead":
            settings.EMAIL_PORT = find_dead_port()
        elif fault == "unknown_host":
            settings.EMAIL_HOST = "no-such-host.invalid"
        elif fault == "no_starttls":
            settings.EMAIL_USE_TLS = True
        else:
            settings.EMAIL_USE_SSL = True
        pauses = [delivery.deliver_due() for _ in range(7)]

    assert pauses == sorted(pauses)
    assert pauses[-1] == MAX_PAUSE_S
    assert list(OutgoingMail.objects.values_list("attempts", flat=True)) == [0, 0, 0]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    assert delivery.deliver_due() == TICK_INTERVAL_S
    assert len(smtp_server.messages) == 3


@pytest.mark.parametrize("reply", [CLOSE, SILENCE])
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_keeps_all_mails_if_the_server_stops_during_a_delivery(
    smtp_server: SmtpServer, settings: Settings, command: str, reply: str
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    _send("ada@example.org")
    _send("bob@example.org")
    smtp_server.replies[command] = reply
    delivery = MailDelivery()

    assert delivery.deliver_due() > TICK_INTERVAL_S

    assert OutgoingMail.objects.count() == 2
    smtp_server.replies.clear()
    OutgoingMail.objects.update(due_at=timezone.now())
    delivery.deliver_due()
    assert len(smtp_server.messages) == 2


def test_a_leased_mail_is_not_sent_twice() -> None:
    _send("ada@example.org")

    assert lease_due_mail() is not None
    assert lease_due_mail() is None
    MailDelivery().deliver_due()

    assert mail.outbox == []
    OutgoingMail.objects.update(due_at=timezone.now())  # the process that held the lease died
    MailDelivery().deliver_due()
    assert len(mail.outbox) == 1


def test_gives_up_after_a_day(settings: Settings) -> None:
    _send("ada@example.org")
    old = timezone.now() - timedelta(seconds=settings.EMAIL_MAX_AGE_S + 1)
    OutgoingMail.objects.update(created_at=old)

    MailDelivery().deliver_due()

    assert not OutgoingMail.objects.exists()
    assert mail.outbox == []


def test_refuses_content_that_would_be_lost() -> None:
    message = EmailMessage("subject", "text", to=["ada@example.org"])
    message.attach("a.txt", "text")
    with pytest.raises(TypeError):
        message.send()


def _send(address: str) -> None:
    EmailMessage("subject", "text", to=[address]).send()
