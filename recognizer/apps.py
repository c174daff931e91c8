"""The web tier as a Django app."""

from django.apps import AppConfig


class RecognizerConfig(AppConfig):
    name = "recognizer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from recognizer.realtime import signals  # models load after the app registry

        signals.connect_signals()
