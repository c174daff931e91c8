"""Delivery of the outbox through the mail server, in a thread of the maintenance process.

While the server is contacted, the thread holds no database connection. A server that accepts
connections and does not respond costs this thread EMAIL_TIMEOUT, and nothing else.
"""

from __future__ import annotations

import logging
import smtplib
import threading
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import InterfaceError, OperationalError, connection

from recognizer.accounts.sign_in.password_reset import render_reset_message
from recognizer.db.connection_release import release_connection
from recognizer.mail import outbox
from recognizer.models import MailKind, OutgoingMail

log = logging.getLogger(__name__)

TICK_INTERVAL_S = 1.0
MAX_PAUSE_S = 60.0
PERMANENT_FAILURE = 500
"""SMTP replies from this code on state that another attempt is useless."""


class MailDelivery:
    """Delivers the e-mails that are due, over one connection at a time."""

    def __init__(self) -> None:
        self._pause_s = TICK_INTERVAL_S

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                pause_s = self.deliver_due()
            except (OperationalError, InterfaceError) as error:
                log.warning("The database is unavailable: %s", error)
                connection.close()
                pause_s = TICK_INTERVAL_S
            except Exception:  # an unexpected error must not end the thread
                log.exception("The delivery of e-mails failed; it is tried again")
                pause_s = MAX_PAUSE_S
            stop.wait(pause_s)

    def deliver_due(self) -> float:
        """Deliver all e-mails that are due. Return the number of seconds until the next call.

        If the server cannot be reached, no attempt is counted: the e-mails stay due.
        """
        if expired := outbox.delete_expired_mail():
            log.error("Deleted %d e-mails that could not be delivered in time", expired)
        waiting = outbox.count_due()
        release_connection()
        if not waiting:
            return TICK_INTERVAL_S
        server = get_connection(settings.EMAIL_DELIVERY_BACKEND)
        try:
            server.open()
            while mail := outbox.lease_due_mail():
                self._deliver(server, mail)
        except (OSError, smtplib.SMTPException) as error:
            self._pause_s = min(MAX_PAUSE_S, 2 * self._pause_s)
            log.warning(
                "The mail server does not work, %d e-mails wait, next attempt in %.0f s: %s",
                waiting,
                self._pause_s,
                describe_error(error),
            )
        else:
            self._pause_s = TICK_INTERVAL_S
        finally:
            _close(server)
            release_connection()
        return self._pause_s

    def _deliver(self, server: Any, mail: OutgoingMail) -> None:
        """Deliver one e-mail. Raises OSError and SMTPException if the connection is unusable."""
        try:
            message = _render(mail)
            release_connection()
            server.send_messages([message])
        except smtplib.SMTPServerDisconnected:
            outbox.postpone(mail)
            raise
        except (smtplib.SMTPException, ValueError) as error:
            _handle_refusal(mail, error)
        except OSError:
            outbox.postpone(mail)
            raise
        else:
            mail.delete()


def describe_error(error: Exception) -> str:
    """Return an error without the addresses that SMTP errors contain."""
    codes = _reply_codes(error)
    name = type(error).__name__
    if codes:
        return f"{name} {', '.join(map(str, codes))}"
    return name if isinstance(error, smtplib.SMTPException) else f"{name}: {error}"


def _render(mail: OutgoingMail) -> EmailMessage:
    if mail.kind == MailKind.RESET:
        return render_reset_message(mail.recipients[0])
    return EmailMessage(mail.subject, mail.body, mail.sender, mail.recipients)


def _handle_refusal(mail: OutgoingMail, error: Exception) -> None:
    """Delete an e-mail that can never be delivered; postpone it otherwise.

    A refused sender is a wrong setting, which an administrator can correct.
    """
    codes = _reply_codes(error)
    is_final = isinstance(error, ValueError) or (
        isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
        and all(code >= PERMANENT_FAILURE for code in codes)
    )
    log.warning(
        "E-mail %s was refused%s: %s",
        mail.pk,
        " and is deleted" if is_final else "",
        describe_error(error),
    )
    if is_final:
        mail.delete()
    else:
        outbox.postpone(mail)


def _reply_codes(error: Exception) -> list[int]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return sorted({code for code, _ in error.recipients.values()})
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _close(server: Any) -> None:
    try:
        server.close()
    except (OSError, smtplib.SMTPException) as error:  # all e-mails are handled already
        log.info("The connection to the mail server was not closed: %s", describe_error(error))
