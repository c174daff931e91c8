"""The Django app of the web tier."""

from django.apps import AppConfig


class RecognizerConfig(AppConfig):
    name = "recognizer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from recognizer.realtime import sign_out_signals  # noqa: F401 - connects them; it needs the models
