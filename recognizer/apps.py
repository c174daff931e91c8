"""The Django app of the web tier."""

from django.apps import AppConfig


class RecognizerConfig(AppConfig):
    name = "recognizer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # These imports connect signals. They need the models.
        from recognizer.accounts import email_signals  # noqa: F401 - registers handlers
        from recognizer.accounts.sign_in import (
            passkey_checks,
            password_signals,  # noqa: F401 - registers handlers
        )
        from recognizer.audit import signal_handlers  # noqa: F401
        from recognizer.realtime import sign_out_signals  # noqa: F401
        from recognizer.views.account import security_signals, single_sign_on  # noqa: F401

        passkey_checks.install()
