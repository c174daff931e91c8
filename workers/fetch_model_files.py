"""The local copies of model files."""

from pathlib import Path

from django.conf import settings

from recognizer.models import ModelVersion
from recognizer.registry.artifact_store import fetch_model


def fetch_model_dir(version: ModelVersion) -> Path:
    """Return the directory with the files of a model, downloaded if missing. Raises CannotFetch."""
    return fetch_model(version, settings.STATE_DIR / "models")
